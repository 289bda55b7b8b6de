#include "engine/nn/arena.h"

#include "engine/core/memory_budget.h"

namespace bitstill {

namespace {

using Room = Plan::Room;

/// Rows of the array for a shard in each of so many places.
int rowsFor(const Plan& plan, int places) { return places * plan.rowsPerShard; }

Tensor rowsOf(int rows, std::size_t features) { return Tensor({rows, static_cast<int>(features)}); }

int placesIn(const Plan& plan, Room room, int lanes) { return room == Room::Lane ? lanes : plan.shards(); }

void demandRoom(const Plan& plan, int lanes)
{
    double floats = 0;
    for (NodeId i; i < plan.nodes.endId(); ++i)
        if (plan.nodes[i].home == i && plan.nodes[i].room == Room::Batch)
            floats += static_cast<double>(plan.request.batch) * static_cast<double>(plan.nodes[i].features);
    for (const Plan::Slot& slot : plan.gradientSlots)
        floats += static_cast<double>(rowsFor(plan, placesIn(plan, slot.room, lanes))) * static_cast<double>(slot.features);
    requireMemory("model", text("one batch of %1 samples in this network", std::to_string(plan.request.batch)), floats * sizeof(float),
        text("choose a smaller model, smaller samples or smaller batches"));
}

} // namespace

Arena::Arena(const Plan& plan, int lanes) : m_shards(static_cast<std::size_t>(plan.shards())), m_nodes(plan.nodes.size())
{
    demandRoom(plan, lanes);
    allocate(plan, lanes);
    for (NodeId i; i < plan.nodes.endId(); ++i)
        for (LaneId lane; lane < lanes; ++lane)
            for (ShardId shard; shard < plan.shards(); ++shard) m_nodes[i].push_back(arraysOf(plan, i, lane, shard));
}

void Arena::allocate(const Plan& plan, int lanes)
{
    m_outputs = ById<NodeId, Tensor>(plan.nodes.size());
    for (NodeId i; i < plan.nodes.endId(); ++i)
        if (plan.nodes[i].home == i && plan.nodes[i].room == Room::Batch) m_outputs[i] = rowsOf(plan.request.batch, plan.nodes[i].features);
    m_laneOutputs = rowsOf(rowsFor(plan, lanes), plan.laneOutput);
    m_laneSums = rowsOf(rowsFor(plan, lanes), plan.laneSum);
    for (const Plan::Slot& slot : plan.gradientSlots)
        m_gradients.add(rowsOf(rowsFor(plan, placesIn(plan, slot.room, lanes)), slot.features));
}

Arena::Arrays Arena::arraysOf(const Plan& plan, NodeId node, LaneId lane, ShardId shard)
{
    Arrays arrays;
    ForwardArrays& f = arrays.forward;
    f.y = outputRow(plan, node, lane, shard);
    for (const Plan::Input& input : plan.nodes[node].inputs) f.x.push_back(outputRow(plan, input.node, lane, shard));
    if (!plan.request.training) return arrays;
    BackwardArrays& b = arrays.backward;
    b.x = f.x;
    b.y = f.y;
    b.dy = gradientRow(plan, node, lane, shard);
    for (const auto& [input, accumulates] : plan.nodes[node].inputs) {
        const std::size_t room = lane.index() * static_cast<std::size_t>(plan.rowsPerShard) * plan.laneSum;
        const bool wanted = plan.nodes[input].needsGradient;
        b.dx.push_back(!wanted ? nullptr : accumulates ? m_laneSums.data() + room : gradientRow(plan, input, lane, shard));
    }
    return arrays;
}

float* Arena::outputRow(const Plan& plan, NodeId node, LaneId lane, ShardId shard)
{
    const NodeId home = plan.nodes[node].home;
    const auto rows = static_cast<std::size_t>(plan.rowsPerShard);
    if (plan.nodes[home].room == Room::Lane) return m_laneOutputs.data() + lane.index() * rows * plan.laneOutput;
    return m_outputs[home].data() + shard.index() * rows * plan.nodes[home].features;
}

float* Arena::gradientRow(const Plan& plan, NodeId node, LaneId lane, ShardId shard)
{
    const std::optional<SlotId> slot = plan.nodes[plan.nodes[node].home].slot;
    if (!slot) return nullptr;
    const Plan::Slot& s = plan.gradientSlots[*slot];
    const std::size_t place = s.room == Room::Lane ? lane.index() : shard.index();
    return m_gradients[*slot].data() + place * static_cast<std::size_t>(plan.rowsPerShard) * s.features;
}

} // namespace bitstill
