#pragma once

#include <cstddef>
#include <vector>

namespace bitstill {

/// How many values are in each of `bins` equal bins over [low, high]; what is at an edge is in the bin above it, at `high` in the last.
std::vector<std::size_t> histogramCounts(const float* values, std::size_t n, double low, double high, std::size_t bins);

} // namespace bitstill
