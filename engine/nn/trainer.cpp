#include "engine/nn/trainer.h"

#include "engine/core/rng.h"
#include "engine/kernels/elementwise.h"
#include "engine/nn/loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitstill {

namespace {

std::vector<const Tensor*> stateOf(const Graph& graph)
{
    std::vector<const Tensor*> tensors;
    for (const auto& [name, tensor] : graph.state()) tensors.push_back(tensor);
    return tensors;
}

bool allFinite(const std::vector<const Tensor*>& tensors)
{
    return std::all_of(tensors.begin(), tensors.end(), [](const Tensor* t) { return kernels::allFinite(t->data(), t->size()); });
}

} // namespace

Pace paceOf(const TrainOptions& o) { return {.epochs = o.epochs, .optimizer = o.optimizer, .schedule = o.schedule}; }

bool allFinite(const Graph& graph) { return allFinite(stateOf(graph)); }

Trainer::Trainer(Graph& graph, const Dataset& data, const TrainOptions& options, ThreadPool& pool) :
    m_data(data), m_options(options), m_count(static_cast<int>(options.subset.empty() ? data.train.count() : options.subset.size())),
    m_batchSize(std::min(options.batch, m_count)), m_pass(graph, m_batchSize, Pass::Mode::Training, pool),
    m_optimizer(graph, options.optimizer), m_state(stateOf(graph)), m_order(static_cast<std::size_t>(m_count)),
    m_labels(static_cast<std::size_t>(m_batchSize)), m_correct(static_cast<std::size_t>(m_batchSize))
{
    setEpochs(options.epochs);
    if (!m_options.inner.nodes.empty())
        m_pass.setTaps(m_options.inner.nodes, [this](int, std::span<const float* const> outputs, std::span<float* const> gradients) {
            return m_options.inner.loss(batch(), outputs, gradients);
        });
    m_pass.setAtBarrier(m_options.atBarrier);
    shuffle();
}

void Trainer::setEpochs(int epochs)
{
    const long perEpoch = (m_count + m_batchSize - 1) / m_batchSize;
    m_report.epochs = std::max(epochs, m_epoch);
    m_report.steps = perEpoch * m_report.epochs;
}

void Trainer::takePace()
{
    if (!m_report.epochEnds || !m_options.pace) return;
    const Pace pace = m_options.pace();
    m_options.schedule = pace.schedule;
    m_optimizer.setNumbers(pace.optimizer);
    setEpochs(pace.epochs);
}

void Trainer::shuffle()
{
    if (m_options.subset.empty())
        std::iota(m_order.begin(), m_order.end(), 0u);
    else
        m_order = m_options.subset;
    Rng(m_options.seed, "shuffle", static_cast<std::uint64_t>(m_epoch)).shuffle(m_order);
}

std::span<const std::uint32_t> Trainer::batch() const
{
    return {m_order.data() + m_first, static_cast<std::size_t>(std::min(m_batchSize, m_count - m_first))};
}

double Trainer::shardLoss(const Shard& s, const float* logits, float* dLogits)
{
    const auto classes = static_cast<std::size_t>(m_data.classCount()), shardRows = static_cast<std::size_t>(s.rows);
    const std::span<const std::uint32_t> samples = batch();
    const std::int32_t* labels = m_labels.data() + s.first;
    const float weight = 1.0f / static_cast<float>(samples.size());
    m_correct[static_cast<std::size_t>(s.index)] = countCorrect(logits, labels, shardRows, classes);
    if (!m_options.loss) return softmaxCrossEntropy(logits, labels, shardRows, classes, weight, dLogits);
    double total = 0;
    for (std::size_t i = 0; i < shardRows; ++i)
        total += m_options.loss(samples[static_cast<std::size_t>(s.first) + i], logits + i * classes, classes, dLogits + i * classes);
    for (std::size_t i = 0; i < shardRows * classes; ++i) dLogits[i] *= weight;
    return total;
}

bool Trainer::step()
{
    const std::span<const std::uint32_t> samples = batch();
    const int rows = static_cast<int>(samples.size());
    m_report.epoch = m_epoch;
    m_report.learningRate = m_options.schedule.at(m_report.step, m_report.steps);
    std::fill(m_correct.begin(), m_correct.end(), 0u);
    m_optimizer.beginStep(m_report.learningRate);
    m_report.loss = m_pass.step(
                        rows,
                        [&](const Shard& s, float* x) {
                            const std::uint32_t* chosen = samples.data() + s.first;
                            m_data.gather(m_data.train, chosen, static_cast<std::size_t>(s.rows), x);
                            for (int i = 0; i < s.rows; ++i)
                                m_labels[static_cast<std::size_t>(s.first + i)] = m_data.train.labels[chosen[i]];
                        },
                        [this](const Shard& s, const float* logits, float* dLogits) { return shardLoss(s, logits, dLogits); },
                        [this](Parameter& p, std::size_t begin, std::size_t end) { m_optimizer.update(p, begin, end); })
        / rows;
    if (!std::isfinite(m_report.loss)) return false;
    m_report.accuracy = static_cast<double>(std::accumulate(m_correct.begin(), m_correct.end(), std::size_t{0})) / rows;
    ++m_report.step;
    m_first += rows;
    m_report.epochEnds = m_first == m_count;
    if (m_report.epochEnds) {
        if (!allFinite(m_state)) return false;
        m_first = 0;
        ++m_epoch;
        shuffle();
    }
    return true;
}

TrainOutcome train(Graph& graph, const Dataset& data, const TrainOptions& options, ThreadPool& pool, const StepObserver& observer)
{
    Trainer trainer(graph, data, options, pool);
    while (!trainer.isDone()) {
        if (!trainer.step()) return TrainOutcome::Diverged;
        if (!observer(trainer.report())) return TrainOutcome::Stopped;
        trainer.takePace();
    }
    return TrainOutcome::Finished;
}

} // namespace bitstill
