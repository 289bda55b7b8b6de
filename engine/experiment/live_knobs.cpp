#include "engine/experiment/live_knobs.h"

#include <algorithm>

namespace bitstill {

void LiveKnobs::ask(long step)
{
    m_step = step;
    ++m_moment;
    replay();
}

bool LiveKnobs::apply(const std::string& key, const Value& value, long mark)
{
    Value& current = m_spec.values.at(key);
    if (current == value) return false;
    current = value;
    m_changes.push_back({m_step, key, value, m_moment, mark});
    return true;
}

void LiveKnobs::passMark(long mark)
{
    std::size_t end = m_replay.size();
    while (end > m_next && m_replay[end - 1].mark != mark) --end;
    for (; m_next < end; ++m_next) {
        const KnobChange& change = m_replay[m_next];
        if (change.mark == mark) m_replayed = apply(change.field, change.value, mark) || m_replayed;
    }
}

bool LiveKnobs::replayNext()
{
    for (; m_next < m_replay.size() && m_replay[m_next].mark > 0; ++m_next) m_missedMark = m_replay[m_next].mark;
    if (m_next == m_replay.size()) return false;
    m_moment = std::max(m_moment + 1, m_replay[m_next].moment);
    m_step = std::max(m_step, m_replay[m_next].step);
    replay();
    return true;
}

void LiveKnobs::replay()
{
    for (; m_next < m_replay.size(); ++m_next) {
        const KnobChange& change = m_replay[m_next];
        if (change.mark > 0) return;
        if (change.step > m_step || change.moment > m_moment) return;
        m_replayed = apply(change.field, change.value) || m_replayed;
    }
}

} // namespace bitstill
