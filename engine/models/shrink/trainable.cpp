#include "engine/models/shrink/trainable.h"

#include "engine/core/error.h"
#include "engine/models/facts.h"
#include "engine/models/operators/operators.h"
#include "engine/models/shrink/answers.h"
#include "engine/models/shrink/graph_layers.h"
#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"
#include "engine/nn/padding.h"
#include "engine/nn/pointwise.h"
#include "engine/nn/pooling.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

using Order = std::vector<std::int64_t>;
const Order kChannelsLast{0, 2, 3, 1}, kChannelsFirst{0, 3, 1, 2};
constexpr int kLargestWindow = 16; ///< the place of a window's largest number is kept in a byte (kernels/pool.h)

/// A value of the network as the graph has it.
struct Seen {
    int node = -1;
    bool last = false; ///< the network has its channels last as well
    SampleShape flattened{}; ///< of a row: the map that the network flattened, channels first

    bool operator==(const Seen&) const = default;
    bool isTurnedRow() const { return flattened.height * flattened.width > 1; }
};

} // namespace

/// From node to node, as far as the logits.
class Translation {
public:
    Translation(const Network& network, Trainable& result) :
        m_network(network), m_result(result), m_layers(weightLayersOf(network)), m_facts(factsOf(network, inputShapes(network, 1, 64))),
        m_seen(network.values.size())
    {
    }

    void run()
    {
        const Question question = questionOf(m_network);
        if (!question.classes || m_network.inputs.size() != 1) refuse(text("it is no classifier with one input"));
        if (!begin(m_network.inputs[0])) refuse(text("its input is neither a map nor a row of numbers"));
        const std::vector<char> needed = neededFor(question.values[0]);
        std::vector<Text> reasons;
        std::size_t next = 0;
        m_result.m_linears.resize(m_layers.size());
        for (std::size_t n = 0; n < m_network.nodes.size(); ++n) {
            const bool isLayer = next < m_layers.size() && m_layers[next].node == static_cast<int>(n);
            const std::size_t layer = isLayer ? next++ : m_layers.size();
            if (!needed[n] && isLayer) reasons.push_back(text("%1: %2", nodeText(m_network.nodes[n]), text("no class depends on it")));
            if (!needed[n]) continue;
            const Text why = visit(m_network.nodes[n], layer);
            if (!why.empty()) reasons.push_back(text("%1: %2", nodeText(m_network.nodes[n]), why));
        }
        const Seen& logits = m_seen[static_cast<std::size_t>(question.values[0])];
        if (reasons.empty() && (logits.isTurnedRow() || logits.node != m_result.graph.output()))
            reasons.push_back(text("its outputs are not in a layer's order"));
        if (!reasons.empty()) refuse(joined(reasons));
    }

private:
    [[noreturn]] static void refuse(const Text& why)
    {
        throw Error("model", text("it cannot be trained: %1", why), text("choose other repairs"));
    }

    /// A network of many strange nodes has a few of them said.
    static Text joined(const std::vector<Text>& reasons)
    {
        constexpr std::size_t kMost = 4;
        Text all = reasons[0];
        for (std::size_t i = 1; i < std::min(reasons.size(), kMost); ++i) all = text("%1; %2", all, reasons[i]);
        return reasons.size() <= kMost ? all : text("%1; and %2 more", all, std::to_string(reasons.size() - kMost));
    }

    const Shape* shapeOf(ValueId id) const
    {
        const auto& shape = m_facts.shapes[static_cast<std::size_t>(id)];
        return shape ? &*shape : nullptr;
    }

    /// Is what the samples hold turned before anything reads it, as TensorFlow's are?
    bool isTurnedFirst(ValueId id) const
    {
        for (const Node& node : m_network.nodes) {
            if (node.inputs.empty() || node.inputs[0] != id) continue;
            if (node.op == "FakeQuantize") return isTurnedFirst(node.outputs[0]);
            return orderOf(node) == kChannelsFirst;
        }
        return false;
    }

    bool begin(ValueId id)
    {
        const Shape* shape = shapeOf(id);
        if (!shape || hasFreeSize(m_network)) return false;
        const bool last = isTurnedFirst(id);
        const std::optional<SampleShape> sample = sampleShape(*shape, last);
        if (!sample) return false;
        m_result.graph = Graph(*sample);
        m_result.m_input = m_network.values[static_cast<std::size_t>(id)].name;
        m_result.m_turned = shape->size() == 4 && !last;
        m_seen[static_cast<std::size_t>(id)] = {0, last, {}};
        return true;
    }

    static std::optional<SampleShape> sampleShape(const Shape& shape, bool last)
    {
        if (shape.empty() || shape[0] != 1) return {};
        if (shape.size() == 2) return SampleShape{1, 1, shape[1]};
        if (shape.size() != 4) return {};
        return last ? SampleShape{shape[1], shape[2], shape[3]} : SampleShape{shape[2], shape[3], shape[1]};
    }

