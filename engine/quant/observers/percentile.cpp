#include "engine/quant/observer.h"
#include "engine/quant/value_histogram.h"

namespace bitstill {

namespace {

/// Leaves out the outermost 0.01 % of the values, half of it on each side (ONNX Runtime's percentile calibration).
class Percentile : public Observer {
public:
    void observe(const float* values, std::size_t n, const std::string& where) override { m_histogram.add(values, n, where); }
    Range range(int, Scheme) const override
    {
        constexpr double kOutside = 0.0001;
        if (m_histogram.total() == 0) return {};
        return {static_cast<float>(m_histogram.quantile(kOutside / 2)), static_cast<float>(m_histogram.quantile(1 - kOutside / 2))};
    }
    void reset() override { m_histogram.reset(); }

private:
    ValueHistogram m_histogram;
};

} // namespace

std::unique_ptr<Observer> makePercentile() { return std::make_unique<Percentile>(); }

} // namespace bitstill
