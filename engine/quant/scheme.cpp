#include "engine/quant/scheme.h"

#include "engine/core/error.h"
#include "engine/core/for_this_cpu.h"
#include "engine/core/text.h"
#include "engine/kernels/elementwise.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace bitstill {

const std::vector<std::string>& schemeNames()
{
    static const std::vector<std::string> names{"symmetric", "affine", "affine-unsigned"};
    return names;
}

Scheme schemeOf(const std::string& name)
{
    const auto& names = schemeNames();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) throw Error("quantize", text("there is no scheme \"%1\"", name), text("the schemes are %1", joined(names)));
    return static_cast<Scheme>(found - names.begin());
}

CodeRange codeRange(int bits, Scheme scheme, Profile profile)
{
    assert(bits >= 2 && bits <= 16);
    const int half = 1 << (bits - 1);
    switch (scheme) {
    case Scheme::Symmetric: return {profile == Profile::PyTorch ? -half : -(half - 1), half - 1};
    case Scheme::Affine: return {-half, half - 1};
    case Scheme::AffineUnsigned: return {0, 2 * half - 1};
    }
    return {};
}

Blocks blocksOf(const Shape& shape, const Granularity& g)
{
    const std::size_t n = elements(shape);
    if (g.kind == Granularity::Kind::PerTensor) return {1, 1, n};
    if (g.kind == Granularity::Kind::PerGroup) {
        const int last = shape.empty() ? 1 : shape.back();
        if (g.group < 1 || last % g.group != 0)
            throw Error("quantize",
                text("group size %1 does not divide the %2 values of the last axis of %3", std::to_string(g.group), std::to_string(last),
                    describe(shape)),
                text("choose a divisor of %1", std::to_string(last)));
        const auto group = static_cast<std::size_t>(g.group);
        return {1, n / group, group};
    }
    if (g.axis < 0 || g.axis >= static_cast<int>(shape.size()))
        throw Error("quantize", text("there is no axis %1 in a tensor of shape %2", std::to_string(g.axis), describe(shape)),
            text("its axes are 0 to %1", std::to_string(static_cast<int>(shape.size()) - 1)));
    Blocks b;
    for (int a = 0; a < static_cast<int>(shape.size()); ++a) {
        const auto d = static_cast<std::size_t>(shape[static_cast<std::size_t>(a)]);
        if (a < g.axis)
            b.outer *= d;
        else if (a == g.axis)
            b.channels = d;
        else
            b.inner *= d;
    }
    return b;
}

float scaleFloor(Profile profile) { return profile == Profile::PyTorch ? kTorchScaleFloor : std::numeric_limits<float>::min(); }

namespace {

/// (high − low) / steps
float distance(float low, float high, float steps)
{
    const float d = (high - low) / steps;
    if (std::isfinite(d)) return d;
    return static_cast<float>((static_cast<double>(high) - static_cast<double>(low)) / static_cast<double>(steps));
}

} // namespace

float readableScale(float scale, CodeRange range, std::int32_t zeroPoint)
{
    const auto furthest = static_cast<float>(std::max(zeroPoint - range.low, range.high - zeroPoint));
    while (std::isinf(furthest * scale)) scale = std::nextafter(std::min(scale, std::numeric_limits<float>::max() / furthest), 0.0f);
    return scale;
}

Range rangeOf(const QuantParameters& p)
{
    constexpr double kMost = std::numeric_limits<float>::max();
    const auto real = [&](int code) {
        // Exact in double, so that rounding gives what a product of floats would.
        return static_cast<float>(std::clamp((code - p.zeroPoint[0]) * static_cast<double>(p.scale[0]), -kMost, kMost));
    };
    return {real(p.range.low), real(p.range.high)};
}

QuantParameters chooseParameters(
    int bits, Scheme scheme, const Blocks& blocks, const std::vector<Range>& ranges, Profile profile, float floor)
{
    assert(ranges.size() == blocks.channels);
    QuantParameters p;
    p.blocks = blocks;
    p.range = codeRange(bits, scheme, profile);
    p.profile = profile;
    const auto steps = static_cast<float>(p.range.codes() - 1);
    for (const Range& e : ranges) {
        const float least = e.low == 0 && e.high == 0 ? std::max(kTorchScaleFloor, floor) : floor;
        if (scheme == Scheme::Symmetric) {
            const float scale = std::max(std::max(std::abs(e.low), std::abs(e.high)) / (steps / 2), least);
            p.scale.push_back(readableScale(scale, p.range, 0));
            p.zeroPoint.push_back(0);
            continue;
        }
        const float low = std::min(e.low, 0.0f), high = std::max(e.high, 0.0f);
        const float scale = std::max(distance(low, high, steps), least);
        const std::int32_t zeroPoint =
            std::clamp(p.range.low - static_cast<std::int32_t>(std::nearbyint(low / scale)), p.range.low, p.range.high);
        p.scale.push_back(readableScale(scale, p.range, zeroPoint));
        p.zeroPoint.push_back(zeroPoint);
    }
    return p;
}

