#include "engine/measure/interval.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr double kZ = 1.959963984540054; // 97.5 % point of the normal distribution

} // namespace

Interval accuracyInterval(const std::vector<char>& correct)
{
    if (correct.empty()) return {};
    const double n = static_cast<double>(correct.size());
    const double p = static_cast<double>(std::count(correct.begin(), correct.end(), 1)) / n;
    const double centre = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
    const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
    return {p, centre - half, centre + half, correct.size()};
}

Interval pairedDifference(const std::vector<char>& a, const std::vector<char>& b)
{
    const std::size_t count = std::min(a.size(), b.size());
    if (count < 2) return {};
    const double n = static_cast<double>(count);
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double d = b[i] - a[i];
        sum += d;
        squares += d * d;
    }
    const double mean = sum / n, variance = (squares - n * mean * mean) / (n - 1);
    const double half = kZ * std::sqrt(std::max(variance, 0.0) / n);
    return {mean, mean - half, mean + half, count};
}

} // namespace bitstill
