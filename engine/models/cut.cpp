#include "engine/models/cut.h"

#include "engine/core/error.h"
#include "engine/models/fold.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

const std::string& nameOf(const Network& network, ValueId id) { return network.values[static_cast<std::size_t>(id)].name; }

bool makes(const Network& network, const Node& node, const std::string& value)
{
    return std::ranges::any_of(node.outputs, [&](ValueId id) { return id != kAbsent && nameOf(network, id) == value; });
}

std::string titleOf(const Network& network, const Node& node)
{
    const auto made = std::ranges::find_if(node.outputs, [](ValueId id) { return id != kAbsent; });
    return !node.name.empty() || made == node.outputs.end() ? node.name : nameOf(network, *made);
}

/// Names first: a value may be called as another node is.
const Node* findNode(const Network& network, const std::string& name)
{
    const auto named = std::ranges::find(network.nodes, name, &Node::name);
    if (named != network.nodes.end()) return &*named;
    const auto maker = std::ranges::find_if(network.nodes, [&](const Node& n) { return makes(network, n, name); });
    return maker == network.nodes.end() ? nullptr : &*maker;
}

/// Files have thousands of nodes.
std::string someNames(const Network& network, const std::string& wanted)
{
    std::vector<std::string> names;
    for (const Node& node : network.nodes) names.push_back(titleOf(network, node));
    const std::string near = nearest(wanted, names);
    constexpr std::size_t kMost = 8;
    return near.empty() ? joined({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, names.size()))}) : near;
}

} // namespace

Network cutBehind(Network network, const std::string& name)
{
    if (name.empty()) return network;
    const Node* node = findNode(network, name);
    if (!node)
        throw Error("cut", text("there is no node \"%1\"", printable(name)),
            text("choose one such as %1; `bitstill-cli inspect` lists them", someNames(network, name)));
    const auto place = node - network.nodes.data();
    const Reach reach = reachOf(network);
    network.outputs.clear();
    for (const ValueId id : node->outputs)
        if (id != kAbsent) network.outputs.push_back(id);
    fold(network);
    if (const Reach left = reachOf(network); left.kind != Reach::Kind::Whole)
        throw Error("cut", text("it does not run up to %1: %2", printable(name), left.why),
            reach.node >= 0 && reach.node <= place ? text("cut it farther in front") : text("choose another node"));
    std::erase_if(network.inputs, [&](ValueId id) {
        const auto reads = [id](const Node& n) { return std::ranges::count(n.inputs, id) > 0; };
        return std::ranges::none_of(network.nodes, reads) && std::ranges::count(network.outputs, id) == 0;
    });
    return network;
}

std::string whereToCut(const Network& network, const Reach& reach)
{
    if (reach.kind != Reach::Kind::UpToNode) return {};
    const std::vector<ValueId>& read = network.nodes[static_cast<std::size_t>(reach.node)].inputs;
    for (int n = reach.node - 1; n >= 0; --n) {
        const Node& node = network.nodes[static_cast<std::size_t>(n)];
        const bool isRead =
            std::ranges::any_of(node.outputs, [&](ValueId id) { return id != kAbsent && std::ranges::count(read, id) > 0; });
        if (isRead) return titleOf(network, node);
    }
    return {};
}

} // namespace bitstill::foreign
