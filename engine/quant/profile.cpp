#include "engine/quant/profile.h"

#include "engine/core/error.h"
#include "engine/core/for_this_cpu.h"
#include "engine/core/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

const std::vector<std::string>& profileNames()
{
    static const std::vector<std::string> names{"bitstill", "pytorch", "onnx", "tflite"};
    return names;
}

Profile profileOf(const std::string& name)
{
    const auto& names = profileNames();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) throw Error("quantize", text("there is no profile \"%1\"", name), text("the profiles are %1", joined(names)));
    return static_cast<Profile>(found - names.begin());
}

void fixedPointMultiplier(double m, std::int32_t& multiplier, int& shift)
{
    auto q = static_cast<std::int64_t>(std::llround(std::frexp(m, &shift) * 0x1p31));
    if (q == std::int64_t{1} << 31) {
        q /= 2;
        ++shift;
    }
    if (shift < -31) {
        q = 0;
        shift = 0;
    }
    multiplier = static_cast<std::int32_t>(q);
}

std::int32_t multiplyFixedPoint(std::int32_t x, std::int32_t multiplier, int shift)
{
    const int left = std::clamp(shift, 0, 31), right = std::max(-shift, 0); // 31 saturates everything but 0 already
    constexpr std::int64_t kLow = std::numeric_limits<std::int32_t>::min(), kHigh = std::numeric_limits<std::int32_t>::max();
    const std::int64_t shifted = std::clamp(static_cast<std::int64_t>(x) * (std::int64_t{1} << left), kLow, kHigh);
    const std::int64_t product = shifted * multiplier;
    const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
    const std::int64_t high = std::min((product + nudge) / (std::int64_t{1} << 31), kHigh);
    const std::int64_t mask = (std::int64_t{1} << right) - 1, rest = high & mask, threshold = (mask >> 1) + (high < 0 ? 1 : 0);
    return static_cast<std::int32_t>((high >> right) + (rest > threshold ? 1 : 0));
}

Requantizer::Requantizer(Profile profile, const std::vector<double>& multipliers, const std::vector<std::int32_t>& offsets,
    std::int32_t zeroPoint, CodeRange range) :
    m_profile(profile),
    m_columns(multipliers.size()), m_zeroPoint(zeroPoint), m_range(range)
{
    constexpr std::size_t kWide = 128;
    const std::size_t repeat = std::max<std::size_t>(1, kWide / m_columns);
    for (std::size_t i = 0; i < repeat * m_columns; ++i) {
        m_multipliers.push_back(static_cast<float>(multipliers[i % m_columns]));
        m_offsets.push_back(offsets[i % m_columns]);
    }
    if (profile != Profile::TfLite) return;
    for (const double m : multipliers) {
        FixedPoint& fixed = m_fixed.emplace_back();
        fixedPointMultiplier(m, fixed.multiplier, fixed.shift);
    }
}

namespace {

struct Bounds {
    float inside, outside; ///< the zero point, added before or behind the rounding
    float low, high;
};

BITSTILL_INLINE void requantize(const std::int32_t* __restrict acc, const std::int32_t* __restrict offsets,
    const float* __restrict multipliers, std::size_t n, Bounds b, std::uint8_t* __restrict codes)
{
    for (std::size_t i = 0; i < n; ++i) {
        const float v = static_cast<float>(acc[i] + offsets[i]) * multipliers[i];
        const float code = std::nearbyint(v + b.inside) + b.outside;
        const float raised = code < b.low ? b.low : code;
        codes[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(raised > b.high ? b.high : raised));
    }
}

} // namespace

void Requantizer::run(const std::int32_t* acc, std::size_t rows, std::uint8_t* codes) const
{
    const std::size_t count = rows * m_columns;
    if (m_profile == Profile::TfLite) {
        for (std::size_t i = 0; i < count; ++i) {
            const FixedPoint f = m_fixed[i % m_columns];
            const std::int64_t v = multiplyFixedPoint(acc[i] + m_offsets[i % m_columns], f.multiplier, f.shift);
            codes[i] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(v + m_zeroPoint, m_range.low, m_range.high));
        }
        return;
    }
    const auto z = static_cast<float>(m_zeroPoint);
    const bool inside = m_profile == Profile::Onnx;
    const Bounds bounds{inside ? z : 0, inside ? 0 : z, static_cast<float>(m_range.low), static_cast<float>(m_range.high)};
    for (std::size_t i = 0; i < count; i += m_offsets.size())
        forThisCpu<requantize>(acc + i, m_offsets.data(), m_multipliers.data(), std::min(m_offsets.size(), count - i), bounds, codes + i);
}

} // namespace bitstill
