#include "engine/quant/formats/minifloat.h"
#include "engine/quant/number_format.h"

namespace bitstill {

// Micikevicius et al. 2022 (arXiv 2209.05433): half precision with 2 bits of mantissa; no scale.
NumberFormat formatFp8E5m2()
{
    return {.name = "fp8-e5m2",
        .description = text("8 bits: 5 of exponent, 2 of mantissa, up to 57,344"),
        .block = 1,
        .bitsPerWeight = 8,
        .bitsPerScale = 0,
        .worstError = 0x1p-3,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            constexpr Minifloat kFormat{2, -14, 57344};
            for (std::size_t i = 0; i < n; ++i) y[i] = kFormat.nearest(x[i]);
        }};
}

} // namespace bitstill
