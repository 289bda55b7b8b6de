#pragma once

#include "engine/quant/quantized_network.h"

namespace bitstill {

/// How far a layer's output (behind its activation) is from the float network's.
struct LayerError {
    std::string name;
    double localDb = 0; ///< SQNR when this layer alone is quantized: its own doing
    double accumulatedDb = 0; ///< SQNR in the whole quantized network: with what it inherits
    double cosine = 0; ///< of the accumulated
    /// Shares of the accumulated squared error, together 1: the mean of each channel moved; outside the range; the rest.
    double meanShift = 0, clipping = 0, rounding = 0;
    double rmsePerScale = 0; ///< accumulated; 0.289 is pure rounding of the output, well above is inherited or clipped
};

/// Compares both networks on a sample of the test set (sampleOf; no more than a batch of `network`). Quantizes `network` anew for every
/// layer and leaves it as its options say; what setCodes and shiftBias did is lost. The logits count as the last layer.
std::vector<LayerError> layerErrors(
    QuantizedNetwork& network, const Dataset& data, std::size_t samples, ThreadPool& pool, std::uint64_t seed = 1);

} // namespace bitstill
