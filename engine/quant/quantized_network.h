#pragma once

#include "engine/data/dataset.h"
#include "engine/nn/pass.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"

#include <map>

namespace bitstill {

/// Bits of one layer's weights and of the numbers it puts out; 0 leaves them float.
struct LayerBits {
    int weight = 8;
    int activation = 8;
};

struct QuantizationOptions {
    int weightBits = 8; ///< 0 leaves weights float
    Scheme weightScheme = Scheme::Symmetric;
    Granularity granularity{};
    int activationBits = 8; ///< unsigned affine, per tensor; 0 leaves activations float
    Profile profile = Profile::Bitstill;
    std::string weightObserver = "min-max"; ///< how each weight range is chosen
    const NumberFormat* weightFormat = nullptr; ///< weights in this format instead of integers (while weightBits is not 0)
    bool edgesAt8 = false; ///< first and last layer with 8-bit weights and inputs, as LSQ's authors train
    std::map<std::string, LayerBits> layers{}; ///< layers with bits of their own, by name
};

/// What is observed before activations can be rounded.
struct Calibration {
    std::size_t samples = 512; ///< of the training set, drawn as sampleOf() does
    std::string observer = "min-max";
    std::uint64_t seed = 1;
};

/// What quantization did to the weights of one layer.
struct LayerQuantization {
    int node = 0;
    std::string name;
    int weightBits = 8; ///< 0: float
    const NumberFormat* format = nullptr; ///< of the weights, where they are not integers; then there are no codes
    QuantParameters parameters; ///< of the weights
    Tensor before; ///< with BatchNorm folded in
    Tensor after; ///< what the quantized network computes with
    std::vector<std::int32_t> codes; ///< empty where float
    Tensor bias; ///< before it is rounded
    int codesUsed = 0;
    double sqnrDb = 0; ///< of the weights
};

/// A network with its numbers rounded, simulated in float (fake quantization): BatchNorm folded, weights rounded to their codes,
/// activations rounded to theirs as they are computed, bias rounded to scale of input · scale of weights, logits float. Weight scales
/// are never so small that a bias has no 32-bit code (a channel of zeros has no scale of its own, but it may have a bias).
/// Calibrated once; quantize() may then be called as often as the settings change, always from the float weights.
class QuantizedNetwork {
public:
    /// Throws Error when activations are not finite or there is nothing to calibrate on; `keepGoing` as in evaluate(), and Stopped
    /// when it says no.
    QuantizedNetwork(const Graph& trained, const Dataset& data, const Calibration& calibration, ThreadPool& pool,
        const std::function<bool()>& keepGoing = {});
    /// With ranges from elsewhere: one for each node of `folded`, read where a node carries a quantizer.
    QuantizedNetwork(Graph folded, std::vector<Extent> ranges, ThreadPool& pool);

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

private:
    void collectLayers();
    void calibrate(const Dataset& data, const Calibration& calibration, const std::function<bool()>& keepGoing);
    int activationBitsAt(int node) const;
    void quantizeLayer(LayerQuantization& layer, const std::vector<float>* scales);
    void makeRoomForBias(LayerQuantization& layer, const std::vector<Extent>& extents) const;
    void writeLayer(LayerQuantization& layer);
    void quantizeActivations(int node, const Shard& shard, float* y) const;

    Graph m_float;
    Graph m_network;
    Pass m_pass;
    Pass::Hook m_watch;
    QuantizationOptions m_options;
    std::vector<std::unique_ptr<Observer>> m_observers; ///< by node; empty with ranges from elsewhere
    std::vector<Extent> m_ranges; ///< by node, where there are no observers
    std::vector<QuantParameters> m_activations; ///< by node; no scale where there is no quantizer
    std::vector<LayerQuantization> m_layers;
};

} // namespace bitstill
