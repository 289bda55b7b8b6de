#include "engine/kernels/planes.h"

#include "engine/kernels/lanes.h"

#include <algorithm>

namespace bitstill::kernels {

namespace {

constexpr std::size_t kDepth = 64; ///< rows of x that are summed before they are added to the rest: long sums would lose digits

/// What one tile after another is computed of: rows [first, last) of x.
template <class Vector> struct Slab {
    static constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);

    const float *w, *x, *bias;
    float* y;
    std::size_t k, xRow, yRow, first, last;

    template <std::size_t Rows, std::size_t Vectors> BITSTILL_INLINE void run(std::size_t row, std::size_t place) const
    {
        Vector sums[Rows][Vectors] = {};
        for (std::size_t i = first; i < last; ++i) {
            Vector right[Vectors];
            for (std::size_t v = 0; v < Vectors; ++v) load(x + i * xRow + place + v * kLanes, right[v]);
            for (std::size_t r = 0; r < Rows; ++r)
                for (std::size_t v = 0; v < Vectors; ++v) sums[r][v] += w[(row + r) * k + i] * right[v];
        }
        for (std::size_t r = 0; r < Rows; ++r)
            for (std::size_t v = 0; v < Vectors; ++v) {
                float* to = y + (row + r) * yRow + place + v * kLanes;
                Vector before = Vector{} + (bias ? bias[row + r] : 0.0f);
                if (first > 0) load(to, before);
                store(sums[r][v] + before, to);
            }
    }

    template <std::size_t Rows, std::size_t Vectors> BITSTILL_INLINE void runRows(std::size_t rows, std::size_t place) const
    {
        std::size_t r = 0;
        for (; r + Rows <= rows; r += Rows) run<Rows, Vectors>(r, place);
        for (; r < rows; ++r) run<1, Vectors>(r, place);
    }
};

/// As many sums at once as there are registers for.
template <class Vector, std::size_t Rows, std::size_t Vectors>
BITSTILL_INLINE void eachSlab(const PlaneProduct& p, const float* w, const float* x, const float* bias, float* y)
{
    constexpr std::size_t kLanes = Slab<Vector>::kLanes;
    for (std::size_t first = 0; first < std::max<std::size_t>(p.k, 1); first += kDepth) {
        const Slab<Vector> slab{w, x, bias, y, p.k, p.xRow, p.yRow, first, std::min(first + kDepth, p.k)};
        std::size_t place = 0;
        for (; place + Vectors * kLanes <= p.n; place += Vectors * kLanes) slab.template runRows<Rows, Vectors>(p.rows, place);
        for (; place < p.n; place += kLanes) slab.template runRows<2 * Rows, 1>(p.rows, place);
    }
}

// Of 16 floats a register there are 32, of 8 and of 4 half as many.

BITSTILL_INLINE void product512(const PlaneProduct& p, const float* w, const float* x, const float* bias, float* y)
{
    eachSlab<Sixteen, 6, 4>(p, w, x, bias, y);
}

BITSTILL_INLINE void product256(const PlaneProduct& p, const float* w, const float* x, const float* bias, float* y)
{
    eachSlab<Eight, 6, 2>(p, w, x, bias, y);
}

BITSTILL_INLINE void product128(const PlaneProduct& p, const float* w, const float* x, const float* bias, float* y)
{
    eachSlab<Four, 4, 2>(p, w, x, bias, y);
}

template <class Vector, std::size_t Vectors>
BITSTILL_INLINE void tapsAt(
    const float* x, const std::size_t* offsets, const float* w, std::size_t taps, float bias, std::size_t place, float* y)
{
    constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
    Vector sums[Vectors];
    for (std::size_t v = 0; v < Vectors; ++v) sums[v] = Vector{} + bias;
    for (std::size_t t = 0; t < taps; ++t) {
        const float* from = x + place + offsets[t];
        for (std::size_t v = 0; v < Vectors; ++v) {
            Vector right;
            load(from + v * kLanes, right);
            sums[v] += right * w[t];
        }
    }
    for (std::size_t v = 0; v < Vectors; ++v) store(sums[v], y + place + v * kLanes);
}

template <class Vector>
BITSTILL_INLINE void eachTaps(
    const float* x, const std::size_t* offsets, const float* w, std::size_t taps, float bias, std::size_t n, float* y)
{
    constexpr std::size_t kVectors = kPlaces * sizeof(float) / sizeof(Vector), kTogether = kVectors < 4 ? 4 * kVectors : kVectors;
    constexpr std::size_t kStep = kTogether * sizeof(Vector) / sizeof(float);
    std::size_t place = 0;
    for (; place + kStep <= n; place += kStep) tapsAt<Vector, kTogether>(x, offsets, w, taps, bias, place, y);
    for (; place < n; place += kPlaces) tapsAt<Vector, kVectors>(x, offsets, w, taps, bias, place, y);
}

} // namespace

void PlaneProduct::run(const float* w, const float* x, const float* bias, float* y) const
{
    forThisCpu<product512, product256, product128>(*this, w, x, bias, y);
}

void sumTaps(const float* x, const std::size_t* offsets, const float* w, std::size_t taps, float bias, std::size_t n, float* y)
{
    forThisCpu<eachTaps<Sixteen>, eachTaps<Eight>, eachTaps<Four>>(x, offsets, w, taps, bias, n, y);
}

} // namespace bitstill::kernels
