#include "engine/models/shrink/prepare.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace bitstill::foreign {

namespace {

/// Null where the value is no constant of floats.
const Array* floatsOf(const Network& network, ValueId id)
{
    const auto found = network.constants.find(id);
    return found == network.constants.end() || found->second.type() != "F32" ? nullptr : &found->second;
}

const std::vector<float>& floatsIn(const Array& array) { return std::get<std::vector<float>>(array.values); }

/// How the channels of y become a·y + b.
struct Affine {
    std::vector<float> a, b;
};

class Preparation {
public:
    explicit Preparation(Network network) : m_network(std::move(network)), m_reader(m_network.values.size(), kNobody)
    {
        for (const ValueInfo& info : m_network.values) m_names.insert(info.name);
        for (std::size_t n = 0; n < m_network.nodes.size(); ++n)
            for (const ValueId id : m_network.nodes[n].inputs) {
                if (id == kAbsent) continue;
                int& reader = m_reader[static_cast<std::size_t>(id)];
                reader = reader == kNobody ? static_cast<int>(n) : kSeveral;
            }
        for (const ValueId id : m_network.outputs) m_reader[static_cast<std::size_t>(id)] = kSeveral;
    }

    Network result()
    {
        std::set<int> absorbed;
        for (WeightLayer& layer : weightLayersOf(m_network))
            for (int next = absorbNext(layer); next >= 0; next = absorbNext(layer)) absorbed.insert(next);
        for (auto n = absorbed.rbegin(); n != absorbed.rend(); ++n) m_network.nodes.erase(m_network.nodes.begin() + *n);
        return std::move(m_network);
    }

private:
    static constexpr int kNobody = -1, kSeveral = -2;

    Node& nodeOf(const WeightLayer& layer) { return m_network.nodes[static_cast<std::size_t>(layer.node)]; }
    const Node& nodeOf(const WeightLayer& layer) const { return m_network.nodes[static_cast<std::size_t>(layer.node)]; }

    /// The node that has become part of the layer; −1 where none does.
    int absorbNext(WeightLayer& layer)
    {
        const int reader = m_reader[static_cast<std::size_t>(layer.output)];
        if (reader < 0) return -1;
        const Node& next = m_network.nodes[static_cast<std::size_t>(reader)];
        const std::optional<Affine> affine = affineOf(layer, next);
        if (!affine) return -1;
        absorb(layer, *affine);
        layer.output = nodeOf(layer).outputs[0] = next.outputs[0];
        return reader;
    }

    std::size_t channelsOf(const WeightLayer& layer) const
    {
        const Node& node = nodeOf(layer);
        const auto own = static_cast<std::size_t>(m_network.constants.at(layer.weights).shape[static_cast<std::size_t>(layer.axis)]);
        return node.op == "ConvTranspose" ? own * static_cast<std::size_t>(integerOf(node.attributes, "group", 1)) : own;
    }

    /// What the node does with each channel; nothing where it does something else.
    std::optional<Affine> affineOf(const WeightLayer& layer, const Node& node) const
    {
        const std::size_t channels = channelsOf(layer);
        const bool plane = nodeOf(layer).op.starts_with("Conv");
        const ValueInfo& y = m_network.values[static_cast<std::size_t>(layer.output)];
        if (!plane && (!y.shaped || y.shape.size() != 2)) return {}; // which axis would the channels be?
        if (!node.domain.empty() || node.outputs[0] == kAbsent) return {};
        if (node.op == "BatchNormalization") return batchNorm(node, layer.output, channels);
        if (node.op != "Add" && node.op != "Mul") return {};
        const ValueId other = node.inputs[0] == layer.output ? node.inputs[1] : node.inputs[0];
        const Array* constant = other == kAbsent ? nullptr : floatsOf(m_network, other);
        const std::size_t rank = m_network.constants.at(layer.weights).shape.size();
        if (!constant || !isPerChannel(constant->shape, channels, rank)) return {};
        std::vector<float> values = floatsIn(*constant);
        if (values.size() == 1) values.assign(channels, values[0]);
        return node.op == "Add" ? Affine{std::vector<float>(channels, 1.0f), values} : Affine{values, std::vector<float>(channels, 0.0f)};
    }

