// An observer. To engine/quant/observers/, and to the table in engine/quant/registry.cpp:
//     {"trimmed", "the extremes, a tenth further in", &makeTrimmed},
// Its declaration goes to engine/quant/observer.h. Tests, form, command line and the thin lines of the number line take it from the table.

#include "examples/templates/templates.h"

#include <algorithm>

namespace bitstill {

namespace {

/// 0.9 times the smallest and the largest value seen.
class Trimmed : public Observer {
public:
    void observe(const float* values, std::size_t n, const std::string& where) override
    {
        if (n == 0) return;
        const Range seen = rangesOf(values, {1, 1, n}, where).front(); // throws when a value is not finite
        m_range = m_seen ? Range{std::min(m_range.low, seen.low), std::max(m_range.high, seen.high)} : seen;
        m_seen = true;
    }
    Range range(int /*bits*/, Scheme) const override { return {0.9f * m_range.low, 0.9f * m_range.high}; }
    void reset() override { *this = {}; }

private:
    Range m_range;
    bool m_seen = false;
};

} // namespace

std::unique_ptr<Observer> makeTrimmed() { return std::make_unique<Trimmed>(); }

} // namespace bitstill
