#include "engine/quant/formats/blocks.h"
#include "engine/quant/number_format.h"

namespace bitstill {

namespace {

constexpr std::size_t kBlock = 32;

} // namespace

// OCP Microscaling 1.0: E2M1 elements, and for 32 of them a power of two, 2^(floor(log2 max) − 2).
NumberFormat formatMxfp4()
{
    return {.name = "mxfp4",
        .description = text("4-bit floats (0, 0.5, 1, 1.5, 2, 3, 4, 6), a power of two for 32 weights"),
        .block = kBlock,
        .bitsPerWeight = 4,
        .bitsPerScale = 8,
        .worstError = 0.25,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            static constexpr float kLevels[] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
            forEachBlock(x, n, kBlock, y, [](const float* b, std::size_t count, float* out) {
                const float largest = std::abs(extreme(b, count));
                const float scale = largest > 0 ? std::ldexp(1.0f, std::max(std::ilogb(largest) - 2, -127)) : 1;
                for (std::size_t i = 0; i < count; ++i) out[i] = std::copysign(nearestOf(kLevels, std::abs(b[i]) / scale) * scale, b[i]);
            });
        }};
}

} // namespace bitstill