    /// (y − mean) / sqrt(variance + ε) · scale + shift
    std::optional<Affine> batchNorm(const Node& node, ValueId input, std::size_t channels) const
    {
        if (node.inputs[0] != input || node.inputs.size() < 5 || integerOf(node.attributes, "training_mode", 0) != 0) return {};
        const Array* parts[4];
        for (std::size_t i = 0; i < 4; ++i) {
            parts[i] = node.inputs[i + 1] == kAbsent ? nullptr : floatsOf(m_network, node.inputs[i + 1]);
            if (!parts[i] || parts[i]->size() != channels) return {};
        }
        Affine affine{std::vector<float>(channels), std::vector<float>(channels)};
        const auto epsilon = static_cast<double>(numberOf(node.attributes, "epsilon", 1e-5f));
        for (std::size_t c = 0; c < channels; ++c) {
            const auto at = [&](std::size_t part) { return static_cast<double>(floatsIn(*parts[part])[c]); };
            const double a = at(0) / std::sqrt(at(3) + epsilon);
            affine.a[c] = static_cast<float>(a);
            affine.b[c] = static_cast<float>(at(1) - at(2) * a);
        }
        return affine;
    }

    /// Does a constant of this shape meet the channels (axis 1), and nothing else, when it is broadcast over an array of this rank?
    static bool isPerChannel(const Shape& shape, std::size_t channels, std::size_t rank)
    {
        if (shape.size() > rank) return false;
        if (elements(shape) == 1) return true;
        for (std::size_t d = 0; d < shape.size(); ++d)
            if (shape[d] != (d + rank - shape.size() == 1 ? static_cast<int>(channels) : 1)) return false;
        return true;
    }

    void absorb(WeightLayer& layer, const Affine& next)
    {
        Node& node = nodeOf(layer);
        std::vector<float> bias(next.a.size(), 0.0f);
        if (layer.bias != kAbsent) bias = floatsIn(m_network.constants.at(layer.bias));
        for (std::size_t c = 0; c < bias.size(); ++c) bias[c] = bias[c] * next.a[c] + next.b[c];
        scaleWeights(layer, node, next.a);
        if (layer.bias == kAbsent && std::ranges::all_of(bias, [](float b) { return b == 0; })) return;
        if (node.op == "MatMul") node.op = "Gemm"; // which has a bias
        node.inputs.resize(3, kAbsent);
        const int channels = static_cast<int>(bias.size());
        layer.bias = node.inputs[2] = addConstant(layer.name + ".bias", {{channels}, std::move(bias)});
    }

    void scaleWeights(WeightLayer& layer, Node& node, const std::vector<float>& factors)
    {
        if (std::ranges::all_of(factors, [](float f) { return f == 1; })) return;
        Array weights = m_network.constants.at(layer.weights);
        std::vector<float>& w = std::get<std::vector<float>>(weights.values);
        const auto axis = static_cast<std::size_t>(layer.axis), own = static_cast<std::size_t>(weights.shape[axis]);
        std::size_t inner = 1;
        for (std::size_t d = axis + 1; d < weights.shape.size(); ++d) inner *= static_cast<std::size_t>(weights.shape[d]);
        const std::size_t inputs = w.size() / own / inner, perGroup = std::max<std::size_t>(inputs * own / factors.size(), 1);
        for (std::size_t i = 0; i < w.size(); ++i) {
            const std::size_t group = axis == 0 ? 0 : i / inner / own / perGroup; // of a transposed convolution
            w[i] *= factors[(factors.size() == own ? 0 : group * own) + i / inner % own];
        }
        layer.weights = node.inputs[1] = addConstant(layer.name + ".weight", std::move(weights));
    }

