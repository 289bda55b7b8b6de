#include "engine/models/normalise.h"

#include "engine/models/operators/typed.h"

#include <algorithm>
#include <set>

namespace bitstill::foreign {

namespace {

void softmax(Node& node, int opset)
{
    if (opset >= 13) return;
    node.attributes.try_emplace("axis", std::int64_t{1});
    node.attributes["flatten"] = std::int64_t{1};
}

/// Scales were an attribute (7), then input 1 (9 and Resize 10); pixels began at their corner.
void oldResize(Node& node)
{
    if (node.inputs.size() == 2) node.inputs = {node.inputs[0], kAbsent, node.inputs[1]};
    node.op = "Resize";
    node.attributes["coordinate_transformation_mode"] = std::string("asymmetric");
    node.attributes["nearest_mode"] = std::string("floor");
    if (const auto mode = node.attributes.find("mode"); mode != node.attributes.end())
        if (const auto* word = std::get_if<std::string>(&mode->second); word && *word == "bilinear") mode->second = std::string("linear");
}

bool isTrue(const Network& network, ValueId id)
{
    const auto found = network.constants.find(id);
    if (found == network.constants.end()) return id != kAbsent;
    const auto* raw = std::get_if<RawValues>(&found->second.values);
    return !raw || raw->bytes.empty() || raw->bytes[0] != 0;
}

bool isZero(const Network& network, ValueId id)
{
    const auto found = network.constants.find(id);
    const auto* floats = found == network.constants.end() ? nullptr : std::get_if<std::vector<float>>(&found->second.values);
    return floats && floats->size() == 1 && floats->front() == 0;
}

/// When a network runs nothing is dropped, nor is where the ratio is 0 although the node says that it trains; the mask of what is kept is
/// all true, which nobody asks for.
void dropout(Node& node, const Network& network, const std::set<ValueId>& used)
{
    if (node.outputs.size() > 1 && used.contains(node.outputs[1])) return;
    if (node.inputs.size() > 2 && isTrue(network, node.inputs[2]) && !isZero(network, node.inputs[1])) return;
    node.op = "Identity";
    node.inputs.resize(std::min<std::size_t>(node.inputs.size(), 1));
    node.outputs.resize(1);
    node.attributes.clear();
}

constexpr Movable kMovable[] = {{"Clip", "min", 1, 11, true}, {"Clip", "max", 2, 11, true}, {"Expand", "shape", 1, 8},
    {"Pad", "pads", 1, 11}, {"Pad", "value", 2, 11, true}, {"Pad", "axes", 3, 18}, {"ReduceL1", "axes", 1, 18}, {"ReduceL2", "axes", 1, 18},
    {"ReduceMax", "axes", 1, 18}, {"ReduceMean", "axes", 1, 18}, {"ReduceMin", "axes", 1, 18}, {"ReduceProd", "axes", 1, 18},
    {"ReduceSum", "axes", 1, 13}, {"ReduceSumSquare", "axes", 1, 18}, {"Reshape", "shape", 1, 5}, {"Resize", "roi", 1, 11, true},
    {"Resize", "scales", 2, 10, true}, {"Resize", "sizes", 3, 11}, {"Slice", "starts", 1, 10}, {"Slice", "ends", 2, 10},
    {"Slice", "axes", 3, 10}, {"Slice", "steps", 4, 10}, {"Split", "split", 1, 13}, {"Squeeze", "axes", 1, 13}, {"Tile", "repeats", 1, 6},
    {"Unsqueeze", "axes", 1, 13}};

/// One float where the attribute is one number.
void moveFloats(Node& node, const Movable& m, const Array& values)
{
    const auto* floats = std::get_if<std::vector<float>>(&values.values);
    if (!floats) return;
    const bool one = m.op == "Clip" || m.op == "Pad";
    if (one && floats->size() != 1) return;
    node.attributes[std::string(m.attribute)] = one ? Attribute(floats->front()) : Attribute(*floats);
    node.inputs[m.input] = kAbsent;
}

void moveIntegers(Node& node, const Movable& m, const Array& values)
{
    std::vector<std::int64_t> numbers;
    if (const auto* wide = std::get_if<std::vector<std::int64_t>>(&values.values))
        numbers = *wide;
    else if (const auto* narrow = std::get_if<std::vector<std::int32_t>>(&values.values))
        numbers.assign(narrow->begin(), narrow->end());
    else
        return;
    node.attributes[std::string(m.attribute)] = std::move(numbers);
    node.inputs[m.input] = kAbsent;
}

/// Is what lies behind the axis one value deep?
bool flattenMakesNoDifference(const Network& network, const Node& node)
{
    if (node.inputs[0] == kAbsent) return false;
    const ValueInfo& x = network.values[static_cast<std::size_t>(node.inputs[0])];
    const auto axis = node.attributes.find("axis");
    if (!x.shaped || axis == node.attributes.end() || !std::holds_alternative<std::int64_t>(axis->second)) return false;
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    std::int64_t at = std::get<std::int64_t>(axis->second);
    at += at < 0 ? rank : 0;
    return at >= 0 && at < rank && std::all_of(x.shape.begin() + at + 1, x.shape.end(), [](int d) { return d == 1; });
}

} // namespace

std::span<const Movable> movables() { return kMovable; }

void normalise(Network& network, int opset)
{
    std::set<ValueId> used(network.outputs.begin(), network.outputs.end());
    for (const Node& node : network.nodes) used.insert(node.inputs.begin(), node.inputs.end());
    for (Node& node : network.nodes) {
        if (!node.domain.empty()) continue;
        if (node.op == "Softmax" || node.op == "LogSoftmax") softmax(node, opset);
        if (node.op == "Upsample" || (node.op == "Resize" && opset < 11)) oldResize(node);
        if (node.op == "Dropout") dropout(node, network, used);
        const bool binary = node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div" || node.op == "Pow";
        if (binary && opset < 7 && node.attributes.contains("axis")) node.op += " (axis, opset 6)";
    }
}

void constantsToAttributes(Network& network)
{
    for (Node& node : network.nodes) {
        if (!node.domain.empty()) continue;
        for (const Movable& m : kMovable) {
            if (node.op != m.op || node.inputs.size() <= m.input || node.attributes.contains(std::string(m.attribute))) continue;
            const auto found = network.constants.find(node.inputs[m.input]);
            if (found != network.constants.end()) (m.floats ? moveFloats : moveIntegers)(node, m, found->second);
        }
        while (!node.inputs.empty() && node.inputs.back() == kAbsent) node.inputs.pop_back();
        if (node.attributes.contains("flatten") && !node.inputs.empty() && flattenMakesNoDifference(network, node))
            node.attributes.erase("flatten");
    }
}

} // namespace bitstill::foreign
