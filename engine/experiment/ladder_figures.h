#pragma once

#include "engine/experiment/context.h"
#include "engine/measure/interval.h"

namespace bitstill {

/// A rounded network against the float one.
struct Rounded {
    std::vector<char> correct; ///< by test sample
    Interval change; ///< in accuracy, paired
};

/// One repair: what it does by itself, and on top of the steps taken before it.
struct Rung {
    std::string id;
    Text name;
    Rounded alone{}, climbed{};
    double before = 0, after = 0; ///< KL from float on training samples: what says whether the step is taken
    bool taken() const { return after <= before; }
};

/// From the rounded network up. A step that is worse by its own measure is not taken: its rung repeats the one below.
struct Ladder {
    Rounded rounded;
    std::vector<Rung> rungs;
    std::size_t guards = 0; ///< training samples on which the steps are judged

    const Rounded& top() const { return rungs.empty() ? rounded : rungs.back().climbed; }
    /// The rung whose step alone gives back most.
    const Rung& best() const;
};

/// Figures "ladder" and "ladder.table", metrics ladder.<id>.change, .taken and repair.<id>.change.
void showLadder(Context& context, const Ladder& ladder);

} // namespace bitstill
