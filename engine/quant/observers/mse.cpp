#include "engine/core/for_this_cpu.h"
#include "engine/quant/observer.h"
#include "engine/quant/value_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

BITSTILL_INLINE double squaredError(const double* x, const double* counts, std::size_t n, double scale, double first, double last)
{
    const double inverse = 1 / scale;
    double error = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double d = x[i] - std::clamp(std::nearbyint(x[i] * inverse), first, last) * scale;
        error += counts[i] * d * d;
    }
    return error;
}

/// The range whose codes reconstruct the values with the smallest mean squared error (as PyTorch's HistogramObserver
/// wants, by a search that does not stop at the first rise): both ends are shrunk over a grid, together
/// and apart, then in ever smaller steps.
class Mse : public Observer {
public:
    void observe(const float* values, std::size_t n, const std::string& where) override { m_histogram.add(values, n, where); }

    Range range(int bits, Scheme scheme) const override
    {
        if (m_histogram.total() == 0) return {};
        const double low = std::min(m_histogram.low(), 0.0), high = std::max(m_histogram.high(), 0.0);
        const Bins bins = occupied();
        const auto error = [&](double l, double h) { return errorOf(bins, low * l, high * h, bits, scheme); };
        double bestLow = 1, bestHigh = 1, best = error(1, 1);
        const auto offer = [&](double l, double h) {
            if (l <= 0 || h <= 0 || l > 1 || h > 1) return;
            const double e = error(l, h);
            if (e >= best) return;
            best = e;
            bestLow = l;
            bestHigh = h;
        };
        // Heavy tails want a small share of the range: the grid is even on a logarithmic scale.
        for (int i = 1; i <= 64; ++i) offer(std::pow(0.5, i / 10.0), std::pow(0.5, i / 10.0));
        const bool oneEnd = scheme == Scheme::Symmetric || low == 0 || high == 0;
        for (int i = 0; i <= 16 && !oneEnd; ++i)
            for (int j = 0; j <= 16; ++j) offer(std::pow(0.5, i / 2.5), std::pow(0.5, j / 2.5));
        for (double step = 0.07; step > 0.002; step /= 2)
            for (bool better = true; better;) {
                const double before = best, l = bestLow, h = bestHigh;
                offer(l * (1 + step), h * (1 + step));
                offer(l * (1 - step), h * (1 - step));
                if (!oneEnd) {
                    offer(l * (1 + step), h);
                    offer(l * (1 - step), h);
                    offer(l, h * (1 + step));
                    offer(l, h * (1 - step));
                }
                better = best < before * (1 - 1e-6);
            }
        return {static_cast<float>(low * bestLow), static_cast<float>(high * bestHigh)};
    }
    void reset() override { m_histogram.reset(); }

private:
    struct Bins {
        std::vector<double> centre, count;
        double width;
    };

    Bins occupied() const
    {
        Bins bins{{}, {}, m_histogram.width()};
        for (std::size_t b = 0; b < ValueHistogram::kBins; ++b) {
            if (m_histogram.count(b) == 0) continue;
            bins.centre.push_back(m_histogram.centre(b));
            bins.count.push_back(static_cast<double>(m_histogram.count(b)));
        }
        return bins;
    }

    static double errorOf(const Bins& bins, double low, double high, int bits, Scheme scheme)
    {
        const QuantParameters p = chooseParameters(bits, scheme, {1, 1, 1}, {{static_cast<float>(low), static_cast<float>(high)}},
            Profile::Bitstill, scaleFloor(Profile::Bitstill));
        return forThisCpu<squaredError>(bins.centre.data(), bins.count.data(), bins.centre.size(), static_cast<double>(p.scale[0]),
            p.range.low - p.zeroPoint[0], p.range.high - p.zeroPoint[0]);
    }

    ValueHistogram m_histogram;
};

} // namespace

std::unique_ptr<Observer> makeMse() { return std::make_unique<Mse>(); }

} // namespace bitstill
