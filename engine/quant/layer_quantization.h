#pragma once

#include "engine/quant/number_format.h"
#include "engine/quant/scheme.h"

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
    int activationBits = 8; ///< per tensor; 0 leaves activations float
    /// Unsigned is what dynamic quantization, QAT and integers take; others are simulated alone. Symmetric ones use the lowest code too, as
    /// runtimes do, which cut at their type.
    Scheme activationScheme = Scheme::AffineUnsigned;
    Profile profile = Profile::Bitstill;
    std::string weightObserver = "min-max"; ///< how each weight range is chosen
    const NumberFormat* weightFormat = nullptr; ///< weights in this format instead of integers (while weightBits is not 0)
    bool edgesAt8 = false; ///< first and last layer with 8-bit weights and inputs, as LSQ's authors train
    std::map<std::string, LayerBits> layers{}; ///< layers with bits of their own, by name
};

/// The bits of this layer's weights.
int weightBitsOf(const QuantizationOptions& options, const std::string& layer, bool edge);
/// How numbers are rounded for which calibration has found this range: one scale for all `count` of them.
QuantParameters activationParameters(const QuantizationOptions& options, int bits, const Range& range, std::size_t count);

/// What quantization did to the weights of one layer.
struct LayerQuantization {
    int node = 0;
    std::string name;
    int weightBits = 8; ///< 0: float
    const NumberFormat* format = nullptr; ///< of the weights, where they are not integers; then there are no codes
    QuantParameters parameters{}; ///< of the weights
    Tensor before{}; ///< with BatchNorm folded in
    Tensor after{}; ///< what the quantized network computes with
    std::vector<std::int32_t> codes{}; ///< empty where float
    Tensor bias{}; ///< before it is rounded
    int codesUsed = 0;
    double sqnrDb = 0; ///< of the weights
};

/// Rounds layer.before to layer.weightBits: fills format, parameters, codes and what writeWeights() does. `inputScale` is that of the
/// layer's rounded input, 0 where it is float: scales are never so small that a bias has no 32-bit code (a channel of zeros has no scale of
/// its own, but it may have a bias). With `scales` they are taken instead of observed ones. Throws Error when a weight or bias is not
/// finite.
void roundWeights(
    LayerQuantization& layer, const QuantizationOptions& options, float inputScale, const std::vector<float>* scales = nullptr);
/// From the codes, or the format: after, codesUsed, sqnrDb.
void writeWeights(LayerQuantization& layer);
/// Each channel's bias in steps of scale of input · scale of weights; the weights must have codes, per tensor or per channel.
std::vector<std::int32_t> biasCodes(const LayerQuantization& layer, float inputScale);
/// What those codes stand for; the bias as it is where it has none: float input, float weights, or several scales in a channel.
Tensor roundedBias(const LayerQuantization& layer, float inputScale);
/// Bytes of the weights: packed at their bits (or as their format counts them), a float scale for each channel and a zero-point byte unless
/// symmetric.
std::int64_t weightBytes(const LayerQuantization& layer, Scheme scheme);

/// Mixed precision: which layers get `high` bits when no more than `budget` bytes of weights may be spent; damage[i] is what layer
/// i's `low` bits cost (any measure). Greedy by damage per byte. Returns layer names with their bits, and `activationBits` for all.
std::map<std::string, LayerBits> mixedPrecision(const std::vector<LayerQuantization>& layers, const std::vector<double>& damage, int low,
    int high, int activationBits, std::int64_t budget);

} // namespace bitstill
