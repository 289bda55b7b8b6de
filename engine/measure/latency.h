#pragma once

#include "engine/nn/evaluate.h"

namespace bitstill {

/// Median seconds of one call, over at least five rounds that together take `seconds` of wall time, after a warm-up.
double medianSeconds(double seconds, const std::function<void()>& work);

/// The same for a network that runs its whole batch, each row the same sample; in microseconds.
double latencyMicroseconds(double seconds, const Evaluated& network, const std::vector<float>& sample);

} // namespace bitstill
