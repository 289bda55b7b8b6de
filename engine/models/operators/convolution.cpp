#include "engine/kernels/planes.h"
#include "engine/models/operators/plane.h"
#include "engine/models/operators/typed.h"
#include "engine/models/operators/window.h"

#include <algorithm>
#include <optional>

namespace bitstill::foreign {

namespace {

constexpr std::size_t kBlock = 4 * kernels::kPlaces; ///< outputs whose inputs are laid out at a time: they stay in the cache

struct Geometry {
    Window window;
    std::size_t samples = 0, inChannels = 0, outChannels = 0, groups = 1;

    std::size_t inPlane() const { return elements(window.in); }
    std::size_t outPlane() const { return elements(window.out); }
    std::size_t taps() const { return elements(window.kernel); }
};

/// Weights are [out, in/groups, ...], of a transposed convolution [in, out/groups, ...].
Geometry geometryOf(const Call& call, bool transposed)
{
    const Shape &x = call.shape(0), &w = call.shape(1);
    if (!(x.size() >= 3 && w.size() == x.size())) call.fail(text("shapes %1 and %2 do not fit", describe(x), describe(w)));
    const std::int64_t groups = call.integer("group", 1);
    if (!(groups >= 1 && w[0] > 0 && w[1] > 0 && groups <= w[0] && w[0] % groups == 0))
        call.fail(text("its attribute %1 is %2", "group", std::to_string(groups)));
    Geometry g;
    g.groups = static_cast<std::size_t>(groups);
    const std::int64_t in = transposed ? w[0] : w[1] * groups;
    if (!(in == x[1])) call.fail(text("shapes %1 and %2 do not fit", describe(x), describe(w)));
    g.samples = static_cast<std::size_t>(x[0]);
    g.inChannels = static_cast<std::size_t>(in);
    g.outChannels = static_cast<std::size_t>(transposed ? w[1] * groups : w[0]);
    const Shape kernel(w.begin() + 2, w.end());
    if (transposed)
        g.window.kernel = kernel;
    else
        g.window = windowOf(call, kernel);
    if (call.has(2))
        if (!(elements(call.shape(2)) == g.outChannels))
            call.fail(text("shapes %1 and %2 do not fit", describe(w), describe(call.shape(2))));
    return g;
}

Shape outputShape(const Call& call, const Geometry& g)
{
    std::vector<std::int64_t> shape{static_cast<std::int64_t>(g.samples), static_cast<std::int64_t>(g.outChannels)};
    shape.insert(shape.end(), g.window.out.begin(), g.window.out.end());
    return call.checked(shape);
}

Shapes convShape(const Call& call) { return {outputShape(call, geometryOf(call, false))}; }

/// A kernel of one tap that meets every place: planes are rows then.
bool isPointwise(const Window& w)
{
    for (std::size_t d = 0; d < w.axes(); ++d)
        if (w.kernel[d] != 1 || w.strides[d] != 1 || w.before[d] != 0 || w.after[d] != 0) return false;
    return true;
}

Window flattened(const Window& w)
{
    const Shape plane{static_cast<int>(elements(w.in))};
    return {.in = plane, .kernel = {1}, .strides = {1}, .dilations = {1}, .before = {0}, .after = {0}, .out = plane};
}

/// What the kernel's taps read.
class Taps {
public:
    Taps(const Window& w, std::size_t channels) : m_window(w), m_channels(channels), m_plane(elements(w.in)), m_strides(stridesOf(w.in)) { }

