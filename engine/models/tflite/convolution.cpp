// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED are one loop: a dense layer is a convolution of 1x1 pictures, a depthwise one has as many
// groups as channels.

#include "engine/core/for_this_cpu.h"
#include "engine/models/tflite/operators.h"
#include "engine/models/tflite/rounding.h"
#include "engine/models/tflite/windows.h"

#include <algorithm>
#include <cmath>

namespace bitstill::tflite {

namespace {

struct Geometry {
    std::size_t batch = 1;
    Steps rows{}, columns{};
    std::size_t in = 1, out = 1; ///< channels
    std::size_t groups = 1;

    std::size_t inGroup() const { return in / groups; }
    std::size_t outGroup() const { return out / groups; }
    std::size_t outputs() const { return batch * static_cast<std::size_t>(rows.outputs * columns.outputs) * out; }
};

std::size_t unsignedOf(std::int64_t n) { return static_cast<std::size_t>(n); }

Geometry geometryOf(const Step& step)
{
    const Shape &x = step.in(0).shape, &w = step.in(1).shape;
    if (operatorName(step.op.code) == "FULLY_CONNECTED") {
        const std::size_t in = unsignedOf(w[1]), out = unsignedOf(w[0]);
        return {.batch = elements(x) / in, .rows = {}, .columns = {}, .in = in, .out = out};
    }
    const OperatorOptions& o = step.op.options;
    const bool depthwise = operatorName(step.op.code) == "DEPTHWISE_CONV_2D";
    return {.batch = unsignedOf(x[0]),
        .rows = Steps::of(x[1], w[1], o.stride[0], o.dilation[0], o.same),
        .columns = Steps::of(x[2], w[2], o.stride[1], o.dilation[1], o.same),
        .in = unsignedOf(x[3]),
        .out = unsignedOf(depthwise ? w[3] : w[0]),
        .groups = unsignedOf(depthwise ? x[3] : x[3] / w[3])};
}

/// sums[o] += x · w[o], for each of the window's places and input channels.
BITSTILL_INLINE void addPlace(const double* x, const double* w, double* sums, std::size_t groups, std::size_t in, std::size_t out)
{
    if (in == 1 && out == 1) {
        for (std::size_t c = 0; c < groups; ++c) sums[c] += x[c] * w[c];
        return;
    }
    const std::size_t all = groups * out;
    for (std::size_t g = 0; g < groups; ++g)
        for (std::size_t i = 0; i < in; ++i) {
            const double factor = x[g * in + i];
            const double* row = w + i * all + g * out;
            double* sum = sums + g * out;
            for (std::size_t o = 0; o < out; ++o) sum[o] += factor * row[o];
        }
}

/// `w` is [height, width, channels of a group, output channels]; `begin` and `end` are called before and after each output place.
template <class Begin, class End>
void convolve(const Geometry& g, std::span<const double> x, std::span<const double> w, double* sums, const Begin& begin, const End& end)
{
    const std::size_t place = g.inGroup() * g.out, height = unsignedOf(g.rows.size), width = unsignedOf(g.columns.size);
    for (std::size_t n = 0; n < g.batch; ++n)
        for (std::int64_t oy = 0; oy < g.rows.outputs; ++oy)
            for (std::int64_t ox = 0; ox < g.columns.outputs; ++ox) {
                begin();
                for (std::int64_t ky = g.rows.first(oy); ky < g.rows.last(oy); ++ky)
                    for (std::int64_t kx = g.columns.first(ox); kx < g.columns.last(ox); ++kx) {
                        const std::size_t at =
                            ((n * height + unsignedOf(g.rows.at(oy, ky))) * width + unsignedOf(g.columns.at(ox, kx))) * g.in;
                        forThisCpu<addPlace>(
                            &x[at], &w[unsignedOf(ky * g.columns.window + kx) * place], sums, g.groups, g.inGroup(), g.outGroup());
                    }
                end();
            }
}

/// [out, place, in of a group] to [place, in of a group, out].
std::vector<double> outputsLast(const std::vector<double>& w, std::size_t out)
{
    std::vector<double> turned(w.size());
    const std::size_t rest = w.size() / out;
    for (std::size_t o = 0; o < out; ++o)
        for (std::size_t i = 0; i < rest; ++i) turned[i * out + o] = w[o * rest + i];
    return turned;
}

/// `values` in float32 arithmetic to the nearest of 255 steps from min(0, smallest) to max(0, largest), as reals again.
void roundTo255Steps(std::span<double> values)
{
    float low = 0, high = 0;
    bool finite = true;
    for (const double v : values) {
        finite = finite && std::isfinite(v);
        low = std::min(low, static_cast<float>(v));
        high = std::max(high, static_cast<float>(v));
    }
    if (!finite || low == high) { // LiteRT: not a number anywhere makes the row none
        if (!finite) std::ranges::fill(values, NAN);
        return;
    }
    const float perStep = 255.0f / (high - low), bottom = low * perStep, top = high * perStep;
    const float zero = std::rint(std::clamp((-128.0f + bottom) + (127.0f + top) > 0 ? -128.0f - bottom : 127.0f - top, -128.0f, 127.0f));
    for (double& v : values) {
        const float code = std::clamp(std::rint(static_cast<float>(v) * perStep) + zero, -128.0f, 127.0f);
        v = static_cast<double>((code - zero) * (1.0f / perStep));
    }
}

/// How many values LiteRT gives one range: a picture, but one row or place where the kernel sees no more (it runs such convolutions as
/// dense layers).
std::size_t sizeOfOneRange(const Geometry& g, std::size_t values)
{
    const auto one = [](const Steps& s) { return s.window == 1 && s.stride == 1; };
    return one(g.rows) && one(g.columns) && g.groups == 1 ? g.in : values / g.batch;
}

/// I4 and I2 exist as weights alone.
bool areCodes(const TensorInfo& weights) { return isCodes(weights) || weights.type == "I4" || weights.type == "I2"; }

void multiplyReals(const Call& call, const Geometry& g, std::vector<double> x, const std::vector<double>& w)
{
    const bool hybrid = areCodes(call.in(1));
    if (hybrid && call.hybrid == Hybrid::rounded)
        for (std::size_t at = 0, size = sizeOfOneRange(g, x.size()); at < x.size(); at += size)
            roundTo255Steps(std::span(x).subspan(at, size));
    std::vector<double> sums(g.out);
    const std::vector<double> bias = call.has(2) ? realOf(call.inputs[2], call.in(2)) : std::vector<double>(g.out);
    const Range range = rangeOf(call.op.options.activation, call.out());
    double* to = call.output.data();
    convolve(
        g, x, w, sums.data(), [&] { std::ranges::fill(sums, 0); },
        [&] {
            for (std::size_t o = 0; o < g.out; ++o) *to++ = range.clamp(sums[o] + bias[o]);
        });
}

void multiplyCodes(const Call& call, const Geometry& g, const std::vector<double>& x, const std::vector<double>& w)
{
    const std::vector<float>& scales = call.in(1).quantization.scale;
    std::vector<double> sums(g.out), factors(g.out), start(g.out);
    for (std::size_t o = 0; o < g.out; ++o) {
        factors[o] = scaleOf(call.in(0)) * static_cast<double>(scales[scales.size() > 1 ? o : 0]) / scaleOf(call.out());
        if (call.has(2)) start[o] = call.inputs[2][o];
    }
    const Range range = rangeOf(call.op.options.activation, call.out());
    const double zero = zeroPointOf(call.out());
    double* to = call.output.data();
    convolve(
        g, x, w, sums.data(), [&] { sums = start; },
        [&] {
            for (std::size_t o = 0; o < g.out; ++o) *to++ = range.clamp(toEven(sums[o] * factors[o]) + zero);
        });
}

/// Weights: floats or codes with one scale or one for each output channel.
Text checkOperands(const Step& step, std::size_t channels, int channelAxis)
{
    const TensorInfo &x = step.in(0), &w = step.in(1), &y = step.out();
    if (const Text reason = checkFlowing(x); !reason.empty()) return reason;
    if (const Text reason = checkFlowing(y); !reason.empty()) return reason;
    const bool codes = areCodes(w), fit = x.type == "F32" ? codes || w.type == "F32" : codes && (w.type == x.type || !isCodes(w));
    if (!alike(x, y) || !fit) return wrongTypes(step);
    const Quantization& q = w.quantization;
    if (codes && (!w.isQuantized() || (q.scale.size() > 1 && q.axis != channelAxis)))
        return text("%1 has no scale and zero point that its codes could be read by", w.name);
    if (step.has(2)) {
        const TensorInfo& bias = step.in(2);
        const bool fits = elements(bias.shape) == channels && bias.type == (isCodes(x) ? "I32" : "F32");
        if (!fits) return wrongTypes(step);
    }
    return isComputed(step.op.options.activation) ? Text{} : wrongOptions();
}

Text checkPictures(const Step& step, bool depthwise)
{
    const Shape &x = step.in(0).shape, &w = step.in(1).shape, &y = step.out().shape;
    if (x.size() != 4 || w.size() != 4 || y.size() != 4 || elements(x) == 0 || elements(w) == 0) return wrongShape(step);
    const int out = depthwise ? w[3] : w[0];
    const bool divides = depthwise ? w[0] == 1 && out % x[3] == 0 : x[3] % w[3] == 0 && out % (x[3] / w[3]) == 0;
    if (!divides) return wrongShape(step);
    const Geometry g = geometryOf(step);
    if (g.rows.outputs < 1 || g.columns.outputs < 1) return wrongOptions();
    if (y[0] != x[0] || y[1] != g.rows.outputs || y[2] != g.columns.outputs || y[3] != out) return wrongShape(step);
    return checkOperands(step, g.out, depthwise ? 3 : 0);
}

} // namespace

Text checkConvolution(const Step& step) { return checkPictures(step, false); }
Text checkDepthwise(const Step& step) { return checkPictures(step, true); }

Text checkFullyConnected(const Step& step)
{
    const Shape &x = step.in(0).shape, &w = step.in(1).shape, &y = step.out().shape;
    if (!step.op.options.plainWeights) return text("its weights are shuffled for one kind of CPU");
    if (w.size() != 2 || elements(w) == 0 || elements(x) == 0 || y.empty()) return wrongShape(step);
    const std::size_t in = unsignedOf(w[1]), out = unsignedOf(w[0]);
    if (elements(x) % in != 0 || y.back() != w[0] || elements(y) != elements(x) / in * out) return wrongShape(step);
    return checkOperands(step, out, 0);
}

double workOfConvolution(const Step& step)
{
    const Geometry g = geometryOf(step);
    return static_cast<double>(g.outputs()) * static_cast<double>(g.rows.window * g.columns.window) * static_cast<double>(g.inGroup());
}

void runConvolution(const Call& call)
{
    const Geometry g = geometryOf(call);
    const bool codes = isCodes(call.in(0)), depthwise = operatorName(call.op.code) == "DEPTHWISE_CONV_2D";
    std::vector<double> w = codes ? centred(call.inputs[1], call.in(1)) : realOf(call.inputs[1], call.in(1));
    if (!depthwise) w = outputsLast(w, g.out);
    if (codes)
        multiplyCodes(call, g, centred(call.inputs[0], call.in(0)), w);
    else
        multiplyReals(call, g, realOf(call.inputs[0], call.in(0)), w);
}

} // namespace bitstill::tflite
