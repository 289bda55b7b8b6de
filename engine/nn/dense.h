#pragma once

#include "engine/nn/layer.h"
#include "engine/nn/weight_parametrization.h"

namespace bitstill {

/// y = x·Wᵀ + b, W [out, in]. Weights and bias start uniform in ±1/sqrt(in), as PyTorch's Linear does.
class Dense : public Layer {
public:
    Dense(int in, int out);

    const char* kind() const override { return "dense"; }
    LayerRole role() const override { return LayerRole::Linear; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<Dense>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override;
    std::vector<Parameter*> parameters() override;
    void initialize(Rng& rng) override;
    std::optional<LinearWeights> weights() override { return LinearWeights{weight, bias, parametrization}; }
    bool absorb(const ChannelAffine& affine) override;
    bool fusesActivation() const override { return true; }
    std::unique_ptr<LayerState> makeState(const PassShape& shape) const override;
    void begin(LayerState&) override;
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;
    int outputPieces() const override;
    void forwardPiece(LayerState&, int piece, int rows, const ForwardArrays&) const override;
    bool gradientReadsArrays() const override { return true; }
    int gradientTasks() const override;
    void gradientTask(LayerState&, int task, int rows, int shards, const float* x, const float* dy, const GradientReady&) override;

    Parameter weight;
    Parameter bias;
    /// When set, the layer computes with what it makes of `weight`, which stays the shadow that is trained.
    ClonePtr<WeightParametrization> parametrization;

private:
    bool passesGradient() const;
    const Tensor& computedWith(const LayerState&) const;
    void forwardOutputs(LayerState&, int first, int count, int rows, const float* x, float* y) const;
    void gradientOf(int first, int end, int rows, const float* x, const float* dy, const GradientReady&);

    int m_in;
    int m_out;
};

/// Uniform in ±1/sqrt(fanIn): PyTorch's default for dense and convolution (Kaiming uniform with a = sqrt(5)).
void initializeUniform(Tensor& values, int fanIn, Rng& rng);
/// Scales each output channel of `weight`, [out, ...], and of `bias`, and shifts the bias then.
void scaleOutputs(Tensor& weight, Tensor& bias, const ChannelAffine& affine);

} // namespace bitstill
