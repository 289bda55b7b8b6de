// A number format for weights. To engine/quant/formats/, and to the table in engine/quant/registry.cpp:
//     formatPowerOfTwo(),
// Its declaration goes to engine/quant/number_format.h. Every test of formats, `quantize --format` and the field quant.format find it
// there.

#include "examples/templates/templates.h"

#include <cmath>

namespace bitstill {

// The sign and a power of two: multiplications become shifts (as in Zhou et al. 2017, INQ, without its zero).
NumberFormat formatPowerOfTwo()
{
    return {.name = "pow2",
        .description = "sign and exponent alone: the nearest power of two",
        .block = 1,
        .bitsPerWeight = 9,
        .bitsPerScale = 0,
        .worstError = 1.0 / 3, // of 1.5, halfway between 1 and 2
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            for (std::size_t i = 0; i < n; ++i) {
                int exponent = 0;
                const float half = std::frexp(std::abs(x[i]), &exponent); // in [0.5, 1), or 0
                y[i] = x[i] == 0 ? 0.0f : std::copysign(std::ldexp(1.0f, half < 0.75f ? exponent - 1 : exponent), x[i]);
            }
        }};
}

} // namespace bitstill
