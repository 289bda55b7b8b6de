#pragma once

#include <functional>

namespace bitstill {

/// Median seconds of one call, over at least five rounds that together take `seconds` of wall time, after a warm-up.
double medianSeconds(double seconds, const std::function<void()>& work);

} // namespace bitstill
