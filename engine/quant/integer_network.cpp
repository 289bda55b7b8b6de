#include "engine/quant/integer_network.h"

#include "engine/core/error.h"
#include "engine/kernels/elementwise.h"
#include "engine/quant/int8_layer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace bitstill {

namespace {

/// Samples whose windows and accumulators stay in a core's cache.
int rowsAtOnce(const Int8Layer& layer, int rows)
{
    constexpr std::size_t kCache = 1 << 19;
    const std::size_t perSample = layer.scratchBytes(1) + static_cast<std::size_t>(layer.positions * layer.channels) * 4;
    return std::clamp(static_cast<int>(kCache / perSample), 1, rows);
}

/// Room for one shard.
struct Scratch {
    std::vector<std::uint8_t> windows;
    std::vector<std::int32_t> acc;
    std::vector<float> floats;
};

} // namespace

struct IntegerNetwork::Impl {
    struct Home {
        std::vector<std::uint8_t> codes;
        const QuantParameters* parameters = nullptr;
    };

    ThreadPool& pool;
    Graph graph;
    int batch, rowsPerShard;
    std::vector<QuantParameters> parameters; ///< by node
    std::vector<int> home; ///< node whose array holds this one's codes; −1: none
    std::vector<Home> homes;
    std::vector<std::function<void(const Shard&, Scratch&)>> steps;
    std::vector<Scratch> scratch; ///< by shard
    std::vector<float> logits;
    const std::uint8_t* storedInput = nullptr; ///< the input, where stored bytes are their own codes

    Impl(const QuantizedNetwork& source, int batchSize, ThreadPool& threads) : pool(threads), graph(source.folded()), batch(batchSize)
    {
        std::size_t features = 0;
        for (const Graph::Node& n : graph.nodes()) features += n.shape.size();
        const int most = static_cast<int>(std::clamp<std::size_t>((1 << 20) / features, 16, 256));
        rowsPerShard = std::min(most, (batch + pool.threads() - 1) / pool.threads());
        scratch.resize(static_cast<std::size_t>((batch + rowsPerShard - 1) / rowsPerShard));
        home.assign(graph.nodes().size(), -1);
        homes.resize(graph.nodes().size());
        for (int i = 0; i <= graph.output(); ++i) parameters.push_back(source.activation(i));
        addHome(0);
        growFloats(graph.node(0).shape.size(), 1);
        for (int i = 1; i <= graph.output(); ++i) plan(source, i);
        if (logits.empty())
            throw Error("integer network", text("the last layer is a %1", graph.node(graph.output()).layer->kind()),
                text("end the network with a dense layer"));
    }

    Home& homeOf(int node) { return homes[static_cast<std::size_t>(home[static_cast<std::size_t>(node)])]; }
    std::uint8_t* row(int node, int first)
    {
        return homeOf(node).codes.data() + static_cast<std::size_t>(first) * graph.node(node).shape.size();
    }

    /// For reading.
    const std::uint8_t* codesOf(int node, int first) const
    {
        const auto at = static_cast<std::size_t>(home[static_cast<std::size_t>(node)]);
        return (at == 0 && storedInput ? storedInput : homes[at].codes.data())
            + static_cast<std::size_t>(first) * graph.node(node).shape.size();
    }

    void addHome(int node)
    {
        const auto i = static_cast<std::size_t>(node);
        const QuantParameters& p = parameters[i];
        if (p.scale.empty() || p.range.low < 0 || p.range.high > 255)
            throw Error(graph.node(node).name, text("its output is not rounded to 8 bits or fewer"),
                text("quantize every activation before computing in integers"));
        home[i] = node;
        homes[i].codes.resize(static_cast<std::size_t>(batch) * graph.node(node).shape.size());
        homes[i].parameters = &p;
    }

    void alias(int node, int source) { home[static_cast<std::size_t>(node)] = home[static_cast<std::size_t>(source)]; }

