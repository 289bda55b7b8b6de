#include "engine/quant/observer.h"

namespace bitstill {

namespace {

/// low += 0.01·(batch low − low), high likewise; the first batch sets both (PyTorch's MovingAverageMinMaxObserver).
class MovingAverage : public Observer {
public:
    void observe(const float* values, std::size_t n, const std::string& where) override
    {
        if (n == 0) return;
        const Range e = rangesOf(values, {1, 1, n}, where).front();
        m_range = m_seen ? movingAverage(m_range, e) : e;
        m_seen = true;
    }
    Range range(int, Scheme) const override { return m_range; }
    void reset() override { *this = {}; }

private:
    Range m_range;
    bool m_seen = false;
};

} // namespace

std::unique_ptr<Observer> makeMovingAverage() { return std::make_unique<MovingAverage>(); }

} // namespace bitstill
