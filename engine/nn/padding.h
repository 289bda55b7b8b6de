#pragma once

#include "engine/nn/layer.h"

namespace bitstill {

/// Rows and columns of zeros around each map, of any number on each side: y[h + top, w + left] = x[h, w]. A convolution of ours pads both
/// sides alike; TensorFlow's SAME does not.
class Padding : public Layer {
public:
    struct Sides {
        int top = 0;
        int left = 0;
        int bottom = 0;
        int right = 0;
    };
    explicit Padding(const Sides& sides) : m_sides(sides) { }

    const char* kind() const override { return "padding"; }
    LayerRole role() const override { return LayerRole::Other; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<Padding>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override;
    bool readsInputAgain() const override { return false; }
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;

private:
    Sides m_sides;
};

} // namespace bitstill
