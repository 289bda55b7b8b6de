#pragma once

#include "engine/experiment/context.h"
#include "engine/quant/layer_errors.h"

namespace bitstill {

/// Two figures, "errors" (SQNR of each layer's output, its own and with what it inherits) and "split" (what the error is made
/// of), and the metrics layer.<name>.sqnr_db.
void showLayerErrors(Context& context, const std::vector<LayerError>& errors, std::size_t samples);

/// Largest magnitude of each output channel's weights.
std::vector<double> channelRanges(const LayerQuantization& layer);
/// Figure "channels": those of one layer, and what one scale for them all makes 0.
void showChannelRanges(Context& context, const LayerQuantization& layer);

} // namespace bitstill
