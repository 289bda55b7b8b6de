#include "engine/kernels/narrow.h"

#include "engine/core/for_this_cpu.h"
#include "engine/kernels/lanes.h"

#include <algorithm>
#include <cstdint>

namespace bitstill::kernels {

namespace {

typedef std::int32_t Places __attribute__((vector_size(64)));

/// Floats behind a padded map that the loops read and do not use.
constexpr std::size_t kBehind = 64;

/// What the loops need of the maps, so that they read it from registers.
struct Walk {
    std::size_t height, channels, line; ///< line: of the padded input
    std::size_t outLine, step; ///< step: from the input of sixteen outputs to that of the next
    Places places; ///< where each of sixteen outputs finds its input, behind that of the first

    Walk(const NarrowMap& m, std::size_t outChannels) :
        height(m.height), channels(m.channels), line((m.width + 2) * m.channels), outLine(m.width * outChannels),
        step(16 / outChannels * m.channels), places{}
    {
        for (std::size_t i = 0; i < 16; ++i) places[i] = static_cast<std::int32_t>(i / outChannels * m.channels);
    }
    bool isNear() const { return static_cast<std::size_t>(places[15]) + channels <= 16; }
};

/// A row of outputs in whole registers.
std::size_t framed(std::size_t outLine) { return (outLine + 15) / 16 * 16; }

/// Into a register. What is not volatile the compiler reads anew for every product, and the loops wait for memory.
BITSTILL_INLINE void readOnce(const float* p, Lanes& to) { to = *static_cast<const volatile Lanes*>(static_cast<const void*>(p)); }

/// The floats that hold the inputs of sixteen outputs: all channels of some neighbouring pixels.
template <bool Near> struct Pixels {
    Lanes low, high;

    BITSTILL_INLINE void read(const float* p)
    {
        readOnce(p, low);
        if (!Near) readOnce(p + 16, high);
    }
    /// to = p[places[i]] for each of sixteen.
    BITSTILL_INLINE void spread(const Places& places, Lanes& to) const
    {
#if defined(__clang__)
        for (int i = 0; i < 16; ++i) to[i] = places[i] < 16 ? low[places[i]] : high[places[i] - 16];
#else
        to = Near ? __builtin_shuffle(low, places) : __builtin_shuffle(low, high, places);
#endif
    }
};

/// The outputs from y on, of which a row has `left`; the last sixteen perhaps not all.
template <std::size_t Count> BITSTILL_INLINE void store(const Lanes* sums, Activation a, std::size_t left, float* y)
{
    for (std::size_t i = 0; i < Count; ++i) {
        Lanes sum = sums[i];
        sum = sum < Lanes{} + a.low ? Lanes{} + a.low : sum;
        sum = sum > Lanes{} + a.high ? Lanes{} + a.high : sum;
        if (left >= (i + 1) * 16)
            at(y + i * 16) = sum;
        else
            for (std::size_t j = i * 16; j < left; ++j) y[j] = sum[j % 16];
    }
}

/// `Count` times sixteen columns of the output from top to bottom. A row of the input is the topmost of the three that one row of the
/// output needs, the middle one of the row above that and the lowest of the next, so that its numbers are spread once for all three.
template <bool Near, std::size_t Count>
BITSTILL_INLINE void convolveColumns(
    const Walk& s, const float* x, const float* w, const float* bias, Activation a, std::size_t left, float* y)
{
    const Lanes start = at(bias);
    Lanes above[Count], level[Count], below[Count];
    for (std::size_t i = 0; i < Count; ++i) above[i] = level[i] = start;
    for (std::size_t row = 0; row < s.height; ++row, x += s.line) {
        for (std::size_t i = 0; i < Count; ++i) below[i] = start;
        for (std::size_t k = 0; k < 3; ++k) {
            Pixels<Near> pixels[Count];
            for (std::size_t i = 0; i < Count; ++i) pixels[i].read(x + k * s.channels + i * s.step);
            Places places = s.places;
            const float* taps = w + k * 16;
            for (std::size_t c = 0; c < s.channels; ++c, places += 1, taps += 9 * 16) {
                Lanes top, middle, bottom;
                readOnce(taps, top);
                readOnce(taps + 3 * 16, middle);
                readOnce(taps + 6 * 16, bottom);
                for (std::size_t i = 0; i < Count; ++i) {
                    Lanes in;
                    pixels[i].spread(places, in);
                    below[i] += in * top;
                    level[i] += in * middle;
                    above[i] += in * bottom;
                }
            }
        }
        if (row > 0) store<Count>(above, a, left, y + (row - 1) * s.outLine);
        for (std::size_t i = 0; i < Count; ++i) {
            above[i] = level[i];
            level[i] = below[i];
        }
    }
    store<Count>(above, a, left, y + (s.height - 1) * s.outLine);
}

template <bool Near> BITSTILL_INLINE void convolve(const Walk& s, const float* x, const float* w, const float* bias, Activation a, float* y)
{
    for (std::size_t first = 0; first < s.outLine; first += 64, x += 4 * s.step, y += 64) {
        const std::size_t left = s.outLine - first;
        if (left > 48)
            convolveColumns<Near, 4>(s, x, w, bias, a, left, y);
        else if (left > 32)
            convolveColumns<Near, 3>(s, x, w, bias, a, left, y);
        else if (left > 16)
            convolveColumns<Near, 2>(s, x, w, bias, a, left, y);
        else
            convolveColumns<Near, 1>(s, x, w, bias, a, left, y);
    }
}

/// The gradients of `Count` channels of the input from `first` on; `dy` as narrowFrame leaves it.
template <bool Near, std::size_t Count>
BITSTILL_INLINE void weightsOf(const Walk& s, std::size_t first, const float* x, const float* dy, float* dw)
{
    const std::size_t frame = framed(s.outLine);
    Lanes sums[Count][9];
    Places places[Count];
    for (std::size_t c = 0; c < Count; ++c) {
        places[c] = s.places + static_cast<std::int32_t>(first + c);
        for (std::size_t k = 0; k < 9; ++k) sums[c][k] = at(dw + ((first + c) * 9 + k) * 16);
    }
    for (std::size_t row = 0; row < s.height; ++row) {
        const float *p = x + row * s.line, *above = dy + row * frame;
        for (std::size_t column = 0; column < s.outLine; column += 16, p += s.step, above += 16) {
            Lanes top, middle, bottom;
            readOnce(above + 2 * frame, top);
            readOnce(above + frame, middle);
            readOnce(above, bottom);
            for (std::size_t k = 0; k < 3; ++k) {
                Pixels<Near> pixels;
                pixels.read(p + k * s.channels);
                for (std::size_t c = 0; c < Count; ++c) {
                    Lanes in;
                    pixels.spread(places[c], in);
                    sums[c][k] += in * top;
                    sums[c][3 + k] += in * middle;
                    sums[c][6 + k] += in * bottom;
                }
            }
        }
    }
    for (std::size_t c = 0; c < Count; ++c)
        for (std::size_t k = 0; k < 9; ++k) at(dw + ((first + c) * 9 + k) * 16) = sums[c][k];
}

template <bool Near> BITSTILL_INLINE void weights(const Walk& s, const float* x, const float* dy, float* dw)
{
    std::size_t c = 0;
    for (; c + 2 <= s.channels; c += 2) weightsOf<Near, 2>(s, c, x, dy, dw);
    if (c < s.channels) weightsOf<Near, 1>(s, c, x, dy, dw);
}

namespace loops {

BITSTILL_INLINE void narrowConvolve(
    const float* padded, const NarrowMap& map, std::size_t outChannels, const float* w, const float* bias, Activation activation, float* y)
{
    const Walk s(map, outChannels);
    s.isNear() ? convolve<true>(s, padded, w, bias, activation, y) : convolve<false>(s, padded, w, bias, activation, y);
}

BITSTILL_INLINE void narrowWeights(const float* padded, const NarrowMap& map, std::size_t outChannels, const float* frame, float* dw)
{
    const Walk s(map, outChannels);
    s.isNear() ? weights<true>(s, padded, frame, dw) : weights<false>(s, padded, frame, dw);
}

BITSTILL_INLINE void narrowBias(const float* frame, std::size_t size, float* dBias)
{
    Lanes total = at(dBias);
    for (std::size_t i = 0; i < size; i += 16) total += at(frame + i);
    at(dBias) = total;
}

} // namespace loops

} // namespace

std::size_t narrowPaddedSize(const NarrowMap& m) { return m.height * (m.width + 2) * m.channels + kBehind; }

bool narrowServes(std::size_t inChannels, std::size_t outChannels) { return (outChannels == 4 || outChannels == 8) && inChannels <= 8; }

void narrowPad(const float* x, const NarrowMap& m, float* padded)
{
    const std::size_t line = m.width * m.channels, border = m.channels;
    for (std::size_t row = 0; row < m.height; ++row, x += line) {
        padded = std::fill_n(padded, border, 0.0f);
        padded = std::copy_n(x, line, padded);
        padded = std::fill_n(padded, border, 0.0f);
    }
    std::fill_n(padded, kBehind, 0.0f);
}

void narrowConvolve(
    const float* padded, const NarrowMap& map, std::size_t outChannels, const float* w, const float* bias, Activation activation, float* y)
{
    forThisCpu<loops::narrowConvolve>(padded, map, outChannels, w, bias, activation, y);
}

std::size_t narrowFrameSize(const NarrowMap& m) { return (m.height + 2) * framed(m.width * m.channels); }

void narrowFrame(const float* dy, const NarrowMap& m, float* frame)
{
    const std::size_t line = m.width * m.channels, wide = framed(line);
    frame = std::fill_n(frame, wide, 0.0f);
    for (std::size_t row = 0; row < m.height; ++row, dy += line) {
        frame = std::copy_n(dy, line, frame);
        frame = std::fill_n(frame, wide - line, 0.0f);
    }
    std::fill_n(frame, wide, 0.0f);
}

void narrowWeights(const float* padded, const NarrowMap& map, std::size_t outChannels, const float* frame, float* dw)
{
    forThisCpu<loops::narrowWeights>(padded, map, outChannels, frame, dw);
}

void narrowBias(const float* frame, std::size_t size, float* dBias) { forThisCpu<loops::narrowBias>(frame, size, dBias); }

} // namespace bitstill::kernels
