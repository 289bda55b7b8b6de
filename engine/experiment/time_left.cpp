#include "engine/experiment/time_left.h"

namespace bitstill {

void TimeLeft::reached(double seconds, double done)
{
    if (!m_course.empty() && done < m_course.back().second) m_course.clear();
    const std::size_t count = m_course.size();
    // The last one moves along until it is far enough from the one before.
    if (count > 1 && m_course[count - 1].first - m_course[count - 2].first < kApart)
        m_course.back() = {seconds, done};
    else
        m_course.emplace_back(seconds, done);
    while (m_course.size() > 2 && m_course[1].first < seconds - kLately && m_course[1].second < done) m_course.pop_front();
}

double TimeLeft::seconds() const
{
    constexpr double kEarly = 0.02; // too little to tell from
    if (m_course.empty() || m_course.back().second <= kEarly || m_course.back().second >= 1) return -1;
    const double done = m_course.back().second - m_course.front().second, spent = m_course.back().first - m_course.front().first;
    return done > 0 && spent > 0 ? (1 - m_course.back().second) / done * spent : -1;
}

} // namespace bitstill