    void plan(const QuantizedNetwork& source, int i)
    {
        if (home[static_cast<std::size_t>(i)] >= 0) return; // an activation that the node before took along
        const Layer& layer = *graph.node(i).layer;
        const int input = graph.node(i).inputs[0];
        for (const LayerQuantization& l : source.layers())
            if (l.node == i) return planProduct(source, l, input);
        switch (layer.role()) {
        case LayerRole::Moves: return alias(i, input);
        case LayerRole::Selects:
        case LayerRole::Averages: return planPooling(layer, i, input);
        case LayerRole::Adds: return planAdd(source, i);
        case LayerRole::Activation: return planActivation(*layer.activation(), i, input);
        case LayerRole::Linear:
        case LayerRole::Normalizes:
        case LayerRole::Rounds:
        case LayerRole::Other: break;
        }
        throw Error(graph.node(i).name, text("a %1 cannot be computed in integers", layer.kind()), text("fold or remove it"));
    }

    /// The activation between a node and the one at which its output is rounded.
    Activation activationBetween(int node, int out) const { return out == node ? Activation{} : *graph.node(out).layer->activation(); }

    void planProduct(const QuantizedNetwork& source, const LayerQuantization& l, int input)
    {
        const QuantParameters& in = *homeOf(input).parameters;
        auto layer = std::make_shared<Int8Layer>(source, l);
        std::vector<std::int32_t> offset = source.biasCodes(l);
        offset.resize(layer->scales.size(), 0); // no bias
        for (std::size_t c = 0; c < offset.size(); ++c) offset[c] -= in.zeroPoint.front() * layer->codeSums[c];
        const int out = source.quantizerBehind(l.node);
        const Activation activation = activationBetween(l.node, out);
        const int rows = rowsAtOnce(*layer, rowsPerShard);
        const auto outputs = static_cast<std::size_t>(layer->positions * layer->channels);
        for (Scratch& s : scratch) {
            s.windows.resize(std::max(s.windows.size(), layer->scratchBytes(rows)));
            s.acc.resize(std::max(s.acc.size(), static_cast<std::size_t>(rows) * outputs));
        }
        const std::vector<std::uint8_t> zeroPoints(static_cast<std::size_t>(rows), static_cast<std::uint8_t>(in.zeroPoint.front()));
        const auto accumulate = [this, layer, input, rows, zeroPoints](const Shard& s, Scratch& room, const auto& use) {
            for (int first = 0; first < s.rows; first += rows) {
                const int count = std::min(rows, s.rows - first);
                layer->accumulate(s.index, codesOf(input, s.first + first), zeroPoints.data(), count, room.windows.data(), room.acc.data());
                use(s.first + first, static_cast<std::size_t>(count * layer->positions));
            }
        };
        if (out == graph.output()) return planLogits(in, *layer, offset, accumulate);

        addHome(out);
        const QuantParameters& to = parameters[static_cast<std::size_t>(out)];
        std::vector<double> multipliers;
        for (const float s : layer->scales)
            multipliers.push_back(static_cast<double>(in.scale.front()) * static_cast<double>(s) / static_cast<double>(to.scale.front()));
        const Requantizer requantizer(to.profile, multipliers, offset, to.zeroPoint.front(), bounded(to, activation));
        steps.emplace_back([=, this](const Shard& s, Scratch& room) {
            accumulate(s, room, [&](int first, std::size_t pixels) { requantizer.run(room.acc.data(), pixels, row(out, first)); });
        });
    }

    /// An activation is a clamp, so it is one of the codes too.
    static CodeRange bounded(const QuantParameters& p, Activation activation)
    {
        const float bounds[] = {activation.low, activation.high};
        std::uint8_t codes[2] = {0, 255};
        quantize(bounds, 2, p, codes);
        CodeRange range = p.range;
        if (std::isfinite(activation.low)) range.low = codes[0];
        if (std::isfinite(activation.high)) range.high = codes[1];
        return range;
    }

