#pragma once

#include "engine/experiment/earlier_gains.h"
#include "engine/experiment/teacher.h"

#include <mutex>

namespace bitstill {

/// Teachers that were trained, so that a run need not train again what it has in common with one before. A run that finds its teacher
/// here makes the same record, to the bit, as one that trains it. Sessions may share one, also at the same time.
class TeacherCache {
public:
    enum class Keep { Teachers, TeachersAndGains };
    explicit TeacherCache(Keep keep = Keep::Teachers) : m_keepsGains(keep == Keep::TeachersAndGains) { }

    /// What teachers gave in the runs before, which a window shows beside what one gives now: the only thing in a figure that is not of its
    /// run. Null where it is not kept.
    EarlierGains* gains() { return m_keepsGains ? &m_gains : nullptr; }

    struct Entry {
        std::string key;
        Teacher teacher;
        Figure training; ///< as the training left it
        long steps = 0; ///< that it took
    };

    /// The fields that determine a teacher, with the seed; empty where files do, which may change.
    static std::string keyOf(const Spec& spec, bool sameData);

    /// Null when there is none.
    std::shared_ptr<const Entry> find(const std::string& key) const;
    /// Drops the oldest when all would take more than 256 MiB.
    void keep(Entry entry);

private:
    bool m_keepsGains;
    EarlierGains m_gains;
    mutable std::mutex m_mutex;
    std::vector<std::shared_ptr<const Entry>> m_entries; ///< oldest first
};

} // namespace bitstill
