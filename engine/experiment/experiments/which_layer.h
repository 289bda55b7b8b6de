#pragma once

#include "engine/experiment/ladder.h"
#include "engine/experiment/results.h"
#include "engine/quant/quantized_network.h"

#include <set>

/// What which-layer measures, and the figures that are drawn from it.
namespace bitstill::which_layer {

/// One layer by itself, on some of the test samples.
struct LayerDamage {
    std::string name;
    Interval only{}, allBut{}; ///< change in accuracy when it alone is rounded, and when all others are
    double divergence = 0; ///< KL from float when it alone is rounded
};

struct Layers {
    std::vector<LayerDamage> layers{};
    std::size_t samples = 0;

    /// That which moves the answers most.
    std::size_t worst() const;
};

/// The drop explained.
struct Story {
    Interval lost; ///< by all layers, on the whole test set
    double lostOnSample = 0; ///< by all layers, on the samples on which the layers were measured
    std::size_t channel = 0; ///< the widest of the worst layer ...
    double timesMedian = 0; ///< ... and how much wider it is than the median one
};

/// What the fields name: steps taken, layers left float.
struct Mix {
    std::size_t steps = 0;
    std::set<std::string> floats{};
    Rounded measured{};
    std::int64_t bytes = 0, floatBytes = 0;
};

/// Click a bar, and its layer is left float or no longer.
std::string toggled(std::set<std::string> floats, const std::string& layer);

Figure layersFigure(const Layers& layers, int bits, const std::set<std::string>& floats);
Metrics metricsOf(const Layers& layers);
Figure storyFigure(const Layers& layers, const Ladder& ladder, const Story& story);
/// While it is `measuring` the mix says what is measured.
Figure mixFigure(const Mix& mix, bool measuring);

} // namespace bitstill::which_layer
