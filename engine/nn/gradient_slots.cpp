#include "engine/nn/plan_stages.h"

#include <algorithm>
#include <limits>

namespace bitstill {

namespace {

using Work = Plan::Work;

/// From when to when the gradient of a home is needed: steps of Plan::step, counted through, and segments.
struct Life {
    int first = -1, last = -1; ///< −1: never
    int firstSegment = -1, lastSegment = -1;
    bool kept = false; ///< somebody reads it behind the last step

    void touch(int step, int segment)
    {
        if (first < 0) {
            first = step;
            firstSegment = segment;
        }
        last = step;
        lastSegment = segment;
    }
};

using Lives = ById<NodeId, Life>;

/// Until when a slot holds what it holds.
using Busy = ById<SlotId, int>;

bool usesGradient(Work work)
{
    return work == Work::Loss || work == Work::Inject || work == Work::GatherBackward || work == Work::Backward;
}

Lives gradientLives(const Graph& graph, const Plan& plan)
{
    Lives lives(plan.nodes.size());
    int step = 0, segment = 0;
    for (const Plan::Segment& s : plan.step) {
        for (const auto& [work, node] : s.steps) {
            ++step;
            if (!usesGradient(work)) continue;
            Life& own = lives[plan.nodes[node].home];
            own.touch(step, segment);
            if (work != Work::Backward) continue;
            own.kept = own.kept || graph.node(node).layer->gradientReadsArrays();
            for (const Plan::Input& input : plan.nodes[node].inputs)
                if (plan.nodes[input.node].needsGradient) lives[plan.nodes[input.node].home].touch(step, segment);
        }
        ++segment;
    }
    lives[NodeId(0)].kept = plan.request.inputGradient;
    return lives;
}

/// The slot of the gradient that the layer behind this home can write this one over, as it reads it for the last time.
std::optional<SlotId> slotBehind(const Graph& graph, const Plan& plan, const Busy& busyUntil, NodeId home, const Life& life)
{
    for (NodeId i(1); i < plan.nodes.endId(); ++i) {
        const Plan::Node& node = plan.nodes[i];
        const bool reads = plan.nodes[node.inputs[0].node].home == home;
        if (!reads || !graph.node(i).layer->gradientOverGradient() || node.maxPool) continue;
        const std::optional<SlotId> slot = plan.nodes[node.home].slot;
        if (slot && plan.gradientSlots[*slot].room == Plan::Room::Batch && busyUntil[*slot] <= life.first) return slot;
    }
    return {};
}

std::optional<SlotId> freeSlot(const Plan& plan, const Busy& busyUntil, Plan::Room room, const Life& life)
{
    for (SlotId s; s < plan.gradientSlots.endId(); ++s)
        if (plan.gradientSlots[s].room == room && busyUntil[s] < life.first) return s;
    return {};
}

/// Homes with a gradient, those that are needed first in front.
std::vector<NodeId> byBirth(const Lives& lives)
{
    std::vector<NodeId> homes;
    for (NodeId i; i < lives.endId(); ++i)
        if (lives[i].first >= 0) homes.push_back(i);
    std::ranges::stable_sort(homes, {}, [&](NodeId i) { return lives[i].first; });
    return homes;
}

} // namespace

void shareGradientSlots(const Graph& graph, Plan& plan)
{
    if (!plan.request.training) return;
    const Lives lives = gradientLives(graph, plan);
    Busy busyUntil;
    for (const NodeId home : byBirth(lives)) {
        const Life& life = lives[home];
        const bool meets = life.kept || life.firstSegment != life.lastSegment;
        const Plan::Room room = meets ? Plan::Room::Batch : Plan::Room::Lane;
        std::optional<SlotId> slot;
        // One that is kept is read as one array, row behind row: a wider slot would not do.
        if (!life.kept) {
            slot = slotBehind(graph, plan, busyUntil, home, life);
            if (!slot) slot = freeSlot(plan, busyUntil, room, life);
        }
        if (!slot) {
            slot = plan.gradientSlots.add({.room = room});
            busyUntil.add(0);
        }
        plan.nodes[home].slot = slot;
        plan.gradientSlots[*slot].features = std::max(plan.gradientSlots[*slot].features, plan.nodes[home].features);
        busyUntil[*slot] = life.kept ? std::numeric_limits<int>::max() : life.last;
    }
}

} // namespace bitstill