    std::vector<char> neededFor(ValueId value) const
    {
        std::vector<char> wanted(m_network.values.size(), 0), needed(m_network.nodes.size(), 0);
        wanted[static_cast<std::size_t>(value)] = 1;
        for (std::size_t n = m_network.nodes.size(); n-- > 0;) {
            const Node& node = m_network.nodes[n];
            needed[n] =
                std::ranges::any_of(node.outputs, [&](ValueId id) { return id != kAbsent && wanted[static_cast<std::size_t>(id)]; });
            if (!needed[n]) continue;
            for (const ValueId id : node.inputs)
                if (id != kAbsent) wanted[static_cast<std::size_t>(id)] = 1;
        }
        return needed;
    }

    static Order orderOf(const Node& node)
    {
        const auto perm = node.attributes.find("perm");
        if (node.op != "Transpose" || perm == node.attributes.end()) return {};
        const Order* order = std::get_if<Order>(&perm->second);
        return order ? *order : Order{};
    }

    /// Why no layer is this node; empty where one is, and where what it lacks has been said of a node before.
    Text visit(const Node& node, std::size_t layer)
    {
        std::vector<Seen> from;
        for (const ValueId id : node.inputs)
            if (id != kAbsent && !m_network.constants.contains(id)) from.push_back(m_seen[static_cast<std::size_t>(id)]);
        if (std::ranges::any_of(from, [](const Seen& s) { return s.node < 0; })) return {};
        Seen made;
        try {
            if (const Text why = translate(node, layer, from, made); !why.empty()) return why;
        } catch (const Error& e) { // of a layer that the shapes do not fit
            return e.problem();
        }
        const Shape* shape = shapeOf(node.outputs[0]);
        if (!shape || sampleShape(*shape, made.last) != m_result.graph.node(made.node).shape)
            return text("its output has a shape of its own");
        m_seen[static_cast<std::size_t>(node.outputs[0])] = made;
        return {};
    }

    Text translate(const Node& node, std::size_t layer, const std::vector<Seen>& from, Seen& made)
    {
        if (from.empty()) return text("it reads nothing but constants");
        made = from[0];
        if (layer < m_layers.size()) return linear(node, layer, from, made);
        if (node.domain == kOwnDomain && node.op == "FakeQuantize") {
            made.node = add(node, fakeQuantizeLayer(node), {made.node});
            m_result.m_roundings[node.outputs[0]] = made.node;
            return {};
        }
        if (!node.domain.empty()) return text("no layer here does that");
        if (from.size() == 1 && (node.op == "Relu" || node.op == "Clip")) {
            if (node.inputs.size() > 1) return text("its limits are not constant");
            made.node = add(node, std::make_unique<ActivationLayer>(activationOf(node)), {made.node});
            return {};
        }
        if (const std::optional<Padding::Sides> zeros = zerosAround(node, made.last)) {
            made.node = add(node, std::make_unique<Padding>(*zeros), {made.node});
            return {};
        }
        if (node.op == "Add" || node.op == "Sum") {
            const bool alike =
                from.size() == 2 && node.inputs.size() == 2 && from[0].last == from[1].last && from[0].flattened == from[1].flattened;
            if (!alike) return text("it adds other than two maps of one shape");
            made.node = add(node, std::make_unique<Add>(), {from[0].node, from[1].node});
            return {};
        }
        if (node.op == "MaxPool" || node.op == "AveragePool" || node.op == "GlobalAveragePool" || node.op == "ReduceMean")
            return pool(node, made);
        return move(node, made);
    }

    int add(const Node& node, std::unique_ptr<Layer> layer, std::vector<int> inputs, const char* what = "")
    {
        return m_result.graph.add(
            m_network.values[static_cast<std::size_t>(node.outputs[0])].name + what, std::move(layer), std::move(inputs));
    }

    const SampleShape& shapeAt(const Seen& seen) const { return m_result.graph.node(seen.node).shape; }

    Text linear(const Node& node, std::size_t index, const std::vector<Seen>& from, Seen& made)
    {
        const WeightLayer& layer = m_layers[index];
        const Tensor weights = m_network.constants.at(layer.weights).toTensor(layer.name);
        Trainable::Linear& linear = m_result.m_linears[index];
        linear.shape = linear.own = weights.shape();
        if (from.size() != 1) return text("it reads more than one flowing value");
        if (node.op == "Conv") {
            if (made.last || weights.shape().size() != 4) return text("no layer here does that");
            const SquareWindow window = squareWindow(node, *shapeOf(layer.input), {weights.shape()[2], weights.shape()[3]});
            if (!window.why.empty()) return window.why;
            made.node = padded(node, window, made.node);
            made.node = add(node, convolution(node, weights.shape(), window, layer.bias != kAbsent), {made.node});
        } else if (node.op == "ConvTranspose" || shapeOf(layer.input)->size() != 2) {
            return text("no layer here does that");
        } else {
            const auto axis = static_cast<std::size_t>(layer.axis);
            const int out = weights.shape()[axis], in = weights.shape()[1 - axis];
            linear.own = {out, in};
            linear.places = densePlaces(out, in, layer.axis, made.flattened);
            made = {add(node, std::make_unique<Dense>(in, out), {made.node}), false, {}};
        }
        linear.node = made.node;
        m_result.layer(index).weight.value = m_result.fromNetwork(index, weights);
        if (layer.bias != kAbsent) m_result.layer(index).bias.value = m_network.constants.at(layer.bias).toTensor(layer.name);
        return {};
    }

