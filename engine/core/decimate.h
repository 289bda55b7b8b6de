#pragma once

#include <cstddef>
#include <vector>

namespace bitstill {

struct Points {
    std::vector<double> x;
    std::vector<double> y;
};

/// Keeps the shape of a long curve in at most `limit` points (limit >= 4): of each of limit/2 equal runs
/// the smallest and the largest value, in order; first and last point stay. Short curves come back as they are.
Points decimate(const std::vector<double>& x, const std::vector<double>& y, std::size_t limit = 1000);

} // namespace bitstill
