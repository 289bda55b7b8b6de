#include "engine/quant/formats/blocks.h"
#include "engine/quant/formats/minifloat.h"
#include "engine/quant/number_format.h"

namespace bitstill {

namespace {

constexpr std::size_t kBlock = 32;

} // namespace

// ggml's Q4_0: the value of largest magnitude becomes code −8, so the other sign reaches only 7 steps; halves round up.
NumberFormat formatQ4()
{
    return {.name = "q4_0",
        .description = "4-bit integers −8...7, a half-precision scale for 32 weights",
        .block = kBlock,
        .bitsPerWeight = 4,
        .bitsPerScale = 16,
        .worstError = 0.125 + 0x1p-11,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            forEachBlock(x, n, kBlock, y, [](const float* b, std::size_t count, float* out) {
                const float scale = extreme(b, count) / -8, inverse = scale != 0 ? 1 / scale : 0, stored = kHalf.nearest(scale);
                for (std::size_t i = 0; i < count; ++i) out[i] = (std::min(15.0f, std::floor(b[i] * inverse + 8.5f)) - 8) * stored;
            });
        }};
}

} // namespace bitstill