    /// Behind a layer of zeros where one side has more of them than the other.
    int padded(const Node& node, const SquareWindow& window, int input)
    {
        if (window.padding >= 0) return input;
        return add(node, std::make_unique<Padding>(window.sides), {input}, " (padding)");
    }

    Text pool(const Node& node, Seen& made)
    {
        const Shape& before = *shapeOf(node.inputs[0]);
        if (made.isTurnedRow() || before.size() != 4 || node.outputs.size() != 1) return text("no layer here does that");
        if (averagesAll(node, before, made.last)) {
            made.last = made.last && integerOf(node.attributes, "keepdims", 1) != 0;
            made.node = add(node, std::make_unique<Pooling>(Pooling::Kind::GlobalAverage), {made.node});
            return {};
        }
        if (made.last || !node.op.ends_with("Pool")) return text("no layer here does that");
        const SquareWindow window = squareWindow(node, before, shapeOfIntegers(node, "kernel_shape"));
        if (!window.why.empty()) return window.why;
        const bool largest = node.op == "MaxPool";
        if (largest && window.kernel > kLargestWindow) return text("no layer here does that");
        if (window.padding != 0 && !(largest && isNeverNegative(m_network, node.inputs[0])))
            return text("it pads what it takes the largest or the mean of");
        if (window.padding != 0) made.node = add(node, std::make_unique<Padding>(window.sides), {made.node}, " (padding)");
        const Pooling::Kind kind = largest ? Pooling::Kind::Max : Pooling::Kind::Average;
        made.node = add(node, std::make_unique<Pooling>(kind, window.kernel, window.stride), {made.node});
        return {};
    }

    /// What moves numbers: channels to the end or back, or a map to a row.
    Text move(const Node& node, Seen& made)
    {
        static const std::vector<std::string> reshapes{"Flatten", "Reshape", "Squeeze", "Unsqueeze", "Identity"};
        const Shape *before = shapeOf(node.inputs[0]), *after = shapeOf(node.outputs[0]);
        if (node.op == "Transpose") {
            if (before->size() != 4 || orderOf(node) != (made.last ? kChannelsFirst : kChannelsLast))
                return text("no layer here does that");
            made.last = !made.last;
            return {};
        }
        if (std::ranges::find(reshapes, node.op) == reshapes.end() || !after) return text("no layer here does that");
        if (*before == *after) return {};
        const SampleShape in = shapeAt(made);
        const bool isRow = in.height * in.width == 1;
        if (isRow && !made.isTurnedRow()) { // [1, C, 1, 1] or [1, C]: one is as good as the other
            made.last = after->size() == 4 && after->back() == in.channels && in.channels > 1;
            return {};
        }
        if (after->size() != 2 || made.isTurnedRow()) return text("no layer here does that");
        made = {add(node, std::make_unique<Flatten>(), {made.node}), false, made.last ? SampleShape{} : in};
        return {};
    }

    const Network& m_network;
    Trainable& m_result;
    const std::vector<WeightLayer> m_layers;
    const Facts m_facts;
    std::vector<Seen> m_seen; ///< by value
};

Trainable::Trainable(const Network& network) { Translation(network, *this).run(); }

std::vector<float> Trainable::rowsOf(const NamedArrays& inputs) const
{
    const SampleShape shape = graph.node(0).shape;
    const std::vector<float> given = [&] {
        const Tensor tensor = inputs.at(m_input).toTensor(m_input);
        return std::vector<float>(tensor.data(), tensor.data() + tensor.size());
    }();
    if (given.size() % shape.size() != 0)
        throw Error(m_input, text("its samples have other sizes than %1", described(shape)), text("choose other inputs"));
    if (!m_turned) return given;
    std::vector<float> rows(given.size());
    const auto places = static_cast<std::size_t>(shape.height * shape.width), channels = static_cast<std::size_t>(shape.channels);
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::size_t sample = i / shape.size(), channel = i / places % channels;
        rows[sample * shape.size() + i % places * channels + channel] = given[i];
    }
    return rows;
}

LinearWeights Trainable::layer(std::size_t index) { return *graph.node(m_linears[index].node).layer->weights(); }

Tensor Trainable::fromNetwork(std::size_t index, const Tensor& weights) const
{
    const Linear& l = m_linears[index];
    if (l.places.empty()) return weights;
    Tensor own(l.own);
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = weights[l.places[i]];
    return own;
}

Tensor Trainable::toNetwork(std::size_t index, const Tensor& weights) const
{
    const Linear& l = m_linears[index];
    if (l.places.empty()) return weights;
    Tensor theirs(l.shape);
    for (std::size_t i = 0; i < theirs.size(); ++i) theirs[l.places[i]] = weights[i];
    return theirs;
}

int Trainable::roundingAt(ValueId output) const
{
    const auto found = m_roundings.find(output);
    return found == m_roundings.end() ? -1 : found->second;
}

} // namespace bitstill::foreign
