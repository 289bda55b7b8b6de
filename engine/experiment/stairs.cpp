#include "engine/experiment/stairs.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr std::size_t kSamples = 16384, kMostJumps = 450, kColumns = 400;

void add(Stairs& s, float x, float y)
{
    s.x.push_back(static_cast<double>(x));
    s.y.push_back(static_cast<double>(y));
    s.error.push_back(s.y.back() - s.x.back());
}

Stairs columnsOf(const std::vector<float>& x, const std::vector<float>& y)
{
    Stairs s;
    s.inColumns = true;
    for (std::size_t c = 0; c < kColumns; ++c) {
        const std::size_t first = c * x.size() / kColumns, end = (c + 1) * x.size() / kColumns;
        std::size_t least = first, most = first;
        for (std::size_t i = first; i < end; ++i) {
            if (y[i] - x[i] < y[least] - x[least]) least = i;
            if (y[i] - x[i] > y[most] - x[most]) most = i;
        }
        for (const std::size_t i : {std::min(least, most), std::max(least, most)}) add(s, x[i], y[i]);
    }
    return s;
}

} // namespace

Stairs stairsOf(float low, float high, const std::function<std::vector<float>(const std::vector<float>&)>& rounded)
{
    std::vector<float> x(kSamples);
    for (std::size_t i = 0; i < kSamples; ++i) x[i] = low + (high - low) * (static_cast<float>(i) / static_cast<float>(kSamples - 1));
    const std::vector<float> y = rounded(x);
    std::vector<std::size_t> jumps;
    for (std::size_t i = 1; i < kSamples; ++i)
        if (y[i] != y[i - 1]) jumps.push_back(i);
    if (jumps.size() > kMostJumps) return columnsOf(x, y);

    // Between two samples each, to where a pixel of the widest screen would not tell the difference.
    std::vector<float> below, above, middle(jumps.size());
    for (const std::size_t i : jumps) {
        below.push_back(x[i - 1]);
        above.push_back(x[i]);
    }
    for (int round = 0; round < 8; ++round) {
        for (std::size_t k = 0; k < jumps.size(); ++k) middle[k] = below[k] + (above[k] - below[k]) / 2;
        const std::vector<float> at = rounded(middle);
        for (std::size_t k = 0; k < jumps.size(); ++k) (at[k] == y[jumps[k] - 1] ? below : above)[k] = middle[k];
    }
    Stairs s;
    add(s, x.front(), y.front());
    for (std::size_t k = 0; k < jumps.size(); ++k) {
        add(s, above[k], y[jumps[k] - 1]);
        add(s, above[k], y[jumps[k]]);
    }
    add(s, x.back(), y.back());
    return s;
}

} // namespace bitstill
