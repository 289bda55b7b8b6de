#include "engine/kernels/winograd.h"

#include "engine/kernels/lanes.h"

#include <algorithm>

namespace bitstill::kernels {

namespace {

/// Floats from sixteen channels to the next.
constexpr std::size_t kColumn = kWinogradPlaces * kWinogradPlace;
/// Where a channel lies, in a place and tile.
constexpr std::size_t columnOf(std::size_t channel) { return channel / 16 * kColumn + channel % 16; }

template <class Vector> constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);

/// Bᵀ d.
template <class Vector> BITSTILL_INLINE void inputLine(const Vector* d, Vector* v)
{
    const Vector even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1], even2 = d[4] - d[2], odd2 = 2 * (d[3] - d[1]);
    v[0] = 4 * d[0] - 5 * d[2] + d[4];
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = 4 * d[1] - 5 * d[3] + d[5];
}

/// Aᵀ m.
template <class Vector> BITSTILL_INLINE void outputLine(const Vector* m, Vector* y)
{
    const Vector sum = m[1] + m[2], difference = m[1] - m[2], sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    y[0] = m[0] + sum + sum2;
    y[1] = difference + 2 * difference2;
    y[2] = sum + 4 * sum2;
    y[3] = difference + 8 * difference2 + m[5];
}

/// A y.
template <class Vector> BITSTILL_INLINE void gradientLine(const Vector* y, Vector* w)
{
    const Vector even = y[0] + y[2], odd = y[1] + y[3], even2 = y[0] + 4 * y[2], odd2 = 2 * y[1] + 8 * y[3];
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

/// A block of rows (tiles) times N vectors of outputs. Sums stay in registers.
template <class Vector, std::size_t Rows, std::size_t N>
BITSTILL_INLINE void multiplyBlock(const float* v, const float* u, std::size_t in, std::size_t out, float* m)
{
    Vector sums[Rows][N] = {};
    for (std::size_t k = 0; k < in; k += 16, v += kColumn)
#pragma GCC unroll 1
        for (std::size_t i = 0; i < 16; ++i, u += out) {
            Vector w[N];
            for (std::size_t n = 0; n < N; ++n) load(u + n * kLanes<Vector>, w[n]);
            for (std::size_t r = 0; r < Rows; ++r)
                for (std::size_t n = 0; n < N; ++n) sums[r][n] += v[r * 16 + i] * w[n];
        }
    for (std::size_t n = 0; n < N; ++n)
        for (std::size_t r = 0; r < Rows; ++r) store(sums[r][n], m + columnOf(n * kLanes<Vector>) + r * 16);
}

template <class Vector, std::size_t Rows, std::size_t N>
BITSTILL_INLINE void multiplyBlocks(const float* v, const float* u, std::size_t count, std::size_t in, std::size_t out, float* m)
{
    for (std::size_t p = 0; p < kWinogradPlaces; ++p, v += kWinogradPlace, u += in * out, m += kWinogradPlace)
        for (std::size_t o = 0; o < out; o += N * kLanes<Vector>)
            for (std::size_t t = 0; t < count; t += Rows)
                multiplyBlock<Vector, Rows, N>(v + t * 16, u + o, in, out, m + columnOf(o) + t * 16);
}

/// K inputs times N vectors of outputs, summed over the tiles.
template <class Vector, std::size_t K, std::size_t N>
BITSTILL_INLINE void multiplyGradientBlock(const float* v, const float* w, std::size_t count, std::size_t out, float* u)
{
    Vector sums[K][N];
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t n = 0; n < N; ++n) load(u + k * out + n * kLanes<Vector>, sums[k][n]);
    for (std::size_t t = 0; t < count; ++t, v += 16, w += 16) {
        Vector b[N];
        for (std::size_t n = 0; n < N; ++n) load(w + columnOf(n * kLanes<Vector>), b[n]);
        for (std::size_t k = 0; k < K; ++k)
            for (std::size_t n = 0; n < N; ++n) sums[k][n] += v[k] * b[n];
    }
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t n = 0; n < N; ++n) store(sums[k][n], u + k * out + n * kLanes<Vector>);
}

