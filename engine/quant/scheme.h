#pragma once

#include "engine/core/tensor.h"
#include "engine/quant/profile.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitstill {

/// Which integers stand for which reals (formulas: see chooseParameters).
enum class Scheme {
    Symmetric, ///< codes −(2^(b−1)−1) ... 2^(b−1)−1, zero point 0: the weights' default
    Affine, ///< codes −2^(b−1) ... 2^(b−1)−1, with a zero point
    AffineUnsigned, ///< codes 0 ... 2^b−1, with a zero point: the activations' default
};

const std::vector<std::string>& schemeNames(); ///< "symmetric", "affine", "affine-unsigned", in the order of Scheme
/// Throws Error for a name that is none.
Scheme schemeOf(const std::string& name);

/// bits 2...8 or 16. Profile pytorch gives the symmetric scheme the code −2^(b−1) as well.
CodeRange codeRange(int bits, Scheme scheme, Profile profile = Profile::Bitstill);

/// How many numbers share a scale.
struct Granularity {
    enum class Kind { PerTensor, PerChannel, PerGroup };
    Kind kind = Kind::PerTensor;
    int axis = 0; ///< per channel: the axis of the channels (0: output channels of weights)
    int group = 0; ///< per group: consecutive numbers of the last axis that share a scale
};

/// A tensor seen as outer × channels × inner, one scale for each channel; it covers all three granularities.
struct Blocks {
    std::size_t outer = 1;
    std::size_t channels = 1;
    std::size_t inner = 1;
    std::size_t size() const { return outer * channels * inner; }
};
/// Throws Error when the axis does not exist or the group does not divide the last axis.
Blocks blocksOf(const Shape& shape, const Granularity& granularity);

/// Smallest and largest value of each channel.
struct Range {
    float low = 0;
    float high = 0;
};

/// Scale and zero point of each channel, and the codes that may be used.
struct QuantParameters {
    std::vector<float> scale;
    std::vector<std::int32_t> zeroPoint;
    CodeRange range;
    Blocks blocks;
    Profile profile = Profile::Bitstill; ///< how quantize() rounds
};

/// The smallest scale that PyTorch's observers give, to anything; here it is also that of a channel of zeros.
inline constexpr float kTorchScaleFloor = 0x1p-23f;
/// The smallest scale of a channel that holds something: 2^-23 as `pytorch` has it, elsewhere the smallest normal float, so that
/// small tensors keep their shape.
float scaleFloor(Profile profile);

/// symmetric: scale = max(|low|, |high|) / high code, zero point 0.
/// affine, affine-unsigned: the range widened to hold 0; scale = (high − low) / (codes − 1),
/// zero point = low code − rint(low / scale), clamped. float32 throughout (PyTorch's observers), double where high − low is beyond
/// it. Scales are at least `floor` (and 2^-23 where low and high are 0), and small enough that every code reads back as a finite number.
/// Extents must be finite.
QuantParameters chooseParameters(int bits, Scheme scheme, const Blocks& blocks, const std::vector<Range>& ranges,
    Profile profile = Profile::Bitstill, float floor = kTorchScaleFloor);

/// The scale, or the largest with which the outermost codes still read back as finite numbers.
float readableScale(float scale, CodeRange range, std::int32_t zeroPoint);
/// What the outermost codes of the first channel stand for; never beyond the largest float.
Range rangeOf(const QuantParameters& p);

/// codes = clamp(rint(x·(1/scale)) + zero point), ties to even; other profiles as Profile says. What is beyond the range, infinite
/// too, gets the code at its end; NaN, which nobody should let come this far, the lowest.
void quantize(const float* x, const QuantParameters& p, std::int32_t* codes);
/// The same into bytes, one scale, any n; the codes must be unsigned and of 8 bits or fewer.
void quantize(const float* x, std::size_t n, const QuantParameters& p, std::uint8_t* codes);
/// y = (code − zero point)·scale.
void dequantize(const std::int32_t* codes, const QuantParameters& p, float* y);
/// y = dequantize(quantize(x)) in one sweep; y may be x.
void fakeQuantize(const float* x, const QuantParameters& p, float* y);
/// Straight-through estimator (Bengio et al. 2013, as PyTorch's fake_quantize): gradient = upstream where the code
/// before clamping is inside the range, else 0.
void straightThrough(const float* x, const float* upstream, const QuantParameters& p, float* gradient);

/// Learned step size (Esser et al. 2020, LSQ; as PyTorch's learnable fake quantizer): the gradient of x as straightThrough,
/// and of each channel's scale, factor · Σ upstream · d with d = (y − x)/scale inside the range, low or high code minus zero
/// point where it saturates; `gradient` may be `upstream`. The paper's factor is 1/sqrt(values per scale · high code).
std::vector<float> learnedStepSizeGradient(const float* x, const float* upstream, const QuantParameters& p, double factor, float* gradient);

/// Codes that two sets of parameters of one shape give to the same n = blocks.size() numbers, counted where they differ.
ProfileDifference compareCodes(const float* x, const QuantParameters& a, const QuantParameters& b);

/// Min and max of each channel. Throws Error when a value is not finite.
std::vector<Range> rangesOf(const float* x, const Blocks& blocks, const std::string& where);

} // namespace bitstill
