#include "engine/kernels/depthwise.h"

#include "engine/core/for_this_cpu.h"
#include "engine/kernels/lanes.h"

namespace bitstill::kernels {

namespace {

/// What the loops need of the map, so that they read it from registers.
struct Steps {
    std::size_t stride, height, width, column, line, rows, columns;

    explicit Steps(const DepthwiseMap& m) :
        stride(m.stride), height(m.height), width(m.width), column(m.channels), line(m.width * m.channels), rows(m.outHeight()),
        columns(m.outWidth())
    {
    }
};

/// Calls place(in, out, up, down, left, right) for each output: where its centre and itself are, and which neighbours of the centre
/// exist. The four are constants to the compiler for most outputs.
template <class Place> BITSTILL_INLINE void eachPlace(const Steps& s, const Place& place)
{
    for (std::size_t y = 0; y < s.rows; ++y) {
        const std::size_t step = s.stride * s.column;
        const bool up = y > 0, down = y * s.stride + 1 < s.height;
        std::size_t in = y * s.stride * s.line, out = y * s.columns * s.column;
        place(in, out, up, down, false, s.width > 1);
        if (s.columns == 1) continue;
        in += step;
        out += s.column;
        if (up && down)
            for (std::size_t x = 1; x + 1 < s.columns; ++x, in += step, out += s.column) place(in, out, true, true, true, true);
        else
            for (std::size_t x = 1; x + 1 < s.columns; ++x, in += step, out += s.column) place(in, out, up, down, true, true);
        place(in, out, up, down, true, (s.columns - 1) * s.stride + 1 < s.width);
    }
}

namespace loops {

BITSTILL_INLINE void depthwise(const DepthwiseMap& map, const float* x, const float* w, const float* bias, Activation a, float* y)
{
    const Steps s(map);
    const Lanes low = Lanes{} + a.low, high = Lanes{} + a.high;
    for (std::size_t c = 0; c < s.column; c += 16) {
        Lanes taps[9];
        for (std::size_t k = 0; k < 9; ++k) taps[k] = at(w + k * s.column + c);
        const Lanes start = at(bias + c);
        eachPlace(
            s, [&](std::size_t in, std::size_t out, bool up, bool down, bool left, bool right) __attribute__((always_inline)) {
                const float* middle = x + in + c;
                Lanes sum = start;
                const auto add = [&](const float* p, const Lanes* t) __attribute__((always_inline))
                {
                    if (left) sum += at(p - s.column) * t[0];
                    sum += at(p) * t[1];
                    if (right) sum += at(p + s.column) * t[2];
                };
                if (up) add(middle - s.line, taps);
                add(middle, taps + 3);
                if (down) add(middle + s.line, taps + 6);
                sum = sum < low ? low : sum;
                at(y + out + c) = sum > high ? high : sum;
            });
    }
}

BITSTILL_INLINE void depthwiseDataOfStride2(const DepthwiseMap& map, const float* dy, const float* w, float* dx)
{
    const Steps s(map);
    const std::size_t outLine = s.columns * s.column;
    for (std::size_t c = 0; c < s.column; c += 16) {
        Lanes taps[9];
        for (std::size_t k = 0; k < 9; ++k) taps[k] = at(w + k * s.column + c);
        for (std::size_t y = 0; y < s.height; ++y) {
            const float* d = dy + y / 2 * outLine + c;
            float* out = dx + y * s.line + c;
            const bool below = y / 2 + 1 < s.rows;
            for (std::size_t x = 0; x < s.columns; ++x, d += s.column, out += 2 * s.column) {
                // Even rows and columns meet the kernel's middle, odd ones both of its ends.
                Lanes even{}, odd{};
                const auto add = [&](const float* p, const Lanes* t) __attribute__((always_inline))
                {
                    even += at(p) * t[1];
                    odd += at(p) * t[2];
                    if (x + 1 < s.columns) odd += at(p + s.column) * t[0];
                };
                if (y % 2 == 0) add(d, taps + 3);
                if (y % 2 == 1) add(d, taps + 6);
                if (y % 2 == 1 && below) add(d + outLine, taps);
                at(out) = even;
                if (2 * x + 1 < s.width) at(out + s.column) = odd;
            }
        }
    }
}

BITSTILL_INLINE void depthwiseWeights(const DepthwiseMap& map, const float* x, const float* dy, float* dw, float* dBias)
{
    const Steps s(map);
    for (std::size_t c = 0; c < s.column; c += 16) {
        Lanes sums[9], total{};
        for (std::size_t k = 0; k < 9; ++k) sums[k] = at(dw + k * s.column + c);
        eachPlace(
            s, [&](std::size_t in, std::size_t out, bool up, bool down, bool left, bool right) __attribute__((always_inline)) {
                const float* middle = x + in + c;
                const Lanes d = at(dy + out + c);
                const auto add = [&](const float* p, Lanes* to) __attribute__((always_inline))
                {
                    if (left) to[0] += at(p - s.column) * d;
                    to[1] += at(p) * d;
                    if (right) to[2] += at(p + s.column) * d;
                };
                if (up) add(middle - s.line, sums);
                add(middle, sums + 3);
                if (down) add(middle + s.line, sums + 6);
                total += d;
            });
        for (std::size_t k = 0; k < 9; ++k) at(dw + k * s.column + c) = sums[k];
        if (dBias) at(dBias + c) += total;
    }
}

} // namespace loops

} // namespace

void depthwise(const DepthwiseMap& map, const float* x, const float* w, const float* bias, Activation a, float* y)
{
    forThisCpu<loops::depthwise>(map, x, w, bias, a, y);
}

void depthwiseDataOfStride2(const DepthwiseMap& map, const float* dy, const float* w, float* dx)
{
    forThisCpu<loops::depthwiseDataOfStride2>(map, dy, w, dx);
}

void depthwiseWeights(const DepthwiseMap& map, const float* x, const float* dy, float* dw, float* dBias)
{
    forThisCpu<loops::depthwiseWeights>(map, x, dy, dw, dBias);
}

} // namespace bitstill::kernels
