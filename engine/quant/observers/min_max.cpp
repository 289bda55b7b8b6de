#include "engine/quant/observer.h"

#include <algorithm>

namespace bitstill {

namespace {

/// Smallest and largest value ever seen (PyTorch's MinMaxObserver).
class MinMax : public Observer {
public:
    void observe(const float* values, std::size_t n, const std::string& where) override
    {
        if (n == 0) return;
        const Range e = rangesOf(values, {1, 1, n}, where).front();
        m_range = m_seen ? Range{std::min(m_range.low, e.low), std::max(m_range.high, e.high)} : e;
        m_seen = true;
    }
    Range range(int, Scheme) const override { return m_range; }
    void reset() override { *this = {}; }

private:
    Range m_range;
    bool m_seen = false;
};

} // namespace

std::unique_ptr<Observer> makeMinMax() { return std::make_unique<MinMax>(); }

} // namespace bitstill
