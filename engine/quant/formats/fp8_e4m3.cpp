#include "engine/quant/formats/minifloat.h"
#include "engine/quant/number_format.h"

namespace bitstill {

// Micikevicius et al. 2022 (arXiv 2209.05433): bias 7, no infinities, largest 448; no scale.
NumberFormat formatFp8E4m3()
{
    return {.name = "fp8-e4m3",
        .description = text("8 bits: 4 of exponent, 3 of mantissa, up to 448"),
        .block = 1,
        .bitsPerWeight = 8,
        .bitsPerScale = 0,
        .worstError = 0x1p-4,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            constexpr Minifloat kFormat{3, -6, 448};
            for (std::size_t i = 0; i < n; ++i) y[i] = kFormat.nearest(x[i]);
        }};
}

} // namespace bitstill
