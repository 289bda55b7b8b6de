#pragma once

#include "engine/nn/evaluate.h"
#include "engine/quant/quantized_network.h"

namespace bitstill {

/// A quantized network really computed in integers: u8 codes between layers, u8×s8→s32 products through oneDNN (see Int8Weights),
/// requantized by the profile; only the logits are float. ReLU and ReLU6 are bounds of the codes. All accumulators are exact,
/// so the results are the same for any batch, shards or threads.
class IntegerNetwork {
public:
    /// Throws Error when something in the network is left float or has more than 8 bits.
    IntegerNetwork(const QuantizedNetwork& source, int batch, ThreadPool& pool);
    ~IntegerNetwork();

    int batch() const;
    /// Logits of `rows` <= batch() samples, row-major; valid until the next call.
    const float* forward(int rows, const Pass::Fill& fill);
    /// The same of samples first ... first + rows − 1. Where they are stored as bytes, these are looked up in a table of codes, or read
    /// as they are if each is its own code.
    const float* forward(int rows, const Dataset& data, const Samples& samples, std::size_t first);
    /// Codes that left this node in the last forward, rows × features, of the input perhaps where the samples lie; null for the logits and
    /// for what a fused activation changed.
    const std::uint8_t* codes(int node) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m;
};

Evaluated evaluated(IntegerNetwork& network);

/// The same network with weights in int8 and activations rounded to u8 as they come, each sample over its own range (dynamic
/// quantization): convolution and dense layers multiply in integers, everything else stays float. Run it with a Pass.
/// Per sample, not per batch as PyTorch does: what a sample gets then does not depend on its neighbours.
/// Throws Error when weights are float or have more than 8 bits.
Graph makeDynamic(const QuantizedNetwork& source);

} // namespace bitstill
