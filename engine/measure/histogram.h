#pragma once

#include <cstddef>
#include <vector>

namespace bitstill {

/// Share of all values in each of `bins` equal bins over [low, high]; values outside are counted in the total alone.
std::vector<double> histogramShares(const float* values, std::size_t n, double low, double high, std::size_t bins);

} // namespace bitstill
