#include "engine/models/fold.h"

#include "engine/models/codes.h"
#include "engine/models/facts.h"
#include "engine/models/normalise.h"

#include <algorithm>
#include <cstring>

namespace bitstill::foreign {

namespace {

// Two guesses for free dimensions: what comes out alike for both does not depend on them.
constexpr int kBatches[2] = {2, 3};
constexpr int kSizes[2] = {64, 96};

bool same(const Array& a, const Array& b) { return a.shape == b.shape && a.type() == b.type() && bytesOf(a) == bytesOf(b); }

/// How far it gets; who never gets stuck is farthest.
unsigned reach(const Facts& facts) { return static_cast<unsigned>(facts.stuck); }

/// Both guesses; with one sample where more do not get as far.
std::pair<Facts, Facts> lookedAt(Network& network)
{
    std::pair<Facts, Facts> facts{
        factsOf(network, inputShapes(network, kBatches[0], kSizes[0])), factsOf(network, inputShapes(network, kBatches[1], kSizes[1]))};
    Facts alone = factsOf(network, inputShapes(network, 1, kSizes[0]));
    if (reach(alone) <= std::min(reach(facts.first), reach(facts.second))) return facts;
    for (const ValueId id : network.inputs) {
        ValueInfo& info = network.values[static_cast<std::size_t>(id)];
        if (info.shaped && !info.shape.empty() && info.shape[0] < 0) info.shape[0] = 1;
    }
    return {std::move(alone), factsOf(network, inputShapes(network, 1, kSizes[1]))};
}

void keepShapes(Network& network, const std::pair<Facts, Facts>& facts)
{
    for (std::size_t i = 0; i < network.values.size(); ++i) {
        const auto &a = facts.first.shapes[i], &b = facts.second.shapes[i];
        const bool isInput = std::ranges::find(network.inputs, static_cast<ValueId>(i)) != network.inputs.end();
        if (!a || !b || a->size() != b->size() || isInput) continue;
        ValueInfo& info = network.values[i];
        info.shaped = true;
        info.shape = *a;
        for (std::size_t d = 0; d < a->size(); ++d)
            if ((*a)[d] != (*b)[d]) info.shape[d] = -1;
    }
}

void keepValues(Network& network, std::pair<Facts, Facts>& facts)
{
    for (auto& [id, array] : facts.first.values) {
        const auto other = facts.second.values.find(id);
        if (other == facts.second.values.end() || !same(array, other->second)) continue;
        network.values[static_cast<std::size_t>(id)].type = array.type();
        network.constants.emplace(id, std::move(array));
    }
    std::erase_if(network.nodes, [&](const Node& node) {
        const bool known = std::ranges::all_of(node.outputs, [&](ValueId id) { return id == kAbsent || network.constants.contains(id); });
        if (known) keepCodes(network, node);
        return known;
    });
}

/// Who hears of an Identity's output hears of its input instead; one that makes an output of the network stays, for its name.
void removeIdentities(Network& network)
{
    std::map<ValueId, ValueId> stands;
    std::erase_if(network.nodes, [&](Node& node) {
        for (ValueId& id : node.inputs)
            if (const auto found = stands.find(id); found != stands.end()) id = found->second;
        const bool isOutput = std::ranges::find(network.outputs, node.outputs[0]) != network.outputs.end();
        if (node.op != "Identity" || !node.domain.empty() || isOutput || node.inputs.size() != 1 || node.inputs[0] == kAbsent
            || node.outputs[0] == kAbsent)
            return false;
        stands[node.outputs[0]] = node.inputs[0];
        return true;
    });
}

void forgetUnused(Network& network)
{
    std::vector<bool> used(network.values.size() + 1, false);
    for (const ValueId id : network.outputs) used[static_cast<std::size_t>(id)] = true;
    std::vector<Node> kept;
    for (auto node = network.nodes.rbegin(); node != network.nodes.rend(); ++node) {
        if (std::ranges::none_of(node->outputs, [&](ValueId id) { return id != kAbsent && used[static_cast<std::size_t>(id)]; })) continue;
        for (const ValueId id : node->inputs)
            if (id != kAbsent) used[static_cast<std::size_t>(id)] = true;
        kept.push_back(std::move(*node));
    }
    std::ranges::reverse(kept);
    network.nodes = std::move(kept);
    std::erase_if(network.constants, [&](const auto& constant) { return !used[static_cast<std::size_t>(constant.first)]; });
    std::erase_if(network.codes, [&](const auto& codes) { return !used[static_cast<std::size_t>(codes.first)]; });
}

} // namespace

void fold(Network& network)
{
    removeIdentities(network);
    std::pair<Facts, Facts> facts = lookedAt(network);
    keepShapes(network, facts);
    keepValues(network, facts);
    constantsToAttributes(network);
    forgetUnused(network);
}

} // namespace bitstill::foreign
