#include "engine/core/error.h"
#include "engine/core/for_this_cpu.h"
#include "engine/data/sample.h"
#include "engine/kernels/gemm.h"
#include "engine/quant/layer_inputs.h"
#include "engine/quant/repair.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr float kStretch = 1.2f, kLow = -0.1f; // ζ − γ and γ of the paper
constexpr std::size_t kRowsPerTask = 16;

/// The rounding of a few output rows of one layer: all share the inputs of their group.
struct Block {
    std::size_t rows, k;
    const float* weights; ///< rows × k
    const Tensor* gram;
    const std::vector<float>* scales; ///< one for each row
    std::int32_t* codes; ///< rows × k, rounded to nearest before, as found after
    CodeRange range;
};

struct Variables {
    std::vector<float> floor, v, first, second, h, slope, error, gradient;
};

BITSTILL_INLINE void stretch(const float* v, std::size_t n, float* h, float* slope)
{
    for (std::size_t i = 0; i < n; ++i) {
        const float s = 1.0f / (1.0f + std::exp(-v[i]));
        const float raw = kStretch * s + kLow;
        h[i] = std::min(1.0f, std::max(0.0f, raw));
        slope[i] = (raw > 0) & (raw < 1) ? kStretch * s * (1 - s) : 0.0f;
    }
}

/// d/dh of λ·(1 − |2h − 1|^β).
inline float pull(float h, float beta, float lambda)
{
    const float d = 2 * h - 1;
    return -lambda * beta * 2 * std::copysign(std::pow(std::abs(d), beta - 1), d);
}

void adaRoundBlock(const Block& b, const AdaRoundOptions& o)
{
    const std::size_t n = b.rows * b.k;
    Variables s{std::vector<float>(n), std::vector<float>(n), std::vector<float>(n, 0), std::vector<float>(n, 0), std::vector<float>(n),
        std::vector<float>(n), std::vector<float>(n), std::vector<float>(n)};
    const auto scaleOf = [&](std::size_t i) { return (*b.scales)[i / b.k]; };
    for (std::size_t i = 0; i < n; ++i) {
        const float x = b.weights[i] / scaleOf(i);
        s.floor[i] = std::floor(x);
        const float h = std::clamp((x - s.floor[i] - kLow) / kStretch, 0.01f, 0.99f);
        s.v[i] = std::log(h / (1 - h));
    }
    // Outputs are compared in units of the layer's own signal, so that λ means the same for every layer.
    double signal = 0;
    for (std::size_t i = 0; i < b.k; ++i) signal += static_cast<double>((*b.gram)[i * b.k + i]);
    const auto gain = static_cast<float>(static_cast<double>(b.k) / std::max(signal, 1e-12));
    const auto low = static_cast<float>(b.range.low), high = static_cast<float>(b.range.high);
    const Gemm product{.m = static_cast<std::int64_t>(b.rows),
        .n = static_cast<std::int64_t>(b.k),
        .k = static_cast<std::int64_t>(b.k),
        .lda = static_cast<std::int64_t>(b.k),
        .ldb = static_cast<std::int64_t>(b.k),
        .ldc = static_cast<std::int64_t>(b.k)};
    double decay1 = 1, decay2 = 1;
    for (int step = 0; step < o.iterations; ++step) {
        forThisCpu<stretch>(s.v.data(), n, s.h.data(), s.slope.data());
        for (std::size_t i = 0; i < n; ++i) s.error[i] = std::clamp(s.floor[i] + s.h[i], low, high) - b.weights[i] / scaleOf(i);
        product.run(s.error.data(), b.gram->data(), s.gradient.data());
        const double after = (static_cast<double>(step) / o.iterations - 0.2) / 0.8;
        const auto beta = static_cast<float>(2 + 18 * 0.5 * (1 + std::cos(3.14159265 * std::clamp(after, 0.0, 1.0))));
        const float lambda = after > 0 ? static_cast<float>(o.regularization) : 0.0f;
        decay1 *= 0.9;
        decay2 *= 0.999;
        const auto rate = static_cast<float>(o.learningRate / (1 - decay1)), correct = static_cast<float>(1 / (1 - decay2));
        for (std::size_t i = 0; i < n; ++i) {
            const float d = (2 * gain * s.gradient[i] + (lambda > 0 ? pull(s.h[i], beta, lambda) : 0.0f)) * s.slope[i];
            s.first[i] = 0.9f * s.first[i] + 0.1f * d;
            s.second[i] = 0.999f * s.second[i] + 0.001f * d * d;
            s.v[i] -= rate * s.first[i] / (std::sqrt(s.second[i] * correct) + 1e-8f);
        }
    }
    forThisCpu<stretch>(s.v.data(), n, s.h.data(), s.slope.data());
    for (std::size_t i = 0; i < n; ++i)
        b.codes[i] = static_cast<std::int32_t>(std::clamp(s.floor[i] + (s.h[i] >= 0.5f ? 1.0f : 0.0f), low, high));
}

void adaRoundLayer(QuantizedNetwork& network, std::size_t index, const std::vector<float>& x, const AdaRoundOptions& o, ThreadPool& pool)
{
    const LayerQuantization& layer = network.layers()[index];
    const Graph& g = network.folded();
    const Graph::Node& node = g.node(layer.node);
    const SampleShape in = g.node(node.inputs[0]).shape;
    const auto groups = static_cast<std::size_t>(node.layer->window().value_or(LinearWindow{}).groups);
    const auto channels = static_cast<std::size_t>(node.shape.channels), perGroup = channels / groups, k = layer.before.size() / channels;
    std::vector<float> scales(channels);
    for (std::size_t c = 0; c < channels; ++c) scales[c] = layer.parameters.scale[layer.parameters.scale.size() == 1 ? 0 : c];
    std::vector<std::int32_t> codes = layer.codes;

    const std::vector<Tensor> grams = inputGrams(*node.layer, in, node.shape, x, pool);
    const std::size_t tasks = groups * ((perGroup + kRowsPerTask - 1) / kRowsPerTask);
    pool.run(static_cast<int>(tasks), [&](int t) {
        const std::size_t each = tasks / groups, group = static_cast<std::size_t>(t) / each, part = static_cast<std::size_t>(t) % each;
        const std::size_t first = group * perGroup + part * kRowsPerTask, last = std::min((group + 1) * perGroup, first + kRowsPerTask);
        const std::vector<float> own(
            scales.begin() + static_cast<std::ptrdiff_t>(first), scales.begin() + static_cast<std::ptrdiff_t>(last));
        adaRoundBlock(
            {last - first, k, layer.before.data() + first * k, &grams[group], &own, codes.data() + first * k, layer.parameters.range}, o);
    });
    network.setCodes(index, codes);
}

} // namespace

void adaRound(QuantizedNetwork& network, const Dataset& data, const AdaRoundOptions& options, ThreadPool& pool,
    const std::function<bool()>& keepGoing)
{
    const Samples sample = sampleOf(data, data.train, options.samples, options.seed);
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        if (keepGoing && !keepGoing()) throw Stopped{};
        const LayerQuantization& layer = network.layers()[i];
        if (layer.codes.empty() || layer.parameters.zeroPoint.front() != 0 || layer.parameters.scale.size() > layer.bias.size()) continue;
        const std::vector<float> x = inputsOf(network, layer.node, data, sample);
        adaRoundLayer(network, i, x, options, pool);
    }
}

} // namespace bitstill
