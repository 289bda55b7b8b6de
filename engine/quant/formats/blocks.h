#pragma once

#include "engine/quant/formats/minifloat.h"

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

/// A block's scale in half precision, and what its values are multiplied with for their codes: 1/scale before that rounding, as
/// ggml does it. Both 0 where half precision has only 0 for the scale; a scale beyond its largest number becomes that.
struct BlockScale {
    float inverse = 0, stored = 0;
};
inline BlockScale halfScale(float scale)
{
    const auto largest = static_cast<float>(kHalf.largest), stored = kHalf.nearest(scale);
    if (stored == 0) return {};
    return {1 / std::clamp(scale, -largest, largest), stored};
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