    /// For `count` outputs from `from` on: a row of kBlock for each channel and tap, zeros from the padding. x is channels × plane.
    void lay(const float* x, std::size_t from, std::size_t count, float* rows) const
    {
        const std::size_t last = m_window.axes() - 1;
        const std::vector<std::size_t> places = stridesOf(m_window.out);
        for (std::size_t done = 0; done < count;) {
            Shape at;
            for (std::size_t d = 0; d <= last; ++d)
                at.push_back(static_cast<int>((from + done) / places[d] % static_cast<std::size_t>(m_window.out[d])));
            const std::size_t run = std::min(count - done, static_cast<std::size_t>(m_window.out[last] - at[last]));
            layRun(x, at, static_cast<int>(run), rows + done);
            done += run;
        }
    }

private:
    /// `run` outputs side by side along the last axis.
    void layRun(const float* x, const Shape& at, int run, float* rows) const
    {
        const std::size_t last = m_window.axes() - 1, taps = elements(m_window.kernel);
        const int step = m_window.strides[last], width = m_window.in[last];
        Shape tap(m_window.axes(), 0);
        for (std::size_t t = 0; t < taps; ++t, next(tap, m_window.kernel)) {
            std::ptrdiff_t base = 0;
            bool inside = true;
            for (std::size_t d = 0; d < last; ++d) {
                const int line = m_window.at(d, at[d], tap[d]);
                inside = inside && line >= 0 && line < m_window.in[d];
                base += static_cast<std::ptrdiff_t>(m_strides[d]) * line;
            }
            const int shift = m_window.at(last, at[last], tap[last]);
            const int first = !inside ? run : std::min(run, shift >= 0 ? 0 : (-shift + step - 1) / step);
            const int end = !inside ? run : std::max(first, std::min(run, shift >= width ? 0 : (width - 1 - shift) / step + 1));
            for (std::size_t c = 0; c < m_channels; ++c) {
                const float* line = x + static_cast<std::ptrdiff_t>(c * m_plane) + base + shift;
                float* row = rows + (c * taps + t) * kBlock;
                std::fill_n(row, first, 0.0f);
                if (step == 1)
                    std::copy_n(line + first, end - first, row + first);
                else
                    for (int i = first; i < end; ++i) row[i] = line[i * step];
                std::fill_n(row + end, run - end, 0.0f);
            }
        }
    }

