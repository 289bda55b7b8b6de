#include "engine/models/shrink/equalize.h"

#include "engine/models/shrink/prepare.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace bitstill::foreign {

namespace {

constexpr int kMostRounds = 40;
constexpr double kStays = 1e-3;

/// Where the weights of each channel lie: those that make it, or those that read it.
using Places = std::vector<std::vector<std::size_t>>;

/// Two layers, the second reading the first through nothing but what scales along.
struct Pair {
    std::size_t first, second;
    Places made, read; ///< by channel of the first
};

class Equalization {
public:
    explicit Equalization(Network network) : m_network(std::move(network)), m_layers(weightLayersOf(m_network)) { }

    Equalized result()
    {
        ownWeights();
        for (std::size_t l = 0; l < m_layers.size(); ++l) addPair(l);
        for (int round = 0; round < kMostRounds; ++round) {
            double moved = 0;
            for (const Pair& pair : m_pairs) moved = std::max(moved, equalize(pair));
            if (moved < kStays) break;
        }
        const Text why = m_clipped ? text("its activations end at a limit (ReLU6), which does not scale along")
                                   : text("no layer is read by one other alone, through what scales along");
        return {std::move(m_network), m_pairs.size(), m_pairs.empty() ? why : Text()};
    }

private:
    Node& nodeOf(const WeightLayer& layer) { return m_network.nodes[static_cast<std::size_t>(layer.node)]; }
    Node& nodeOf(std::size_t layer) { return nodeOf(m_layers[layer]); }
    std::vector<float>& floats(ValueId id) { return std::get<std::vector<float>>(m_network.constants.at(id).values); }
    const Shape& shapeOf(ValueId id) const { return m_network.values[static_cast<std::size_t>(id)].shape; }

    /// Constants that several nodes share are each node's own from now on.
    void ownWeights()
    {
        for (std::size_t l = 0; l < m_layers.size(); ++l)
            for (ValueId* id : {&m_layers[l].weights, &m_layers[l].bias}) {
                if (*id == kAbsent) continue;
                ValueInfo info = m_network.values[static_cast<std::size_t>(*id)];
                for (info.name += ".equalized"; m_network.find(info.name) != kAbsent;) info.name += "_";
                Array copy = m_network.constants.at(*id);
                *id = m_network.add(std::move(info));
                m_network.constants.emplace(*id, std::move(copy));
                nodeOf(l).inputs[id == &m_layers[l].weights ? 1 : 2] = *id;
            }
    }

    bool isReadOnce(ValueId value) const
    {
        std::ptrdiff_t readers = std::ranges::count(m_network.outputs, value);
        for (const Node& node : m_network.nodes) readers += std::ranges::count(node.inputs, value);
        return readers == 1;
    }

    /// Twice the input, twice the output, channel by channel.
    static bool scalesAlong(const Node& node)
    {
        static const std::set<std::string> kinds{
            "AveragePool", "Flatten", "GlobalAveragePool", "GlobalMaxPool", "Identity", "LeakyRelu", "MaxPool", "Relu"};
        return node.domain.empty() && kinds.contains(node.op) && node.outputs.size() == 1
            && (node.op != "Flatten" || integerOf(node.attributes, "axis", 1) == 1);
    }

    void addPair(std::size_t second)
    {
        ValueId at = m_layers[second].input;
        const Node* maker = m_network.makerOf(at);
        while (maker && isReadOnce(at) && scalesAlong(*maker)) {
            at = maker->inputs[0];
            maker = m_network.makerOf(at);
        }
        if (!maker || !isReadOnce(at)) return;
        m_clipped = m_clipped || maker->op == "Clip";
        const auto first = std::ranges::find_if(m_layers, [&](const WeightLayer& l) { return &nodeOf(l) == maker; });
        if (first == m_layers.end()) return;
        Pair pair{static_cast<std::size_t>(first - m_layers.begin()), second, {}, {}};
        pair.made = placesMade(pair.first);
        pair.read = placesRead(second, pair.made.size());
        if (!pair.made.empty() && pair.made.size() == pair.read.size()) m_pairs.push_back(std::move(pair));
    }

