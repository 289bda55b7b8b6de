#include "engine/experiment/earlier_gains.h"

#include <utility>

namespace bitstill {

void EarlierGains::keep(EarlierGain gain)
{
    constexpr std::size_t kMost = 24;
    std::lock_guard lock(m_mutex);
    std::erase_if(m_gains, [&](const EarlierGain& g) { return g.spec == gain.spec; });
    if (m_gains.size() == kMost) m_gains.erase(m_gains.begin());
    m_gains.push_back(std::move(gain));
}

std::vector<EarlierGain> EarlierGains::all() const
{
    std::lock_guard lock(m_mutex);
    return m_gains;
}

} // namespace bitstill
