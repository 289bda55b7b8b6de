#include "engine/kernels/int8_conv.h"

#include "engine/core/for_this_cpu.h"

#include <algorithm>
#include <cstring>

namespace bitstill {

namespace {

std::size_t paddedRow(const ConvShape& s) { return static_cast<std::size_t>((s.inWidth + 2 * s.padding) * s.inChannels); }

} // namespace

std::size_t paddedBytes(const ConvShape& s) { return static_cast<std::size_t>(s.inHeight + 2 * s.padding) * paddedRow(s); }

void pad(const ConvShape& s, const std::uint8_t* x, std::uint8_t zeroPoint, std::uint8_t* padded)
{
    const std::size_t row = paddedRow(s), border = static_cast<std::size_t>(s.padding * s.inChannels), inner = row - 2 * border;
    std::memset(padded, zeroPoint, static_cast<std::size_t>(s.padding) * row);
    padded += static_cast<std::size_t>(s.padding) * row;
    for (int y = 0; y < s.inHeight; ++y, x += inner, padded += row) {
        std::memset(padded, zeroPoint, border);
        std::memcpy(padded + border, x, inner);
        std::memset(padded + border + inner, zeroPoint, border);
    }
    std::memset(padded, zeroPoint, static_cast<std::size_t>(s.padding) * row);
}

std::vector<std::int8_t> convolutionOrder(const ConvShape& s, const std::vector<std::int8_t>& oihw)
{
    std::vector<std::int8_t> ordered(oihw.size());
    const auto in = static_cast<std::size_t>(s.inChannels / s.groups), taps = static_cast<std::size_t>(s.kernel * s.kernel);
    for (std::size_t o = 0; o < static_cast<std::size_t>(s.outChannels); ++o)
        for (std::size_t i = 0; i < in; ++i)
            for (std::size_t t = 0; t < taps; ++t) ordered[(o * taps + t) * in + i] = oihw[(o * in + i) * taps + t];
    return ordered;
}

namespace {

/// `Segment` bytes of a window lie side by side, one of its rows; a known number of them is copied in a move. 0: any number.
template <std::size_t Segment> void copyWindows(const ConvShape& s, const std::uint8_t* padded, std::uint8_t* rows)
{
    const auto channels = static_cast<std::size_t>(s.inChannels), kernel = static_cast<std::size_t>(s.kernel);
    const std::size_t segment = Segment ? Segment : kernel * channels, row = paddedRow(s);
    const std::size_t across = static_cast<std::size_t>(s.stride) * channels, down = static_cast<std::size_t>(s.stride) * row;
    for (int oy = 0; oy < s.outHeight(); ++oy, padded += down) {
        const std::uint8_t* window = padded;
        for (int ox = 0; ox < s.outWidth(); ++ox, window += across)
            for (std::size_t ky = 0; ky < kernel; ++ky, rows += segment) std::memcpy(rows, window + ky * row, segment);
    }
}

} // namespace

void windows(const ConvShape& s, const std::uint8_t* padded, std::uint8_t* rows)
{
    switch (s.kernel * s.inChannels) {
    case 3: return copyWindows<3>(s, padded, rows);
    case 24: return copyWindows<24>(s, padded, rows);
    case 48: return copyWindows<48>(s, padded, rows);
    case 96: return copyWindows<96>(s, padded, rows);
    default: return copyWindows<0>(s, padded, rows);
    }
}

GroupedInt8::GroupedInt8(const ConvShape& s, const std::vector<std::int8_t>& oihw) : m_shape(s), m_weights(oihw.begin(), oihw.end())
{
    if (!isDepthwise()) return;
    const auto channels = static_cast<std::size_t>(s.outChannels), taps = static_cast<std::size_t>(s.kernel * s.kernel);
    for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t t = 0; t < taps; ++t) m_weights[t * channels + c] = oihw[c * taps + t];
}

namespace {

/// Channels whose sums stay in registers.
constexpr int kBlock = 16;

template <int Width>
BITSTILL_INLINE void depthwiseBlock(
    const ConvShape& s, const std::uint8_t* padded, const std::int16_t* weights, int width, std::int32_t* acc)
{
    const int n = Width ? Width : width, channels = s.outChannels, row = (s.inWidth + 2 * s.padding) * channels;
    for (int oy = 0; oy < s.outHeight(); ++oy)
        for (int ox = 0; ox < s.outWidth(); ++ox, acc += channels) {
            const std::uint8_t* window = padded + oy * s.stride * row + ox * s.stride * channels;
            std::int32_t sums[kBlock] = {};
            for (int ky = 0; ky < s.kernel; ++ky)
                for (int kx = 0; kx < s.kernel; ++kx) {
                    const std::uint8_t* x = window + ky * row + kx * channels;
                    const std::int16_t* w = weights + (ky * s.kernel + kx) * channels;
                    for (int c = 0; c < n; ++c) sums[c] += x[c] * w[c];
                }
            for (int c = 0; c < n; ++c) acc[c] = sums[c];
        }
}

BITSTILL_INLINE void depthwise(const ConvShape& s, const std::uint8_t* padded, const std::int16_t* weights, std::int32_t* acc)
{
    for (int c = 0; c < s.outChannels; c += kBlock) {
        if (c + kBlock <= s.outChannels)
            depthwiseBlock<kBlock>(s, padded + c, weights + c, kBlock, acc + c);
        else
            depthwiseBlock<0>(s, padded + c, weights + c, s.outChannels - c, acc + c);
    }
}

} // namespace

void GroupedInt8::run(const std::uint8_t* padded, std::int32_t* acc) const
{
    const ConvShape& s = m_shape;
    if (isDepthwise()) return forThisCpu<depthwise>(s, padded, m_weights.data(), acc);
    const int in = s.inChannels / s.groups, out = s.outChannels / s.groups, taps = s.kernel * s.kernel,
              row = static_cast<int>(paddedRow(s));
    for (int oy = 0; oy < s.outHeight(); ++oy)
        for (int ox = 0; ox < s.outWidth(); ++ox, acc += s.outChannels)
            for (int o = 0; o < s.outChannels; ++o) {
                acc[o] = 0;
                for (int t = 0; t < taps; ++t) {
                    const std::uint8_t* pixel =
                        padded + (oy * s.stride + t / s.kernel) * row + (ox * s.stride + t % s.kernel) * s.inChannels + o / out * in;
                    for (int i = 0; i < in; ++i) acc[o] += pixel[i] * m_weights[static_cast<std::size_t>((o * in + i) * taps + t)];
                }
            }
}

} // namespace bitstill
