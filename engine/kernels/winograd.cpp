#include "engine/kernels/winograd.h"

#include "engine/core/for_this_cpu.h"
#include "engine/kernels/lanes.h"

#include <algorithm>

namespace bitstill::kernels {

namespace {

/// Floats from sixteen channels to the next.
constexpr std::size_t kColumn = kWinogradPlaces * kWinogradPlace;

/// Bᵀ d.
BITSTILL_INLINE void inputLine(const Lanes* d, Lanes* v)
{
    const Lanes even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1], even2 = d[4] - d[2], odd2 = 2 * (d[3] - d[1]);
    v[0] = 4 * d[0] - 5 * d[2] + d[4];
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = 4 * d[1] - 5 * d[3] + d[5];
}

/// Aᵀ m.
BITSTILL_INLINE void outputLine(const Lanes* m, Lanes* y)
{
    const Lanes sum = m[1] + m[2], difference = m[1] - m[2], sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    y[0] = m[0] + sum + sum2;
    y[1] = difference + 2 * difference2;
    y[2] = sum + 4 * sum2;
    y[3] = difference + 8 * difference2 + m[5];
}

/// A y.
BITSTILL_INLINE void gradientLine(const Lanes* y, Lanes* w)
{
    const Lanes even = y[0] + y[2], odd = y[1] + y[3], even2 = y[0] + 4 * y[2], odd2 = 2 * y[1] + 8 * y[3];
    w[0] = y[0];
    w[1] = even + odd;
    w[2] = even - odd;
    w[3] = even2 + odd2;
    w[4] = even2 - odd2;
    w[5] = y[3];
}

/// The tile's place among those of consecutive samples, its first row and column, and how many of its outputs exist.
struct Tile {
    const WinogradMap& map;
    std::size_t sample, down, across;

    Tile(const WinogradMap& all, std::size_t index) :
        map(all), sample(index / all.tiles()), down(index % all.tiles() / all.tilesAcross()), across(index % all.tilesAcross())
    {
    }
    void next()
    {
        if (++across < map.tilesAcross()) return;
        across = 0;
        if (++down < map.tilesDown()) return;
        down = 0;
        ++sample;
    }
    int row() const { return static_cast<int>(down) * 4; }
    int column() const { return static_cast<int>(across) * 4; }
    int rows() const { return std::min(4, map.height - row()); }
    int columns() const { return std::min(4, map.width - column()); }
    std::size_t offset(int y, int x) const
    {
        const auto line = sample * static_cast<std::size_t>(map.height) + static_cast<std::size_t>(y);
        return (line * static_cast<std::size_t>(map.width) + static_cast<std::size_t>(x)) * static_cast<std::size_t>(map.channels);
    }
};

/// A block of rows (tiles) times 16·N outputs. Sums stay in registers: 16 rows of one, or eight of two.
template <std::size_t Rows, std::size_t N>
BITSTILL_INLINE void multiplyBlock(const float* v, const float* u, std::size_t in, std::size_t out, float* m)
{
    Lanes sums[Rows][N] = {};
    for (std::size_t k = 0; k < in; k += 16, v += kColumn)
#pragma GCC unroll 1
        for (std::size_t i = 0; i < 16; ++i, u += out) {
            Lanes w[N];
            for (std::size_t n = 0; n < N; ++n) w[n] = at(u + n * 16);
            for (std::size_t r = 0; r < Rows; ++r)
                for (std::size_t n = 0; n < N; ++n) sums[r][n] += v[r * 16 + i] * w[n];
        }
    for (std::size_t n = 0; n < N; ++n)
        for (std::size_t r = 0; r < Rows; ++r) at(m + n * kColumn + r * 16) = sums[r][n];
}

/// K inputs times 16·N outputs, summed over the tiles.
template <std::size_t K, std::size_t N>
BITSTILL_INLINE void multiplyGradientBlock(const float* v, const float* w, std::size_t count, std::size_t out, float* u)
{
    Lanes sums[K][N];
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t n = 0; n < N; ++n) sums[k][n] = at(u + k * out + n * 16);
    for (std::size_t t = 0; t < count; ++t, v += 16, w += 16) {
        Lanes b[N];
        for (std::size_t n = 0; n < N; ++n) b[n] = at(w + n * kColumn);
        for (std::size_t k = 0; k < K; ++k)
            for (std::size_t n = 0; n < N; ++n) sums[k][n] += v[k] * b[n];
    }
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t n = 0; n < N; ++n) at(u + k * out + n * 16) = sums[k][n];
}

