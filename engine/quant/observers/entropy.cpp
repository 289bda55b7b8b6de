#include "engine/quant/observer.h"
#include "engine/quant/value_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace bitstill {

namespace {

/// The clip of |x| whose quantized distribution diverges least from the clipped one (KL; Migacz 2017, "8-bit inference
/// with TensorRT"): of 2,048 bins of |x| the first i are kept, what lies beyond goes into the last of them, and their counts are
/// spread evenly over as many groups as there are codes. With fewer bins, 128 say, there is but one candidate: the
/// full range. Both ends of the extent are cut at the clip.
class Entropy : public Observer {
public:
    void observe(const float* values, std::size_t n, const std::string& where) override { m_histogram.add(values, n, where); }

    Extent extent(int bits, Scheme scheme) const override
    {
        if (m_histogram.total() == 0) return {};
        const double largest = std::max(std::abs(m_histogram.low()), std::abs(m_histogram.high()));
        if (largest == 0) return {};
        const std::vector<double> counts = magnitudes(largest);
        const bool oneSided = scheme != Scheme::Symmetric && m_histogram.low() >= 0;
        const std::size_t groups = std::min<std::size_t>(std::size_t{1} << (oneSided ? bits : bits - 1), kBins);
        std::size_t best = kBins;
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t kept = groups; kept <= kBins; ++kept) {
            const double d = divergence(counts, kept, groups);
            if (d >= least) continue;
            least = d;
            best = kept;
        }
        const double clip = largest * static_cast<double>(best) / kBins;
        return {static_cast<float>(std::max(m_histogram.low(), -clip)), static_cast<float>(std::min(m_histogram.high(), clip))};
    }

private:
    static constexpr std::size_t kBins = 2048;

    std::vector<double> magnitudes(double largest) const
    {
        std::vector<double> counts(kBins, 0.0);
        for (std::size_t b = 0; b < ValueHistogram::kBins; ++b) {
            const auto bin = static_cast<std::size_t>(std::abs(m_histogram.centre(b)) / largest * kBins);
            counts[std::min(bin, kBins - 1)] += static_cast<double>(m_histogram.count(b));
        }
        return counts;
    }

    static double divergence(const std::vector<double>& counts, std::size_t kept, std::size_t groups)
    {
        double inside = 0, all = 0;
        for (std::size_t i = 0; i < kBins; ++i) {
            all += counts[i];
            if (i < kept) inside += counts[i];
        }
        if (inside == 0) return std::numeric_limits<double>::infinity();
        double sum = 0;
        for (std::size_t g = 0; g < groups; ++g) {
            const std::size_t first = g * kept / groups, end = (g + 1) * kept / groups;
            double total = 0, occupied = 0;
            for (std::size_t i = first; i < end; ++i) {
                total += counts[i];
                occupied += counts[i] > 0;
            }
            if (total == 0) continue;
            const double spread = total / occupied / inside;
            for (std::size_t i = first; i < end; ++i) {
                const double p = (counts[i] + (i + 1 == kept ? all - inside : 0)) / all;
                if (counts[i] > 0 && p > 0) sum += p * std::log(p / spread);
            }
        }
        // What was clipped into an empty last bin has nowhere to go in the quantized distribution.
        if (counts[kept - 1] == 0 && all > inside) return std::numeric_limits<double>::infinity();
        return sum;
    }

    ValueHistogram m_histogram;
};

} // namespace

std::unique_ptr<Observer> makeEntropy() { return std::make_unique<Entropy>(); }

} // namespace bitstill
