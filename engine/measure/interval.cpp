#include "engine/measure/interval.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

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

Interval meanInterval(const std::vector<double>& values)
{
    // 97.5 % points of Student's t for 1, 2, ... degrees of freedom.
    static constexpr double kT[] = {
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131};
    if (values.empty()) return {};
    const double n = static_cast<double>(values.size());
    double sum = 0, squares = 0;
    for (const double v : values) sum += v;
    const double mean = sum / n;
    for (const double v : values) squares += (v - mean) * (v - mean);
    if (values.size() == 1) return {mean, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(), 1};
    const std::size_t freedom = values.size() - 1;
    const double t = freedom <= std::size(kT) ? kT[freedom - 1] : kZ * (1 + 1 / (2.0 * static_cast<double>(freedom)));
    const double half = t * std::sqrt(squares / (n - 1) / n);
    return {mean, mean - half, mean + half, values.size()};
}

} // namespace bitstill
