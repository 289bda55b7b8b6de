#pragma once

#include "engine/core/thread_pool.h"
#include "engine/nn/arena.h"
#include "engine/nn/plan.h"

namespace bitstill {

/// Runs batches through a graph: executes the plan that compile() makes, in the arrays of an Arena. The pool runs shards at the same
/// time and meets where the plan says so. No array is allocated once the first batch of a size has been through. The graph
/// must outlive the pass and keep its nodes.
class Pass {
public:
    enum class Mode { Inference, Training };

    /// Writes rows [first, first + rows) of the batch to x (rows × input size, NHWC).
    using Fill = std::function<void(const Shard&, float* x)>;
    /// Sum of the losses of the shard's rows; writes the gradient of the batch's loss to dLogits.
    using Loss = std::function<double(const Shard&, const float* logits, float* dLogits)>;
    /// Sees, and may change, a node's output as soon as it is there. Nodes fused into the one before are reported
    /// under the last name of the fused group.
    using Hook = std::function<void(NodeId node, const Shard&, float* y)>;

    /// A loss on inner nodes, over the whole batch: reads the outputs of the tapped nodes (rows × features each), writes its
    /// gradient with respect to each of them, returns what it adds to every row's loss. Called once a step, by itself.
    using TapLoss = std::function<double(int rows, std::span<const float* const> outputs, std::span<float* const> gradients)>;

    /// Throws Error when the arrays would take more than the memory budget.
    Pass(Graph& graph, int batch, Mode mode, ThreadPool& pool, bool inputGradient = false);

    const Plan& plan() const { return m_plan; }
    int batch() const { return m_plan.request.batch; }
    void setHook(Hook hook) { m_hook = std::move(hook); }
    /// Does this node's output exist as such, or only with its activation (in training, or largest of windows) applied?
    bool isObservable(NodeId node) const { return m_plan.isObservable(node); }

    /// Training: steps take this loss along. Throws Error for a node whose output never exists by itself or is overwritten by a
    /// later one; the pass is then as it was.
    void setTaps(const std::vector<NodeId>& nodes, TapLoss loss);

    /// Training: called between the pieces of a step, where the shards have met. May throw.
    void setAtBarrier(std::function<void()> atBarrier) { m_atBarrier = std::move(atBarrier); }

    /// Output of `rows` <= batch() samples, in training mode with batch statistics. Valid until the next call.
    const float* forward(int rows, const Fill& fill);
    /// One training step: forward, loss, backward, gradients of all parameters. Returns the sum of the losses.
    double step(int rows, const Fill& fill, const Loss& loss, const GradientReady& ready);

    /// Output of a node that isObservable(); in training some exist only for a moment.
    const float* activation(NodeId node) const { return m_arena->output(node); }
    /// With `inputGradient`: of the batch's loss with respect to the input.
    const float* inputGradient() const { return m_arena->gradient(NodeId(0)); }

private:
    void build(const PassRequest& request);
    PassShape shapeFor(NodeId node) const;
    Layer& layer(NodeId node) const { return *m_graph.node(node).layer; }
    Shard shardAt(ShardId shard) const;
    const ForwardArrays& forwardArrays(NodeId node, const Shard& shard) const;
    const BackwardArrays& backwardArrays(NodeId node, const Shard& shard) const;

    void begin(int rows);
    void runSegments(const std::vector<Plan::Segment>& segments);
    void runPieces(const Plan::Segment& segment);
    void meet(const Plan::Segment& segment);
    void perform(const Plan::Step& step, const Shard& shard);
    void fillInput(const Shard& shard);
    void performForward(NodeId node, const Shard& shard);
    void performLoss(NodeId output, const Shard& shard);
    void inject(NodeId node, const Shard& shard);
    void performBackward(NodeId node, const Shard& shard);
    void computeGradients(const GradientReady& ready);

    Graph& m_graph;
    ThreadPool& m_pool;
    Plan m_plan;
    std::optional<Arena> m_arena;
    ById<NodeId, std::unique_ptr<LayerState>> m_states; ///< of nodes that are not fused
    ById<ShardId, double> m_losses;
    std::vector<Tensor> m_tapGradients; ///< by tap, as the two below
    std::vector<const float*> m_tapOutputs;
    std::vector<float*> m_tapTargets;
    TapLoss m_tapLoss;
    Hook m_hook;
    std::function<void()> m_atBarrier;

    int m_rows = 0; ///< of the batch under way, as what follows
    double m_tapped = 0; ///< loss of the taps
    const Fill* m_fill = nullptr;
    const Loss* m_loss = nullptr;
};

} // namespace bitstill
