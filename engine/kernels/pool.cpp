#include "engine/kernels/pool.h"

#include "engine/core/for_this_cpu.h"

#include <algorithm>
#include <bit>

namespace bitstill::kernels {

namespace {

struct Strides {
    std::size_t row, window, sampleIn, sampleOut;
    std::size_t c;
};

Strides stridesOf(const PoolShape& s)
{
    const auto c = static_cast<std::size_t>(s.channels);
    const std::size_t row = static_cast<std::size_t>(s.inWidth) * c;
    return {row, static_cast<std::size_t>(s.strideWidth) * c, static_cast<std::size_t>(s.inHeight) * row,
        static_cast<std::size_t>(s.outHeight) * static_cast<std::size_t>(s.outWidth) * c, c};
}

/// Calls body(input offset of the window's first element, output offset) for every window of one sample.
template <class Body> inline void forEachWindow(const PoolShape& s, const Strides& t, const Body& body)
{
    for (int oh = 0; oh < s.outHeight; ++oh)
        for (int ow = 0; ow < s.outWidth; ++ow)
            body(static_cast<std::size_t>(oh * s.strideHeight) * t.row + static_cast<std::size_t>(ow) * t.window,
                static_cast<std::size_t>(oh * s.outWidth + ow) * t.c);
}

BITSTILL_INLINE void firstCandidate(const float* x, float* y, std::uint8_t* from, std::size_t c)
{
    for (std::size_t i = 0; i < c; ++i) {
        y[i] = x[i];
        from[i] = 0;
    }
}

BITSTILL_INLINE void nextCandidate(const float* x, float* y, std::uint8_t* from, std::size_t c, std::uint8_t position)
{
    for (std::size_t i = 0; i < c; ++i) {
        const bool wins = x[i] > y[i];
        y[i] = wins ? x[i] : y[i];
        from[i] = wins ? position : from[i];
    }
}

/// One row of the common 2×2 windows in one sweep. Channels go through in blocks of known width, or the loop over few of them
/// costs more than what it does.
template <std::size_t Block>
BITSTILL_INLINE void maxOfFour(const float* a, const float* below, float* y, std::uint8_t* from, std::size_t windows, std::size_t channels)
{
    const std::size_t width = Block ? Block : channels;
    for (std::size_t w = 0; w < windows; ++w, a += 2 * channels, below += 2 * channels, y += channels, from += channels)
        for (std::size_t first = 0; first < channels; first += width)
            for (std::size_t i = first; i < first + width; ++i) {
                const float b = a[channels + i], c = below[i], d = below[channels + i];
                const float top = b > a[i] ? b : a[i], bottom = d > c ? d : c;
                const std::int32_t right = b > a[i] ? 1 : 0, lower = d > c ? 3 : 2;
                y[i] = bottom > top ? bottom : top;
                from[i] = static_cast<std::uint8_t>(bottom > top ? lower : right);
            }
}

BITSTILL_INLINE void maxOfFourRow(const float* __restrict above, const float* __restrict below, float* __restrict y,
    std::uint8_t* __restrict from, std::size_t windows, std::size_t channels)
{
    if (channels % 16 == 0) return maxOfFour<16>(above, below, y, from, windows, channels);
    if (channels % 8 == 0) return maxOfFour<8>(above, below, y, from, windows, channels);
    maxOfFour<0>(above, below, y, from, windows, channels);
}

template <std::size_t Block>
BITSTILL_INLINE void spreadToFour(
    const float* dy, const std::uint8_t* from, float* a, float* below, std::size_t windows, std::size_t channels)
{
    const std::size_t width = Block ? Block : channels;
    for (std::size_t w = 0; w < windows; ++w, a += 2 * channels, below += 2 * channels, dy += channels, from += channels)
        for (std::size_t first = 0; first < channels; first += width)
            for (std::size_t i = first; i < first + width; ++i) {
                // Bits, not numbers: the compiler makes branches of the latter.
                const auto position = static_cast<std::uint32_t>(from[i]), g = std::bit_cast<std::uint32_t>(dy[i]);
                const auto kept = [&](std::uint32_t here) { return std::bit_cast<float>(g & (0u - (position == here))); };
                a[i] = kept(0);
                a[channels + i] = kept(1);
                below[i] = kept(2);
                below[channels + i] = kept(3);
            }
}

BITSTILL_INLINE void spreadToFourRow(const float* __restrict dy, const std::uint8_t* __restrict from, float* __restrict above,
    float* __restrict below, std::size_t windows, std::size_t channels)
{
    if (channels % 16 == 0) return spreadToFour<16>(dy, from, above, below, windows, channels);
    if (channels % 8 == 0) return spreadToFour<8>(dy, from, above, below, windows, channels);
    spreadToFour<0>(dy, from, above, below, windows, channels);
}

bool isTwoByTwo(const PoolShape& s) { return s.kernelHeight == 2 && s.kernelWidth == 2 && s.strideHeight == 2 && s.strideWidth == 2; }

} // namespace

void maxPool(const PoolShape& s, int samples, const float* x, float* y, std::uint8_t* from)
{
    const Strides t = stridesOf(s);
    const auto width = static_cast<std::size_t>(s.outWidth);
    for (int n = 0; n < samples; ++n, x += t.sampleIn, y += t.sampleOut, from += t.sampleOut) {
        if (isTwoByTwo(s)) {
            for (std::size_t row = 0; row < static_cast<std::size_t>(s.outHeight); ++row)
                forThisCpu<maxOfFourRow>(
                    x + 2 * row * t.row, x + (2 * row + 1) * t.row, y + row * width * t.c, from + row * width * t.c, width, t.c);
            continue;
        }
        forEachWindow(s, t, [&](std::size_t in, std::size_t out) {
            const float* w = x + in;
            forThisCpu<firstCandidate>(w, y + out, from + out, t.c);
            for (int k = 1; k < s.kernelHeight * s.kernelWidth; ++k)
                forThisCpu<nextCandidate>(
                    w + static_cast<std::size_t>(k / s.kernelWidth) * t.row + static_cast<std::size_t>(k % s.kernelWidth) * t.c, y + out,
                    from + out, t.c, static_cast<std::uint8_t>(k));
        });
    }
}

void maxPoolBackward(const PoolShape& s, int samples, const float* dy, const std::uint8_t* from, float* dx)
{
    const Strides t = stridesOf(s);
    const bool covered = s.inHeight % 2 == 0 && s.inWidth % 2 == 0;
    const auto width = static_cast<std::size_t>(s.outWidth);
    for (int n = 0; n < samples; ++n, dx += t.sampleIn, dy += t.sampleOut, from += t.sampleOut) {
        if (!isTwoByTwo(s) || !covered) std::fill(dx, dx + t.sampleIn, 0.0f);
        if (isTwoByTwo(s)) {
            for (std::size_t row = 0; row < static_cast<std::size_t>(s.outHeight); ++row)
                forThisCpu<spreadToFourRow>(
                    dy + row * width * t.c, from + row * width * t.c, dx + 2 * row * t.row, dx + (2 * row + 1) * t.row, width, t.c);
            continue;
        }
        forEachWindow(s, t, [&](std::size_t in, std::size_t out) {
            float* w = dx + in;
            for (std::size_t c = 0; c < t.c; ++c) {
                const int k = from[out + c];
                w[static_cast<std::size_t>(k / s.kernelWidth) * t.row + static_cast<std::size_t>(k % s.kernelWidth) * t.c + c] +=
                    dy[out + c];
            }
        });
    }
}

void averagePool(const PoolShape& s, int samples, const float* x, float* y)
{
    const Strides t = stridesOf(s);
    const float share = 1.0f / static_cast<float>(s.kernelHeight * s.kernelWidth);
    for (int n = 0; n < samples; ++n, x += t.sampleIn, y += t.sampleOut) {
        forEachWindow(s, t, [&](std::size_t in, std::size_t out) {
            std::fill(y + out, y + out + t.c, 0.0f);
            for (int k = 0; k < s.kernelHeight * s.kernelWidth; ++k) {
                const float* w =
                    x + in + static_cast<std::size_t>(k / s.kernelWidth) * t.row + static_cast<std::size_t>(k % s.kernelWidth) * t.c;
                for (std::size_t c = 0; c < t.c; ++c) y[out + c] += w[c];
            }
            for (std::size_t c = 0; c < t.c; ++c) y[out + c] *= share;
        });
    }
}

void averagePoolBackward(const PoolShape& s, int samples, const float* dy, float* dx)
{
    const Strides t = stridesOf(s);
    const float share = 1.0f / static_cast<float>(s.kernelHeight * s.kernelWidth);
    for (int n = 0; n < samples; ++n, dx += t.sampleIn, dy += t.sampleOut) {
        std::fill(dx, dx + t.sampleIn, 0.0f);
        forEachWindow(s, t, [&](std::size_t in, std::size_t out) {
            for (int k = 0; k < s.kernelHeight * s.kernelWidth; ++k) {
                float* w =
                    dx + in + static_cast<std::size_t>(k / s.kernelWidth) * t.row + static_cast<std::size_t>(k % s.kernelWidth) * t.c;
                for (std::size_t c = 0; c < t.c; ++c) w[c] += dy[out + c] * share;
            }
        });
    }
}

namespace {

template <std::size_t Block>
BITSTILL_INLINE void largestOfFour(
    const std::uint8_t* a, const std::uint8_t* below, std::uint8_t* y, std::size_t windows, std::size_t channels)
{
    const std::size_t width = Block ? Block : channels;
    for (std::size_t w = 0; w < windows; ++w, a += 2 * channels, below += 2 * channels, y += channels)
        for (std::size_t first = 0; first < channels; first += width)
            for (std::size_t i = first; i < first + width; ++i)
                y[i] = std::max(std::max(a[i], a[channels + i]), std::max(below[i], below[channels + i]));
}

BITSTILL_INLINE void largestOfFourRow(const std::uint8_t* __restrict a, const std::uint8_t* __restrict below, std::uint8_t* __restrict y,
    std::size_t windows, std::size_t channels)
{
    if (channels % 16 == 0) return largestOfFour<16>(a, below, y, windows, channels);
    if (channels % 8 == 0) return largestOfFour<8>(a, below, y, windows, channels);
    largestOfFour<0>(a, below, y, windows, channels);
}

BITSTILL_INLINE void raise(const std::uint8_t* x, int n, std::uint8_t* y)
{
    for (int c = 0; c < n; ++c) y[c] = std::max(x[c], y[c]);
}

BITSTILL_INLINE void sum(const std::uint8_t* x, int n, std::int32_t* y)
{
    for (int c = 0; c < n; ++c) y[c] += x[c];
}

/// Calls body(pixel of x, pixel of y) for every position of every window; y is 0 before.
template <class Y, class Body> void overWindows(const PoolShape& s, int samples, const std::uint8_t* x, Y* y, const Body& body)
{
    for (int n = 0; n < samples; ++n, x += s.inHeight * s.inWidth * s.channels)
        for (int oy = 0; oy < s.outHeight; ++oy)
            for (int ox = 0; ox < s.outWidth; ++ox, y += s.channels) {
                std::fill_n(y, s.channels, Y{0});
                for (int ky = 0; ky < s.kernelHeight; ++ky)
                    for (int kx = 0; kx < s.kernelWidth; ++kx)
                        body(x + ((oy * s.strideHeight + ky) * s.inWidth + ox * s.strideWidth + kx) * s.channels, y);
            }
}

} // namespace

void maxPool(const PoolShape& s, int samples, const std::uint8_t* x, std::uint8_t* y)
{
    if (isTwoByTwo(s)) {
        const Strides t = stridesOf(s);
        const auto width = static_cast<std::size_t>(s.outWidth);
        for (int n = 0; n < samples; ++n, x += t.sampleIn)
            for (std::size_t row = 0; row < static_cast<std::size_t>(s.outHeight); ++row, y += width * t.c)
                forThisCpu<largestOfFourRow>(x + 2 * row * t.row, x + (2 * row + 1) * t.row, y, width, t.c);
        return;
    }
    overWindows(s, samples, x, y, [&s](const std::uint8_t* from, std::uint8_t* to) { forThisCpu<raise>(from, s.channels, to); });
}

void sumPool(const PoolShape& s, int samples, const std::uint8_t* x, std::int32_t* y)
{
    overWindows(s, samples, x, y, [&s](const std::uint8_t* from, std::int32_t* to) { forThisCpu<sum>(from, s.channels, to); });
}

} // namespace bitstill::kernels