    /// Other nodes may share the constant that was there.
    ValueId addConstant(const std::string& name, Array array)
    {
        const ValueId id = m_network.add({.name = uniqueName(name), .type = "F32", .shape = array.shape, .shaped = true});
        m_network.constants.emplace(id, std::move(array));
        return id;
    }

    std::string uniqueName(const std::string& name)
    {
        std::string candidate = name;
        for (int i = 2; !m_names.insert(candidate).second; ++i) candidate = name + "_" + std::to_string(i);
        return candidate;
    }

    Network m_network;
    std::vector<int> m_reader; ///< of each value: the one node, kNobody, or kSeveral
    std::set<std::string> m_names;
};

/// The layer's bias, where it is one value for each channel and counts once.
ValueId biasOf(const Network& network, const Node& node, std::size_t channels)
{
    if (node.op == "MatMul" || node.inputs.size() < 3 || node.inputs[2] == kAbsent) return kAbsent;
    const Array* bias = floatsOf(network, node.inputs[2]);
    return bias && bias->shape == Shape{static_cast<int>(channels)} ? node.inputs[2] : kAbsent;
}

std::optional<WeightLayer> layerAt(const Network& network, std::size_t n)
{
    static const std::set<std::string> kinds{"Conv", "ConvTranspose", "Gemm", "MatMul"};
    const Node& node = network.nodes[n];
    if (!node.domain.empty() || !kinds.contains(node.op) || node.inputs.size() < 2 || node.inputs[0] == kAbsent || node.inputs[1] == kAbsent
        || network.constants.contains(node.inputs[0]))
        return {};
    const Array* weights = floatsOf(network, node.inputs[1]);
    const bool plane = node.op.starts_with("Conv"), gemm = node.op == "Gemm";
    if (!weights || weights->size() == 0 || (plane ? weights->shape.size() < 3 : weights->shape.size() != 2)) return {};
    // With factors of its own the matrix is not what its codes would say.
    if (gemm
        && (integerOf(node.attributes, "transA", 0) != 0 || numberOf(node.attributes, "alpha", 1) != 1
            || numberOf(node.attributes, "beta", 1) != 1))
        return {};
    WeightLayer layer{.node = static_cast<int>(n), .input = node.inputs[0], .weights = node.inputs[1], .output = node.outputs[0]};
    layer.axis = node.op == "Conv" || (gemm && integerOf(node.attributes, "transB", 0) != 0) ? 0 : 1;
    const auto own = static_cast<std::size_t>(weights->shape[static_cast<std::size_t>(layer.axis)]);
    layer.bias =
        biasOf(network, node, node.op == "ConvTranspose" ? own * static_cast<std::size_t>(integerOf(node.attributes, "group", 1)) : own);
    const bool otherBias = layer.bias == kAbsent && node.inputs.size() > 2 && node.inputs[2] != kAbsent; // it is a matrix, or flows
    return otherBias ? std::nullopt : std::optional(layer);
}

} // namespace

std::vector<WeightLayer> weightLayersOf(const Network& network)
{
    std::vector<WeightLayer> layers;
    std::set<std::string> names;
    for (std::size_t n = 0; n < network.nodes.size(); ++n) {
        std::optional<WeightLayer> layer = layerAt(network, n);
        if (!layer) continue;
        const std::string& own = network.nodes[n].name;
        const std::string name = own.empty() ? network.values[static_cast<std::size_t>(layer->output)].name : own;
        layer->name = name;
        for (int i = 2; !names.insert(layer->name).second; ++i) layer->name = name + "_" + std::to_string(i);
        layers.push_back(*std::move(layer));
    }
    return layers;
}

Network prepared(Network network) { return Preparation(std::move(network)).result(); }

} // namespace bitstill::foreign
