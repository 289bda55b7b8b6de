#include "engine/core/decimate.h"

#include <algorithm>
#include <cassert>

namespace bitstill {

Points decimate(const std::vector<double>& x, const std::vector<double>& y, std::size_t limit)
{
    assert(x.size() == y.size() && limit >= 4);
    const std::size_t n = x.size();
    if (n <= limit) return {x, y};
    Points out;
    const auto keep = [&](std::size_t i) {
        out.x.push_back(x[i]);
        out.y.push_back(y[i]);
    };
    keep(0);
    const std::size_t runs = (limit - 2) / 2;
    for (std::size_t r = 0; r < runs; ++r) {
        const std::size_t begin = 1 + r * (n - 2) / runs;
        const std::size_t end = 1 + (r + 1) * (n - 2) / runs;
        std::size_t low = begin, high = begin;
        for (std::size_t i = begin; i < end; ++i) {
            if (y[i] < y[low]) low = i;
            if (y[i] > y[high]) high = i;
        }
        keep(std::min(low, high));
        if (low != high) keep(std::max(low, high));
    }
    keep(n - 1);
    return out;
}

} // namespace bitstill
