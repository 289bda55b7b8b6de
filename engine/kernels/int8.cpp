#include "engine/kernels/int8.h"

#include "engine/core/clones.h"
#include "engine/kernels/sequential.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <oneapi/dnnl/dnnl.h>

namespace bitstill {

namespace {

void gemm(const std::uint8_t* x, int rows, const std::int8_t* w, int n, int k, std::int32_t* acc, float beta = 0)
{
    computeOnThisThreadAlone();
    const std::int32_t none = 0;
    [[maybe_unused]] const dnnl_status_t status = dnnl_gemm_u8s8s32('N', 'T', 'F', rows, n, k, 1.0f, x, k, 0, w, k, 0, beta, acc, n, &none);
    assert(status == dnnl_success);
}

/// One row at a time, where packing the weights for a matrix product would cost more than the product.
BITSTILL_CLONES
void rowProduct(const std::int16_t* x, const std::int8_t* w, int n, int k, std::int32_t* acc)
{
    int j = 0;
    for (; j + 4 <= n; j += 4, w += 4 * k) {
        std::int32_t a = 0, b = 0, c = 0, d = 0;
        for (int i = 0; i < k; ++i) {
            a += x[i] * static_cast<std::int16_t>(w[i]);
            b += x[i] * static_cast<std::int16_t>(w[k + i]);
            c += x[i] * static_cast<std::int16_t>(w[2 * k + i]);
            d += x[i] * static_cast<std::int16_t>(w[3 * k + i]);
        }
        acc[j] = a;
        acc[j + 1] = b;
        acc[j + 2] = c;
        acc[j + 3] = d;
    }
    for (; j < n; ++j, w += k) {
        acc[j] = 0;
        for (int i = 0; i < k; ++i) acc[j] += x[i] * static_cast<std::int16_t>(w[i]);
    }
}

} // namespace

bool int8PairsSaturate()
{
    static const bool saturate = [] {
        constexpr int kSize = 64;
        const std::vector<std::uint8_t> x(kSize * kSize, 255);
        const std::vector<std::int8_t> w(kSize * kSize, 127);
        std::vector<std::int32_t> acc(kSize * kSize);
        gemm(x.data(), kSize, w.data(), kSize, kSize, acc.data());
        return std::any_of(acc.begin(), acc.end(), [](std::int32_t a) { return a != 255 * 127 * kSize; });
    }();
    return saturate;
}

Int8Weights::Int8Weights(int n, int k, std::vector<std::int8_t> codes) : m_n(n), m_k(k), m_codes(std::move(codes))
{
    assert(m_codes.size() == static_cast<std::size_t>(n) * static_cast<std::size_t>(k));
    if (!int8PairsSaturate()) return;
    constexpr int kMost = 128; // 255·128 still fits
    const auto columns = static_cast<std::size_t>(k);
    m_narrow = m_codes;
    for (std::size_t i = 0; i < m_narrow.size(); ++i) {
        const std::size_t column = i % columns;
        if (column % 2 == 0) continue; // the kernel's pairs are columns 2i and 2i + 1
        const int sum = m_narrow[i - 1] + m_narrow[i];
        const int rest = sum > kMost ? sum - kMost : sum < -kMost ? sum + kMost : 0;
        if (rest == 0) continue;
        m_narrow[i] = static_cast<std::int8_t>(m_narrow[i] - rest);
        m_outliers.push_back({static_cast<int>(i / columns), static_cast<int>(column), rest});
    }
    constexpr std::size_t kFew = 200; // fewer than one in so many weights: one by one costs less than a second product
    if (m_outliers.size() * kFew <= m_codes.size()) return;
    m_rests.assign(m_codes.size(), 0);
    for (std::size_t i = 0; i < m_codes.size(); ++i) m_rests[i] = static_cast<std::int8_t>(m_codes[i] - m_narrow[i]);
}

void Int8Weights::multiply(const std::uint8_t* x, int rows, std::int32_t* acc) const
{
    constexpr int kFewRows = 4;
    const auto n = static_cast<std::size_t>(m_n), k = static_cast<std::size_t>(m_k);
    if (rows <= kFewRows) {
        static thread_local std::vector<std::int16_t> wide;
        for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
            wide.assign(x + r * k, x + (r + 1) * k);
            rowProduct(wide.data(), m_codes.data(), m_n, m_k, acc + r * n);
        }
        return;
    }
    gemm(x, rows, (m_narrow.empty() ? m_codes : m_narrow).data(), m_n, m_k, acc);
    if (!m_rests.empty()) return gemm(x, rows, m_rests.data(), m_n, m_k, acc, 1);
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
        for (const Outlier& o : m_outliers)
            acc[r * n + static_cast<std::size_t>(o.row)] += x[r * k + static_cast<std::size_t>(o.column)] * o.rest;
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

/// windows() where a row of a window has kBytes bytes, known so that copies are a move or two; 0: any number.
template <int kBytes> void copyWindows(const ConvShape& s, const std::uint8_t* x, std::uint8_t zeroPoint, std::uint8_t* rows)
{
    const int channels = s.inChannels, width = s.inWidth * channels;
    const auto segment = static_cast<std::size_t>(kBytes > 0 ? kBytes : s.kernel * channels),
               window = segment * static_cast<std::size_t>(s.kernel);
    for (int oy = 0; oy < s.outHeight(); ++oy, rows += window * static_cast<std::size_t>(s.outWidth()))
        for (int ky = 0; ky < s.kernel; ++ky) {
            const int y = oy * s.stride - s.padding + ky;
            std::uint8_t* to = rows + segment * static_cast<std::size_t>(ky);
            for (int ox = 0; ox < s.outWidth(); ++ox, to += window) {
                const int left = ox * s.stride - s.padding;
                if (y >= 0 && y < s.inHeight && left >= 0 && left + s.kernel <= s.inWidth) {
                    std::memcpy(to, x + y * width + left * channels, segment);
                    continue;
                }
                std::memset(to, zeroPoint, segment);
                const int first = std::max(0, -left), last = std::min(s.kernel, s.inWidth - left); // taps inside the map
                if (y >= 0 && y < s.inHeight && last > first)
                    std::memcpy(to + first * channels, x + y * width + (left + first) * channels,
                        static_cast<std::size_t>((last - first) * channels));
            }
        }
}

} // namespace

