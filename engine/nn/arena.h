#pragma once

#include "engine/nn/plan.h"

namespace bitstill {

/// The arrays that a plan demands, and where in them each layer finds its own for a shard. All there from the beginning: a pass
/// allocates nothing. Rows of the batch have places of their own; what is in Plan::Room::Lane is shared by the shards of a lane.
class Arena {
public:
    /// Throws Error, before any of it is there, when outputs and gradients would take more than memoryBudget().
    Arena(const Plan& plan, int lanes);

    /// Of this node's layer, from the shard's first row on. Node 0 has its output alone.
    const ForwardArrays& forward(NodeId node, LaneId lane, ShardId shard) const { return m_nodes[node][place(lane, shard)].forward; }
    /// Training. dy is null for a node without a gradient, dx for an input without; an input whose gradient is added to has room of the
    /// lane there.
    const BackwardArrays& backward(NodeId node, LaneId lane, ShardId shard) const { return m_nodes[node][place(lane, shard)].backward; }

    /// Output of the whole batch, row behind row, where the plan keeps it.
    const float* output(NodeId node) const { return forward(node, {}, {}).y; }
    /// Gradient of the loss with respect to it, likewise.
    const float* gradient(NodeId node) const { return backward(node, {}, {}).dy; }

private:
    struct Arrays {
        ForwardArrays forward;
        BackwardArrays backward;
    };

    void allocate(const Plan& plan, int lanes);
    Arrays arraysOf(const Plan& plan, NodeId node, LaneId lane, ShardId shard);
    float* outputRow(const Plan& plan, NodeId node, LaneId lane, ShardId shard);
    float* gradientRow(const Plan& plan, NodeId node, LaneId lane, ShardId shard);
    std::size_t place(LaneId lane, ShardId shard) const { return lane.index() * m_shards + shard.index(); }

    std::size_t m_shards;
    ById<NodeId, Tensor> m_outputs; ///< by home
    ById<SlotId, Tensor> m_gradients;
    Tensor m_laneOutputs; ///< by lane
    Tensor m_laneSums; ///< by lane: a gradient to be added to another
    ById<NodeId, std::vector<Arrays>> m_nodes;
};

} // namespace bitstill
