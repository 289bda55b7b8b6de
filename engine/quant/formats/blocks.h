#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace bitstill {

/// The value of largest magnitude, with its sign; the first of equals.
inline float extreme(const float* x, std::size_t n)
{
    float best = 0;
    for (std::size_t i = 0; i < n; ++i)
        if (std::abs(x[i]) > std::abs(best)) best = x[i];
    return best;
}

/// Calls body(block, its length, where its result goes) for each block of `size` values.
template <class Body> void forEachBlock(const float* x, std::size_t n, std::size_t size, float* y, const Body& body)
{
    for (std::size_t first = 0; first < n; first += size) body(x + first, std::min(size, n - first), y + first);
}

/// The number of a short sorted table that is nearest to v; the smaller one of two equally near.
template <std::size_t N> float nearestOf(const float (&table)[N], float v)
{
    float best = table[0];
    for (const float t : table)
        if (std::abs(t - v) < std::abs(best - v)) best = t;
    return best;
}

} // namespace bitstill
