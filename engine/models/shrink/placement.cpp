#include "engine/models/shrink/placement.h"

#include "engine/models/shrink/prepare.h"
#include "engine/models/types.h"

#include <algorithm>
#include <set>

namespace bitstill::foreign {

namespace {

/// Calculates with what it is given, as integers where those are rounded.
bool wantsRounded(const Node& node)
{
    static const std::set<std::string> takers{"Add", "AveragePool", "Concat", "GlobalAveragePool", "Mul", "ReduceMean", "Sub", "Sum"};
    return node.domain.empty() && takers.contains(node.op);
}

} // namespace

bool movesNumbers(const Node& node)
{
    static const std::set<std::string> movers{"DepthToSpace", "Expand", "Flatten", "Gather", "Identity", "MaxPool", "Pad", "Reshape",
        "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"};
    return node.domain.empty() && movers.contains(node.op);
}

std::vector<ValueId> roundedValues(const Network& network)
{
    const std::vector<std::string> types = typesOf(network); // shapes are computed by the same operators
    std::vector<char> wanted(network.values.size(), 0);
    std::set<int> layers;
    for (const WeightLayer& l : weightLayersOf(network)) layers.insert(l.node);
    const std::set<ValueId> outputs(network.outputs.begin(), network.outputs.end());
    std::vector<ValueId> rounded;
    const auto want = [&](ValueId id) {
        if (id != kAbsent && !network.constants.contains(id) && types[static_cast<std::size_t>(id)] == "F32")
            wanted[static_cast<std::size_t>(id)] = 1;
    };
    // Backwards: whoever moves numbers wants them rounded when its reader does.
    for (std::size_t i = network.nodes.size(); i-- > 0;) {
        const Node& node = network.nodes[i];
        if (layers.contains(static_cast<int>(i))) want(node.inputs[0]);
        if (wantsRounded(node))
            for (const ValueId id : node.inputs) want(id);
        bool readerWants = false;
        for (const ValueId id : node.outputs) readerWants = readerWants || (id != kAbsent && wanted[static_cast<std::size_t>(id)]);
        if (movesNumbers(node) && readerWants) {
            want(node.inputs[0]);
            for (const ValueId id : node.outputs)
                if (id != kAbsent) wanted[static_cast<std::size_t>(id)] = 0; // it was rounded before
        }
    }
    for (const ValueId id : network.inputs)
        if (wanted[static_cast<std::size_t>(id)]) rounded.push_back(id);
    for (const Node& node : network.nodes)
        for (const ValueId id : node.outputs)
            if (id != kAbsent && wanted[static_cast<std::size_t>(id)] && !outputs.contains(id)) rounded.push_back(id);
    return rounded;
}

ValueId roundingOf(const Network& network, ValueId value, const std::vector<ValueId>& rounded)
{
    while (value != kAbsent && std::ranges::find(rounded, value) == rounded.end()) {
        const Node* maker = network.makerOf(value);
        value = !maker || !movesNumbers(*maker) ? kAbsent : maker->inputs[0];
    }
    return value;
}

} // namespace bitstill::foreign