alignas(64) constexpr float kZeros[16] = {};
constexpr float kG[6][3] = {
    {0.25f, 0, 0},
    {-1 / 6.0f, -1 / 6.0f, -1 / 6.0f},
    {-1 / 6.0f, 1 / 6.0f, -1 / 6.0f},
    {1 / 24.0f, 1 / 12.0f, 1 / 6.0f},
    {1 / 24.0f, -1 / 12.0f, 1 / 6.0f},
    {0, 0, 1},
};
constexpr float kTransposedG[3][6] = {
    {0.25f, -1 / 6.0f, -1 / 6.0f, 1 / 24.0f, 1 / 24.0f, 0},
    {0, -1 / 6.0f, 1 / 6.0f, 1 / 12.0f, -1 / 12.0f, 0},
    {0, -1 / 6.0f, -1 / 6.0f, 1 / 6.0f, 1 / 6.0f, 1},
};

/// y = M x Mᵀ for each pair of channels, M of R × C.
template <std::size_t R, std::size_t C> BITSTILL_INLINE void betweenTwo(const float (&m)[R][C], const float* x, std::size_t pairs, float* y)
{
    for (std::size_t c = 0; c < pairs; c += 16) {
        Lanes half[R][C];
        for (std::size_t a = 0; a < R; ++a)
            for (std::size_t j = 0; j < C; ++j) {
                half[a][j] = Lanes{};
                for (std::size_t i = 0; i < C; ++i) half[a][j] += m[a][i] * at(x + (i * C + j) * pairs + c);
            }
        for (std::size_t a = 0; a < R; ++a)
            for (std::size_t b = 0; b < R; ++b) {
                Lanes sum = {};
                for (std::size_t j = 0; j < C; ++j) sum += half[a][j] * m[b][j];
                at(y + (a * R + b) * pairs + c) = sum;
            }
    }
}

/// A run of tiles beside each other: first Bᵀ x for all their columns, which neighbours share, then that times B.
BITSTILL_INLINE void inputRun(const float* x, const Tile& tile, std::size_t run, float* v)
{
    const auto channels = static_cast<std::size_t>(tile.map.channels);
    Lanes half[4 * kWinogradBlock + 2][6];
    for (std::size_t c = 0; c < channels; c += 16, v += kColumn) {
        const float* line[6];
        std::size_t step[6];
        const int left = tile.column() - 1, columns = static_cast<int>(run) * 4 + 2, end = std::min(columns, tile.map.width - left);
        const int begin = std::max(0, -left);
        for (int i = 0; i < 6; ++i) {
            const int y = tile.row() - 1 + i;
            const bool exists = y >= 0 && y < tile.map.height;
            line[i] = exists ? x + tile.offset(y, left + begin) + c : kZeros;
            step[i] = exists ? channels : 0;
        }
        for (int j = 0; j < begin; ++j)
            for (std::size_t i = 0; i < 6; ++i) half[j][i] = Lanes{};
        for (int j = begin; j < end; ++j) {
            Lanes d[6];
            for (std::size_t i = 0; i < 6; ++i, line[i - 1] += step[i - 1]) d[i] = at(line[i]);
            inputLine(d, half[j]);
        }
        for (int j = end; j < columns; ++j)
            for (std::size_t i = 0; i < 6; ++i) half[j][i] = Lanes{};
        for (std::size_t t = 0; t < run; ++t)
            for (std::size_t i = 0; i < 6; ++i) {
                Lanes d[6], b[6];
                for (std::size_t j = 0; j < 6; ++j) d[j] = half[t * 4 + j][i];
                inputLine(d, b);
                for (std::size_t j = 0; j < 6; ++j) at(v + (i * 6 + j) * kWinogradPlace + t * 16) = b[j];
            }
    }
}

