#pragma once

#include "engine/data/dataset.h"
#include "engine/nn/pass.h"
#include "engine/quant/layer_quantization.h"
#include "engine/quant/observer.h"

namespace bitstill {

/// What is observed before activations can be rounded.
struct Calibration {
    std::size_t samples = 512; ///< of the training set, drawn as sampleOf() does
    std::string observer = "min-max";
    std::uint64_t seed = 1;
};

/// A network with its numbers rounded, simulated in float (fake quantization): BatchNorm folded, weights rounded to their codes,
/// activations rounded to theirs as they are computed, bias rounded to scale of input · scale of weights, logits float.
/// Calibrated once; quantize() may then be called as often as the settings change, always from the float weights.
class QuantizedNetwork {
public:
    /// Throws Error when activations are not finite or there is nothing to calibrate on; `keepGoing` as in evaluate(), and Stopped
    /// when it says no.
    QuantizedNetwork(const Graph& trained, const Dataset& data, const Calibration& calibration, ThreadPool& pool,
        const std::function<bool()>& keepGoing = {});
    /// With ranges from elsewhere: one for each node of `folded`, read where a node carries a quantizer.
    QuantizedNetwork(Graph folded, std::vector<Range> ranges, ThreadPool& pool);

    void quantize(const QuantizationOptions& options);
    /// The same with these weight scales instead of observed ranges (learned step sizes), by layer name.
    void quantize(const QuantizationOptions& options, const std::map<std::string, std::vector<float>>& weightScales);
    const QuantizationOptions& options() const { return m_options; }
    const std::vector<LayerQuantization>& layers() const { return m_layers; }
    /// Other codes for a layer's weights, or something added to its bias; both last until quantize().
    void setCodes(std::size_t layer, const std::vector<std::int32_t>& codes);
    void shiftBias(std::size_t layer, const Tensor& shift);

    /// The float network with BatchNorm folded in.
    const Graph& folded() const { return m_float; }
    /// How the numbers that leave this node are rounded; no scale where they are not.
    const QuantParameters& activation(int node) const { return m_activations[static_cast<std::size_t>(node)]; }
    /// The same for the numbers that enter it (they may have passed through a pooling or flatten).
    const QuantParameters& inputOf(int node) const;
    /// The node at which this layer's output is rounded, itself or the activation behind it; itself for the logits.
    int quantizerBehind(int node) const;
    /// Each channel's bias in steps of scale of input · scale of weights; input and weights must be rounded,
    /// the weights per tensor or per channel.
    std::vector<std::int32_t> biasCodes(const LayerQuantization& layer) const;

    /// Runs the quantized network. The pass belongs to this object, and so does its hook.
    Pass& pass() { return m_pass; }
    /// Sees each node's output once it is rounded, from the threads of the pass.
    void watch(Pass::Hook hook) { m_watch = std::move(hook); }

    /// Bytes of the float network: 4 per weight and bias.
    std::int64_t floatBytes() const;
    /// Bytes of the quantized network: weights packed at their bits (or as their format counts them), a float scale for each channel (and a
    /// zero-point byte unless symmetric), int32 biases.
    std::int64_t quantizedBytes() const;
    /// Bytes read and written for one sample: weights and biases once, each layer's inputs and outputs, at the bits they have.
    std::int64_t floatBytesMoved() const;
    std::int64_t quantizedBytesMoved() const;
    /// Bit operations for one sample (BOPs; Baskin et al. 2018, arXiv 1804.10969, without their additions): over all products of a weight
    /// and a number, bits of the one · bits of the other; 32 where it is float, with a format's scales spread over its weights.
    std::int64_t floatBitOperations() const;
    std::int64_t quantizedBitOperations() const;

private:
    void collectLayers();
    void calibrate(const Dataset& data, const Calibration& calibration, const std::function<bool()>& keepGoing);
    int activationBitsAt(int node) const;
    std::int64_t productsOf(const LayerQuantization& layer) const; ///< for one sample
    float inputScaleOf(const LayerQuantization& layer) const; ///< 0: float
    void writeLayer(const LayerQuantization& layer);
    void quantizeActivations(int node, const Shard& shard, float* y) const;

    Graph m_float;
    Graph m_network;
    Pass m_pass;
    Pass::Hook m_watch;
    QuantizationOptions m_options;
    std::vector<std::unique_ptr<Observer>> m_observers; ///< by node; empty with ranges from elsewhere
    std::vector<Range> m_ranges; ///< by node, where there are no observers
    std::vector<QuantParameters> m_activations; ///< by node; no scale where there is no quantizer
    std::vector<LayerQuantization> m_layers;
};

} // namespace bitstill
