#include "engine/nn/trainer.h"

#include "engine/core/rng.h"
#include "engine/nn/loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitstill {

TrainOutcome train(Graph& graph, const Dataset& data, const TrainOptions& options, ThreadPool& pool, const StepObserver& observer)
{
    const std::size_t all = options.subset.empty() ? data.train.count() : options.subset.size();
    const int count = static_cast<int>(all);
    const int batch = std::min(options.batch, count);
    const long stepsPerEpoch = (count + batch - 1) / batch;
    StepReport report{.steps = stepsPerEpoch * options.epochs};
    Pass pass(graph, batch, Pass::Mode::Training, pool);
    Optimizer optimizer(graph, options.optimizer);
    const auto classes = static_cast<std::size_t>(data.classCount());
    std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
    std::vector<std::int32_t> labels(static_cast<std::size_t>(batch));
    std::vector<std::size_t> correct(static_cast<std::size_t>(batch)); // by shard

    for (; report.epoch < options.epochs; ++report.epoch) {
        if (options.subset.empty())
            std::iota(order.begin(), order.end(), 0u);
        else
            order = options.subset;
        Rng(options.seed, "shuffle", static_cast<std::uint64_t>(report.epoch)).shuffle(order);
        for (int first = 0; first < count; first += batch) {
            const int rows = std::min(batch, count - first);
            const std::uint32_t* chosen = order.data() + first;
            const Pass::Fill fill = [&](const Shard& s, float* x) {
                data.gather(data.train, chosen + s.first, static_cast<std::size_t>(s.rows), x);
                for (int i = s.first; i < s.first + s.rows; ++i) labels[static_cast<std::size_t>(i)] = data.train.labels[chosen[i]];
            };
            const Pass::Loss loss = [&](const Shard& s, const float* logits, float* dLogits) {
                correct[static_cast<std::size_t>(s.index)] =
                    countCorrect(logits, labels.data() + s.first, static_cast<std::size_t>(s.rows), classes);
                if (options.loss) {
                    double total = 0;
                    for (std::size_t i = 0; i < static_cast<std::size_t>(s.rows); ++i)
                        total += options.loss(
                            chosen[static_cast<std::size_t>(s.first) + i], logits + i * classes, classes, dLogits + i * classes);
                    for (std::size_t i = 0; i < static_cast<std::size_t>(s.rows) * classes; ++i) dLogits[i] /= static_cast<float>(rows);
                    return total;
                }
                return softmaxCrossEntropy(
                    logits, labels.data() + s.first, static_cast<std::size_t>(s.rows), classes, 1.0f / static_cast<float>(rows), dLogits);
            };
            std::fill(correct.begin(), correct.end(), 0u);
            report.learningRate = options.schedule.at(report.step, report.steps);
            optimizer.beginStep(report.learningRate);
            report.loss =
                pass.step(rows, fill, loss, [&](Parameter& p, std::size_t b, std::size_t e) { optimizer.update(p, b, e); }) / rows;
            if (!std::isfinite(report.loss)) return TrainOutcome::Diverged;
            report.accuracy = static_cast<double>(std::accumulate(correct.begin(), correct.end(), std::size_t{0})) / rows;
            ++report.step;
            report.epochEnds = first + rows == count;
            if (!observer(report)) return TrainOutcome::Stopped;
        }
    }
    return TrainOutcome::Finished;
}

} // namespace bitstill
