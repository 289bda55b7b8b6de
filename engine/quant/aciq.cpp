#include "engine/quant/aciq.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bitstill {

AciqClips aciqClips(const float* x, std::size_t n, int bits)
{
    assert(n > 0 && bits >= 2 && bits <= 8);
    constexpr double kNormal[] = {1.24, 1.71, 2.15, 2.55, 2.93, 3.28, 3.61, 3.92, 4.20}; // 1...9 bits
    constexpr double kLaplace[] = {1.86, 2.83, 3.89, 5.03, 6.20, 7.41, 8.64, 9.89, 11.16};
    double mean = 0, square = 0, absolute = 0;
    for (std::size_t i = 0; i < n; ++i) mean += static_cast<double>(x[i]) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) {
        const double d = static_cast<double>(x[i]) - mean;
        square += d * d / static_cast<double>(n);
        absolute += std::abs(d) / static_cast<double>(n);
    }
    const auto [low, high] = std::minmax_element(x, x + n);
    const bool oneSided = *low >= 0 || *high <= 0;
    const std::size_t row = static_cast<std::size_t>(bits) - 1 + (oneSided ? 1 : 0);
    return {std::abs(mean) + kNormal[row] * std::sqrt(square), std::abs(mean) + kLaplace[row] * absolute};
}

} // namespace bitstill