namespace loops {

BITSTILL_INLINE void winogradOutput(
    const float* m, const WinogradMap& map, std::size_t first, std::size_t count, const float* bias, float low, float high, float* y)
{
    const auto channels = static_cast<std::size_t>(map.channels);
    const std::size_t row = static_cast<std::size_t>(map.width) * channels;
    const Lanes lowest = low - Lanes{}, highest = high - Lanes{};
    Tile tile(map, first);
    for (std::size_t t = 0; t < count; ++t, tile.next(), m += 16)
        for (std::size_t c = 0; c < channels; c += 16) {
            Lanes half[4][6];
            for (std::size_t j = 0; j < 6; ++j) {
                Lanes d[6], a[4];
                for (std::size_t i = 0; i < 6; ++i) d[i] = at(m + c / 16 * kColumn + (i * 6 + j) * kWinogradPlace);
                outputLine(d, a);
                for (std::size_t i = 0; i < 4; ++i) half[i][j] = a[i];
            }
            float* to = y + tile.offset(tile.row(), tile.column()) + c;
            const int rows = tile.rows(), columns = tile.columns();
            for (int i = 0; i < 4; ++i, to += row) {
                Lanes a[4];
                outputLine(half[i], a);
                for (int j = 0; j < 4; ++j) {
                    Lanes value = a[j] + at(bias + c);
                    value = value < lowest ? lowest : value;
                    value = value > highest ? highest : value;
                    if (i < rows && j < columns) at(to + static_cast<std::size_t>(j) * channels) = value;
                }
            }
        }
}

BITSTILL_INLINE void winogradGradient(const float* dy, const WinogradMap& map, std::size_t first, std::size_t count, float* w, float* sums)
{
    const auto channels = static_cast<std::size_t>(map.channels);
    Tile tile(map, first);
    for (std::size_t t = 0; t < count; ++t, tile.next(), w += 16)
        for (std::size_t c = 0; c < channels; c += 16) {
            Lanes half[6][4] = {};
            Lanes sum = {};
            const int rows = tile.rows();
            for (int j = 0; j < tile.columns(); ++j) {
                Lanes d[4] = {}, a[6];
                for (int i = 0; i < rows; ++i) {
                    d[i] = at(dy + tile.offset(tile.row() + i, tile.column() + j) + c);
                    sum += d[i];
                }
                gradientLine(d, a);
                for (std::size_t i = 0; i < 6; ++i) half[i][j] = a[i];
            }
            for (std::size_t i = 0; i < 6; ++i) {
                Lanes a[6];
                gradientLine(half[i], a);
                for (std::size_t j = 0; j < 6; ++j) at(w + c / 16 * kColumn + (i * 6 + j) * kWinogradPlace) = a[j];
            }
            if (sums) at(sums + c) += sum;
        }
}

BITSTILL_INLINE void winogradMultiply(const float* v, const float* u, std::size_t count, std::size_t in, std::size_t out, float* m)
{
    for (std::size_t p = 0; p < kWinogradPlaces; ++p, v += kWinogradPlace, u += in * out, m += kWinogradPlace)
        if (out % 32 == 0) {
            for (std::size_t o = 0; o < out; o += 32)
                for (std::size_t t = 0; t < count; t += 8) multiplyBlock<8, 2>(v + t * 16, u + o, in, out, m + o / 16 * kColumn + t * 16);
        } else {
            for (std::size_t o = 0; o < out; o += 16)
                for (std::size_t t = 0; t < count; t += 16) multiplyBlock<16, 1>(v + t * 16, u + o, in, out, m + o / 16 * kColumn + t * 16);
        }
}

BITSTILL_INLINE void winogradMultiplyGradient(const float* v, const float* w, std::size_t count, std::size_t in, std::size_t out, float* u)
{
    for (std::size_t p = 0; p < kWinogradPlaces; ++p, v += kWinogradPlace, w += kWinogradPlace, u += in * out)
        for (std::size_t k = 0; k < in; k += 16) {
            const float* vk = v + k / 16 * kColumn;
            float* uk = u + k * out;
            if (out % 32 == 0) {
                for (std::size_t o = 0; o < out; o += 32)
                    for (std::size_t half = 0; half < 16; half += 8)
                        multiplyGradientBlock<8, 2>(vk + half, w + o / 16 * kColumn, count, out, uk + half * out + o);
            } else {
                for (std::size_t o = 0; o < out; o += 16) multiplyGradientBlock<16, 1>(vk, w + o / 16 * kColumn, count, out, uk + o);
            }
        }
}

BITSTILL_INLINE void winogradWeights(const float* g, std::size_t pairs, float* u) { betweenTwo(kG, g, pairs, u); }

BITSTILL_INLINE void winogradWeightsGradient(const float* u, std::size_t pairs, float* g) { betweenTwo(kTransposedG, u, pairs, g); }

} // namespace loops

} // namespace

void winogradInput(const float* x, const WinogradMap& map, std::size_t first, std::size_t count, float* v)
{
    for (std::size_t t = 0; t < count;) {
        const Tile tile(map, first + t);
        const std::size_t run = std::min(count - t, map.tilesAcross() - tile.across);
        forThisCpu<inputRun>(x, tile, run, v + t * 16);
        t += run;
    }
}

void winogradOutput(
    const float* m, const WinogradMap& map, std::size_t first, std::size_t count, const float* bias, float low, float high, float* y)
{
    forThisCpu<loops::winogradOutput>(m, map, first, count, bias, low, high, y);
}

void winogradGradient(const float* dy, const WinogradMap& map, std::size_t first, std::size_t count, float* w, float* sums)
{
    forThisCpu<loops::winogradGradient>(dy, map, first, count, w, sums);
}

void winogradMultiply(const float* v, const float* u, std::size_t count, std::size_t in, std::size_t out, float* m)
{
    forThisCpu<loops::winogradMultiply>(v, u, count, in, out, m);
}

void winogradMultiplyGradient(const float* v, const float* w, std::size_t count, std::size_t in, std::size_t out, float* u)
{
    forThisCpu<loops::winogradMultiplyGradient>(v, w, count, in, out, u);
}

void winogradWeights(const float* g, std::size_t pairs, float* u) { forThisCpu<loops::winogradWeights>(g, pairs, u); }

void winogradWeightsGradient(const float* u, std::size_t pairs, float* g) { forThisCpu<loops::winogradWeightsGradient>(u, pairs, g); }

} // namespace bitstill::kernels
