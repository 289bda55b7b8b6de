#include "engine/nn/pointwise.h"
#include "engine/quant/repair.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

/// Twice the input, twice the output.
bool scalesAlong(const Layer& layer)
{
    const LayerRole role = layer.role();
    return role == LayerRole::Activation || role == LayerRole::Selects || role == LayerRole::Averages || role == LayerRole::Moves;
}

/// Two layers, the second reading the first through nothing but what scales along.
struct Pair {
    int first, second;
};

std::vector<Pair> pairsOf(const Graph& g)
{
    std::vector<Pair> pairs;
    for (int i = 1; i <= g.output(); ++i) {
        if (!g.node(i).layer->weights()) continue;
        int at = g.node(i).inputs[0];
        while (at > 0 && g.consumers(at) == 1 && scalesAlong(*g.node(at).layer)) at = g.node(at).inputs[0];
        if (at > 0 && g.consumers(at) == 1 && g.node(at).layer->weights()) pairs.push_back({at, i});
    }
    return pairs;
}

/// Calls body(weight) for every weight of `layer` that reads channel c of `channels`.
template <class Body> void forEachReader(Layer& layer, std::size_t c, std::size_t channels, const Body& body)
{
    Tensor& w = layer.weights()->weight.value;
    if (const std::optional<LinearWindow> window = layer.window()) {
        const auto groups = static_cast<std::size_t>(window->groups);
        const auto taps = static_cast<std::size_t>(window->kernel * window->kernel);
        const std::size_t in = channels / groups, outPerGroup = layer.weights()->bias.value.size() / groups;
        const std::size_t group = c / in, inside = c % in;
        for (std::size_t o = group * outPerGroup; o < (group + 1) * outPerGroup; ++o)
            for (std::size_t t = 0; t < taps; ++t) body(w[(o * in + inside) * taps + t]);
        return;
    }
    for (std::size_t i = c; i < w.size(); i += channels) body(w[i]); // NHWC: features of a channel lie `channels` apart
}

/// Equalizes one pair; returns how far the largest scale was from 1.
double equalizePair(Graph& g, const Pair& pair)
{
    Layer &first = *g.node(pair.first).layer, &second = *g.node(pair.second).layer;
    Tensor &w = first.weights()->weight.value, &bias = first.weights()->bias.value;
    const std::size_t channels = bias.size(), inner = w.size() / channels;
    double moved = 0;
    for (std::size_t c = 0; c < channels; ++c) {
        float r1 = 0, r2 = 0;
        for (std::size_t i = 0; i < inner; ++i) r1 = std::max(r1, std::abs(w[c * inner + i]));
        forEachReader(second, c, channels, [&](float v) { r2 = std::max(r2, std::abs(v)); });
        if (r1 == 0 || r2 == 0) continue;
        const float ratio = r1 / r2; // may leave the range of float, its root does not
        const float s =
            std::isnormal(ratio) ? std::sqrt(ratio) : static_cast<float>(std::sqrt(static_cast<double>(r1) / static_cast<double>(r2)));
        for (std::size_t i = 0; i < inner; ++i) w[c * inner + i] /= s;
        bias[c] /= s;
        forEachReader(second, c, channels, [s](float& v) { v *= s; });
        moved = std::max(moved, std::abs(std::log(static_cast<double>(s))));
    }
    return moved;
}

} // namespace

Graph equalize(const Graph& folded)
{
    constexpr int kMostRounds = 40;
    constexpr double kStays = 1e-3;
    Graph g(folded.node(0).shape);
    for (int i = 1; i <= folded.output(); ++i) {
        const Graph::Node& n = folded.node(i);
        const bool activation = n.layer->role() == LayerRole::Activation;
        g.add(n.name, activation ? std::make_unique<ActivationLayer>(Activation::relu()) : n.layer->clone(), n.inputs);
    }
    const std::vector<Pair> pairs = pairsOf(g);
    for (int round = 0; round < kMostRounds; ++round) {
        double moved = 0;
        for (const Pair& p : pairs) moved = std::max(moved, equalizePair(g, p));
        if (moved < kStays) break;
    }
    return g;
}

} // namespace bitstill
