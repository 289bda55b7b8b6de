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

/// Some neighbouring channels of some rows of a map.
struct Block {
    std::size_t rows, stride, width;

    /// All of a map of few channels is summed as if it had kBlock of them: lane i belongs to channel i % width.
    bool isNarrow() const { return width == stride && width < 16 && kBlock % width == 0; }
    std::size_t lanes() const { return isNarrow() ? kBlock : width; }

    /// Of each channel for each of its lanes.
    void repeat(const float* values, float* lane) const
    {
        for (std::size_t i = 0; i < lanes(); ++i) lane[i] = values[i % width];
    }
    /// The channels' sums from those of their lanes.
    void fold(const float* lane, float* sums) const
    {
        std::copy(lane, lane + width, sums);
        for (std::size_t i = width; i < lanes(); ++i) sums[i % width] += lane[i];
    }
    /// Calls at(place from the block's first element on, lane) for all elements.
    template <class At> BITSTILL_INLINE void each(const At& at) const
    {
        const std::size_t n = lanes(), step = isNarrow() ? n : stride, whole = rows * width / n;
        withWidth(
            n, [&](auto constant) __attribute__((always_inline)) {
                for (std::size_t r = 0; r < whole; ++r)
                    for (std::size_t i = 0; i < constant; ++i) at(r * step + i, i);
            });
        for (std::size_t i = 0; i < rows * width - whole * n; ++i) at(whole * step + i, i);
    }
};

BITSTILL_INLINE void blockSum(const float* x, const Block& block, float* sums)
{
    float s[kBlock] = {};
    block.each([&](std::size_t at, std::size_t lane) __attribute__((always_inline)) { s[lane] += x[at]; });
    block.fold(s, sums);
}

BITSTILL_INLINE void blockDeviation(const float* x, const Block& block, const float* mean, float* sums)
{
    float s[kBlock] = {}, m[kBlock] = {};
    block.repeat(mean, m);
    block.each([&](std::size_t at, std::size_t lane) __attribute__((always_inline)) { s[lane] += (x[at] - m[lane]) * (x[at] - m[lane]); });
    block.fold(s, sums);
}

struct BlockGradient {
    const float *scale, *shift, *mean;
    Activation activation;
};

BITSTILL_INLINE void blockBackward(const float* x, const float* dy, const Block& block, const BlockGradient& g, float* sumDy, float* sumDyX)
{
    float s[kBlock] = {}, t[kBlock] = {}, scale[kBlock] = {}, shift[kBlock] = {}, mean[kBlock] = {};
    block.repeat(g.scale, scale);
    block.repeat(g.shift, shift);
    block.repeat(g.mean, mean);
    const float low = g.activation.low, high = g.activation.high;
    block.each([&](std::size_t at, std::size_t lane) __attribute__((always_inline)) {
        const float y = x[at] * scale[lane] + shift[lane];
        const float d = (y > low) & (y < high) ? dy[at] : 0.0f;
        s[lane] += d;
        t[lane] += d * (x[at] - mean[lane]);
    });
    block.fold(s, sumDy);
    block.fold(t, sumDyX);
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
            forThisCpu<blockSum>(chunk, {n, channels, width}, sums);
            for (std::size_t i = 0; i < width; ++i) mean[i] = sums[i] / static_cast<float>(n);
            forThisCpu<blockDeviation>(chunk, {n, channels, width}, mean, deviations);
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
            forThisCpu<blockBackward>(x + first * channels + c, dy + first * channels + c, {n, channels, width},
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
