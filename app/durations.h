#pragma once

#include "engine/experiment/record.h"

#include <optional>

namespace bitstill {

/// How long an earlier run took on this machine.
struct Took {
    double seconds = 0;
    bool sameSettings = false; ///< all but the seed and the live ones
};

/// "40 s", "3 min".
Text inWords(double seconds);
/// Remembers how long a run took that went through without a change meanwhile.
void keepDuration(const Record& record);
/// Of a run with these settings, otherwise of the last one of this experiment; nothing when there was none on this machine.
std::optional<Took> tookBefore(const Spec& spec);
/// What is known of the time that a run will take, as a sentence.
Text durationSentence(const std::optional<Took>& took);

} // namespace bitstill