    const Window& m_window;
    std::size_t m_channels, m_plane;
    std::vector<std::size_t> m_strides;
};

/// One group of one sample: x is channels × plane, w out × channels × taps, y out × positions; `bias` may be null.
void convolveGroup(const Geometry& g, const float* x, const float* w, const float* bias, float* y)
{
    const bool pointwise = isPointwise(g.window);
    const Window window = pointwise ? flattened(g.window) : g.window;
    const std::size_t channels = g.inChannels / g.groups, outs = g.outChannels / g.groups, k = channels * g.taps(),
                      positions = g.outPlane();
    if (pointwise && positions % kernels::kPlaces == 0)
        return kernels::PlaneProduct{.rows = outs, .n = positions, .k = k, .xRow = positions, .yRow = positions}.run(w, x, bias, y);
    const Taps taps(window, channels);
    std::vector<float> laid(kBlock * k), block(outs * kBlock);
    for (std::size_t from = 0; from < positions; from += kBlock) {
        const std::size_t count = std::min(kBlock, positions - from);
        const std::size_t n = (count + kernels::kPlaces - 1) / kernels::kPlaces * kernels::kPlaces;
        taps.lay(x, from, count, laid.data());
        const kernels::PlaneProduct product{.rows = outs, .n = n, .k = k, .xRow = kBlock, .yRow = n == count ? positions : kBlock};
        product.run(w, laid.data(), bias, n == count ? y + from : block.data());
        // What is computed beyond the last output must not lie in the next channel.
        for (std::size_t o = 0; n != count && o < outs; ++o) std::copy_n(block.data() + o * kBlock, count, y + o * positions + from);
    }
}

void needFloats(const Call& call)
{
    for (const std::size_t i : {0, 1}) withTypes<float>(call, call.input(i), [](auto) {});
}

/// Null where there is none.
const float* biasOf(const Call& call)
{
    if (!call.has(2)) return nullptr;
    withTypes<float>(call, call.input(2), [](auto) {});
    return valuesOf<float>(call.input(2));
}

Arrays conv(const Call& call, const Shapes& shapes)
{
    needFloats(call);
    const Geometry g = geometryOf(call, false);
    Array result = zerosOf<float>(shapes[0]);
    if (result.size() == 0) return single(std::move(result));
    const float *x = valuesOf<float>(call.input(0)), *w = valuesOf<float>(call.input(1)), *bias = biasOf(call);
    const std::size_t channels = g.inChannels / g.groups, outs = g.outChannels / g.groups, k = channels * g.taps();
    std::optional<Plane> plane;
    if (channels == 1 && Plane::serves(g.window)) plane.emplace(g.window);
    for (std::size_t n = 0; n < g.samples; ++n)
        for (std::size_t group = 0; group < g.groups; ++group) {
            const float* from = x + (n * g.groups + group) * channels * g.inPlane();
            float* to = valuesOf<float>(result) + (n * g.groups + group) * outs * g.outPlane();
            const float *weights = w + group * outs * k, *shifts = bias ? bias + group * outs : nullptr;
            if (!plane) {
                convolveGroup(g, from, weights, shifts, to);
                continue;
            }
            plane->take(from);
            for (std::size_t o = 0; o < outs; ++o) plane->convolve(weights + o * k, shifts ? shifts[o] : 0.0f, to + o * g.outPlane());
        }
    return single(std::move(result));
}

/// What the window looks like from the output: output position p feeds input position at(p, tap), so input and output change places.
Geometry transposedGeometry(const Call& call)
{
    Geometry g = geometryOf(call, true);
    const Shape& x = call.shape(0);
    const std::size_t axes = x.size() - 2;
    const auto list = [&](const char* name, std::size_t count, std::int64_t fallback, std::int64_t lowest) {
        const auto given = call.integers(name).value_or(std::vector<std::int64_t>(count, fallback));
        bool fits = given.size() == count;
        for (const std::int64_t v : given) fits = fits && v >= lowest && v <= 1 << 20;
        if (!(fits)) call.fail(text("its attribute %1 is of another type than it takes", name));
        return Shape(given.begin(), given.end());
    };
    Window& w = g.window;
    w.in = Shape(x.begin() + 2, x.end());
    w.strides = list("strides", axes, 1, 1);
    w.dilations = list("dilations", axes, 1, 1);
    const Shape pads = list("pads", 2 * axes, 0, 0), extra = list("output_padding", axes, 0, 0);
    const auto wanted = call.integers("output_shape");
    const std::string automatic = call.word("auto_pad", "NOTSET");
    for (std::size_t d = 0; d < axes; ++d) {
        std::int64_t before = pads[d], after = pads[axes + d];
        const std::int64_t whole =
            std::int64_t{w.strides[d]} * (w.in[d] - 1) + extra[d] + std::int64_t{w.kernel[d] - 1} * w.dilations[d] + 1;
        std::int64_t out = whole - before - after;
        const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
        if (wanted || same) {
            if (!(!wanted || wanted->size() >= axes)) call.fail(text("its attribute %1 is of another type than it takes", "output_shape"));
            out = wanted ? (*wanted)[wanted->size() - axes + d] : std::int64_t{w.in[d]} * w.strides[d];
            const std::int64_t total = std::max<std::int64_t>(whole - out, 0);
            before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
            after = total - before;
        }
        if (!(out >= 1 && out <= 1 << 24 && before <= 1 << 24))
            call.fail(text("its kernel %1 is larger than its padded input %2", describe(w.kernel), describe(w.in)));
        w.before.push_back(static_cast<int>(before));
        w.after.push_back(static_cast<int>(after));
        w.out.push_back(static_cast<int>(out));
    }
    return g;
}

Shapes convTransposeShape(const Call& call) { return {outputShape(call, transposedGeometry(call))}; }

Arrays convTranspose(const Call& call, const Shapes& shapes)
{
    needFloats(call);
    const Geometry g = transposedGeometry(call);
    const Window& w = g.window;
    Array result = zerosOf<float>(shapes[0]);
    const float *x = valuesOf<float>(call.input(0)), *weights = valuesOf<float>(call.input(1));
    const std::size_t channels = g.inChannels / g.groups, outs = g.outChannels / g.groups, taps = g.taps();
    const std::vector<std::size_t> strides = stridesOf(w.out);
    for (std::size_t c = 0; c < g.samples * g.inChannels; ++c) {
        const std::size_t n = c / g.inChannels, group = c % g.inChannels / channels;
        float* y = valuesOf<float>(result) + (n * g.outChannels + group * outs) * g.outPlane();
        const float* kernel = weights + c % g.inChannels * outs * taps;
        Shape at(w.axes(), 0);
        for (std::size_t i = 0; i < g.inPlane(); ++i, next(at, w.in)) {
            const float value = x[c * g.inPlane() + i];
            Shape tap(w.axes(), 0);
            for (std::size_t t = 0; t < taps; ++t, next(tap, w.kernel)) {
                std::size_t to = 0;
                bool there = true;
                for (std::size_t d = 0; d < w.axes(); ++d) {
                    const int position = w.at(d, at[d], tap[d]);
                    there = there && position >= 0 && position < w.out[d];
                    to += strides[d] * static_cast<std::size_t>(std::max(position, 0));
                }
                if (!there) continue;
                for (std::size_t o = 0; o < outs; ++o) y[o * g.outPlane() + to] += value * kernel[o * taps + t];
            }
        }
    }
    if (const float* bias = biasOf(call))
        for (std::size_t i = 0; i < result.size(); ++i) valuesOf<float>(result)[i] += bias[i / g.outPlane() % g.outChannels];
    return single(std::move(result));
}

} // namespace

Table convolutionOperators() { return {{"Conv", convShape, conv}, {"ConvTranspose", convTransposeShape, convTranspose}}; }

} // namespace bitstill::foreign
