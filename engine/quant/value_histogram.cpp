#include "engine/quant/value_histogram.h"

#include "engine/core/error.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

void ValueHistogram::add(const float* values, std::size_t n, const std::string& where)
{
    double low = 0, high = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (!std::isfinite(values[i]))
            throw NotFinite(where, text("value %1 is not a finite number", std::to_string(i)),
                text("calibrate with other data, or train with a smaller learning rate"));
        const auto v = static_cast<double>(values[i]);
        low = i == 0 ? v : std::min(low, v);
        high = i == 0 ? v : std::max(high, v);
    }
    if (n == 0) return;
    m_low = m_total == 0 ? low : std::min(m_low, low);
    m_high = m_total == 0 ? high : std::max(m_high, high);
    grow(std::max(std::abs(low), std::abs(high)));
    const double perUnit = 1 / width();
    for (std::size_t i = 0; i < n; ++i) {
        const auto bin = static_cast<std::ptrdiff_t>((static_cast<double>(values[i]) + m_reach) * perUnit);
        ++m_counts[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(bin, 0, static_cast<std::ptrdiff_t>(kBins) - 1))];
    }
    m_total += n;
}

void ValueHistogram::reset()
{
    std::fill(m_counts.begin(), m_counts.end(), 0);
    m_low = m_high = 0;
    m_total = 0;
}

void ValueHistogram::grow(double magnitude)
{
    constexpr double kBelowAnyFloat = 0x1p-200;
    const double wanted = magnitude == 0 ? kBelowAnyFloat : std::exp2(std::ilogb(magnitude) + 1);
    const bool isFirst = m_total == 0;
    if (wanted <= m_reach && !isFirst) return;
    if (!isFirst) {
        const int doublings = std::min(std::ilogb(wanted) - std::ilogb(m_reach), 16); // by then all is in the two middle bins
        constexpr auto kMiddle = static_cast<std::ptrdiff_t>(kBins / 2);
        std::vector<std::uint64_t> merged(kBins, 0);
        for (std::size_t b = 0; b < kBins; ++b)
            merged[static_cast<std::size_t>(kMiddle + ((static_cast<std::ptrdiff_t>(b) - kMiddle) >> doublings))] += m_counts[b];
        m_counts.swap(merged);
    }
    m_reach = wanted;
}

double ValueHistogram::quantile(double share) const
{
    const double wanted = share * static_cast<double>(m_total);
    double below = 0;
    for (std::size_t b = 0; b < kBins; ++b) {
        const auto here = static_cast<double>(m_counts[b]);
        if (below + here >= wanted && here > 0)
            return std::clamp(centre(b) - width() / 2 + width() * (wanted - below) / here, m_low, m_high);
        below += here;
    }
    return m_high;
}

} // namespace bitstill
