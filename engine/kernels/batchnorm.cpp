#include "engine/kernels/batchnorm.h"

#include "engine/core/for_this_cpu.h"

#include <algorithm>
#include <type_traits>

namespace bitstill::kernels {

namespace {

/// Channels handled at a time, so that the sums live in registers and on the stack; narrower, and the rows of wide maps would be read
/// in pieces too small for the prefetcher.
constexpr std::size_t kBlock = 64;

/// Calls rows(n) with a width that the compiler knows, where it is one of the usual ones.
template <class Rows> BITSTILL_INLINE void withWidth(std::size_t width, const Rows& rows)
{
    using std::integral_constant;
    if (width == 64) return rows(integral_constant<std::size_t, 64>{});
    if (width == 32) return rows(integral_constant<std::size_t, 32>{});
    if (width == 16) return rows(integral_constant<std::size_t, 16>{});
    rows(width);
}

/// Rows whose sums are taken in float before they go into a double.
std::size_t chunkRows(std::size_t channels) { return std::max<std::size_t>(8, 4096 / std::max<std::size_t>(channels, 1)); }

BITSTILL_INLINE void blockSum(const float* x, std::size_t rows, std::size_t stride, std::size_t width, float* sums)
{
    float s[kBlock] = {};
    withWidth(
        width, [&](auto n) __attribute__((always_inline)) {
            for (std::size_t r = 0; r < rows; ++r, x += stride)
                for (std::size_t c = 0; c < n; ++c) s[c] += x[c];
        });
    for (std::size_t c = 0; c < width; ++c) sums[c] = s[c];
}

BITSTILL_INLINE void blockDeviation(const float* x, std::size_t rows, std::size_t stride, std::size_t width, const float* mean, float* sums)
{
    float s[kBlock] = {};
    float m[kBlock] = {};
    for (std::size_t c = 0; c < width; ++c) m[c] = mean[c];
    withWidth(
        width, [&](auto n) __attribute__((always_inline)) {
            for (std::size_t r = 0; r < rows; ++r, x += stride)
                for (std::size_t c = 0; c < n; ++c) s[c] += (x[c] - m[c]) * (x[c] - m[c]);
        });
    for (std::size_t c = 0; c < width; ++c) sums[c] = s[c];
}

struct BlockGradient {
    const float *scale, *shift, *mean;
    Activation activation;
};

BITSTILL_INLINE void blockBackward(const float* x, const float* dy, std::size_t rows, std::size_t stride, std::size_t width,
    const BlockGradient& g, float* sumDy, float* sumDyX)
{
    float s[kBlock] = {}, t[kBlock] = {}, scale[kBlock] = {}, shift[kBlock] = {}, mean[kBlock] = {};
    for (std::size_t c = 0; c < width; ++c) {
        scale[c] = g.scale[c];
        shift[c] = g.shift[c];
        mean[c] = g.mean[c];
    }
    const float low = g.activation.low, high = g.activation.high;
    withWidth(
        width, [&](auto n) __attribute__((always_inline)) {
            for (std::size_t r = 0; r < rows; ++r, x += stride, dy += stride)
                for (std::size_t c = 0; c < n; ++c) {
                    const float y = x[c] * scale[c] + shift[c];
                    const float d = (y > low) & (y < high) ? dy[c] : 0.0f;
                    s[c] += d;
                    t[c] += d * (x[c] - mean[c]);
                }
        });
    for (std::size_t c = 0; c < width; ++c) {
        sumDy[c] = s[c];
        sumDyX[c] = t[c];
    }
}

/// Per-channel constants repeated until a row of them is long enough for the loops to run at full width.
constexpr std::size_t kTile = 512;
struct Tiled {
    std::size_t rows; ///< rows of the map that one tile covers
    std::size_t length;
    Tiled(std::size_t channels) : rows(std::max<std::size_t>(1, kTile / channels)), length(rows * channels) { }
    void fill(const float* values, std::size_t channels, float* tile) const
    {
        for (std::size_t r = 0; r < rows; ++r) std::copy(values, values + channels, tile + r * channels);
    }
};

BITSTILL_INLINE void affineTile(const float* x, float* y, const float* scale, const float* shift, std::size_t n, Activation a)
{
    for (std::size_t i = 0; i < n; ++i) {
        float v = x[i] * scale[i] + shift[i];
        v = v < a.low ? a.low : v;
        y[i] = v > a.high ? a.high : v;
    }
}

BITSTILL_INLINE void backwardTile(const float* x, const float* dy, float* dx, const AffineGradient& g, std::size_t n, Activation act)
{
#pragma GCC ivdep // dx may be dy
    for (std::size_t i = 0; i < n; ++i) {
        const float y = x[i] * g.scale[i] + g.shift[i];
        const float d = (y > act.low) & (y < act.high) ? dy[i] : 0.0f;
        dx[i] = g.a[i] * d + g.b[i] * x[i] + g.d[i];
    }
}

/// Room for tiles on the stack; maps with more channels than this go row by row.
constexpr std::size_t kMostTiled = 1024;

} // namespace

void Moments::reset()
{
    count = 0;
    std::fill(mean.begin(), mean.end(), 0.0);
    std::fill(m2.begin(), m2.end(), 0.0);
}

void Moments::merge(double otherCount, const double* otherMean, const double* otherM2)
{
    if (otherCount == 0) return;
    const double total = count + otherCount;
    for (std::size_t c = 0; c < mean.size(); ++c) {
        const double delta = otherMean[c] - mean[c];
        mean[c] += delta * otherCount / total;
        m2[c] += otherM2[c] + delta * delta * count * otherCount / total;
    }
    count = total;
}

void addMoments(const float* x, std::size_t rows, Moments& moments)
{
    const std::size_t channels = moments.mean.size();
    const std::size_t step = chunkRows(channels);
    for (std::size_t first = 0; first < rows; first += step) {
        const std::size_t n = std::min(step, rows - first);
        const double before = moments.count, total = before + static_cast<double>(n);
        const double share = static_cast<double>(n) / total, between = before * share;
        for (std::size_t c = 0; c < channels; c += kBlock) {
            const std::size_t width = std::min(kBlock, channels - c);
            float sums[kBlock], mean[kBlock], deviations[kBlock];
            const float* chunk = x + first * channels + c;
            forThisCpu<blockSum>(chunk, n, channels, width, sums);
            for (std::size_t i = 0; i < width; ++i) mean[i] = sums[i] / static_cast<float>(n);
            forThisCpu<blockDeviation>(chunk, n, channels, width, mean, deviations);
            for (std::size_t i = 0; i < width; ++i) {
                const double delta = static_cast<double>(mean[i]) - moments.mean[c + i];
                moments.mean[c + i] += delta * share;
                moments.m2[c + i] += static_cast<double>(deviations[i]) + delta * delta * between;
            }
        }
        moments.count = total;
    }
}

void affine(const float* x, float* y, const float* scale, const float* shift, std::size_t rows, std::size_t channels, Activation activation)
{
    const Tiled tiled(channels);
    if (tiled.length > kMostTiled) {
        for (std::size_t r = 0; r < rows; ++r)
            forThisCpu<affineTile>(x + r * channels, y + r * channels, scale, shift, channels, activation);
        return;
    }
    float scales[kMostTiled], shifts[kMostTiled];
    tiled.fill(scale, channels, scales);
    tiled.fill(shift, channels, shifts);
    for (std::size_t i = 0; i < rows * channels; i += tiled.length)
        forThisCpu<affineTile>(x + i, y + i, scales, shifts, std::min(tiled.length, rows * channels - i), activation);
}

void backwardSums(const float* x, const float* dy, const float* scale, const float* shift, const float* mean, std::size_t rows,
    std::size_t channels, Activation activation, double* sumDy, double* sumDyX)
{
    const std::size_t step = chunkRows(channels);
    for (std::size_t first = 0; first < rows; first += step) {
        const std::size_t n = std::min(step, rows - first);
        for (std::size_t c = 0; c < channels; c += kBlock) {
            const std::size_t width = std::min(kBlock, channels - c);
            float s[kBlock], t[kBlock];
            forThisCpu<blockBackward>(x + first * channels + c, dy + first * channels + c, n, channels, width,
                {scale + c, shift + c, mean + c, activation}, s, t);
            for (std::size_t i = 0; i < width; ++i) {
                sumDy[c + i] += static_cast<double>(s[i]);
                sumDyX[c + i] += static_cast<double>(t[i]);
            }
        }
    }
}

void backwardAffine(
    const float* x, const float* dy, float* dx, const AffineGradient& g, std::size_t rows, std::size_t channels, Activation activation)
{
    const Tiled tiled(channels);
    if (tiled.length > kMostTiled) {
        for (std::size_t r = 0; r < rows; ++r)
            forThisCpu<backwardTile>(x + r * channels, dy + r * channels, dx + r * channels, g, channels, activation);
        return;
    }
    float tiles[5][kMostTiled];
    const float* sources[5] = {g.scale, g.shift, g.a, g.b, g.d};
    for (int i = 0; i < 5; ++i) tiled.fill(sources[i], channels, tiles[i]);
    const AffineGradient tile{tiles[0], tiles[1], tiles[2], tiles[3], tiles[4]};
    for (std::size_t i = 0; i < rows * channels; i += tiled.length)
        forThisCpu<backwardTile>(x + i, dy + i, dx + i, tile, std::min(tiled.length, rows * channels - i), activation);
}

} // namespace bitstill::kernels
