#include "engine/quant/formats/minifloat.h"
#include "engine/quant/number_format.h"

namespace bitstill {

// bfloat16: the exponent of float32, so nothing overflows.
NumberFormat formatBf16()
{
    return {.name = "bf16",
        .description = text("float32 with the mantissa cut to 7 bits"),
        .block = 1,
        .bitsPerWeight = 16,
        .bitsPerScale = 0,
        .worstError = 0x1p-8,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            constexpr Minifloat kFormat{7, -126, 0x1.fep127};
            for (std::size_t i = 0; i < n; ++i) y[i] = kFormat.nearest(x[i]);
        }};
}

} // namespace bitstill
