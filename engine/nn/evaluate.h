#pragma once

#include "engine/data/dataset.h"
#include "engine/nn/pass.h"

namespace bitstill {

/// Logits of the first `count` samples, row-major [count, classes], in order.
struct Logits {
    std::vector<float> values;
    std::size_t count = 0;
    std::size_t classes = 0;

    const float* row(std::size_t i) const { return values.data() + i * classes; }
};

/// Something that turns up to `batch` samples into logits (see Pass::forward).
struct Evaluated {
    int batch;
    std::function<const float*(int rows, const Pass::Fill& fill)> forward;
    /// The same of samples first ... first + rows − 1; empty when it only takes floats.
    std::function<const float*(int rows, const Dataset& data, const Samples& samples, std::size_t first)> forwardSamples{};
};
Evaluated evaluated(Pass& pass);

/// Reads the samples from `first` on, in order; `data` and `samples` must outlive it.
Pass::Fill reading(const Dataset& data, const Samples& samples, std::size_t first = 0);

/// Runs samples [0, count) through the network, a batch at a time. `keepGoing` is asked before each batch; when it says
/// no, the logits so far come back (count tells how many).
Logits evaluate(
    const Evaluated& network, const Dataset& data, const Samples& samples, std::size_t count, const std::function<bool()>& keepGoing = {});
Logits evaluate(Pass& pass, const Dataset& data, const Samples& samples, std::size_t count, const std::function<bool()>& keepGoing = {});

/// Which samples have their largest logit at the label.
std::vector<char> correctness(const Logits& logits, const Samples& samples);
/// Share of correct ones.
double accuracy(const Logits& logits, const Samples& samples);

} // namespace bitstill
