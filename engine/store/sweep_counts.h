#pragma once

#include "engine/core/text.h"
#include "engine/store/sweep_folder.h"

#include <array>

namespace bitstill {

/// How far a sweep is.
struct SweepCounts {
    std::array<int, kRunStates> of{}; ///< by RunState
    int otherVersions = 0; ///< records that another version of Bitstill wrote

    int operator[](RunState state) const { return of[static_cast<std::size_t>(state)]; }
    int total() const;
    int done() const { return (*this)[RunState::Finished] + (*this)[RunState::Diverged]; }
};

SweepCounts countsOf(const std::vector<RunStatus>& statuses);
/// "37 of 40, 1 diverged, 2 failed, 1 waiting"
Text summaryOf(const SweepCounts& counts);
/// Of every run, in the order of the plan.
std::vector<RunStatus> statusesOf(const Sweep& sweep);
/// "quant.bits=4 seed=2": the fields that vary, and the seed.
std::string settingsOf(const Sweep& sweep, const Spec& spec);

} // namespace bitstill
