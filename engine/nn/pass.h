#pragma once

#include "engine/core/thread_pool.h"
#include "engine/nn/graph.h"

#include <algorithm>

namespace bitstill {

/// Room and order for running batches through a graph: activations, gradients, each layer's scratch, and the
/// schedule. The batch is cut into fixed shards; the pool runs shards at the same time and meets only where a
/// layer needs the whole batch (BatchNorm) and before the gradients of the parameters. Nothing is allocated
/// once the first batch of a size has been through. The graph must outlive the pass and keep its nodes.
class Pass {
public:
    enum class Mode { Inference, Training };

    /// Writes rows [first, first + rows) of the batch to x (rows × input size, NHWC).
    using Fill = std::function<void(const Shard&, float* x)>;
    /// Sum of the losses of the shard's rows; writes the gradient of the batch's loss to dLogits.
    using Loss = std::function<double(const Shard&, const float* logits, float* dLogits)>;
    /// Sees, and may change, a node's output as soon as it is there. Nodes fused into the one before are reported
    /// under the last name of the fused group.
    using Hook = std::function<void(int node, const Shard&, float* y)>;

    /// A loss on inner nodes, over the whole batch: reads the outputs of the tapped nodes (rows × features each), writes its
    /// gradient with respect to each of them, returns what it adds to every row's loss. Called once a step, by itself.
    using TapLoss = std::function<double(int rows, std::span<const float* const> outputs, std::span<float* const> gradients)>;

    Pass(Graph& graph, int batch, Mode mode, ThreadPool& pool, bool inputGradient = false);

    int batch() const { return m_batch; }
    void setHook(Hook hook) { m_hook = std::move(hook); }
    /// Does this node's output exist as such, or only with its activation (in training, or largest of windows) applied?
    bool isObservable(int node) const { return m_plan[static_cast<std::size_t>(node)].reportAs == node; }

    /// Training: steps take this loss along. Throws Error for a node whose output never exists by itself or is overwritten by a
    /// later one.
    void setTaps(const std::vector<int>& nodes, TapLoss loss);

    /// Training: called between the pieces of a step, where the shards have met. May throw.
    void setMeanwhile(std::function<void()> meanwhile) { m_meanwhile = std::move(meanwhile); }

    /// Output of `rows` <= batch() samples, in training mode with batch statistics. Valid until the next call.
    const float* forward(int rows, const Fill& fill);
    /// One training step: forward, loss, backward, gradients of all parameters. Returns the sum of the losses.
    double step(int rows, const Fill& fill, const Loss& loss, const GradientReady& ready);

    /// Output of a node that isObservable(); in training some exist only for a moment.
    const float* activation(int node) const { return array(m_plan[static_cast<std::size_t>(node)].home); }
    /// With `inputGradient`: of the batch's loss with respect to the input.
    const float* inputGradient() const { return m_gradients[static_cast<std::size_t>(m_plan[0].slot)].data(); }

private:
    enum class Work { Fill, Gather, Forward, Repeat, Loss, Inject, GatherBackward, Backward };
    struct Step {
        Work work;
        int node;
    };
    /// Work that shards do without meeting, and the layer that puts its parts together when all have done it.
    struct Segment {
        std::vector<Step> steps;
        int combine = -1; ///< node of the last step, if it has to
        bool taps = false; ///< the loss on inner nodes comes behind it
        int pieces = 0; ///< of the output of the first step's node: these are shared out instead of shards
    };
    struct NodePlan {
        int home; ///< node in whose array the output lives
        int reportAs; ///< node under whose name the hook sees it; −1 when fused away
        bool fused = false;
        bool needsGradient = false; ///< there is something to train in it or before it
        bool passing = false; ///< its output is made where it is needed, in room of the thread
        int slot = -1; ///< home: of its gradient
        Activation activation;
        std::optional<kernels::PoolShape> maxPool;
        std::unique_ptr<LayerState> state;
        std::vector<bool> accumulate; ///< by input: another consumer has written the gradient already
        std::vector<ForwardArrays> forward; ///< by lane and shard
        std::vector<BackwardArrays> backward;
    };
    /// Room for gradients that are not needed at the same time. Those that begin and end between two meetings of the shards take
    /// room of the thread that works on the shard, which stays in its cache.
    struct Slot {
        bool passing;
        int busyUntil; ///< step
        std::size_t features;
    };
    struct Life {
        int first = -1, last = -1; ///< steps of the backward schedule
        int firstSegment = -1, lastSegment = -1;
    };

    void plan();
    void planFusion();
    bool fuseActivation(int node);
    bool fuseMaxPool(int node);
    int writerOf(int node) const;
    void demandRoom() const;
    void planArrays();
    void planNeeds();
    void planPassing();
    void planSchedule();
    std::vector<Life> gradientLives() const;
    int slotBehind(std::size_t home, const Life& life) const;
    void planGradients();
    float* outputRow(int node, int lane, int shard);
    float* gradientRow(int node, int lane, int shard);
    void planTaps();
    void planTasks();
    bool isTapped(int node) const;
    void inject(int node, const Shard& shard);
    int shardsFor(int rows) const { return (rows + m_rowsPerShard - 1) / m_rowsPerShard; }
    Shard shardAt(int index) const
    {
        const int first = index * m_rowsPerShard;
        return {index, first, std::min(m_rowsPerShard, m_rows - first)};
    }
    const float* array(int home) const { return m_arrays[static_cast<std::size_t>(home)].data(); }
    std::size_t arraysOf(const Shard& shard) const
    {
        return static_cast<std::size_t>(ThreadPool::lane() * shardsFor(m_batch) + shard.index);
    }
    void begin(int rows);
    void runSegments(const std::vector<Segment>& segments);
    void runPieces(const Segment& segment);
    void perform(const Step& step, const Shard& shard);
    void performBackward(int node, const Shard& shard);
    void computeGradients(const GradientReady& ready);

    Graph& m_graph;
    ThreadPool& m_pool;
    int m_batch;
    bool m_training;
    bool m_inputGradient;
    int m_rowsPerShard;
    int m_rows = 0;
    std::vector<NodePlan> m_plan;
    std::vector<Tensor> m_arrays;
    std::vector<Slot> m_slots;
    std::vector<Tensor> m_gradients; ///< by slot: for the whole batch, or for a shard of each lane
    std::size_t m_passingFeatures = 0;
    Tensor m_passing; ///< by lane: an output that is used at once
    Tensor m_spare; ///< by lane: a gradient to be added to another
    std::vector<Segment> m_forward, m_backward;
    std::vector<std::pair<int, int>> m_tasks; ///< (node, task)
    std::vector<double> m_losses; ///< by shard
    std::vector<int> m_tapNodes;
    std::vector<int> m_taps; ///< nodes that write the tapped outputs
    std::vector<Tensor> m_tapGradients;
    std::vector<const float*> m_tapOutputs;
    std::vector<float*> m_tapTargets;
    TapLoss m_tapLoss;
    double m_tapped = 0; ///< loss of the taps in this step
    Hook m_hook;
    std::function<void()> m_meanwhile;
    const Fill* m_fill = nullptr;
    const Loss* m_loss = nullptr;
};

/// Rows of a shard for this network and batch: as many samples as leave their activations in a core's own cache.
int rowsPerShard(const Graph& graph, int batch);

} // namespace bitstill
