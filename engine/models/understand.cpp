#include "engine/models/understand.h"

#include "engine/models/facts.h"
#include "engine/models/operators/operators.h"
#include "engine/models/work.h"

#include <algorithm>
#include <set>

namespace bitstill::foreign {

namespace {

const ValueInfo& infoOf(const Network& network, ValueId id) { return network.values[static_cast<std::size_t>(id)]; }

const Shape kUnknown{-1, -1};

Shape knownOf(const ValueInfo& info) { return info.shaped ? info.shape : kUnknown; }

/// Of one sample, whatever the file says of their number.
Shape sampleOf(const ValueInfo& info, std::size_t axis = 0)
{
    Shape shape = knownOf(info);
    if (axis < shape.size()) shape[axis] = 1;
    return shape;
}

/// What a node's first input is for one sample, as far as productsOf() asks for it.
Shape firstOf(const Node& node, const ValueInfo& x)
{
    if (node.op == "ConvTranspose") return sampleOf(x);
    const bool recurrent = node.op == "LSTM" || node.op == "GRU" || node.op == "RNN";
    return recurrent ? sampleOf(x, integerOf(node.attributes, "layout", 0) != 0 ? 0 : 1) : knownOf(x);
}

std::int64_t productsOfSample(const Network& network, const Node& node)
{
    if (node.inputs.size() < 2 || node.inputs[0] == kAbsent || node.inputs[1] == kAbsent) return 0;
    std::vector<Shape> inputs{firstOf(node, infoOf(network, node.inputs[0]))};
    for (std::size_t i = 1; i < node.inputs.size(); ++i)
        inputs.push_back(node.inputs[i] == kAbsent ? Shape{} : knownOf(infoOf(network, node.inputs[i])));
    const ValueId made = node.outputs[0]; // who wants the last state alone has no others
    return static_cast<std::int64_t>(productsOf(node, inputs, {made == kAbsent ? Shape{} : sampleOf(infoOf(network, made))}));
}

} // namespace

Reach reachOf(const Network& network)
{
    const bool guessed = hasFreeSize(network);
    const Facts facts = factsOf(network, inputShapes(network, 1, 64));
    int stops = -1;
    Text why;
    for (std::size_t n = 0; n < network.nodes.size() && stops < 0; ++n) {
        const bool missing = !findOperator(network.nodes[n]);
        if (missing || (!guessed && facts.stuck == static_cast<int>(n))) stops = static_cast<int>(n);
    }
    if (stops < 0) return {};
    const Node& node = network.nodes[static_cast<std::size_t>(stops)];
    why = facts.stuck == stops ? facts.why : text("operator %1 is not computed here", node.op);
    return {stops == 0 ? Reach::Kind::WeightsOnly : Reach::Kind::UpToNode, stops, why};
}

std::vector<Cost> costsOf(const Network& network)
{
    std::vector<Cost> costs;
    std::set<ValueId> counted;
    for (const Node& node : network.nodes) {
        Cost cost{.parameters = 0, .weightBytes = 0, .products = productsOfSample(network, node)};
        for (const ValueId id : node.inputs) {
            const auto found = network.constants.find(id);
            if (found == network.constants.end() || !counted.insert(id).second || found->second.type() == "I64") continue;
            cost.parameters += static_cast<std::int64_t>(found->second.size());
            const auto codes = network.codes.find(id);
            const Array& kept = codes == network.codes.end() ? found->second : codes->second.inputs[0];
            const auto half = network.halves.find(id);
            cost.weightBytes +=
                static_cast<std::int64_t>(kept.size()) * bitsOfType(half == network.halves.end() ? kept.type() : half->second) / 8;
        }
        costs.push_back(cost);
    }
    return costs;
}

std::string shapeText(const ValueInfo& value)
{
    if (!value.shaped) return "?";
    std::string text = "[";
    for (std::size_t i = 0; i < value.shape.size(); ++i)
        text += (i ? ", " : "") + (value.shape[i] < 0 ? std::string("N") : std::to_string(value.shape[i]));
    return text + "]";
}

} // namespace bitstill::foreign
