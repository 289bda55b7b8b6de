#pragma once

#include "engine/experiment/record.h"

#include <utility>

namespace bitstill {

/// Live changes on their way into the spec: logged with the moment at which they took effect; those of an older log are made
/// again at theirs.
class LiveKnobs {
public:
    LiveKnobs(Spec& spec, std::vector<KnobChange> replay) : m_spec(spec), m_replay(std::move(replay)) { }

    /// The run asks for changes, this many steps done.
    void ask(long step);
    /// A moment of its own after the run.
    void nextMoment() { ++m_moment; }
    /// A mark has been made, counted from 1: changes that belong to it are made; those in the log before them are of the future that was
    /// left here.
    void passMark(long mark);
    /// False when the spec has this value already.
    bool apply(const std::string& key, const Value& value, long mark = 0);
    /// Whether the log to replay has changed something since this was last asked.
    bool takeReplayed() { return std::exchange(m_replayed, false); }
    /// The last of the log's marks that did not come; 0: all did.
    long missedMark() const { return m_missedMark; }
    /// Goes on to the next moment of the log to replay; false when it is through.
    bool replayNext();

    long step() const { return m_step; }
    const std::vector<KnobChange>& changes() const { return m_changes; }

private:
    void replay();

    Spec& m_spec;
    std::vector<KnobChange> m_replay, m_changes;
    std::size_t m_next = 0;
    long m_step = 0, m_moment = 0, m_missedMark = 0;
    bool m_replayed = false;
};

} // namespace bitstill
