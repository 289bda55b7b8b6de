#pragma once

#include "engine/core/thread_pool.h"
#include "engine/data/dataset.h"
#include "engine/nn/evaluate.h"
#include "engine/quant/quantized_network.h"

namespace bitstill {

/// How long networks take for a batch of the first test sample, on one thread of their own, in µs.
class Stopwatch {
public:
    /// Each measurement goes on for so many seconds.
    Stopwatch(const Dataset& data, double seconds);

    double of(Graph& graph, int batch);
    /// In real integers.
    double of(const QuantizedNetwork& network, int batch);

private:
    double of(const Evaluated& network) const;

    double m_seconds;
    std::vector<float> m_sample;
    ThreadPool m_alone{1};
};

} // namespace bitstill
