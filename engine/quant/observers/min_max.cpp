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
        const Extent e = extentsOf(values, {1, 1, n}, where).front();
        m_extent = m_seen ? Extent{std::min(m_extent.low, e.low), std::max(m_extent.high, e.high)} : e;
        m_seen = true;
    }
    Extent extent(int, Scheme) const override { return m_extent; }
    void reset() override { *this = {}; }

private:
    Extent m_extent;
    bool m_seen = false;
};

} // namespace

std::unique_ptr<Observer> makeMinMax() { return std::make_unique<MinMax>(); }

} // namespace bitstill
