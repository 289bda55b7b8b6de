#include "engine/models/codes.h"

#include "engine/models/operators/typed.h"
#include "engine/models/trace.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

bool onlyMoves(const Node& node)
{
    static const std::set<std::string> movers{"Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"};
    return node.domain.empty() && movers.contains(node.op);
}

/// Where Transpose puts an axis; nothing without its order.
std::optional<std::int64_t> newPlaceOf(std::size_t axis, const Node& transpose)
{
    const auto found = transpose.attributes.find("perm");
    const auto* order = found == transpose.attributes.end() ? nullptr : std::get_if<std::vector<std::int64_t>>(&found->second);
    if (!order) return {};
    const auto place = std::ranges::find(*order, static_cast<std::int64_t>(axis));
    if (place == order->end()) return {};
    return place - order->begin();
}

Codes codesOf(const Network& network, const Node& node)
{
    Codes codes{.attributes = node.attributes, .fourBits = network.fourBits.contains(node.inputs[0])};
    for (const ValueId id : node.inputs) {
        if (id == kAbsent) continue; // a zero point that is not given
        codes.inputs.push_back(network.constants.at(id));
        codes.names.push_back(network.values[static_cast<std::size_t>(id)].name);
    }
    return codes;
}

} // namespace

std::size_t axisOf(const Codes& codes)
{
    const auto rank = static_cast<std::int64_t>(codes.inputs[0].shape.size()), axis = integerOf(codes.attributes, "axis", 1);
    return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

std::vector<std::int64_t> zeroPointsOf(const Codes& codes)
{
    if (codes.inputs.size() < 3) return {};
    const Node cast{.name = codes.names[2], .domain = {}, .op = "Cast", .inputs = {}, .outputs = {}, .attributes = {}};
    return std::get<std::vector<std::int64_t>>(castTo(Call(cast, {}), codes.inputs[2], "I64").values);
}

Array dequantized(const Codes& codes)
{
    Node node{.name = {}, .domain = {}, .op = "DequantizeLinear", .inputs = {}, .outputs = {kAbsent}, .attributes = codes.attributes};
    for (std::size_t i = 0; i < codes.inputs.size(); ++i) node.inputs.push_back(static_cast<ValueId>(i));
    return runNode(node, [&](ValueId id) { return &codes.inputs[static_cast<std::size_t>(id)]; })[0];
}

std::optional<Codes> moved(const Codes& codes, const Node& node, const Network& network)
{
    if (!onlyMoves(node)) return {};
    Codes result = codes;
    if (codes.inputs[1].size() > 1) {
        if (node.op != "Transpose" || codes.attributes.contains("block_size")) return {};
        const std::optional<std::int64_t> axis = newPlaceOf(axisOf(codes), node);
        if (!axis) return {};
        result.attributes["axis"] = *axis;
    }
    result.inputs[0] = runNode(node, [&](ValueId id) { return id == node.inputs[0] ? &codes.inputs[0] : &network.constants.at(id); })[0];
    return result;
}

void keepCodes(Network& network, const Node& node)
{
    const auto isConstant = [&](ValueId id) { return id == kAbsent || network.constants.contains(id); };
    if (node.inputs.empty() || node.inputs[0] == kAbsent || !std::ranges::all_of(node.inputs, isConstant)) return;
    if (node.op == "DequantizeLinear" && node.domain.empty()) {
        network.codes.insert_or_assign(node.outputs[0], codesOf(network, node));
    } else if (const auto found = network.codes.find(node.inputs[0]); found != network.codes.end()) {
        if (std::optional<Codes> there = moved(found->second, node, network))
            network.codes.insert_or_assign(node.outputs[0], *std::move(there));
    }
}

Network withCodes(Network network)
{
    std::vector<Node> nodes;
    for (auto& [id, codes] : network.codes) {
        const auto constant = network.constants.find(id);
        if (constant == network.constants.end() || bytesOf(constant->second) != bytesOf(dequantized(codes))) continue;
        const std::string name = network.values[static_cast<std::size_t>(id)].name;
        Node node{.name = name, .domain = {}, .op = "DequantizeLinear", .inputs = {}, .outputs = {id}, .attributes = codes.attributes};
        const Shape scales = codes.inputs[1].shape;
        for (std::size_t i = 0; i < codes.inputs.size(); ++i) {
            Array& array = codes.inputs[i];
            if (i == 2) array.shape = scales; // files have [1] beside []
            const ValueId input = network.add({.name = codes.names[i], .type = array.type(), .shape = array.shape, .shaped = true});
            if (codes.fourBits && i != 1) network.fourBits.insert(input);
            network.constants.emplace(input, std::move(array));
            node.inputs.push_back(input);
        }
        network.constants.erase(constant);
        nodes.push_back(std::move(node));
    }
    network.codes.clear();
    network.nodes.insert(network.nodes.begin(), std::make_move_iterator(nodes.begin()), std::make_move_iterator(nodes.end()));
    return network;
}

} // namespace bitstill::foreign
