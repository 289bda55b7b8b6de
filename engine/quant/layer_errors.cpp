#include "engine/quant/layer_errors.h"

#include "engine/data/sample.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/evaluate.h"
#include "engine/quant/placement.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

/// Outputs of some nodes for all samples, row-major.
using Outputs = std::map<int, std::vector<float>>;

Pass::Hook keep(const Graph& graph, Outputs& outputs)
{
    return [&](int node, const Shard& s, const float* y) {
        const auto found = outputs.find(node);
        if (found == outputs.end()) return;
        const std::size_t n = graph.node(node).shape.size();
        std::copy_n(y, static_cast<std::size_t>(s.rows) * n, found->second.data() + static_cast<std::size_t>(s.first) * n);
    };
}

void split(const std::vector<float>& exact, const std::vector<float>& found, std::size_t channels, const QuantParameters& p, LayerError& e)
{
    const std::size_t perChannel = exact.size() / channels;
    std::vector<double> mean(channels, 0.0);
    for (std::size_t i = 0; i < exact.size(); ++i)
        mean[i % channels] += (static_cast<double>(found[i]) - static_cast<double>(exact[i])) / static_cast<double>(perChannel);
    const bool rounded = !p.scale.empty();
    const double low = rounded ? (p.range.low - p.zeroPoint[0]) * static_cast<double>(p.scale[0]) : -HUGE_VAL;
    const double high = rounded ? (p.range.high - p.zeroPoint[0]) * static_cast<double>(p.scale[0]) : HUGE_VAL;
    double all = 0, shift = 0, clip = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const double x = static_cast<double>(exact[i]), d = static_cast<double>(found[i]) - x, m = mean[i % channels];
        all += d * d;
        shift += m * m;
        if (x < low || x > high) clip += (d - m) * (d - m);
    }
    if (all <= 0) return;
    e.meanShift = shift / all;
    e.clipping = clip / all;
    e.rounding = std::max(0.0, 1 - e.meanShift - e.clipping);
    if (rounded) e.rmsePerScale = std::sqrt(all / static_cast<double>(exact.size())) / static_cast<double>(p.scale[0]);
}

} // namespace

std::vector<LayerError> layerErrors(
    QuantizedNetwork& network, const Dataset& data, std::size_t samples, ThreadPool& pool, std::uint64_t seed)
{
    const Graph& g = network.folded();
    const Samples sample = sampleOf(data, data.test, std::min(samples, static_cast<std::size_t>(network.pass().batch())), seed);
    const int rows = static_cast<int>(sample.count());
    Outputs exact;
    for (const LayerQuantization& l : network.layers())
        exact[network.quantizerBehind(l.node)].resize(static_cast<std::size_t>(rows) * g.node(l.node).shape.size());
    Graph copy = g;
    Pass pass(copy, rows, Pass::Mode::Inference, pool);
    pass.setHook(keep(g, exact));
    pass.forward(rows, reading(data, sample));

    const QuantizationOptions options = network.options();
    Outputs found = exact;
    network.watch(keep(g, found));
    network.quantize(options);
    network.pass().forward(rows, reading(data, sample));
    std::vector<LayerError> errors;
    for (const LayerQuantization& l : network.layers()) {
        const int node = network.quantizerBehind(l.node);
        const std::vector<float>&x = exact[node], &y = found[node];
        LayerError& e = errors.emplace_back();
        e.name = l.name;
        e.accumulatedDb = sqnrDb(x.data(), y.data(), x.size());
        e.cosine = cosine(x.data(), y.data(), x.size());
        split(x, y, static_cast<std::size_t>(g.node(l.node).shape.channels), network.activation(node), e);
    }
    for (std::size_t i = 0; i < errors.size(); ++i) {
        QuantizationOptions alone = options;
        for (const LayerQuantization& l : network.layers())
            if (l.name != errors[i].name) alone.layers[l.name] = {0, 0};
        network.quantize(alone);
        network.pass().forward(rows, reading(data, sample));
        const int node = network.quantizerBehind(network.layers()[i].node);
        errors[i].localDb = sqnrDb(exact[node].data(), found[node].data(), exact[node].size());
    }
    network.watch({});
    network.quantize(options);
    return errors;
}

} // namespace bitstill
