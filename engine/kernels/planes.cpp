#include "engine/kernels/planes.h"

#include "engine/core/for_this_cpu.h"
#include "engine/kernels/lanes.h"

#include <algorithm>

namespace bitstill::kernels {

namespace {

constexpr std::size_t kDepth = 64; ///< rows of x that are summed before they are added to the rest: long sums would lose digits

/// What one tile after another is computed of: rows [first, last) of x.
struct Slab {
    const float *w, *x, *bias;
    float* y;
    std::size_t k, xRow, yRow, first, last;

    template <std::size_t Rows, std::size_t Vectors> BITSTILL_INLINE void run(std::size_t row, std::size_t place) const
    {
        Lanes sums[Rows][Vectors] = {};
        for (std::size_t i = first; i < last; ++i) {
            Lanes right[Vectors];
            for (std::size_t v = 0; v < Vectors; ++v) right[v] = at(x + i * xRow + place + v * kPlaces);
            for (std::size_t r = 0; r < Rows; ++r) {
                const Lanes left = Lanes{} + w[(row + r) * k + i];
                for (std::size_t v = 0; v < Vectors; ++v) sums[r][v] += left * right[v];
            }
        }
        for (std::size_t r = 0; r < Rows; ++r)
            for (std::size_t v = 0; v < Vectors; ++v) {
                Lanes& to = at(y + (row + r) * yRow + place + v * kPlaces);
                to = sums[r][v] + (first > 0 ? to : Lanes{} + (bias ? bias[row + r] : 0.0f));
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
template <std::size_t Rows, std::size_t Vectors>
BITSTILL_INLINE void eachSlab(const PlaneProduct& p, const float* w, const float* x, const float* bias, float* y)
{
    for (std::size_t first = 0; first < std::max<std::size_t>(p.k, 1); first += kDepth) {
        const Slab slab{w, x, bias, y, p.k, p.xRow, p.yRow, first, std::min(first + kDepth, p.k)};
        std::size_t place = 0;
        for (; place + Vectors * kPlaces <= p.n; place += Vectors * kPlaces) slab.template runRows<Rows, Vectors>(p.rows, place);
        for (; place < p.n; place += kPlaces) slab.template runRows<2 * Rows, 1>(p.rows, place);
    }
}

// Of 16 floats a register there are 32, of 8 and of 4 half as many.

BITSTILL_INLINE void product512(const PlaneProduct& p, const float* w, const float* x, const float* bias, float* y)
{
    eachSlab<6, 4>(p, w, x, bias, y);
}

BITSTILL_INLINE void product256(const PlaneProduct& p, const float* w, const float* x, const float* bias, float* y)
{
    eachSlab<3, 2>(p, w, x, bias, y);
}

BITSTILL_INLINE void product128(const PlaneProduct& p, const float* w, const float* x, const float* bias, float* y)
{
    eachSlab<2, 1>(p, w, x, bias, y);
}

template <std::size_t Vectors>
BITSTILL_INLINE void tapsAt(
    const float* x, const std::size_t* offsets, const float* w, std::size_t taps, float bias, std::size_t place, float* y)
{
    Lanes sums[Vectors];
    for (std::size_t v = 0; v < Vectors; ++v) sums[v] = Lanes{} + bias;
    for (std::size_t t = 0; t < taps; ++t) {
        const float* from = x + place + offsets[t];
        for (std::size_t v = 0; v < Vectors; ++v) sums[v] += at(from + v * kPlaces) * w[t];
    }
    for (std::size_t v = 0; v < Vectors; ++v) at(y + place + v * kPlaces) = sums[v];
}

namespace loops {

BITSTILL_INLINE void sumTaps(
    const float* x, const std::size_t* offsets, const float* w, std::size_t taps, float bias, std::size_t n, float* y)
{
    std::size_t place = 0;
    for (; place + 4 * kPlaces <= n; place += 4 * kPlaces) tapsAt<4>(x, offsets, w, taps, bias, place, y);
    for (; place < n; place += kPlaces) tapsAt<1>(x, offsets, w, taps, bias, place, y);
}

} // namespace loops

} // namespace

void PlaneProduct::run(const float* w, const float* x, const float* bias, float* y) const
{
    forThisCpu<product512, product256, product128>(*this, w, x, bias, y);
}

void sumTaps(const float* x, const std::size_t* offsets, const float* w, std::size_t taps, float bias, std::size_t n, float* y)
{
    forThisCpu<loops::sumTaps>(x, offsets, w, taps, bias, n, y);
}

} // namespace bitstill::kernels
