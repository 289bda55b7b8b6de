#pragma once

#include "engine/nn/layer.h"

namespace bitstill {

/// relu: max(x, 0); relu6: min(max(x, 0), 6). Usually fused into the layer before (see Graph).
class ActivationLayer : public Layer {
public:
    explicit ActivationLayer(Activation activation) : m_activation(activation) { }

    const char* kind() const override { return m_activation == Activation::relu() ? "relu" : "relu6"; }
    LayerRole role() const override { return LayerRole::Activation; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<ActivationLayer>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override { return inputs[0]; }
    std::optional<Activation> activation() const override { return m_activation; }
    bool inPlace() const override { return true; }
    bool readsInputAgain() const override { return false; }
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;

private:
    Activation m_activation;
};

/// y = a + b, same shapes: the join of a residual block (He et al. 2016).
class Add : public Layer {
public:
    const char* kind() const override { return "add"; }
    LayerRole role() const override { return LayerRole::Adds; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<Add>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override;
    bool fusesActivation() const override { return true; }
    bool readsInputAgain() const override { return false; }
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;
};

/// The same numbers seen as one row: height × width × channels becomes 1 × 1 × features (NHWC order).
class Flatten : public Layer {
public:
    const char* kind() const override { return "flatten"; }
    LayerRole role() const override { return LayerRole::Moves; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<Flatten>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override { return {1, 1, inputs[0].features()}; }
    bool inPlace() const override { return true; }
    bool readsInputAgain() const override { return false; }
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;
};

} // namespace bitstill
