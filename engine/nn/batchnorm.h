#pragma once

#include "engine/nn/layer.h"

namespace bitstill {

/// y = gamma·(x − mean)/sqrt(var + eps) + beta per channel (Ioffe & Szegedy 2015). In training mean and (biased)
/// variance are the whole batch's, over all positions; the running ones move by `momentum` towards them (the
/// variance unbiased), as PyTorch's BatchNorm1d and 2d do, and serve in inference.
class BatchNorm : public Layer {
public:
    explicit BatchNorm(int channels, float eps = 1e-5f, float momentum = 0.1f);

    const char* kind() const override { return "batchnorm"; }
    LayerRole role() const override { return LayerRole::Normalizes; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<BatchNorm>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override;
    std::vector<Parameter*> parameters() override { return {&gamma, &beta}; }
    std::vector<std::pair<std::string, Tensor*>> buffers() override
    {
        return {{"running_mean", &runningMean}, {"running_var", &runningVar}};
    }
    std::optional<ChannelAffine> channelAffine() const override;
    bool fusesActivation() const override { return true; }
    bool fusesMaxPool(const kernels::PoolShape& windows) const override;
    bool gradientOverGradient() const override { return true; }
    bool repeats() const override { return true; }
    bool gathers() const override { return true; }
    std::unique_ptr<LayerState> makeState(const PassShape& shape) const override;
    void begin(LayerState&) override;
    void gather(LayerState&, const Shard&, const ForwardArrays&) const override;
    void combine(LayerState&, int shards) override;
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void gatherBackward(LayerState&, const Shard&, const BackwardArrays&) const override;
    void combineBackward(LayerState&, int shards) override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;
    int gradientTasks() const override { return 1; }
    void gradientTask(LayerState&, int task, int rows, int shards, const float* x, const float* dy, const GradientReady&) override;

    Parameter gamma;
    Parameter beta;
    Tensor runningMean;
    Tensor runningVar;

private:
    void inferenceAffine(float* scale, float* shift) const;

    int m_channels;
    float m_eps;
    float m_momentum;
};

} // namespace bitstill
