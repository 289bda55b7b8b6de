#include "engine/quant/observer.h"
#include "engine/quant/value_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace bitstill {

namespace {

/// The clip of |x| whose codes tell least wrongly where the values lay (KL; after Migacz 2017, "8-bit inference with TensorRT"):
/// 2,048 to 4,096 bins of |x|, as many groups of them up to the clip as there are codes, each group's count spread evenly over
/// those of its bins that are not empty. What is clipped has the last code, so the last group goes on to the largest value and is
/// spread over all of that: a clip costs what it forgets. (Adding the clipped counts to the last bin, as is usual, makes a window
/// free of cost whose only value lies there.) Within the range a value that is met again and again (0 behind a ReLU, the background of
/// pictures) counts no more than its neighbours: a code stands for it as well in any range. Both ends of the range are cut at the clip.
class Entropy : public Observer {
public:
    void observe(const float* values, std::size_t n, const std::string& where) override { m_histogram.add(values, n, where); }
    void reset() override { m_histogram.reset(); }

    Range range(int bits, Scheme scheme) const override
    {
        if (m_histogram.total() == 0) return {};
        const double low = m_histogram.low(), high = m_histogram.high();
        const bool oneSided = scheme != Scheme::Symmetric && (low >= 0 || high <= 0);
        const int log2Groups = oneSided ? bits : bits - 1;
        const Sums sums = magnitudes();
        const std::size_t bins = sums.bins, groups = std::size_t{1} << log2Groups, stride = std::max<std::size_t>(bins / 256, 1);
        std::size_t best = bins;
        double least = bins < groups ? 0 : cost(sums, bins, log2Groups);
        for (std::size_t kept = groups; kept < bins; kept += stride) {
            const double c = cost(sums, kept, log2Groups);
            if (c >= least) continue;
            least = c;
            best = kept;
        }
        if (best == bins) return {static_cast<float>(low), static_cast<float>(high)};
        const double clip = static_cast<double>(best) * kMerged * m_histogram.width();
        return {static_cast<float>(std::max(low, -clip)), static_cast<float>(std::min(high, clip))};
    }

private:
    static constexpr std::size_t kMerged = 4, kBins = ValueHistogram::kBins / 2 / kMerged;

    /// Of bins 0 ... i − 1: values n, Σ n·ln n, and bins that hold any.
    struct Running {
        std::array<double, kBins + 1> values{}, information{};
        std::array<std::uint32_t, kBins + 1> occupied{};

        void add(std::size_t bin, double n)
        {
            values[bin + 1] = values[bin] + n;
            information[bin + 1] = information[bin] + (n > 0 ? n * std::log(n) : 0);
            occupied[bin + 1] = occupied[bin] + (n > 0);
        }
        /// What spreading bins first ... end − 1 evenly over `over` bins forgets: Σ n·ln(n / even share).
        double forgotten(std::size_t first, std::size_t end, double over) const
        {
            const double n = values[end] - values[first];
            return n == 0 ? 0 : information[end] - information[first] + n * std::log(over / n);
        }
    };
    struct Sums {
        std::size_t bins = 0; ///< up to the largest value
        Running all, smooth; ///< as counted; and with what stands out cut down to what is around it
    };

    Sums magnitudes() const
    {
        constexpr std::size_t kMiddle = ValueHistogram::kBins / 2;
        Sums sums;
        std::array<double, kBins + 4> counts{}; // two empty ones on either side
        for (std::size_t i = 0; i < kBins; ++i) {
            std::uint64_t here = 0;
            for (std::size_t k = i * kMerged; k < (i + 1) * kMerged; ++k)
                here += m_histogram.count(kMiddle + k) + m_histogram.count(kMiddle - 1 - k);
            counts[i + 2] = static_cast<double>(here);
            if (here > 0) sums.bins = i + 1;
        }
        for (std::size_t i = 0; i < sums.bins; ++i) {
            const double* c = &counts[i + 2];
            const double around = (c[-2] + c[-1] + c[1] + c[2]) / 4;
            sums.all.add(i, *c);
            sums.smooth.add(i, i == 0 ? 0 : std::min(*c, 4 * (around + 1)));
        }
        return sums;
    }

    /// The divergence, times the number of values.
    static double cost(const Sums& sums, std::size_t kept, int log2Groups)
    {
        const std::size_t groups = std::size_t{1} << log2Groups;
        double total = 0;
        std::size_t first = 0;
        for (std::size_t g = 1; g <= groups; ++g) {
            if (g == groups && kept < sums.bins)
                return total + sums.all.forgotten(first, sums.bins, static_cast<double>(sums.bins - first));
            const std::size_t end = (g * kept) >> log2Groups;
            total += sums.smooth.forgotten(first, end, sums.smooth.occupied[end] - sums.smooth.occupied[first]);
            first = end;
        }
        return total;
    }

    ValueHistogram m_histogram;
};

} // namespace

std::unique_ptr<Observer> makeEntropy() { return std::make_unique<Entropy>(); }

} // namespace bitstill
