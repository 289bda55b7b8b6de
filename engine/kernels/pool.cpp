#include "engine/kernels/pool.h"

#include "engine/core/clones.h"

#include <algorithm>

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

BITSTILL_CLONES
void firstCandidate(const float* x, float* y, std::uint8_t* from, std::size_t c)
{
    for (std::size_t i = 0; i < c; ++i) {
        y[i] = x[i];
        from[i] = 0;
    }
}

BITSTILL_CLONES
void nextCandidate(const float* x, float* y, std::uint8_t* from, std::size_t c, std::uint8_t position)
{
    for (std::size_t i = 0; i < c; ++i) {
        const bool wins = x[i] > y[i];
        y[i] = wins ? x[i] : y[i];
        from[i] = wins ? position : from[i];
    }
}

/// The common 2×2 window in one sweep.
BITSTILL_CLONES
void maxOfFour(const float* a, const float* b, const float* c, const float* d, float* y, std::uint8_t* from, std::size_t n)
{
    for (std::size_t i = 0; i < n; ++i) {
        float best = a[i];
        std::int32_t position = 0;
        position = b[i] > best ? 1 : position;
        best = b[i] > best ? b[i] : best;
        position = c[i] > best ? 2 : position;
        best = c[i] > best ? c[i] : best;
        position = d[i] > best ? 3 : position;
        best = d[i] > best ? d[i] : best;
        y[i] = best;
        from[i] = static_cast<std::uint8_t>(position);
    }
}

BITSTILL_CLONES
void spreadToFour(const float* dy, const std::uint8_t* from, float* a, float* b, float* c, float* d, std::size_t n)
{
    for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t position = from[i];
        const float g = dy[i];
        a[i] = position == 0 ? g : 0.0f;
        b[i] = position == 1 ? g : 0.0f;
        c[i] = position == 2 ? g : 0.0f;
        d[i] = position == 3 ? g : 0.0f;
    }
}

bool isTwoByTwo(const PoolShape& s) { return s.kernelHeight == 2 && s.kernelWidth == 2 && s.strideHeight == 2 && s.strideWidth == 2; }

} // namespace

void maxPool(const PoolShape& s, int samples, const float* x, float* y, std::uint8_t* from)
{
    const Strides t = stridesOf(s);
    for (int n = 0; n < samples; ++n, x += t.sampleIn, y += t.sampleOut, from += t.sampleOut) {
        forEachWindow(s, t, [&](std::size_t in, std::size_t out) {
            const float* w = x + in;
            if (isTwoByTwo(s)) {
                maxOfFour(w, w + t.c, w + t.row, w + t.row + t.c, y + out, from + out, t.c);
                return;
            }
            firstCandidate(w, y + out, from + out, t.c);
            for (int k = 1; k < s.kernelHeight * s.kernelWidth; ++k)
                nextCandidate(w + static_cast<std::size_t>(k / s.kernelWidth) * t.row + static_cast<std::size_t>(k % s.kernelWidth) * t.c,
                    y + out, from + out, t.c, static_cast<std::uint8_t>(k));
        });
    }
}

void maxPoolBackward(const PoolShape& s, int samples, const float* dy, const std::uint8_t* from, float* dx)
{
    const Strides t = stridesOf(s);
    const bool covered = isTwoByTwo(s) && s.inHeight % 2 == 0 && s.inWidth % 2 == 0;
    for (int n = 0; n < samples; ++n, dx += t.sampleIn, dy += t.sampleOut, from += t.sampleOut) {
        if (!covered) std::fill(dx, dx + t.sampleIn, 0.0f);
        forEachWindow(s, t, [&](std::size_t in, std::size_t out) {
            float* w = dx + in;
            if (covered) {
                spreadToFour(dy + out, from + out, w, w + t.c, w + t.row, w + t.row + t.c, t.c);
                return;
            }
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

BITSTILL_CLONES
void raise(const std::uint8_t* x, int n, std::uint8_t* y)
{
    for (int c = 0; c < n; ++c) y[c] = std::max(x[c], y[c]);
}

BITSTILL_CLONES
void sum(const std::uint8_t* x, int n, std::int32_t* y)
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
    overWindows(s, samples, x, y, [&s](const std::uint8_t* from, std::uint8_t* to) { raise(from, s.channels, to); });
}

void sumPool(const PoolShape& s, int samples, const std::uint8_t* x, std::int32_t* y)
{
    overWindows(s, samples, x, y, [&s](const std::uint8_t* from, std::int32_t* to) { sum(from, s.channels, to); });
}

} // namespace bitstill::kernels
