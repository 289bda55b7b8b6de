#include "engine/quant/layer_inputs.h"

#include "engine/kernels/gemm.h"
#include "engine/nn/evaluate.h"

#include <algorithm>
#include <numeric>

namespace bitstill {

namespace {

constexpr std::size_t kWindows = 8192;

/// What a layer reads for one output position, one row each: [rows, k], of one group.
struct Inputs {
    std::size_t k = 0;
    std::vector<float> rows;
    std::size_t count() const { return rows.size() / k; }
};

/// G = XᵀX / rows: all that ‖(Ŵ − W)·x‖² needs to know of the inputs.
Tensor gram(const Inputs& x)
{
    const int k = static_cast<int>(x.k), n = static_cast<int>(x.count());
    Tensor g({k, k});
    Gemm{.transposeA = true, .m = k, .n = k, .k = n, .lda = k, .ldb = k, .ldc = k}.run(x.rows.data(), x.rows.data(), g.data());
    for (float& v : g) v /= static_cast<float>(n);
    return g;
}

/// The windows that group `group` of a layer sees in NHWC samples; kWindows of them or a little more, evenly spread.
Inputs windowsOf(const Layer& layer, const SampleShape& in, const SampleShape& out, const std::vector<float>& x, std::size_t group)
{
    Inputs result;
    const std::optional<LinearWindow> o = layer.window();
    if (!o) {
        result.k = in.size();
        result.rows = x;
        return result;
    }
    const int channels = in.channels / o->groups, first = static_cast<int>(group) * channels;
    result.k = static_cast<std::size_t>(channels * o->kernel * o->kernel);
    const std::size_t positions = static_cast<std::size_t>(out.height * out.width), all = positions * (x.size() / in.size());
    std::size_t step = std::max<std::size_t>(1, all / kWindows);
    while (std::gcd(step, positions) != 1) ++step; // or it would meet the same few positions of every sample
    for (std::size_t p = 0; p < all; p += step) {
        const float* sample = x.data() + p / positions * in.size();
        const int top = static_cast<int>(p % positions) / out.width * o->stride - o->padding;
        const int left = static_cast<int>(p % positions) % out.width * o->stride - o->padding;
        for (int c = first; c < first + channels; ++c) // in the weights' order, OIHW
            for (int ky = 0; ky < o->kernel; ++ky)
                for (int kx = 0; kx < o->kernel; ++kx) {
                    const int row = top + ky, column = left + kx;
                    const bool inside = row >= 0 && row < in.height && column >= 0 && column < in.width;
                    result.rows.push_back(inside ? sample[(row * in.width + column) * in.channels + c] : 0.0f);
                }
    }
    return result;
}

} // namespace

std::vector<float> inputsOf(QuantizedNetwork& network, int node, const Dataset& data, const Samples& samples)
{
    const Graph& g = network.folded();
    const int source = g.node(node).inputs[0];
    const std::size_t n = g.node(source).shape.size(), size = static_cast<std::size_t>(network.pass().batch());
    std::vector<float> x(samples.count() * n);
    for (std::size_t first = 0; first < samples.count(); first += size) {
        network.watch([&](int at, const Shard& s, const float* y) { // shards write apart
            if (at != source) return;
            std::copy_n(y, static_cast<std::size_t>(s.rows) * n, x.data() + (first + static_cast<std::size_t>(s.first)) * n);
        });
        network.pass().forward(static_cast<int>(std::min(size, samples.count() - first)), reading(data, samples, first));
    }
    network.watch({});
    return x;
}

std::vector<Tensor> inputGrams(
    const Layer& layer, const SampleShape& in, const SampleShape& out, const std::vector<float>& x, ThreadPool& pool)
{
    std::vector<Tensor> grams(static_cast<std::size_t>(layer.window().value_or(LinearWindow{}).groups));
    pool.run(static_cast<int>(grams.size()), [&](int i) {
        const auto group = static_cast<std::size_t>(i);
        grams[group] = gram(windowsOf(layer, in, out, x, group));
    });
    return grams;
}

} // namespace bitstill
