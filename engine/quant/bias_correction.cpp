#include "engine/data/sample.h"
#include "engine/nn/evaluate.h"
#include "engine/quant/repair.h"

#include <algorithm>

namespace bitstill {

namespace {

/// Mean over samples of what each node puts out (every position by itself), by node; shards are added in their order.
class Means {
public:
    Means(const Graph& graph, int shards) : m_graph(graph), m_sums(graph.nodes().size())
    {
        for (auto& sums : m_sums) sums.resize(static_cast<std::size_t>(shards));
    }

    void add(int node, const Shard& shard, const float* y)
    {
        const std::size_t n = m_graph.node(node).shape.size();
        std::vector<double>& sums = m_sums[static_cast<std::size_t>(node)][static_cast<std::size_t>(shard.index)];
        sums.resize(n, 0.0);
        for (int r = 0; r < shard.rows; ++r)
            for (std::size_t i = 0; i < n; ++i) sums[i] += static_cast<double>(y[static_cast<std::size_t>(r) * n + i]);
    }

    Tensor of(int node, std::size_t samples) const
    {
        const std::size_t n = m_graph.node(node).shape.size();
        Tensor mean({static_cast<int>(n)});
        for (std::size_t i = 0; i < n; ++i) {
            double sum = 0;
            for (const auto& part : m_sums[static_cast<std::size_t>(node)]) sum += part.empty() ? 0 : part[i];
            mean[i] = static_cast<float>(sum / static_cast<double>(samples));
        }
        return mean;
    }

private:
    const Graph& m_graph;
    std::vector<std::vector<std::vector<double>>> m_sums; ///< node, shard, value
};

/// Mean of each output channel of a linear layer for this mean input.
std::vector<double> channelMeans(
    const Graph::Node& node, const SampleShape& in, const Tensor& weight, const Tensor& bias, const Tensor& x, ThreadPool& pool)
{
    Graph alone(in);
    alone.add(node.name, node.layer->clone());
    for (Parameter* p : alone.node(1).layer->parameters()) p->value = p->name == "bias" ? bias : weight;
    Pass pass(alone, 1, Pass::Mode::Inference, pool);
    const float* y = pass.forward(1, [&x](const Shard&, float* to) { std::copy(x.begin(), x.end(), to); });
    const auto channels = static_cast<std::size_t>(node.shape.channels), pixels = node.shape.size() / channels;
    std::vector<double> means(channels, 0.0);
    for (std::size_t i = 0; i < node.shape.size(); ++i) means[i % channels] += static_cast<double>(y[i]) / static_cast<double>(pixels);
    return means;
}

} // namespace

void correctBias(QuantizedNetwork& network, const Dataset& data, std::size_t samples, ThreadPool& pool, std::uint64_t seed)
{
    constexpr int kBatch = 256;
    const Graph& g = network.folded();
    const Samples sample = sampleOf(data, data.train, samples, seed);
    samples = sample.count();
    Graph exact = g;
    Pass pass(exact, kBatch, Pass::Mode::Inference, pool);
    Means wanted(g, kBatch);
    pass.setHook([&](int node, const Shard& s, const float* y) { wanted.add(node, s, y); });
    evaluate(pass, data, sample, samples);
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        const LayerQuantization& layer = network.layers()[i];
        if (layer.codes.empty()) continue;
        const Graph::Node& node = g.node(layer.node);
        const SampleShape in = g.node(node.inputs[0]).shape;
        Means found(g, kBatch); // of the network with the layers before corrected
        network.watch([&](int n, const Shard& s, const float* y) {
            if (n == node.inputs[0]) found.add(n, s, y);
        });
        evaluate(network.pass(), data, sample, samples);
        network.watch({});
        const auto before = channelMeans(node, in, layer.before, layer.bias, wanted.of(node.inputs[0], samples), pool);
        const auto after = channelMeans(node, in, layer.after, layer.bias, found.of(node.inputs[0], samples), pool);
        Tensor shift({node.shape.channels});
        for (std::size_t c = 0; c < shift.size(); ++c) shift[c] = static_cast<float>(before[c] - after[c]);
        network.shiftBias(i, shift);
    }
}

} // namespace bitstill
