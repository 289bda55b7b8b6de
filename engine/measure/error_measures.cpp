#include "engine/measure/error_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

struct Energy {
    double signal = 0, noise = 0;
};

Energy energyOf(const float* x, const float* y, std::size_t n)
{
    Energy e;
    for (std::size_t i = 0; i < n; ++i) {
        const double v = static_cast<double>(x[i]), d = v - static_cast<double>(y[i]);
        e.signal += v * v;
        e.noise += d * d;
    }
    return e;
}

} // namespace

double sqnrDb(const float* x, const float* y, std::size_t n)
{
    const Energy e = energyOf(x, y, n);
    if (e.noise == 0) return std::numeric_limits<double>::infinity();
    if (e.signal == 0) return 0;
    return 10 * std::log10(e.signal / e.noise);
}

double rmse(const float* x, const float* y, std::size_t n)
{
    return n == 0 ? 0 : std::sqrt(energyOf(x, y, n).noise / static_cast<double>(n));
}

double cosine(const float* x, const float* y, std::size_t n)
{
    double xy = 0, xx = 0, yy = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto a = static_cast<double>(x[i]), b = static_cast<double>(y[i]);
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

double largestError(const float* x, const float* y, std::size_t n)
{
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])));
    return largest;
}

} // namespace bitstill
