#include "engine/quant/formats/blocks.h"
#include "engine/quant/number_format.h"

namespace bitstill {

namespace {

constexpr std::size_t kBlock = 32;

} // namespace

// ggml's Q4_0: the value of largest magnitude becomes code −8, so the other sign reaches only 7 steps; halves round up. Scales
// beyond half precision as in Q8_0.
NumberFormat formatQ4()
{
    return {.name = "q4_0",
        .description = text("4-bit integers −8...7, a half-precision scale for 32 weights"),
        .block = kBlock,
        .bitsPerWeight = 4,
        .bitsPerScale = 16,
        .worstError = 0.125 + 0x1p-11,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            forEachBlock(x, n, kBlock, y, [](const float* b, std::size_t count, float* out) {
                const BlockScale s = halfScale(extreme(b, count) / -8);
                for (std::size_t i = 0; i < count; ++i)
                    out[i] = (std::clamp(std::floor(b[i] * s.inverse + 8.5f), 0.0f, 15.0f) - 8) * s.stored;
            });
        }};
}

} // namespace bitstill
