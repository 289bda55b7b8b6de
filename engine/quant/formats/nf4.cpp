#include "engine/quant/formats/blocks.h"
#include "engine/quant/number_format.h"

namespace bitstill {

namespace {

constexpr std::size_t kBlock = 64;

} // namespace

// NormalFloat (Dettmers et al. 2023, QLoRA): quantiles of the normal distribution, scaled to the largest magnitude of 64 weights.
NumberFormat formatNf4()
{
    return {.name = "nf4",
        .description = text("16 levels at the quantiles of a normal distribution, a float scale for 64 weights"),
        .block = kBlock,
        .bitsPerWeight = 4,
        .bitsPerScale = 32,
        .worstError = 0.1521,
        .roundTrip = [](const float* x, std::size_t n, float* y) {
            static constexpr float kLevels[] = {-1.0f, -0.6961928f, -0.52507305f, -0.39491749f, -0.28444138f, -0.18477343f, -0.09105004f,
                0.0f, 0.0795803f, 0.1609302f, 0.2461123f, 0.33791524f, 0.44070983f, 0.562617f, 0.72295684f, 1.0f};
            forEachBlock(x, n, kBlock, y, [](const float* b, std::size_t count, float* out) {
                const float scale = std::abs(extreme(b, count));
                for (std::size_t i = 0; i < count; ++i) out[i] = scale > 0 ? nearestOf(kLevels, b[i] / scale) * scale : 0;
            });
        }};
}

} // namespace bitstill