void windows(const ConvShape& s, const std::uint8_t* x, std::uint8_t zeroPoint, std::uint8_t* rows)
{
    switch (s.kernel * s.inChannels) {
    case 3: return copyWindows<3>(s, x, zeroPoint, rows);
    case 24: return copyWindows<24>(s, x, zeroPoint, rows);
    case 48: return copyWindows<48>(s, x, zeroPoint, rows);
    case 96: return copyWindows<96>(s, x, zeroPoint, rows);
    default: return copyWindows<0>(s, x, zeroPoint, rows);
    }
}

namespace {

BITSTILL_CLONES
void addProducts(const std::uint8_t* x, const std::int32_t* w, int n, std::int32_t* acc)
{
    for (int c = 0; c < n; ++c) acc[c] += x[c] * w[c];
}

} // namespace

void groupedConvolution(
    const ConvShape& s, const std::uint8_t* x, std::uint8_t zeroPoint, const std::vector<std::int8_t>& weights, std::int32_t* acc)
{
    const int in = s.inChannels / s.groups, out = s.outChannels / s.groups, taps = s.kernel * s.kernel;
    const bool depthwise = in == 1 && out == 1;
    std::vector<std::int32_t> byTap; // depthwise: [tap][channel], so that channels run side by side
    std::vector<std::uint8_t> outside;
    if (depthwise) {
        byTap.resize(weights.size());
        outside.assign(static_cast<std::size_t>(s.inChannels), zeroPoint);
        for (int c = 0; c < s.outChannels; ++c)
            for (int t = 0; t < taps; ++t)
                byTap[static_cast<std::size_t>(t * s.outChannels + c)] = weights[static_cast<std::size_t>(c * taps + t)];
    }
    for (int oy = 0; oy < s.outHeight(); ++oy)
        for (int ox = 0; ox < s.outWidth(); ++ox, acc += s.outChannels) {
            std::fill_n(acc, s.outChannels, 0);
            for (int t = 0; t < taps; ++t) {
                const int y = oy * s.stride - s.padding + t / s.kernel, col = ox * s.stride - s.padding + t % s.kernel;
                const bool inside = y >= 0 && y < s.inHeight && col >= 0 && col < s.inWidth;
                const std::uint8_t* pixel = inside ? x + (y * s.inWidth + col) * s.inChannels : outside.data();
                if (depthwise) {
                    addProducts(pixel, byTap.data() + t * s.outChannels, s.outChannels, acc);
                    continue;
                }
                for (int o = 0; o < s.outChannels; ++o)
                    for (int i = 0; i < in; ++i)
                        acc[o] +=
                            (inside ? pixel[o / out * in + i] : zeroPoint) * weights[static_cast<std::size_t>((o * in + i) * taps + t)];
            }
        }
}

} // namespace bitstill
