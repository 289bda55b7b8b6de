#include "engine/kernels/elementwise.h"

#include "engine/core/for_this_cpu.h"

#include <cstring>

namespace bitstill::kernels {

namespace {

inline float clamped(float v, Activation a)
{
    v = v < a.low ? a.low : v;
    return v > a.high ? a.high : v;
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
typedef std::uint8_t Bytes __attribute__((vector_size(64)));
typedef std::int8_t SignedBytes __attribute__((vector_size(64)));

/// The table in four registers, 64 bytes looked up at a time; returns how many have been.
__attribute__((target("avx512vbmi"))) std::size_t lookUpWide(
    const std::uint8_t* table, const std::uint8_t* x, std::size_t n, std::uint8_t* y)
{
    Bytes t[4];
    std::memcpy(t, table, sizeof t);
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        Bytes at, found;
        std::memcpy(&at, x + i, 64);
        const Bytes low = __builtin_shuffle(t[0], t[1], at), high = __builtin_shuffle(t[2], t[3], at);
        found = reinterpret_cast<SignedBytes>(at) < 0 ? high : low;
        std::memcpy(y + i, &found, 64);
    }
    return i;
}
#else
std::size_t lookUpWide(const std::uint8_t*, const std::uint8_t*, std::size_t, std::uint8_t*) { return 0; }
#endif

namespace loops {

BITSTILL_INLINE void addBias(float* y, const float* bias, std::size_t rows, std::size_t columns, std::size_t stride, Activation activation)
{
    for (std::size_t r = 0; r < rows; ++r, y += stride)
        for (std::size_t c = 0; c < columns; ++c) y[c] = clamped(y[c] + bias[c], activation);
}

BITSTILL_INLINE void maskGradient(const float* y, float* gradient, std::size_t n, Activation activation)
{
    for (std::size_t i = 0; i < n; ++i) gradient[i] = (y[i] > activation.low) & (y[i] < activation.high) ? gradient[i] : 0.0f;
}

BITSTILL_INLINE void activate(const float* x, float* y, std::size_t n, Activation activation)
{
    for (std::size_t i = 0; i < n; ++i) y[i] = clamped(x[i], activation);
}

BITSTILL_INLINE void add(const float* a, const float* b, float* y, std::size_t n, Activation activation)
{
    for (std::size_t i = 0; i < n; ++i) y[i] = clamped(a[i] + b[i], activation);
}

BITSTILL_INLINE void accumulate(const float* x, float* y, std::size_t n)
{
    for (std::size_t i = 0; i < n; ++i) y[i] += x[i];
}

BITSTILL_INLINE void columnSums(const float* x, float* sums, std::size_t rows, std::size_t columns, std::size_t stride)
{
    for (std::size_t c = 0; c < columns; ++c) sums[c] = 0;
    for (std::size_t r = 0; r < rows; ++r, x += stride)
        for (std::size_t c = 0; c < columns; ++c) sums[c] += x[c];
}

BITSTILL_INLINE bool allFinite(const float* x, std::size_t n)
{
    int bad = 0;
    for (std::size_t i = 0; i < n; ++i) bad |= !(x[i] - x[i] == 0.0f);
    return bad == 0;
}

BITSTILL_INLINE void extremes(const float* x, std::size_t n, float& low, float& high)
{
    // Lanes of their own, or the compiler must keep the order of comparisons; more than 16, or it unrolls the loop over them first
    // and then finds no vectors in it.
    constexpr std::size_t kLanes = 64;
    float lows[kLanes], highs[kLanes];
    for (std::size_t k = 0; k < kLanes; ++k) lows[k] = highs[k] = x[0];
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (std::size_t k = 0; k < kLanes; ++k) {
            lows[k] = x[i + k] < lows[k] ? x[i + k] : lows[k];
            highs[k] = x[i + k] > highs[k] ? x[i + k] : highs[k];
        }
    for (; i < n; ++i) {
        lows[0] = x[i] < lows[0] ? x[i] : lows[0];
        highs[0] = x[i] > highs[0] ? x[i] : highs[0];
    }
    low = lows[0];
    high = highs[0];
    for (std::size_t k = 1; k < kLanes; ++k) {
        low = lows[k] < low ? lows[k] : low;
        high = highs[k] > high ? highs[k] : high;
    }
}

BITSTILL_INLINE void normalizeBytes(const std::uint8_t* bytes, float* y, std::size_t n, float scale, float shift)
{
    for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<float>(bytes[i]) * scale + shift;
}

} // namespace loops

} // namespace

void addBias(float* y, const float* bias, std::size_t rows, std::size_t columns, std::size_t stride, Activation activation)
{
    forThisCpu<loops::addBias>(y, bias, rows, columns, stride, activation);
}

void maskGradient(const float* y, float* gradient, std::size_t n, Activation activation)
{
    forThisCpu<loops::maskGradient>(y, gradient, n, activation);
}

void activate(const float* x, float* y, std::size_t n, Activation activation) { forThisCpu<loops::activate>(x, y, n, activation); }

void add(const float* a, const float* b, float* y, std::size_t n, Activation activation) { forThisCpu<loops::add>(a, b, y, n, activation); }

void accumulate(const float* x, float* y, std::size_t n) { forThisCpu<loops::accumulate>(x, y, n); }

void columnSums(const float* x, float* sums, std::size_t rows, std::size_t columns, std::size_t stride)
{
    forThisCpu<loops::columnSums>(x, sums, rows, columns, stride);
}

bool allFinite(const float* x, std::size_t n) { return forThisCpu<loops::allFinite>(x, n); }

void extremes(const float* x, std::size_t n, float& low, float& high) { forThisCpu<loops::extremes>(x, n, low, high); }

void normalizeBytes(const std::uint8_t* bytes, float* y, std::size_t n, float scale, float shift)
{
    forThisCpu<loops::normalizeBytes>(bytes, y, n, scale, shift);
}

void lookUp(const std::uint8_t* table, const std::uint8_t* x, std::size_t n, std::uint8_t* y)
{
    static const bool wide = canLookUpBytes();
    for (std::size_t i = wide ? lookUpWide(table, x, n, y) : 0; i < n; ++i) y[i] = table[x[i]];
}

} // namespace bitstill::kernels
