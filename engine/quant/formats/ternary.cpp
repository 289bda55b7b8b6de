#include "engine/quant/number_format.h"

#include <cmath>

namespace bitstill {

// Ternary weight networks (Li et al. 2016): 0 up to 0.7 of the mean magnitude, beyond it ± the mean of what is beyond.
NumberFormat formatTernary()
{
    return {.name = "ternary",
        .description = text("−a, 0 or a: five weights in a byte, one scale for the tensor"),
        .block = 0,
        .bitsPerWeight = 1.6,
        .bitsPerScale = 32,
        .worstError = 0,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            double sum = 0, beyond = 0, count = 0;
            for (std::size_t i = 0; i < n; ++i) sum += std::abs(static_cast<double>(x[i]));
            const double threshold = n > 0 ? 0.7 * sum / static_cast<double>(n) : 0;
            for (std::size_t i = 0; i < n; ++i) {
                if (std::abs(static_cast<double>(x[i])) <= threshold) continue;
                beyond += std::abs(static_cast<double>(x[i]));
                ++count;
            }
            const auto a = static_cast<float>(count > 0 ? beyond / count : 0);
            for (std::size_t i = 0; i < n; ++i) y[i] = std::abs(static_cast<double>(x[i])) > threshold ? std::copysign(a, x[i]) : 0;
        }};
}

} // namespace bitstill
