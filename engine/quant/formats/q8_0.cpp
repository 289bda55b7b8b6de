#include "engine/quant/formats/blocks.h"
#include "engine/quant/number_format.h"

namespace bitstill {

namespace {

constexpr std::size_t kBlock = 32;

} // namespace

// ggml's Q8_0: codes round(x·127/max), ties away from zero; the scale is kept in half precision after the codes were chosen. Like
// ggml a block is 0 where its scale is less than half precision has; where it is more, ggml writes infinity, this the largest half.
NumberFormat formatQ8()
{
    return {.name = "q8_0",
        .description = text("8-bit integers, a half-precision scale for 32 weights"),
        .block = kBlock,
        .bitsPerWeight = 8,
        .bitsPerScale = 16,
        .worstError = 0.5 / 127 + 0x1p-11,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            forEachBlock(x, n, kBlock, y, [](const float* b, std::size_t count, float* out) {
                const BlockScale s = halfScale(extreme(b, count) / 127);
                for (std::size_t i = 0; i < count; ++i) out[i] = std::clamp(std::round(b[i] * s.inverse), -127.0f, 127.0f) * s.stored;
            });
        }};
}

} // namespace bitstill
