#include "engine/kernels/batchnorm_pool.h"

#include "engine/kernels/lanes.h"

namespace bitstill::kernels {

namespace {

/// One place of a row of windows at a time, each window's left and right half `channels` apart.
struct Single {
    using Value = float;

    static const float& at(const float* p) { return *p; }
    static float& at(float* p) { return *p; }
    static BITSTILL_INLINE void read(const float* row, std::size_t channels, float& left, float& right)
    {
        left = row[0];
        right = row[channels];
    }
    static BITSTILL_INLINE void write(float left, float right, float* row, std::size_t channels)
    {
        row[0] = left;
        row[channels] = right;
    }
    /// Calls place(where it is in the maps, in the windows, channel).
    template <class Place> static BITSTILL_INLINE void each(std::size_t windows, std::size_t channels, const Place& place)
    {
        for (std::size_t w = 0; w < windows; ++w)
            for (std::size_t c = 0; c < channels; ++c) place(2 * w * channels + c, w * channels + c, c);
    }
};

/// As many channels of a window at a time as a register holds; the last may be some of those before again.
template <class Register> struct Registers {
    using Value = Register;
    typedef float Unaligned __attribute__((vector_size(sizeof(Register)), aligned(4), may_alias));
    static constexpr std::size_t kLanes = sizeof(Register) / sizeof(float);

    static BITSTILL_INLINE const Unaligned& at(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
    static BITSTILL_INLINE Unaligned& at(float* p) { return *reinterpret_cast<Unaligned*>(p); }
    static BITSTILL_INLINE void read(const float* row, std::size_t channels, Register& left, Register& right)
    {
        left = at(row);
        right = at(row + channels);
    }
    static BITSTILL_INLINE void write(const Register& left, const Register& right, float* row, std::size_t channels)
    {
        at(row) = left;
        at(row + channels) = right;
    }
    template <class Place> static BITSTILL_INLINE void each(std::size_t windows, std::size_t channels, const Place& place)
    {
        for (std::size_t w = 0; w < windows; ++w)
            for (std::size_t done = 0; done < channels; done += kLanes) {
                const std::size_t c = done + kLanes <= channels ? done : channels - kLanes;
                place(2 * w * channels + c, w * channels + c, c);
            }
    }
};

/// Sixteen places of two or four neighbouring windows; the last of a row may be some of those before again.
template <std::size_t Channels> struct Neighbours : Registers<Sixteen> {
    static BITSTILL_INLINE void read(const float* row, std::size_t, Sixteen& left, Sixteen& right)
    {
        // Of references GCC 12 forgets that they are not aligned.
        const Sixteen a = at(row), b = at(row + 16);
        if constexpr (Channels == 8) {
            left = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
            right = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
        } else {
            left = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
            right = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        }
    }
    static BITSTILL_INLINE void write(const Sixteen& left, const Sixteen& right, float* row, std::size_t)
    {
        if constexpr (Channels == 8) {
            at(row) = __builtin_shufflevector(left, right, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
            at(row + 16) = __builtin_shufflevector(left, right, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
        } else {
            at(row) = __builtin_shufflevector(left, right, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
            at(row + 16) = __builtin_shufflevector(left, right, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
        }
    }
    template <class Place> static BITSTILL_INLINE void each(std::size_t windows, std::size_t, const Place& place)
    {
        const std::size_t n = windows * Channels;
        for (std::size_t i = 0; i + 16 <= n; i += 16) place(2 * i, i, 0);
        if (n % 16 != 0) place(2 * (n - 16), n - 16, 0);
    }
};

/// Calls row.template operator()<Some>() with the places that a row of windows is worked through by.
template <class Register, class Row> BITSTILL_INLINE void bySome(std::size_t windows, std::size_t channels, const Row& row)
{
    if (channels >= Registers<Register>::kLanes) return row.template operator()<Registers<Register>>();
    if constexpr (Registers<Register>::kLanes == 16) {
        if (channels == 8 && windows >= 2) return row.template operator()<Neighbours<8>>();
        if (channels == 4 && windows >= 4) return row.template operator()<Neighbours<4>>();
    } else {
        if (channels >= 4) return row.template operator()<Registers<Four>>();
    }
    row.template operator()<Single>();
}

template <class Register>
BITSTILL_INLINE void forwardRow(const float* __restrict above, const float* __restrict below, const float* __restrict scale,
    const float* __restrict shift, Activation act, std::size_t windows, std::size_t channels, float* __restrict y, float* __restrict chosen)
{
    bySome<Register>(
        windows, channels, [&]<class Some>() __attribute__((always_inline)) {
            using Value = typename Some::Value;
            const Value low = Value{} + act.low, high = Value{} + act.high;
            Some::each(
                windows, channels, [&](std::size_t in, std::size_t out, std::size_t c) __attribute__((always_inline)) {
                    Value x0, x1, x2, x3;
                    Some::read(above + in, channels, x0, x1);
                    Some::read(below + in, channels, x2, x3);
                    const Value factor = Some::at(scale + c), offset = Some::at(shift + c);
                    const Value y0 = x0 * factor + offset, y1 = x1 * factor + offset, y2 = x2 * factor + offset, y3 = x3 * factor + offset;
                    const Value top = y1 > y0 ? y1 : y0, topX = y1 > y0 ? x1 : x0;
                    const Value bottom = y3 > y2 ? y3 : y2, bottomX = y3 > y2 ? x3 : x2;
                    const Value most = bottom > top ? bottom : top, mostX = bottom > top ? bottomX : topX;
                    const Value kept = most < low ? low : most;
                    Some::at(chosen + out) = mostX;
                    Some::at(y + out) = kept > high ? high : kept;
                });
        });
}

template <class Register>
BITSTILL_INLINE void backwardRow(const float* __restrict above, const float* __restrict below, const float* __restrict chosen,
    const float* __restrict dy, const AffineGradient& g, Activation act, std::size_t windows, std::size_t channels,
    float* __restrict dxAbove, float* __restrict dxBelow)
{
    const float* __restrict scale = g.scale, * __restrict shift = g.shift, * __restrict a = g.a, * __restrict b = g.b, * __restrict add = g.d;
    bySome<Register>(
        windows, channels, [&]<class Some>() __attribute__((always_inline)) {
            using Value = typename Some::Value;
            const Value low = Value{} + act.low, high = Value{} + act.high, none{};
            Some::each(
                windows, channels, [&](std::size_t in, std::size_t out, std::size_t c) __attribute__((always_inline)) {
                    Value x0, x1, x2, x3;
                    Some::read(above + in, channels, x0, x1);
                    Some::read(below + in, channels, x2, x3);
                    const Value x = Some::at(chosen + out), d = Some::at(dy + out), factor = Some::at(scale + c);
                    const Value offset = Some::at(shift + c), slope = Some::at(a + c), ofX = Some::at(b + c), rest = Some::at(add + c);
                    const Value y = x * factor + offset;
                    // Of two choices in a row, or of two by the same comparison, GCC 12 makes no vector code.
                    const Value aboveLow = y > low ? d : none, passed = slope * aboveLow, gradient = y < high ? passed : none;
                    const Value to0 = x0 == x ? gradient : none, rest1 = gradient - to0;
                    const Value to1 = x1 == x ? rest1 : none, rest2 = rest1 - to1;
                    const Value to2 = x2 == x ? rest2 : none, rest3 = rest2 - to2;
                    const Value to3 = x3 == x ? rest3 : none;
                    Some::write(ofX * x0 + rest + to0, ofX * x1 + rest + to1, dxAbove + in, channels);
                    Some::write(ofX * x2 + rest + to2, ofX * x3 + rest + to3, dxBelow + in, channels);
                });
        });
}

/// Channels' constants as the loops over registers read them: those of fewer than sixteen channels repeated until they fill one.
class Constants {
public:
    Constants(const float* values, std::size_t channels) : m_values(values)
    {
        if (channels != 4 && channels != 8) return;
        for (std::size_t i = 0; i < 16; ++i) m_repeated[i] = values[i % channels];
        m_values = m_repeated;
    }
    Constants(const Constants&) = delete;
    Constants& operator=(const Constants&) = delete;
    operator const float*() const { return m_values; }

private:
    const float* m_values;
    float m_repeated[16];
};

/// Calls row(place of the upper row of x, of the lower, of the row of windows) for all rows of windows of all samples.
template <class Row> void forEachRow(const PoolShape& s, int samples, const Row& row)
{
    const std::size_t in = static_cast<std::size_t>(s.inWidth) * static_cast<std::size_t>(s.channels);
    const std::size_t out = static_cast<std::size_t>(s.outWidth) * static_cast<std::size_t>(s.channels);
    const std::size_t rows = static_cast<std::size_t>(samples) * static_cast<std::size_t>(s.outHeight);
    for (std::size_t r = 0; r < rows; ++r) row(2 * r * in, (2 * r + 1) * in, r * out);
}

} // namespace

bool canPool(const PoolShape& s)
{
    return s.kernelHeight == 2 && s.kernelWidth == 2 && s.strideHeight == 2 && s.strideWidth == 2 && s.inHeight == 2 * s.outHeight
        && s.inWidth == 2 * s.outWidth;
}

void affineMaxPool(
    const PoolShape& s, int samples, const float* x, const float* scale, const float* shift, Activation activation, float* y, float* chosen)
{
    const auto windows = static_cast<std::size_t>(s.outWidth), channels = static_cast<std::size_t>(s.channels);
    const Constants factors(scale, channels), offsets(shift, channels);
    forEachRow(s, samples, [&](std::size_t above, std::size_t below, std::size_t out) {
        forThisCpu<forwardRow<Sixteen>, forwardRow<Eight>, forwardRow<Four>>(
            x + above, x + below, factors, offsets, activation, windows, channels, y + out, chosen + out);
    });
}

void backwardAffineMaxPool(const PoolShape& s, int samples, const float* x, const float* chosen, const float* dy, const AffineGradient& g,
    Activation activation, float* dx)
{
    const auto windows = static_cast<std::size_t>(s.outWidth), channels = static_cast<std::size_t>(s.channels);
    const Constants scale(g.scale, channels), shift(g.shift, channels), a(g.a, channels), b(g.b, channels), d(g.d, channels);
    const AffineGradient repeated{scale, shift, a, b, d};
    forEachRow(s, samples, [&](std::size_t above, std::size_t below, std::size_t out) {
        forThisCpu<backwardRow<Sixteen>, backwardRow<Eight>, backwardRow<Four>>(
            x + above, x + below, chosen + out, dy + out, repeated, activation, windows, channels, dx + above, dx + below);
    });
}

} // namespace bitstill::kernels
