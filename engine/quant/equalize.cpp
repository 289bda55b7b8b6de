#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"
#include "engine/nn/pointwise.h"
#include "engine/nn/pooling.h"
#include "engine/quant/repair.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

Parameter* weightOf(Layer& layer)
{
    if (auto* dense = dynamic_cast<Dense*>(&layer)) return &dense->weight;
    if (auto* conv = dynamic_cast<Conv2d*>(&layer)) return &conv->weight;
    return nullptr;
}

Tensor& biasOf(Layer& layer)
{
    if (auto* dense = dynamic_cast<Dense*>(&layer)) return dense->bias.value;
    return dynamic_cast<Conv2d&>(layer).bias.value;
}

/// Two layers, the second reading the first through nothing but what scales along.
struct Pair {
    int first, second;
};

std::vector<Pair> pairsOf(const Graph& g)
{
    std::vector<Pair> pairs;
    for (int i = 1; i <= g.output(); ++i) {
        if (!weightOf(*g.node(i).layer)) continue;
        int at = g.node(i).inputs[0];
        while (at > 0 && g.consumers(at) == 1 && !weightOf(*g.node(at).layer)) {
            const Layer& l = *g.node(at).layer;
            const bool scales =
                dynamic_cast<const ActivationLayer*>(&l) || dynamic_cast<const Pooling*>(&l) || dynamic_cast<const Flatten*>(&l);
            if (!scales) break;
            at = g.node(at).inputs[0];
        }
        if (at > 0 && g.consumers(at) == 1 && weightOf(*g.node(at).layer)) pairs.push_back({at, i});
    }
    return pairs;
}

/// Calls body(weight) for every weight of `layer` that reads channel c of `channels`.
template <class Body> void forEachReader(Layer& layer, std::size_t c, std::size_t channels, const Body& body)
{
    Tensor& w = weightOf(layer)->value;
    if (const auto* conv = dynamic_cast<const Conv2d*>(&layer)) {
        const auto taps = static_cast<std::size_t>(conv->options().kernel * conv->options().kernel);
        const auto in = static_cast<std::size_t>(conv->inChannels() / conv->options().groups);
        const auto outPerGroup = static_cast<std::size_t>(conv->outChannels() / conv->options().groups);
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
    Tensor& w = weightOf(first)->value;
    Tensor& bias = biasOf(first);
    const std::size_t channels = bias.size(), inner = w.size() / channels;
    double moved = 0;
    for (std::size_t c = 0; c < channels; ++c) {
        float r1 = 0, r2 = 0;
        for (std::size_t i = 0; i < inner; ++i) r1 = std::max(r1, std::abs(w[c * inner + i]));
        forEachReader(second, c, channels, [&](float v) { r2 = std::max(r2, std::abs(v)); });
        if (r1 == 0 || r2 == 0) continue;
        const float s = std::sqrt(r1 / r2);
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
        const bool activation = dynamic_cast<const ActivationLayer*>(n.layer.get());
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

std::map<std::string, LayerBits> mixedPrecision(
    const QuantizedNetwork& network, const std::vector<double>& damage, int low, int high, std::int64_t budget)
{
    std::map<std::string, LayerBits> bits;
    std::int64_t spent = 0;
    std::vector<std::size_t> order;
    const std::vector<LayerQuantization>& layers = network.layers();
    const auto bytes = [&](std::size_t i, int b) { return (static_cast<std::int64_t>(layers[i].before.size()) * b + 7) / 8; };
    for (std::size_t i = 0; i < layers.size(); ++i) {
        bits[layers[i].name] = {low, network.options().activationBits};
        spent += bytes(i, low);
        order.push_back(i);
    }
    const auto worth = [&](std::size_t i) { return damage[i] / static_cast<double>(bytes(i, high) - bytes(i, low)); };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return worth(a) > worth(b); });
    for (const std::size_t i : order) {
        const std::int64_t more = bytes(i, high) - bytes(i, low);
        if (spent + more > budget || damage[i] <= 0) continue;
        spent += more;
        bits[layers[i].name].weight = high;
    }
    return bits;
}

} // namespace bitstill
