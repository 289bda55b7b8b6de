#include "engine/kernels/dots.h"

#include "engine/kernels/lanes.h"

namespace bitstill::kernels {

namespace {

constexpr std::size_t kColumns = 4; ///< sums of a row that are finished together

/// tile.run<Rows, Columns>(row, column) for all sums; what is left at the edges one by one.
template <std::size_t Rows, class Tile> BITSTILL_INLINE void eachTile(std::size_t rows, std::size_t n, const Tile& tile)
{
    for (std::size_t c = 0; c < n;) {
        const bool wide = c + kColumns <= n;
        for (std::size_t r = 0; r < rows;) {
            const bool high = r + Rows <= rows;
            if (high && wide)
                tile.template run<Rows, kColumns>(r, c);
            else if (high)
                tile.template run<Rows, 1>(r, c);
            else if (wide)
                tile.template run<1, kColumns>(r, c);
            else
                tile.template run<1, 1>(r, c);
            r += high ? Rows : 1;
        }
        c += wide ? kColumns : 1;
    }
}

BITSTILL_INLINE void halve(const Eight& v, Eight& sum) { sum = v; }
BITSTILL_INLINE void halve(const Sixteen& v, Eight& sum)
{
    sum = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}

BITSTILL_INLINE void addNeighbours(const Eight& a, const Eight& b, Eight& sums)
{
    sums = __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14) + __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15);
}

/// The sum of each of the four: of both halves, then of neighbours, twice, then of both halves again.
template <class Vector> BITSTILL_INLINE void sumEach(const Vector* v, Four& sums)
{
    Eight parts[kColumns];
    for (std::size_t c = 0; c < kColumns; ++c) halve(v[c], parts[c]);
    addNeighbours(parts[0], parts[1], parts[0]);
    addNeighbours(parts[2], parts[3], parts[2]);
    addNeighbours(parts[0], parts[2], parts[0]);
    sums = __builtin_shufflevector(parts[0], parts[0], 0, 1, 2, 3) + __builtin_shufflevector(parts[0], parts[0], 4, 5, 6, 7);
}

BITSTILL_INLINE Four sumsOfNeighbours(const Four& a, const Four& b)
{
    return __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
}
BITSTILL_INLINE void sumEach(const Four* v, Four& sums)
{
    sums = sumsOfNeighbours(sumsOfNeighbours(v[0], v[1]), sumsOfNeighbours(v[2], v[3]));
}

template <class Vector> struct FloatTile {
    const float *x, *w;
    std::size_t n, k;
    float* y;

    template <std::size_t Rows, std::size_t Columns> BITSTILL_INLINE void run(std::size_t row, std::size_t column) const
    {
        constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
        const float *a = x + row * k, *b = w + column * k;
        Vector sums[Rows][kColumns] = {};
        std::size_t i = 0;
        for (; i + kLanes <= k; i += kLanes) {
            Vector left[Rows], right;
            for (std::size_t r = 0; r < Rows; ++r) load(a + r * k + i, left[r]);
            for (std::size_t c = 0; c < Columns; ++c) {
                load(b + c * k + i, right);
                for (std::size_t r = 0; r < Rows; ++r) sums[r][c] += left[r] * right;
            }
        }
        for (std::size_t r = 0; r < Rows; ++r) {
            Four whole;
            sumEach(sums[r], whole);
            for (std::size_t c = 0; c < Columns; ++c) {
                float sum = whole[c];
                for (std::size_t rest = i; rest < k; ++rest) sum += a[r * k + rest] * b[c * k + rest];
                y[(row + r) * n + column + c] = sum;
            }
        }
    }
};

struct Int16Tile {
    const std::int16_t *x, *w;
    std::size_t n, k;
    std::int32_t* y;

    template <std::size_t Rows, std::size_t Columns> BITSTILL_INLINE void run(std::size_t row, std::size_t column) const
    {
        const std::int16_t *a = x + row * k, *b = w + column * k;
        std::int32_t sums[Rows][Columns] = {};
        for (std::size_t i = 0; i < k / kInt16Lanes * kInt16Lanes; ++i) // the compiler then knows that whole registers are filled
            for (std::size_t r = 0; r < Rows; ++r)
                for (std::size_t c = 0; c < Columns; ++c) sums[r][c] += a[r * k + i] * b[c * k + i];
        for (std::size_t r = 0; r < Rows; ++r)
            for (std::size_t c = 0; c < Columns; ++c) y[(row + r) * n + column + c] = sums[r][c];
    }
};

// As many rows at once as there are registers for: 32 of 16 floats, 16 of 8, 16 of 4.

BITSTILL_INLINE void dots512(const float* x, const float* w, std::size_t rows, std::size_t n, std::size_t k, float* y)
{
    eachTile<4>(rows, n, FloatTile<Sixteen>{x, w, n, k, y});
}

BITSTILL_INLINE void dots256(const float* x, const float* w, std::size_t rows, std::size_t n, std::size_t k, float* y)
{
    eachTile<2>(rows, n, FloatTile<Eight>{x, w, n, k, y});
}

BITSTILL_INLINE void dots128(const float* x, const float* w, std::size_t rows, std::size_t n, std::size_t k, float* y)
{
    eachTile<2>(rows, n, FloatTile<Four>{x, w, n, k, y});
}

template <std::size_t Rows>
BITSTILL_INLINE void dotsOfInt16(
    const std::int16_t* x, const std::int16_t* w, std::size_t rows, std::size_t n, std::size_t k, std::int32_t* y)
{
    eachTile<Rows>(rows, n, Int16Tile{x, w, n, k, y});
}

} // namespace

void dots(const float* x, const float* w, std::size_t rows, std::size_t n, std::size_t k, float* y)
{
    forThisCpu<dots512, dots256, dots128>(x, w, rows, n, k, y);
}

void dots(const std::int16_t* x, const std::int16_t* w, std::size_t rows, std::size_t n, std::size_t k, std::int32_t* y)
{
    forThisCpu<dotsOfInt16<4>, dotsOfInt16<2>, dotsOfInt16<1>>(x, w, rows, n, k, y);
}

} // namespace bitstill::kernels