template <class Vector, std::size_t K, std::size_t N>
BITSTILL_INLINE void multiplyGradientBlocks(const float* v, const float* w, std::size_t count, std::size_t in, std::size_t out, float* u)
{
    for (std::size_t p = 0; p < kWinogradPlaces; ++p, v += kWinogradPlace, w += kWinogradPlace, u += in * out)
        for (std::size_t k = 0; k < in; k += 16)
            for (std::size_t o = 0; o < out; o += N * kLanes<Vector>)
                for (std::size_t part = 0; part < 16; part += K)
                    multiplyGradientBlock<Vector, K, N>(v + columnOf(k) + part, w + columnOf(o), count, out, u + (k + part) * out + o);
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
template <class Vector, std::size_t R, std::size_t C>
BITSTILL_INLINE void betweenTwo(const float (&m)[R][C], const float* x, std::size_t pairs, float* y)
{
    for (std::size_t c = 0; c < pairs; c += kLanes<Vector>) {
        Vector half[R][C];
        for (std::size_t a = 0; a < R; ++a)
            for (std::size_t j = 0; j < C; ++j) {
                half[a][j] = Vector{};
                for (std::size_t i = 0; i < C; ++i) {
                    Vector from;
                    load(x + (i * C + j) * pairs + c, from);
                    half[a][j] += m[a][i] * from;
                }
            }
        for (std::size_t a = 0; a < R; ++a)
            for (std::size_t b = 0; b < R; ++b) {
                Vector sum = {};
                for (std::size_t j = 0; j < C; ++j) sum += half[a][j] * m[b][j];
                store(sum, y + (a * R + b) * pairs + c);
            }
    }
}

/// A run of tiles beside each other: first Bᵀ x for all their columns, which neighbours share, then that times B.
template <class Vector> BITSTILL_INLINE void inputRun(const float* x, const Tile& tile, std::size_t run, float* v)
{
    const auto channels = static_cast<std::size_t>(tile.map.channels);
    Vector half[4 * kWinogradBlock + 2][6];
    for (std::size_t c = 0; c < channels; c += kLanes<Vector>) {
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
            for (std::size_t i = 0; i < 6; ++i) half[j][i] = Vector{};
        for (int j = begin; j < end; ++j) {
            Vector d[6];
            for (std::size_t i = 0; i < 6; ++i, line[i - 1] += step[i - 1]) load(line[i], d[i]);
            inputLine(d, half[j]);
        }
        for (int j = end; j < columns; ++j)
            for (std::size_t i = 0; i < 6; ++i) half[j][i] = Vector{};
        for (std::size_t t = 0; t < run; ++t)
            for (std::size_t i = 0; i < 6; ++i) {
                Vector d[6], b[6];
                for (std::size_t j = 0; j < 6; ++j) d[j] = half[t * 4 + j][i];
                inputLine(d, b);
                for (std::size_t j = 0; j < 6; ++j) store(b[j], v + columnOf(c) + (i * 6 + j) * kWinogradPlace + t * 16);
            }
    }
}

namespace loops {

template <class Vector>
BITSTILL_INLINE void winogradOutput(
    const float* m, const WinogradMap& map, std::size_t first, std::size_t count, const float* bias, float low, float high, float* y)
{
    const auto channels = static_cast<std::size_t>(map.channels);
    const std::size_t row = static_cast<std::size_t>(map.width) * channels;
    const Vector lowest = low - Vector{}, highest = high - Vector{};
    Tile tile(map, first);
    for (std::size_t t = 0; t < count; ++t, tile.next(), m += 16)
        for (std::size_t c = 0; c < channels; c += kLanes<Vector>) {
            Vector half[4][6], added;
            load(bias + c, added);
            for (std::size_t j = 0; j < 6; ++j) {
                Vector d[6], a[4];
                for (std::size_t i = 0; i < 6; ++i) load(m + columnOf(c) + (i * 6 + j) * kWinogradPlace, d[i]);
                outputLine(d, a);
                for (std::size_t i = 0; i < 4; ++i) half[i][j] = a[i];
            }
            float* to = y + tile.offset(tile.row(), tile.column()) + c;
            const int rows = tile.rows(), columns = tile.columns();
            for (int i = 0; i < 4; ++i, to += row) {
                Vector a[4];
                outputLine(half[i], a);
                for (int j = 0; j < 4; ++j) {
                    Vector value = a[j] + added;
                    value = value < lowest ? lowest : value;
                    value = value > highest ? highest : value;
                    if (i < rows && j < columns) store(value, to + static_cast<std::size_t>(j) * channels);
                }
            }
        }
}

template <class Vector>
BITSTILL_INLINE void winogradGradient(const float* dy, const WinogradMap& map, std::size_t first, std::size_t count, float* w, float* sums)
{
    const auto channels = static_cast<std::size_t>(map.channels);
    Tile tile(map, first);
    for (std::size_t t = 0; t < count; ++t, tile.next(), w += 16)
        for (std::size_t c = 0; c < channels; c += kLanes<Vector>) {
            Vector half[6][4] = {};
            Vector sum = {};
            const int rows = tile.rows();
            for (int j = 0; j < tile.columns(); ++j) {
                Vector d[4] = {}, a[6];
                for (int i = 0; i < rows; ++i) {
                    load(dy + tile.offset(tile.row() + i, tile.column() + j) + c, d[i]);
                    sum += d[i];
                }
                gradientLine(d, a);
                for (std::size_t i = 0; i < 6; ++i) half[i][j] = a[i];
            }
            for (std::size_t i = 0; i < 6; ++i) {
                Vector a[6];
                gradientLine(half[i], a);
                for (std::size_t j = 0; j < 6; ++j) store(a[j], w + columnOf(c) + (i * 6 + j) * kWinogradPlace);
            }
            if (!sums) continue;
            Vector before;
            load(sums + c, before);
            store(before + sum, sums + c);
        }
}

BITSTILL_INLINE void winogradMultiply512(const float* v, const float* u, std::size_t count, std::size_t in, std::size_t out, float* m)
{
    if (out % 32 == 0) return multiplyBlocks<Sixteen, 8, 2>(v, u, count, in, out, m);
    multiplyBlocks<Sixteen, 16, 1>(v, u, count, in, out, m);
}

BITSTILL_INLINE void winogradMultiplyGradient512(
    const float* v, const float* w, std::size_t count, std::size_t in, std::size_t out, float* u)
{
    if (out % 32 == 0) return multiplyGradientBlocks<Sixteen, 8, 2>(v, w, count, in, out, u);
    multiplyGradientBlocks<Sixteen, 16, 1>(v, w, count, in, out, u);
}

template <class Vector> BITSTILL_INLINE void winogradWeights(const float* g, std::size_t pairs, float* u)
{
    betweenTwo<Vector>(kG, g, pairs, u);
}

template <class Vector> BITSTILL_INLINE void winogradWeightsGradient(const float* u, std::size_t pairs, float* g)
{
    betweenTwo<Vector>(kTransposedG, u, pairs, g);
}

} // namespace loops

} // namespace

