#include "engine/measure/student_t.h"

#include <cmath>
#include <limits>
#include <math.h>

namespace bitstill {

namespace {

double logGamma(double x)
{
    int sign = 0;
    return lgamma_r(x, &sign); // lgamma() shares the sign among threads
}

/// The continued fraction of I_x(a, b), by the modified method of Lentz; converges fast for x < (a + 1)/(a + b + 2).
double betaFraction(double a, double b, double x)
{
    constexpr double kTiny = 1e-300, kEnough = 1e-16;
    constexpr int kMost = 10'000;
    const auto away = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
    double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), value = d;
    for (int m = 1; m < kMost; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away(1 + even * d);
        c = away(1 + even / c);
        value *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away(1 + odd * d);
        c = away(1 + odd / c);
        value *= d * c;
        if (std::abs(d * c - 1) < kEnough) break;
    }
    return value;
}

/// I_x(a, b); `y` is 1 − x, which is known better than by subtraction.
double betaShare(double a, double b, double x, double y)
{
    if (x <= 0) return 0;
    if (y <= 0) return 1;
    const double front = std::exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * std::log(x) + b * std::log(y));
    if (x < (a + 1) / (a + b + 2)) return front * betaFraction(a, b, x) / a;
    return 1 - front * betaFraction(b, a, y) / b;
}

} // namespace

double studentTail(double t, double freedom)
{
    if (std::isinf(t)) return 0;
    const double all = freedom + t * t;
    return betaShare(freedom / 2, 0.5, freedom / all, t * t / all);
}

double studentPoint(double tail, double freedom)
{
    double low = 0, high = 1;
    while (studentTail(high, freedom) > tail && high < std::numeric_limits<double>::max() / 2) high *= 2;
    constexpr int kHalvings = 200;
    for (int i = 0; i < kHalvings; ++i) {
        const double middle = low + (high - low) / 2;
        (studentTail(middle, freedom) > tail ? low : high) = middle;
    }
    return high;
}

} // namespace bitstill
