#pragma once

#include "engine/kernels/conv.h"
#include "engine/nn/layer.h"
#include "engine/nn/weight_parametrization.h"

namespace bitstill {

/// 2-D convolution, square kernel; groups = inChannels makes it depthwise. Weights OIHW [out, in/groups, k, k].
class Conv2d : public Layer {
public:
    struct Options {
        int kernel = 3;
        int stride = 1;
        int padding = 0;
        int groups = 1;
        bool bias = true;
    };
    Conv2d(int inChannels, int outChannels, const Options& options);

    const char* kind() const override { return "conv2d"; }
    LayerRole role() const override { return LayerRole::Linear; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<Conv2d>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override;
    std::vector<Parameter*> parameters() override;
    void initialize(Rng& rng) override;
    std::optional<LinearWeights> weights() override { return LinearWeights{weight, bias, parametrization}; }
    std::optional<LinearWindow> window() const override;
    bool absorb(const ChannelAffine& affine) override;
    bool fusesActivation() const override { return true; }
    std::unique_ptr<LayerState> makeState(const PassShape& shape) const override;
    void begin(LayerState&) override;
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;
    int gradientTasks() const override { return 1; }
    void gradientTask(LayerState&, int task, int rows, int shards, const float* x, const float* dy, const GradientReady&) override;

    const Options& options() const { return m_options; }
    int inChannels() const { return m_in; }
    int outChannels() const { return m_out; }

    Parameter weight;
    Parameter bias; ///< stays zero and untrained when options.bias is false
    /// When set, the layer computes with what it makes of `weight`, which stays the shadow that is trained.
    ClonePtr<WeightParametrization> parametrization;

private:
    int m_in;
    int m_out;
    Options m_options;
};

} // namespace bitstill
