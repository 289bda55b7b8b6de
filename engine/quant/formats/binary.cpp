#include "engine/quant/number_format.h"

#include <cmath>

namespace bitstill {

// XNOR-Net (Rastegari et al. 2016): the sign, times the mean magnitude. Zero counts as positive.
NumberFormat formatBinary()
{
    return {.name = "binary",
        .description = text("−a or a: one bit, one scale for the tensor"),
        .block = 0,
        .bitsPerWeight = 1,
        .bitsPerScale = 32,
        .worstError = 0,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            double sum = 0;
            for (std::size_t i = 0; i < n; ++i) sum += std::abs(static_cast<double>(x[i]));
            const auto a = static_cast<float>(n > 0 ? sum / static_cast<double>(n) : 0);
            for (std::size_t i = 0; i < n; ++i) y[i] = x[i] < 0 ? -a : a;
        }};
}

} // namespace bitstill
