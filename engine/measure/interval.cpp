#include "engine/measure/interval.h"

#include "engine/measure/student_t.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace bitstill {

namespace {

constexpr double kZ = 1.959963984540054; // 97.5 % point of the normal distribution

} // namespace

Interval accuracyInterval(const std::vector<char>& correct)
{
    if (correct.empty()) return {};
    const double right = static_cast<double>(std::count(correct.begin(), correct.end(), 1));
    return shareInterval(right / static_cast<double>(correct.size()), correct.size());
}

Interval shareInterval(double p, std::size_t samples)
{
    const double n = static_cast<double>(samples);
    const double centre = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
    const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
    return {p, centre - half, centre + half, samples};
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
    if (values.empty()) return {};
    const double n = static_cast<double>(values.size());
    double sum = 0, squares = 0;
    for (const double v : values) sum += v;
    const double mean = sum / n;
    for (const double v : values) squares += (v - mean) * (v - mean);
    if (values.size() == 1) return {mean, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(), 1};
    const double half = studentPoint(0.05, n - 1) * std::sqrt(squares / (n - 1) / n);
    return {mean, mean - half, mean + half, values.size()};
}

PairedT pairedT(const std::vector<double>& differences)
{
    PairedT test{.change = meanInterval(differences), .p = std::numeric_limits<double>::quiet_NaN()};
    if (differences.size() < 2) return test;
    const double freedom = static_cast<double>(differences.size()) - 1;
    const double error = test.change.halfWidth() / studentPoint(0.05, freedom);
    if (error > 0)
        test.p = studentTail(test.change.mean / error, freedom);
    else
        test.p = test.change.mean == 0 ? 1 : 0;
    return test;
}

std::vector<double> holmCorrected(const std::vector<double>& p)
{
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    std::vector<double> corrected(p.size());
    double before = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        before = std::max(before, std::min(1.0, static_cast<double>(order.size() - i) * p[order[i]]));
        corrected[order[i]] = before;
    }
    return corrected;
}

} // namespace bitstill
