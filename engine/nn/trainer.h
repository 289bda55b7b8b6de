#pragma once

#include "engine/data/dataset.h"
#include "engine/nn/optimizer.h"
#include "engine/nn/pass.h"
#include "engine/nn/schedule.h"

namespace bitstill {

/// The loss of one sample, by its place in data.train: returns it and writes its gradient with respect to the logits (not yet divided by
/// the batch). Called for several samples at the same time.
using SampleLoss = std::function<double(std::uint32_t sample, const float* logits, std::size_t classes, float* gradient)>;

/// A loss on inner nodes of the network over the whole batch (see Pass::TapLoss); `samples` are the rows' places in data.train.
struct InnerLoss {
    std::vector<NodeId> nodes;
    std::function<double(std::span<const std::uint32_t> samples, std::span<const float* const> outputs, std::span<float* const> gradients)>
        loss;
};

/// What may change from one epoch to the next; of the optimizer its numbers, not its kind.
struct Pace {
    int epochs = 5;
    OptimizerOptions optimizer{};
    Schedule schedule{};
};

struct TrainOptions {
    int epochs = 5;
    int batch = 128;
    std::uint64_t seed = 1;
    OptimizerOptions optimizer{.momentum = 0.9, .weightDecay = 1e-4};
    Schedule schedule{};
    std::vector<std::uint32_t> subset{}; ///< samples to train on; empty: all
    SampleLoss loss{}; ///< empty: cross-entropy with the labels
    InnerLoss inner{}; ///< added to it, where it has nodes
    std::function<void()> atBarrier{}; ///< called several times within a step, where nothing else is under way; may throw
    std::function<Pace()> pace{}; ///< asked when an epoch has ended and been reported: how the training goes on; empty: as it began
};
Pace paceOf(const TrainOptions& options);

/// One finished step, as the observer sees it. `loss` is the batch's mean, before the step.
struct StepReport {
    long step = 0; ///< counted from 1
    long steps = 0;
    int epoch = 0; ///< counted from 0
    int epochs = 0;
    bool epochEnds = false;
    double loss = 0;
    double accuracy = 0; ///< of the batch, before the step
    double learningRate = 0;
};

/// Is every weight and running statistic a number?
bool allFinite(const Graph& graph);

enum class TrainOutcome { Finished, Stopped, Diverged };

/// Trains `graph` on data.train (or the subset), shuffled anew each epoch from stream "shuffle", a step at a time. The last, smaller
/// batch of an epoch counts too. Graph, data and pool must outlive it. No array is allocated after the first step.
class Trainer {
public:
    Trainer(Graph& graph, const Dataset& data, const TrainOptions& options, ThreadPool& pool);

    bool isDone() const { return m_report.step == m_report.steps; }
    /// The samples of the step to come.
    std::span<const std::uint32_t> batch() const;
    /// False when the loss is not finite or, at the end of an epoch, a weight or a running statistic is not: max(0, NaN) is 0, so a
    /// loss may stay a number when the network is none. The network is then as that step left it.
    bool step();
    /// After an epoch: goes on as TrainOptions::pace says, but never back; a schedule is at the step where it would be by now.
    void takePace();
    /// Of the step before.
    const StepReport& report() const { return m_report; }

private:
    void setEpochs(int epochs);
    void shuffle();
    double shardLoss(const Shard& shard, const float* logits, float* dLogits);

    const Dataset& m_data;
    TrainOptions m_options;
    int m_count, m_batchSize;
    Pass m_pass;
    Optimizer m_optimizer;
    StepReport m_report;
    int m_epoch = 0; ///< of the step to come
    int m_first = 0; ///< of its samples
    std::vector<const Tensor*> m_state; ///< all that must stay a number
    std::vector<std::uint32_t> m_order;
    std::vector<std::int32_t> m_labels; ///< of the batch
    std::vector<std::size_t> m_correct; ///< by shard
};

/// Called after each step; false stops the training.
using StepObserver = std::function<bool(const StepReport&)>;

/// Trains to the end, or until the observer has had enough or the training diverges.
TrainOutcome train(Graph& graph, const Dataset& data, const TrainOptions& options, ThreadPool& pool, const StepObserver& observer);

} // namespace bitstill