namespace {

struct Run {
    float inverse, scale, zeroPoint, low, high;
    bool divide = false, away = false; ///< see Profile
};

Run runOf(float scale, std::int32_t zeroPoint, CodeRange range, Profile profile = Profile::Bitstill)
{
    return {1.0f / scale, scale, static_cast<float>(zeroPoint), static_cast<float>(range.low), static_cast<float>(range.high),
        profile == Profile::Onnx || profile == Profile::TfLite, profile == Profile::TfLite};
}

/// Half away from zero: with the largest float below ½, so that 0.49999997 stays down.
inline float roundAway(float v) { return std::trunc(v + std::copysign(0x1.fffffep-2f, v)); }

/// The code before clamping; every code here is small enough to be exact in a float.
inline float rawCode(float x, const Run& r)
{
    const float steps = r.divide ? x / r.scale : x * r.inverse;
    return (r.away ? roundAway(steps) : std::nearbyint(steps)) + r.zeroPoint;
}
inline float clampedCode(float x, const Run& r)
{
    const float code = rawCode(x, r);
    const float raised = code > r.low ? code : r.low; // in this order NaN is the lowest code, not an undefined cast
    return raised < r.high ? raised : r.high;
}

BITSTILL_INLINE void quantizeRun(const float* x, std::size_t n, const Run& r, std::int32_t* codes)
{
    for (std::size_t i = 0; i < n; ++i) codes[i] = static_cast<std::int32_t>(clampedCode(x[i], r));
}

BITSTILL_INLINE void quantizeBytes(const float* __restrict x, std::size_t n, const Run run, std::uint8_t* __restrict codes)
{
    const Run r = run; // bytes may alias anything: a copy stays in registers
    for (std::size_t i = 0; i < n; ++i) codes[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(clampedCode(x[i], r)));
}

BITSTILL_INLINE void fakeQuantizeRun(const float* x, std::size_t n, const Run& r, float* y)
{
    for (std::size_t i = 0; i < n; ++i) y[i] = (clampedCode(x[i], r) - r.zeroPoint) * r.scale;
}

BITSTILL_INLINE void straightThroughRun(const float* x, const float* upstream, std::size_t n, const Run& r, float* gradient)
{
    for (std::size_t i = 0; i < n; ++i) {
        const float code = rawCode(x[i], r);
        gradient[i] = (code >= r.low) & (code <= r.high) ? upstream[i] : 0.0f;
    }
}

/// Calls body(first element, channel) for each run of `inner` elements that share a scale.
template <class Body> void forEachRun(const Blocks& b, const Body& body)
{
    for (std::size_t o = 0; o < b.outer; ++o)
        for (std::size_t c = 0; c < b.channels; ++c) body((o * b.channels + c) * b.inner, c);
}

} // namespace

void quantize(const float* x, const QuantParameters& p, std::int32_t* codes)
{
    forEachRun(p.blocks, [&](std::size_t first, std::size_t c) {
        forThisCpu<quantizeRun>(x + first, p.blocks.inner, runOf(p.scale[c], p.zeroPoint[c], p.range, p.profile), codes + first);
    });
}

void quantize(const float* x, std::size_t n, const QuantParameters& p, std::uint8_t* codes)
{
    forThisCpu<quantizeBytes>(x, n, runOf(p.scale.front(), p.zeroPoint.front(), p.range, p.profile), codes);
}

void dequantize(const std::int32_t* codes, const QuantParameters& p, float* y)
{
    forEachRun(p.blocks, [&](std::size_t first, std::size_t c) {
        for (std::size_t i = first; i < first + p.blocks.inner; ++i) y[i] = static_cast<float>(codes[i] - p.zeroPoint[c]) * p.scale[c];
    });
}

