#include "engine/kernels/batchnorm_pool.h"

#include "engine/core/for_this_cpu.h"

namespace bitstill::kernels {

namespace {

/// Calls at(window's first element, its place in the output, channel) for one row of windows; channels in blocks of a width that
/// the compiler knows, where they divide by it.
template <std::size_t Block, class At> BITSTILL_INLINE void overRow(std::size_t windows, std::size_t channels, const At& at)
{
    const std::size_t width = Block ? Block : channels;
    for (std::size_t w = 0; w < windows; ++w)
        for (std::size_t first = 0; first < channels; first += width)
            for (std::size_t c = first; c < first + width; ++c) at(2 * w * channels + c, w * channels + c, c);
}

template <class At> BITSTILL_INLINE void overRowInBlocks(std::size_t windows, std::size_t channels, const At& at)
{
    if (channels % 16 == 0) return overRow<16>(windows, channels, at);
    if (channels % 8 == 0) return overRow<8>(windows, channels, at);
    overRow<0>(windows, channels, at);
}

BITSTILL_INLINE void forwardRow(const float* __restrict above, const float* __restrict below, const float* __restrict scale,
    const float* __restrict shift, Activation act, std::size_t windows, std::size_t channels, float* __restrict y, float* __restrict chosen)
{
    overRowInBlocks(
        windows, channels, [&](std::size_t in, std::size_t out, std::size_t c) __attribute__((always_inline)) {
            const float x0 = above[in], x1 = above[in + channels], x2 = below[in], x3 = below[in + channels];
            const auto mapped = [&](float x) __attribute__((always_inline)) { return x * scale[c] + shift[c]; };
            const float y0 = mapped(x0), y1 = mapped(x1), y2 = mapped(x2), y3 = mapped(x3);
            const float top = y1 > y0 ? y1 : y0, topX = y1 > y0 ? x1 : x0;
            const float bottom = y3 > y2 ? y3 : y2, bottomX = y3 > y2 ? x3 : x2;
            float best = bottom > top ? bottom : top;
            chosen[out] = bottom > top ? bottomX : topX;
            best = best < act.low ? act.low : best;
            y[out] = best > act.high ? act.high : best;
        });
}

BITSTILL_INLINE void backwardRow(const float* __restrict above, const float* __restrict below, const float* __restrict chosen,
    const float* __restrict dy, const AffineGradient& g, Activation act, std::size_t windows, std::size_t channels,
    float* __restrict dxAbove, float* __restrict dxBelow)
{
    const float* __restrict scale = g.scale, * __restrict shift = g.shift, * __restrict a = g.a, * __restrict b = g.b, * __restrict d = g.d;
    overRowInBlocks(
        windows, channels, [&](std::size_t in, std::size_t out, std::size_t c) __attribute__((always_inline)) {
            const float x0 = above[in], x1 = above[in + channels], x2 = below[in], x3 = below[in + channels], x = chosen[out];
            const float y = x * scale[c] + shift[c];
            const float gradient = (y > act.low) & (y < act.high) ? a[c] * dy[out] : 0.0f;
            const bool is0 = x0 == x, is1 = (x1 == x) & !is0, is2 = (x2 == x) & !is0 & !is1, is3 = (x3 == x) & !is0 & !is1 & !is2;
            dxAbove[in] = b[c] * x0 + d[c] + (is0 ? gradient : 0.0f);
            dxAbove[in + channels] = b[c] * x1 + d[c] + (is1 ? gradient : 0.0f);
            dxBelow[in] = b[c] * x2 + d[c] + (is2 ? gradient : 0.0f);
            dxBelow[in + channels] = b[c] * x3 + d[c] + (is3 ? gradient : 0.0f);
        });
}

/// Calls row(place of the upper row of x, of the lower, of the row of windows) for all rows of windows of all samples.
template <class Row> void forEachRow(const PoolShape& s, int samples, const Row& row)
{
    const std::size_t in = static_cast<std::size_t>(s.inWidth) * static_cast<std::size_t>(s.channels);
    const std::size_t out = static_cast<std::size_t>(s.outWidth) * static_cast<std::size_t>(s.channels);
    const std::size_t rows = static_cast<std::size_t>(samples) * static_cast<std::size_t>(s.outHeight);
    for (std::size_t r = 0; r < rows; ++r) row(2 * r * in, (2 * r + 1) * in, r * out);
}

} // namespace

bool canPool(const PoolShape& s)
{
    return s.kernelHeight == 2 && s.kernelWidth == 2 && s.strideHeight == 2 && s.strideWidth == 2 && s.inHeight == 2 * s.outHeight
        && s.inWidth == 2 * s.outWidth;
}

void affineMaxPool(
    const PoolShape& s, int samples, const float* x, const float* scale, const float* shift, Activation activation, float* y, float* chosen)
{
    const auto windows = static_cast<std::size_t>(s.outWidth), channels = static_cast<std::size_t>(s.channels);
    forEachRow(s, samples, [&](std::size_t above, std::size_t below, std::size_t out) {
        forThisCpu<forwardRow>(x + above, x + below, scale, shift, activation, windows, channels, y + out, chosen + out);
    });
}

void backwardAffineMaxPool(const PoolShape& s, int samples, const float* x, const float* chosen, const float* dy, const AffineGradient& g,
    Activation activation, float* dx)
{
    const auto windows = static_cast<std::size_t>(s.outWidth), channels = static_cast<std::size_t>(s.channels);
    forEachRow(s, samples, [&](std::size_t above, std::size_t below, std::size_t out) {
        forThisCpu<backwardRow>(x + above, x + below, chosen + out, dy + out, g, activation, windows, channels, dx + above, dx + below);
    });
}

} // namespace bitstill::kernels
