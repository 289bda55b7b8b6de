#pragma once

#include "engine/kernels/int8.h"
#include "engine/kernels/int8_conv.h"
#include "engine/quant/quantized_network.h"

namespace bitstill {

/// A dense or convolution layer of a quantized network as the integer kernels want it.
struct Int8Layer {
    Int8Layer(const QuantizedNetwork& source, const LayerQuantization& layer);

    /// Bytes of scratch that accumulate() needs for `rows` samples.
    std::size_t scratchBytes(int rows) const;
    /// acc[r, position, channel] = Σ x·w of `rows` samples of input codes; where the map ends stands zeroPoints[r]. `shard` as
    /// in Int8Weights::multiply.
    void accumulate(
        int shard, const std::uint8_t* x, const std::uint8_t* zeroPoints, int rows, std::uint8_t* scratch, std::int32_t* acc) const;

    std::string name;
    bool isConvolution = false;
    ConvShape shape; ///< of a convolution
    int positions = 1; ///< output pixels
    int channels = 0; ///< output channels
    std::size_t inputs = 0;
    Int8Weights weights; ///< unless grouped
    GroupedInt8 grouped;
    std::vector<std::int32_t> codeSums; ///< by output channel: Σ w
    std::vector<float> scales; ///< of the weights, one for each output channel
    std::vector<float> bias;
};

} // namespace bitstill
