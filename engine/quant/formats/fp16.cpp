#include "engine/quant/formats/minifloat.h"
#include "engine/quant/number_format.h"

namespace bitstill {

// IEEE 754 binary16; what is larger than 65,504 becomes 65,504.
NumberFormat formatFp16()
{
    return {.name = "fp16",
        .description = text("half precision: 5 bits of exponent, 10 of mantissa"),
        .block = 1,
        .bitsPerWeight = 16,
        .bitsPerScale = 0,
        .worstError = 0x1p-11,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            constexpr Minifloat kFormat{10, -14, 65504};
            for (std::size_t i = 0; i < n; ++i) y[i] = kFormat.nearest(x[i]);
        }};
}

} // namespace bitstill
