#pragma once

#include "engine/core/text.h"
#include "engine/measure/interval.h"

#include <functional>
#include <string>
#include <vector>

namespace bitstill {

/// A rounded network against the float one.
struct Rounded {
    std::vector<char> correct; ///< by test sample
    Interval change; ///< in accuracy, paired
};

/// One repair: what it does by itself, and on top of the steps taken before it.
struct RepairResult {
    std::string id;
    Text name;
    Rounded alone{}, combined{};
    double before = 0, after = 0; ///< KL from float on training samples: what says whether the step is taken
    bool taken() const { return after <= before; }
};

/// From the rounded network up. A step that is worse by its own measure is not taken: its result repeats the one before.
struct Ladder {
    Rounded rounded{};
    std::vector<RepairResult> results{};
    std::size_t guards = 0; ///< training samples on which the steps are judged

    const Rounded& top() const { return results.empty() ? rounded : results.back().combined; }
    /// The result whose step alone gives back most.
    const RepairResult& best() const;
};

/// Which repairs are taken: step i of the ladder is bit i.
using Taken = unsigned;

struct RepairStep {
    std::string id;
    Text name;
};

/// The network that is repaired, as far as the ladder has to know it.
struct Repairable {
    std::function<Rounded(Taken)> measure; ///< with these repairs
    std::function<double(Taken)> divergence; ///< KL from float on training samples, as the last measure() of these repairs left it
    std::function<void(const RepairStep&)> starts{}; ///< a step is about to be tried
    std::function<void(const Ladder&)> combined{}; ///< it has been
};

/// Tries every step alone and on top of those taken, and takes it unless the divergence grows.
Ladder tryRepairs(const std::vector<RepairStep>& steps, const Repairable& network, std::size_t guards);

} // namespace bitstill
