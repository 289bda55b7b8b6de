#include "engine/experiment/training_runner.h"

#include "engine/core/error.h"
#include "engine/data/sample.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/training_curve.h"

namespace bitstill {

DivergedTraining::DivergedTraining(const Spec& spec, long step) : Diverged{divergenceAdvice(spec, step)} { }

void TrainingRunner::next(double share, Text doing)
{
    m_done += m_share;
    m_share = share;
    m_doing = std::move(doing);
    m_context.progress(m_done, m_doing);
}

void TrainingRunner::stand(double done)
{
    m_done = done;
    m_share = 0;
}

void TrainingRunner::reached(double share) const { m_context.progress(m_done + m_share * share, m_doing); }

void TrainingRunner::stepped(bool epochEnds) { m_context.checkpoint(++m_steps, epochEnds); }

StepObserver TrainingRunner::watching(const StepObserver& each)
{
    return [this, &each](const StepReport& r) {
        ++m_steps;
        if (each && !each(r)) return false;
        reached(static_cast<double>(r.step) / static_cast<double>(r.steps));
        m_context.checkpoint(m_steps, r.epochEnds);
        return true;
    };
}

void TrainingRunner::requireFinite(const Graph& graph) const
{
    if (!allFinite(graph)) throw DivergedTraining(m_context.spec(), m_steps);
}

Logits TrainingRunner::checked(Logits logits) const
{
    if (m_training) requireFinite(*m_training);
    refuseNonsense(logits, m_context.spec());
    return logits;
}

void TrainingRunner::trainBy(const Graph& graph, const std::function<TrainOutcome()>& work)
{
    const struct Under {
        const Graph*& training;
        ~Under() { training = nullptr; }
    } under{m_training};
    m_training = &graph;
    const TrainOutcome outcome = work();
    if (outcome == TrainOutcome::Diverged) throw DivergedTraining(m_context.spec(), m_steps);
}

void TrainingRunner::train(Graph& graph, const TrainOptions& options, const StepObserver& each)
{
    trainBy(graph, [&] { return bitstill::train(graph, m_data, options, m_context.pool(), watching(each)); });
}

void TrainingRunner::trainPolling(Graph& graph, TrainOptions options, const StepObserver& each)
{
    options.atBarrier = [this] { m_context.pollLiveFields(m_steps); };
    train(graph, options, each);
}

void TrainingRunner::teach(Graph& student, const TrainOptions& options, const Teaching& teaching, const StepObserver& each)
{
    trainBy(student, [&] { return bitstill::teach(student, m_data, options, teaching, m_context.pool(), watching(each)); });
}

void TrainingRunner::trainDrawn(Graph& graph, const TrainOptions& options)
{
    TrainingCurve curve;
    train(graph, options, [&](const StepReport& r) {
        curve.add(r);
        if (!r.epochEnds && !m_context.wanted()) return true;
        m_drawn = {.id = "training",
            .title = text("Training in float"),
            .caption = text("Accuracy on the training batches, smoothed."),
            .description = text("Accuracy on the training batches against epochs."),
            .body = curve.curves(text("accuracy")),
            .place = Place::Bottom};
        m_context.show(m_drawn);
        return true;
    });
}

void TrainingRunner::repeat(const Figure& training, long steps)
{
    m_drawn = training;
    m_context.show(training);
    for (long i = 0; i < steps; ++i) m_context.checkpoint(++m_steps, false);
}

std::function<bool()> TrainingRunner::keepGoing() const
{
    return [this] { return !m_context.stopping(); };
}

Logits TrainingRunner::over(const Evaluated& network, const Samples& samples) const
{
    Logits logits = evaluate(network, m_data, samples, samples.count(), keepGoing());
    if (m_context.stopping()) throw Stopped{};
    return checked(std::move(logits));
}

Logits TrainingRunner::over(Pass& pass, const Samples& samples) const { return over(evaluated(pass), samples); }

Logits TrainingRunner::test(const Evaluated& network) const { return over(network, m_data.test); }

Logits TrainingRunner::test(Pass& pass) const { return over(pass, m_data.test); }

Samples TrainingRunner::testSample(std::size_t count) const { return sampleOf(m_data, m_data.test, count, m_context.spec().seed); }

Logits TrainingRunner::testPolling(Pass& pass) const
{
    return checked(evaluate(pass, m_data, m_data.test, m_data.test.count(), [this] {
        m_context.pollLiveFields(m_steps);
        return true;
    }));
}

Logits TrainingRunner::overTraining(Graph& graph) const
{
    Pass pass(graph, kEvaluationBatch, Pass::Mode::Inference, m_context.pool());
    return over(pass, m_data.train);
}

Logits TrainingRunner::test(Graph& graph) const
{
    Pass pass(graph, kEvaluationBatch, Pass::Mode::Inference, m_context.pool());
    return test(pass);
}

} // namespace bitstill
