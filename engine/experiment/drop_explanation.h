#pragma once

#include "engine/experiment/figure.h"
#include "engine/experiment/trained_network.h"
#include "engine/measure/interval.h"

#include <functional>

namespace bitstill {

class ThreadPool;

/// One answer to "where does the loss come from, and what would give it back?", measured on the whole test set.
struct DropVariant {
    Text name{};
    Values set{}; ///< the settings of before-after that do the same; empty where there are none
    Interval change{}; ///< accuracy less that of the float network, paired
    Interval gain{}; ///< of a repair: accuracy less that of the network as it is set, paired
};

/// Why a network of before-after is less accurate once it is rounded.
struct DropExplanation {
    Text settings{}; ///< "3-bit symmetric, per tensor"
    std::size_t samples = 0;
    Interval drop{}; ///< accuracy as it is set less that of the float network, paired
    DropVariant weights{}, activations{}; ///< only these rounded; without a name where they are float anyway
    std::vector<DropVariant> layers{}; ///< each rounded alone, weights and outputs
    std::vector<DropVariant> repairs{};

    bool isDrop() const { return drop.high < 0; }
    /// The layer that costs most alone; the repair that gives back most.
    const DropVariant& worst() const;
    const DropVariant& best() const;
};

/// Rounds the network that a run of before-after has kept ("float32") in all these ways, as its settings say but for the one thing that is
/// asked about. `progress` is told the share that is done. The same bits for any number of threads. Throws Error for a network of another
/// experiment, Stopped when `keepGoing` says no.
DropExplanation explainDrop(TrainedNetwork& network, ThreadPool& pool, const std::function<bool()>& keepGoing = {},
    const std::function<void(double)>& progress = {});

struct ExplainedSentence {
    Text words{};
    Values leads{}; ///< the settings whose run proves it, empty where it is the run itself or nothing was found
};
/// The verdict.
std::vector<ExplainedSentence> sentencesOf(const DropExplanation& explanation);

struct ExplainedFigure {
    Figure figure{};
    std::vector<Values> leads{}; ///< by place: the settings that do the same, empty where there are none
};
/// "explain.parts", "explain.layers" and "explain.repairs": bars with intervals, in points.
std::vector<ExplainedFigure> figuresOf(const DropExplanation& explanation);

} // namespace bitstill
