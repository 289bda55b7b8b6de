#pragma once

#include "engine/data/dataset.h"
#include "engine/distill/teach.h"
#include "engine/experiment/context.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"

namespace bitstill {

/// Samples that go through a network together whenever it is measured, the same in every experiment.
inline constexpr int kEvaluationBatch = 250;

/// Thrown by a training that went nowhere.
struct DivergedTraining : Diverged {
    DivergedTraining(const Spec& spec, long step); ///< step: the last one that went well
};

/// Trains and tests networks for an experiment that does so many times over: keeps count of steps and of the share of the
/// work that is done, checkpoints after every step, and turns stops and divergence into what ends the run: all of it throws Stopped, and
/// Diverged when loss, weights, running statistics or answers are no numbers.
class TrainingRunner {
public:
    TrainingRunner(Context& context, const Dataset& data) : m_context(context), m_data(data) { }

    /// So much of all the work is done, 0...1: said at each turn, it stays right when a branch asks for more turns.
    void stand(double done);
    /// What comes now: its name, and which share of all the work it is.
    void next(double share, Text doing);
    /// How much of that is done, 0...1.
    void reached(double share) const;
    /// A training step that was done elsewhere (SideBySide), which is checkpointed.
    void stepped(bool epochEnds);
    /// How much of all the work, once what was said to come is done too.
    double done() const { return m_done + m_share; }
    /// Trains for as long as `next` said. `each` is asked after each step, as train() does.
    void train(Graph& graph, const TrainOptions& options, const StepObserver& each = {});
    /// As train; live fields, none of which may matter to the training, are answered within its steps too.
    void trainPolling(Graph& graph, TrainOptions options, const StepObserver& each = {});
    /// As train, for a student that is taught.
    void teach(Graph& student, const TrainOptions& options, const Teaching& teaching, const StepObserver& each = {});
    /// As train, with a figure "training" that grows: smoothed accuracy on the training batches.
    void trainDrawn(Graph& graph, const TrainOptions& options);
    /// Takes the place of a trainDrawn that has been done before: its figure, and as many checkpoints as it had steps.
    void repeat(const Figure& training, long steps);
    /// The figure of the last trainDrawn.
    const Figure& drawn() const { return m_drawn; }
    /// Trained so far.
    long steps() const { return m_steps; }
    /// Logits of all test samples. Throws Stopped.
    Logits test(Pass& pass) const;
    Logits test(Graph& graph) const;
    Logits test(const Evaluated& network) const;
    /// Logits of these samples of the data, perhaps those that stand for the test set while there is no time for all. Throws Stopped.
    Logits over(Pass& pass, const Samples& samples) const;
    Samples testSample(std::size_t count) const;
    /// Of all test samples; live fields are answered meanwhile.
    Logits testPolling(Pass& pass) const;
    /// Logits of all training samples, in their order.
    Logits overTraining(Graph& graph) const;
    std::function<bool()> keepGoing() const;
    /// Throws Diverged unless all weights and running statistics are numbers.
    void requireFinite(const Graph& graph) const;

    const Dataset& data() const { return m_data; }
    Context& context() const { return m_context; }

private:
    Logits over(const Evaluated& network, const Samples& samples) const;
    StepObserver watching(const StepObserver& each);
    /// Trains by `work`, measured meanwhile and judged as the network that it is.
    void trainBy(const Graph& graph, const std::function<TrainOutcome()>& work);
    Logits checked(Logits logits) const;

    Context& m_context;
    const Dataset& m_data;
    Text m_doing;
    double m_done = 0, m_share = 0;
    long m_steps = 0;
    Figure m_drawn;
    const Graph* m_training = nullptr; ///< under way: whoever measures it wants to know whether it is one
};

} // namespace bitstill
