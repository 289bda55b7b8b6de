#pragma once

#include "engine/nn/graph.h"
#include "engine/nn/ids.h"

namespace bitstill {

/// What a pass is to do with a graph.
struct PassRequest {
    int batch = 1; ///< most rows that come at once
    bool training = false; ///< steps: forward, loss, backward, gradients of the parameters
    bool inputGradient = false; ///< training: the gradient with respect to node 0 is kept
    std::vector<NodeId> taps{}; ///< training: nodes whose outputs, of the whole batch, another loss reads
    bool operator==(const PassRequest&) const = default;
};

/// How batches go through a graph: which layer writes into which array, what is fused, which gradients share room, and in which
/// order. A value: it holds no arrays, knows no threads, can be compared and printed (see describe).
///
/// The batch is cut into shards of rows. What shards do without meeting is a segment; they meet where a layer needs the whole batch.
struct Plan {
    /// Where an array lives.
    enum class Room {
        Batch, ///< every row of the batch has its own
        Lane, ///< room of the thread for one shard, which stays in its cache; the next shard takes it over
    };
    struct Input {
        NodeId node;
        bool accumulates = false; ///< its gradient holds that of a later reader already: this one's is added
        bool operator==(const Input&) const = default;
    };
    struct Node {
        std::string name;
        std::size_t features = 0; ///< floats of a row of its output
        std::vector<Input> inputs;
        NodeId writer; ///< whose layer writes the output: the node itself, or the one in front into which it is fused
        NodeId home; ///< in whose array the output lives: another one's when it is written over it or fused
        /// Under whose name hooks see the output: that of the last one fused into it. None for a node whose output never exists.
        std::optional<NodeId> reportAs;
        Activation activation; ///< fused: applied as the output is written
        std::optional<kernels::PoolShape> maxPool; ///< fused: the largest of these windows are all that is written
        bool needsGradient = false; ///< training: there is something to train in it or before it, or its gradient is asked for
        Room room = Room::Batch; ///< of a home: where the output is
        std::optional<SlotId> slot; ///< of a home: where the gradient is
        bool operator==(const Node&) const = default;
    };
    /// An array for gradients that are not needed at the same time.
    struct Slot {
        Room room = Room::Batch;
        std::size_t features = 0; ///< floats of a row: of the widest one
        bool operator==(const Slot&) const = default;
    };
    enum class Work {
        Fill, ///< the caller writes the rows
        Gather, ///< Layer::gather, for the combine at the end of the segment
        Forward, ///< Layer::forward
        Repeat, ///< forward once more, for the backward of its reader
        Loss, ///< the caller's loss and its gradient
        Inject, ///< the gradient of the taps' loss joins the node's
        GatherBackward, ///< Layer::gatherBackward, likewise
        Backward, ///< Layer::backward
    };
    struct Step {
        Work work = Work::Fill;
        NodeId node;
        bool operator==(const Step&) const = default;
    };
    /// What happens where all shards have met behind a segment.
    enum class Meeting {
        Nothing,
        Combine, ///< Layer::combine of the last step's node
        CombineBackward, ///< Layer::combineBackward of the last step's node
        TapLoss, ///< the loss on the taps
    };
    struct Segment {
        std::vector<Step> steps;
        Meeting meeting = Meeting::Nothing;
        int pieces = 0; ///< not 0: instead of shards, pieces of the output of the only step's node are shared out
        bool operator==(const Segment&) const = default;
    };
    /// Piece `task` of the gradient of the node's parameters.
    struct GradientTask {
        NodeId node;
        int task = 0;
        bool operator==(const GradientTask&) const = default;
    };

    PassRequest request;
    int rowsPerShard = 1;
    ById<NodeId, Node> nodes;
    ById<SlotId, Slot> gradientSlots;
    std::size_t laneOutput = 0; ///< floats of a row of the widest output in Room::Lane
    std::size_t laneSum = 0; ///< floats of a row of the widest gradient on its way to be added to another
    std::vector<Segment> forward; ///< a pass without gradients
    std::vector<Segment> step; ///< training: a step up to the gradients of the parameters
    std::vector<GradientTask> gradientTasks; ///< training: what follows

    int shardsFor(int rows) const { return (rows + rowsPerShard - 1) / rowsPerShard; }
    int shards() const { return shardsFor(request.batch); }
    bool isFused(NodeId node) const { return nodes[node].writer != node; }
    /// Does its output exist as such, or only with what is fused into it applied?
    bool isObservable(NodeId node) const { return nodes[node].reportAs == node; }
    /// Does this node's layer write the output of a tapped one?
    bool isTapped(NodeId node) const;
    bool operator==(const Plan&) const = default;
};

/// Throws Error for a tap whose output never exists by itself or is overwritten by a later one.
Plan compile(const Graph& graph, const PassRequest& request);

/// The plan in words, a line for each node, slot and segment.
std::string describe(const Plan& plan);

/// Rows of a shard for this network and batch: as many samples as leave their activations in a core's own cache.
int rowsPerShard(const Graph& graph, int batch);

} // namespace bitstill