void winogradInput(const float* x, const WinogradMap& map, std::size_t first, std::size_t count, float* v)
{
    for (std::size_t t = 0; t < count;) {
        const Tile tile(map, first + t);
        const std::size_t run = std::min(count - t, map.tilesAcross() - tile.across);
        forThisCpu<inputRun<Sixteen>, inputRun<Eight>, inputRun<Four>>(x, tile, run, v + t * 16);
        t += run;
    }
}

void winogradOutput(
    const float* m, const WinogradMap& map, std::size_t first, std::size_t count, const float* bias, float low, float high, float* y)
{
    forThisCpu<loops::winogradOutput<Sixteen>, loops::winogradOutput<Eight>, loops::winogradOutput<Four>>(
        m, map, first, count, bias, low, high, y);
}

void winogradGradient(const float* dy, const WinogradMap& map, std::size_t first, std::size_t count, float* w, float* sums)
{
    forThisCpu<loops::winogradGradient<Sixteen>, loops::winogradGradient<Eight>, loops::winogradGradient<Four>>(
        dy, map, first, count, w, sums);
}

void winogradMultiply(const float* v, const float* u, std::size_t count, std::size_t in, std::size_t out, float* m)
{
    forThisCpu<loops::winogradMultiply512, multiplyBlocks<Eight, 4, 2>, multiplyBlocks<Four, 4, 2>>(v, u, count, in, out, m);
}

void winogradMultiplyGradient(const float* v, const float* w, std::size_t count, std::size_t in, std::size_t out, float* u)
{
    forThisCpu<loops::winogradMultiplyGradient512, multiplyGradientBlocks<Eight, 4, 2>, multiplyGradientBlocks<Four, 4, 2>>(
        v, w, count, in, out, u);
}

void winogradWeights(const float* g, std::size_t pairs, float* u)
{
    forThisCpu<loops::winogradWeights<Sixteen>, loops::winogradWeights<Eight>, loops::winogradWeights<Four>>(g, pairs, u);
}

void winogradWeightsGradient(const float* u, std::size_t pairs, float* g)
{
    forThisCpu<loops::winogradWeightsGradient<Sixteen>, loops::winogradWeightsGradient<Eight>, loops::winogradWeightsGradient<Four>>(
        u, pairs, g);
}

} // namespace bitstill::kernels
