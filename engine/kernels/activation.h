#pragma once

#include <limits>

namespace bitstill {

/// relu, relu6 and "none" are one thing: y = min(max(x, low), high); the gradient passes where low < y < high.
struct Activation {
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();

    static Activation relu() { return {0, std::numeric_limits<float>::infinity()}; }
    static Activation relu6() { return {0, 6}; }
    bool operator==(const Activation&) const = default;
};

} // namespace bitstill
