#pragma once

#include <functional>
#include <vector>

namespace bitstill {

/// A rounding y(x) as a line to draw, with its error y − x: constant between its jumps, and two points at each of them, so that the
/// error reaches what it reaches. `inColumns`: there are more jumps than can be drawn, and of each of many columns only the smallest and
/// the largest error stand here; single samples would show a wave that is not there.
struct Stairs {
    std::vector<double> x, y, error;
    bool inColumns = false;
};

/// `rounded` gives y for many x at once, each for itself. At most 1,000 points.
Stairs stairsOf(float low, float high, const std::function<std::vector<float>(const std::vector<float>&)>& rounded);

} // namespace bitstill
