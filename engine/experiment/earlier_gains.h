#pragma once

#include "engine/experiment/spec.h"
#include "engine/measure/interval.h"

#include <mutex>
#include <vector>

namespace bitstill {

/// What a teacher gave, with the settings of that run.
struct EarlierGain {
    Spec spec{};
    Interval gain{}; ///< in points of accuracy
};

/// Those of the runs so far, for a picture that sets them beside each other: of two with the same settings the newer one, and no more than
/// 24. Sessions may share one, also at the same time.
class EarlierGains {
public:
    void keep(EarlierGain gain);
    /// Oldest first.
    std::vector<EarlierGain> all() const;

private:
    mutable std::mutex m_mutex;
    std::vector<EarlierGain> m_gains;
};

} // namespace bitstill
