#include "engine/nn/evaluate.h"

#include "engine/nn/loss.h"

#include <algorithm>

namespace bitstill {

Pass::Fill reading(const Dataset& data, const Samples& samples, std::size_t first)
{
    return [&data, &samples, first](const Shard& s, float* x) {
        for (int i = 0; i < s.rows; ++i)
            data.read(samples, first + static_cast<std::size_t>(s.first + i), x + static_cast<std::size_t>(i) * data.shape.size());
    };
}

Evaluated evaluated(Pass& pass)
{
    return {pass.batch(), [&pass](int rows, const Pass::Fill& fill) { return pass.forward(rows, fill); }};
}

Logits evaluate(Pass& pass, const Dataset& data, const Samples& samples, std::size_t count, const std::function<bool()>& keepGoing)
{
    return evaluate(evaluated(pass), data, samples, count, keepGoing);
}

Logits evaluate(
    const Evaluated& network, const Dataset& data, const Samples& samples, std::size_t count, const std::function<bool()>& keepGoing)
{
    Logits logits;
    logits.classes = static_cast<std::size_t>(data.classCount());
    count = std::min(count, samples.count());
    logits.values.resize(count * logits.classes);
    while (logits.count < count && (!keepGoing || keepGoing())) {
        const std::size_t rows = std::min(static_cast<std::size_t>(network.batch), count - logits.count);
        const float* out = network.forwardSamples ? network.forwardSamples(static_cast<int>(rows), data, samples, logits.count)
                                                  : network.forward(static_cast<int>(rows), reading(data, samples, logits.count));
        std::copy_n(out, rows * logits.classes, logits.values.data() + logits.count * logits.classes);
        logits.count += rows;
    }
    return logits;
}

std::vector<char> correctness(const Logits& logits, const Samples& samples)
{
    std::vector<char> correct(logits.count);
    for (std::size_t i = 0; i < logits.count; ++i)
        correct[i] = argmax(logits.row(i), logits.classes) == static_cast<std::size_t>(samples.labels[i]);
    return correct;
}

double accuracy(const Logits& logits, const Samples& samples)
{
    if (logits.count == 0) return 0;
    return static_cast<double>(countCorrect(logits.values.data(), samples.labels.data(), logits.count, logits.classes))
        / static_cast<double>(logits.count);
}

} // namespace bitstill