    /// By output channel; none where that is another axis than the weights say.
    Places placesMade(std::size_t layer)
    {
        const WeightLayer& l = m_layers[layer];
        const Shape& shape = m_network.constants.at(l.weights).shape;
        if (nodeOf(layer).op == "ConvTranspose") return {};
        if (nodeOf(layer).op == "MatMul" && shapeOf(l.output).size() != 2) return {};
        return along(shape, static_cast<std::size_t>(l.axis));
    }

    /// By input channel of `channels`.
    Places placesRead(std::size_t layer, std::size_t channels)
    {
        const Node& node = nodeOf(layer);
        const Shape& shape = m_network.constants.at(m_layers[layer].weights).shape;
        if (node.op == "ConvTranspose" || (node.op == "MatMul" && shapeOf(m_layers[layer].input).size() != 2)) return {};
        const std::size_t axis = node.op == "Conv" || m_layers[layer].axis == 0 ? 1 : 0;
        const Places inputs = along(shape, axis);
        if (node.op == "Conv" && integerOf(node.attributes, "group", 1) > 1) return readByGroups(shape, inputs, channels);
        if (inputs.size() % channels != 0 || (node.op == "Conv" && inputs.size() != channels)) return {};
        Places places(channels); // behind a Flatten, a channel is as many features as it has places
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            std::vector<std::size_t>& own = places[i / (inputs.size() / channels)];
            own.insert(own.end(), inputs[i].begin(), inputs[i].end());
        }
        return places;
    }

    /// Channel c is input c mod (inputs of a group) of the outputs of its group.
    static Places readByGroups(const Shape& shape, const Places& inputs, std::size_t channels)
    {
        if (channels % inputs.size() != 0) return {};
        const std::size_t groups = channels / inputs.size(), outputs = static_cast<std::size_t>(shape[0]),
                          perOutput = elements(shape) / outputs;
        if (outputs % groups != 0) return {};
        Places places(channels);
        for (std::size_t c = 0; c < channels; ++c)
            for (const std::size_t i : inputs[c % inputs.size()])
                if (i / perOutput / (outputs / groups) == c / inputs.size()) places[c].push_back(i);
        return places;
    }

    static Places along(const Shape& shape, std::size_t axis)
    {
        std::size_t inner = 1;
        for (std::size_t d = axis + 1; d < shape.size(); ++d) inner *= static_cast<std::size_t>(shape[d]);
        const auto size = static_cast<std::size_t>(shape[axis]);
        Places places(size);
        for (std::size_t i = 0; i < elements(shape); ++i) places[i / inner % size].push_back(i);
        return places;
    }

    /// How far the largest factor was from 1, as a logarithm.
    double equalize(const Pair& pair)
    {
        std::vector<float>&w = floats(m_layers[pair.first].weights), &v = floats(m_layers[pair.second].weights);
        const ValueId bias = m_layers[pair.first].bias;
        double moved = 0;
        for (std::size_t c = 0; c < pair.made.size(); ++c) {
            double r1 = 0, r2 = 0;
            for (const std::size_t i : pair.made[c]) r1 = std::max(r1, std::abs(static_cast<double>(w[i])));
            for (const std::size_t i : pair.read[c]) r2 = std::max(r2, std::abs(static_cast<double>(v[i])));
            const double s = std::sqrt(r1 / r2);
            if (!std::isnormal(s)) continue; // a channel that nothing makes, or nothing reads
            const auto factor = static_cast<float>(s);
            for (const std::size_t i : pair.made[c]) w[i] /= factor;
            for (const std::size_t i : pair.read[c]) v[i] *= factor;
            if (bias != kAbsent) floats(bias)[c] /= factor;
            moved = std::max(moved, std::abs(std::log(s)));
        }
        return moved;
    }

    Network m_network;
    std::vector<WeightLayer> m_layers;
    std::vector<Pair> m_pairs;
    bool m_clipped = false;
};

} // namespace

Equalized equalized(Network network) { return Equalization(std::move(network)).result(); }

} // namespace bitstill::foreign
