#include "engine/measure/histogram.h"

#include <algorithm>

namespace bitstill {

std::vector<std::size_t> histogramCounts(const float* values, std::size_t n, double low, double high, std::size_t bins)
{
    std::vector<std::size_t> counts(bins, 0);
    const double perUnit = high > low ? static_cast<double>(bins) / (high - low) : 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double v = static_cast<double>(values[i]);
        if (!(v >= low && v <= high)) continue;
        ++counts[std::min(static_cast<std::size_t>((v - low) * perUnit), bins - 1)];
    }
    return counts;
}

} // namespace bitstill