    template <class Accumulate>
    void planLogits(
        const QuantParameters& in, const Int8Layer& layer, const std::vector<std::int32_t>& offset, const Accumulate& accumulate)
    {
        logits.resize(static_cast<std::size_t>(batch * layer.channels));
        std::vector<float> steps32;
        for (const float s : layer.scales) steps32.push_back(in.scale.front() * s);
        steps.emplace_back([=, this](const Shard& s, Scratch& room) {
            accumulate(s, room, [&](int first, std::size_t rows) {
                const std::size_t n = steps32.size();
                float* y = logits.data() + static_cast<std::size_t>(first) * n;
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t c = 0; c < n; ++c) y[r * n + c] = static_cast<float>(room.acc[r * n + c] + offset[c]) * steps32[c];
            });
        });
    }

    void planPooling(const Layer& pooling, int i, int input)
    {
        const kernels::PoolShape shape = *pooling.poolWindows(graph.node(input).shape, graph.node(i).shape);
        if (pooling.role() == LayerRole::Selects) {
            const auto node = static_cast<std::size_t>(i);
            parameters[node] = *homeOf(input).parameters; // the largest code is the code of the largest number
            addHome(i);
            steps.emplace_back(
                [=, this](const Shard& s, Scratch&) { kernels::maxPool(shape, s.rows, codesOf(input, s.first), row(i, s.first)); });
            return;
        }
        addHome(i);
        const QuantParameters in = *homeOf(input).parameters, out = parameters[static_cast<std::size_t>(i)];
        const std::size_t features = graph.node(i).shape.size();
        growFloats(features, 1);
        growSums(features);
        const float count = static_cast<float>(shape.kernelHeight * shape.kernelWidth);
        steps.emplace_back([=, this](const Shard& s, Scratch& room) {
            const std::size_t n = static_cast<std::size_t>(s.rows) * features;
            kernels::sumPool(shape, s.rows, codesOf(input, s.first), room.acc.data());
            for (std::size_t k = 0; k < n; ++k)
                room.floats[k] = (static_cast<float>(room.acc[k]) / count - static_cast<float>(in.zeroPoint[0])) * in.scale[0];
            quantize(room.floats.data(), n, out, row(i, s.first));
        });
    }

    void planAdd(const QuantizedNetwork& source, int i)
    {
        const int out = source.quantizerBehind(i), a = graph.node(i).inputs[0], b = graph.node(i).inputs[1];
        const Activation activation = activationBetween(i, out);
        addHome(out);
        const QuantParameters pa = *homeOf(a).parameters, pb = *homeOf(b).parameters, to = parameters[static_cast<std::size_t>(out)];
        const std::size_t features = graph.node(i).shape.size();
        growFloats(features, 2);
        steps.emplace_back([=, this](const Shard& s, Scratch& room) {
            const std::size_t n = static_cast<std::size_t>(s.rows) * features;
            toFloat(codesOf(a, s.first), n, pa, room.floats.data());
            toFloat(codesOf(b, s.first), n, pb, room.floats.data() + n);
            kernels::add(room.floats.data(), room.floats.data() + n, room.floats.data(), n, activation);
            quantize(room.floats.data(), n, to, row(out, s.first));
        });
    }

    void planActivation(Activation activation, int i, int input)
    {
        addHome(i);
        const QuantParameters in = *homeOf(input).parameters, out = parameters[static_cast<std::size_t>(i)];
        const std::size_t features = graph.node(i).shape.size();
        growFloats(features, 1);
        steps.emplace_back([=, this](const Shard& s, Scratch& room) {
            const std::size_t n = static_cast<std::size_t>(s.rows) * features;
            toFloat(codesOf(input, s.first), n, in, room.floats.data());
            kernels::activate(room.floats.data(), room.floats.data(), n, activation);
            quantize(room.floats.data(), n, out, row(i, s.first));
        });
    }

    static void toFloat(const std::uint8_t* codes, std::size_t n, const QuantParameters& p, float* y)
    {
        const float scale = p.scale.front();
        const std::int32_t zeroPoint = p.zeroPoint.front();
        for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<float>(codes[i] - zeroPoint) * scale;
    }

    void growFloats(std::size_t features, std::size_t arrays)
    {
        const std::size_t n = static_cast<std::size_t>(rowsPerShard) * features * arrays;
        for (Scratch& s : scratch) s.floats.resize(std::max(s.floats.size(), n));
    }
    void growSums(std::size_t features)
    {
        const std::size_t n = static_cast<std::size_t>(rowsPerShard) * features;
        for (Scratch& s : scratch) s.acc.resize(std::max(s.acc.size(), n));
    }

    /// codes(shard, room) writes the codes of the input.
    template <class Codes> const float* run(int rows, const Codes& codes)
    {
        assert(rows > 0 && rows <= batch);
        pool.run((rows + rowsPerShard - 1) / rowsPerShard, [&](int i) {
            const Shard s{ShardId(i), i * rowsPerShard, std::min(rowsPerShard, rows - i * rowsPerShard)};
            Scratch& room = scratch[static_cast<std::size_t>(i)];
            codes(s, room);
            for (const auto& step : steps) step(s, room);
        });
        return logits.data();
    }

    const float* forward(int rows, const Pass::Fill& fill)
    {
        storedInput = nullptr;
        return run(rows, [&](const Shard& s, Scratch& room) {
            fill(s, room.floats.data());
            quantize(
                room.floats.data(), static_cast<std::size_t>(s.rows) * graph.node(0).shape.size(), parameters.front(), row(0, s.first));
        });
    }

    const float* forward(int rows, const Dataset& data, const Samples& samples, std::size_t first)
    {
        if (samples.bytes.empty()) return forward(rows, reading(data, samples, first));
        const std::size_t size = graph.node(0).shape.size();
        const std::uint8_t* stored = samples.bytes.data() + first * size;
        const std::array<std::uint8_t, 256> table = codesOfBytes(data);
        bool same = true; // as calibration finds it when it meets the darkest and the brightest
        for (std::size_t i = 0; i < 256; ++i) same = same && table[i] == i;
        storedInput = same ? stored : nullptr;
        return run(rows, [&](const Shard& s, Scratch&) {
            const std::size_t from = static_cast<std::size_t>(s.first) * size;
            if (!same) kernels::lookUp(table.data(), stored + from, static_cast<std::size_t>(s.rows) * size, row(0, s.first));
        });
    }

    std::array<std::uint8_t, 256> codesOfBytes(const Dataset& data) const
    {
        std::array<std::uint8_t, 256> bytes, codes;
        std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
        float values[256];
        data.normalize(bytes.data(), 256, values);
        quantize(values, 256, parameters.front(), codes.data());
        return codes;
    }
};

IntegerNetwork::IntegerNetwork(const QuantizedNetwork& source, int batch, ThreadPool& pool) : m(std::make_unique<Impl>(source, batch, pool))
{
}
IntegerNetwork::~IntegerNetwork() = default;

int IntegerNetwork::batch() const { return m->batch; }

const float* IntegerNetwork::forward(int rows, const Pass::Fill& fill) { return m->forward(rows, fill); }

const float* IntegerNetwork::forward(int rows, const Dataset& data, const Samples& samples, std::size_t first)
{
    return m->forward(rows, data, samples, first);
}

Evaluated evaluated(IntegerNetwork& network)
{
    return {network.batch(), [&network](int rows, const Pass::Fill& fill) { return network.forward(rows, fill); },
        [&network](int rows, const Dataset& data, const Samples& samples, std::size_t first) {
            return network.forward(rows, data, samples, first);
        }};
}

const std::uint8_t* IntegerNetwork::codes(int node) const
{
    return m->home[static_cast<std::size_t>(node)] < 0 ? nullptr : m->codesOf(node, 0);
}

} // namespace bitstill
