#pragma once

#include "engine/quant/quantized_network.h"
#include "engine/quant/weight_quantization.h"

#include <optional>

namespace bitstill {

enum class AwareMethod {
    StraightThrough, ///< ranges follow the numbers; gradients pass the rounding unchanged (Bengio et al. 2013; Jacob et al. 2018)
    LearnedStep, ///< step sizes of weights and activations are trained too (LSQ, Esser et al. 2020)
};

/// Rounds what flows through it to unsigned codes and lets the gradient through where nothing was clipped (fake
/// quantization). In training the range follows the extremes of each batch, 0.01 of the way, one step late: that way shards
/// need not meet for it. With learned steps the scale is a parameter and the zero point stays where it started.
class FakeQuantize : public Layer {
public:
    FakeQuantize(int bits, Range start, AwareMethod method = AwareMethod::StraightThrough, Profile profile = Profile::Bitstill);

    const char* kind() const override { return "fake_quantize"; }
    LayerRole role() const override { return LayerRole::Rounds; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<FakeQuantize>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override { return inputs[0]; }
    std::vector<Parameter*> parameters() override;
    std::vector<std::pair<std::string, Tensor*>> buffers() override { return {{"range", &m_range}}; }
    std::unique_ptr<LayerState> makeState(const PassShape& shape) const override;
    void begin(LayerState&) override;
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;
    int gradientTasks() const override { return m_step ? 1 : 0; }
    void gradientTask(LayerState&, int task, int rows, int shards, const float* x, const float* dy, const GradientReady&) override;

    /// The range that the codes cover now.
    Range range() const;
    int bits() const { return m_bits; }
    bool frozen = false; ///< the range no longer follows

private:
    QuantParameters parametersNow() const;

    int m_bits;
    Profile m_profile;
    Tensor m_range; ///< low, high
    std::optional<Parameter> m_step;
    std::int32_t m_zeroPoint = 0; ///< with learned steps
};

/// The quantized network, as its options are, made ready for training: BatchNorm folded in (and so frozen), every layer with
/// rounded weights computing with them, a FakeQuantize behind each node that carries one, starting from the calibrated range.
/// Trained like any other graph; run for inference it is the quantized network, but for the rounding of its biases.
Graph makeQuantizationAware(const QuantizedNetwork& quantized, AwareMethod method = AwareMethod::StraightThrough);

/// A layer of an aware graph that computes with rounded weights.
struct AwareLayer {
    std::string name;
    Parameter* shadow; ///< the weights that are trained
    const WeightQuantization* quantization;
};
std::vector<AwareLayer> awareLayers(Graph& aware);

/// From now on the activation ranges of this graph stay as they are.
void freezeRanges(Graph& aware);

/// The network that the aware graph has learned to be, with its biases rounded too.
std::unique_ptr<QuantizedNetwork> convert(const Graph& aware, const QuantizationOptions& options, ThreadPool& pool);

} // namespace bitstill
