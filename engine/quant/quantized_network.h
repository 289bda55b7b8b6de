#pragma once

#include "engine/data/dataset.h"
#include "engine/nn/pass.h"
#include "engine/quant/observer.h"

namespace bitstill {

struct QuantizationOptions {
    int weightBits = 8;
    Scheme weightScheme = Scheme::Symmetric;
    Granularity granularity{};
    int activationBits = 8; ///< unsigned affine, per tensor; 0 leaves activations float
};

/// What quantization did to the weights of one layer.
struct LayerQuantization {
    int node = 0;
    std::string name;
    QuantParameters parameters;
    Tensor before; ///< with BatchNorm folded in
    Tensor after; ///< what the quantized network computes with
    int codesUsed = 0;
    double sqnrDb = 0; ///< of the weights
};

/// Post-training quantization, simulated in float (fake quantization): BatchNorm folded, weights rounded to their codes,
/// activations rounded to theirs as they are computed, bias rounded to scale of input · scale of weights, logits float.
/// Calibrated once; quantize() may then be called as often as the settings change, always from the float weights.
class QuantizedNetwork {
public:
    /// Observes activations on the first `calibrationSamples` training samples with the min-max observer.
    /// `keepGoing` as in evaluate(); throws Stopped when it says no.
    QuantizedNetwork(const Graph& trained, const Dataset& data, std::size_t calibrationSamples, ThreadPool& pool,
        const std::function<bool()>& keepGoing = {});

    void quantize(const QuantizationOptions& options);
    const std::vector<LayerQuantization>& layers() const { return m_layers; }

    /// The float network with BatchNorm folded in, and what calibration saw at one of its nodes.
    const Graph& folded() const { return m_float; }
    Extent observed(int node) const { return m_extents[static_cast<std::size_t>(node)]; }

    /// Runs the quantized network. The pass belongs to this object.
    Pass& pass() { return m_pass; }

    /// Bytes of the float network: 4 per weight and bias.
    std::int64_t floatBytes() const;
    /// Bytes of the quantized network: weights packed at their bits, a float scale for each channel (and a zero-point byte
    /// unless symmetric), int32 biases.
    std::int64_t quantizedBytes() const;

private:
    void calibrate(const Dataset& data, std::size_t samples, const std::function<bool()>& keepGoing);
    float inputScale(int node) const;
    void quantizeLayer(LayerQuantization& layer);
    void quantizeActivations(int node, const Shard& shard, float* y) const;

    Graph m_float;
    Graph m_network;
    Pass m_pass;
    QuantizationOptions m_options;
    std::vector<Extent> m_extents; ///< by node
    std::vector<QuantParameters> m_activations; ///< by node; no scale where there is no quantizer
    std::vector<LayerQuantization> m_layers;
};

} // namespace bitstill
