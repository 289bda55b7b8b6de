#pragma once

#include "engine/quant/quantized_network.h"

namespace bitstill {

/// Rounds what flows through it to unsigned codes and lets the gradient through where nothing was clipped (fake
/// quantization with the straight-through estimator; Jacob et al. 2018). In training the range follows the extremes
/// of each batch, 0.01 of the way, one step late: that way shards need not meet for it.
class FakeQuantize : public Layer {
public:
    FakeQuantize(int bits, Extent start);

    const char* kind() const override { return "fake_quantize"; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<FakeQuantize>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override { return inputs[0]; }
    std::vector<std::pair<std::string, Tensor*>> buffers() override { return {{"range", &m_range}}; }
    std::unique_ptr<LayerState> makeState(const PassShape& shape) const override;
    void begin(LayerState&) override;
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;

private:
    int m_bits;
    Tensor m_range; ///< low, high
};

/// The calibrated network made ready for quantization-aware training: BatchNorm folded in (and so frozen), every weight layer
/// computing with rounded weights, a FakeQuantize behind each node that carries one, starting from the calibrated range.
/// Trained like any other graph; run for inference it is the quantized network.
Graph makeQuantizationAware(const QuantizedNetwork& calibrated, const QuantizationOptions& options);

} // namespace bitstill
