#pragma once

#include "engine/experiment/results.h"
#include "engine/quant/layer_errors.h"

namespace bitstill {

/// "errors" (SQNR of each layer's output, its own and with what it inherits) and "split" (what the error is made of).
std::vector<Figure> figuresOf(const std::vector<LayerError>& errors, std::size_t samples);
/// layer.<name>.sqnr_db.
Metrics metricsOf(const std::vector<LayerError>& errors);

/// Largest magnitude of each output channel's weights.
std::vector<double> channelRanges(const LayerQuantization& layer);
/// The channel with the largest range.
struct WidestChannel {
    std::size_t channel = 0;
    double timesMedian = 0;
};
WidestChannel widestChannel(const LayerQuantization& layer);
/// "channels": the ranges of one layer, and what one scale for them all makes 0.
Figure channelsFigure(const LayerQuantization& layer);

} // namespace bitstill