void fakeQuantize(const float* x, const QuantParameters& p, float* y)
{
    forEachRun(p.blocks, [&](std::size_t first, std::size_t c) {
        forThisCpu<fakeQuantizeRun>(x + first, p.blocks.inner, runOf(p.scale[c], p.zeroPoint[c], p.range, p.profile), y + first);
    });
}

void straightThrough(const float* x, const float* upstream, const QuantParameters& p, float* gradient)
{
    forEachRun(p.blocks, [&](std::size_t first, std::size_t c) {
        forThisCpu<straightThroughRun>(
            x + first, upstream + first, p.blocks.inner, runOf(p.scale[c], p.zeroPoint[c], p.range, p.profile), gradient + first);
    });
}

namespace {

/// Sums in 16 lanes, so that every clone of this loop adds in the same order.
BITSTILL_INLINE double stepSlope(const float* x, const float* upstream, std::size_t n, const Run& r)
{
    constexpr std::size_t kLanes = 16, kChunk = 1024;
    double total = 0;
    for (std::size_t first = 0; first < n; first += kChunk) {
        const std::size_t last = std::min(n, first + kChunk), even = first + (last - first) / kLanes * kLanes;
        float lanes[kLanes] = {};
        const auto slope = [&](std::size_t i) {
            const float code = rawCode(x[i], r), kept = clampedCode(x[i], r) - r.zeroPoint;
            const float inside = (kept * r.scale - x[i]) * r.inverse;
            return upstream[i] * ((code < r.low) | (code > r.high) ? kept : inside);
        };
        for (std::size_t i = first; i < even; i += kLanes)
            for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += slope(i + l);
        for (std::size_t i = even; i < last; ++i) lanes[i - even] += slope(i);
        for (const float lane : lanes) total += static_cast<double>(lane);
    }
    return total;
}

} // namespace

std::vector<float> learnedStepSizeGradient(const float* x, const float* upstream, const QuantParameters& p, double factor, float* gradient)
{
    std::vector<double> sums(p.blocks.channels, 0.0);
    forEachRun(p.blocks, [&](std::size_t first, std::size_t c) {
        sums[c] +=
            forThisCpu<stepSlope>(x + first, upstream + first, p.blocks.inner, runOf(p.scale[c], p.zeroPoint[c], p.range, p.profile));
    });
    straightThrough(x, upstream, p, gradient);
    std::vector<float> scaleGradients;
    for (const double sum : sums) scaleGradients.push_back(static_cast<float>(factor * sum));
    return scaleGradients;
}

ProfileDifference compareCodes(const float* x, const QuantParameters& a, const QuantParameters& b)
{
    assert(a.blocks.size() == b.blocks.size() && a.blocks.channels == b.blocks.channels);
    ProfileDifference d{.values = a.blocks.size()};
    std::vector<std::int32_t> first(d.values), second(d.values);
    quantize(x, a, first.data());
    quantize(x, b, second.data());
    forEachRun(a.blocks, [&](std::size_t begin, std::size_t c) {
        for (std::size_t i = begin; i < begin + a.blocks.inner; ++i) {
            const double valueA = static_cast<double>(first[i] - a.zeroPoint[c]) * static_cast<double>(a.scale[c]);
            const double valueB = static_cast<double>(second[i] - b.zeroPoint[c]) * static_cast<double>(b.scale[c]);
            d.differing += first[i] != second[i];
            d.largestInCodes = std::max(d.largestInCodes, std::abs(first[i] - second[i]));
            d.largestInValue = std::max(d.largestInValue, std::abs(valueA - valueB));
        }
    });
    return d;
}

std::vector<Range> rangesOf(const float* x, const Blocks& blocks, const std::string& where)
{
    std::vector<Range> ranges(blocks.channels);
    if (blocks.inner == 0) return ranges;
    forEachRun(blocks, [&](std::size_t first, std::size_t c) {
        const float* run = x + first;
        if (!kernels::allFinite(run, blocks.inner)) {
            const auto bad = std::find_if_not(run, run + blocks.inner, [](float v) { return std::isfinite(v); });
            throw NotFinite(where, text("value %1 is not a finite number", std::to_string(bad - x)),
                text("train with a smaller learning rate, or repair the file"));
        }
        Range e;
        kernels::extremes(run, blocks.inner, e.low, e.high);
        const bool isFirst = first < blocks.channels * blocks.inner;
        ranges[c] = isFirst ? e : Range{std::min(ranges[c].low, e.low), std::max(ranges[c].high, e.high)};
    });
    return ranges;
}

} // namespace bitstill
