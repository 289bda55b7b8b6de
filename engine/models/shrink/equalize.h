#pragma once

#include "engine/core/text.h"
#include "engine/models/network.h"

namespace bitstill::foreign {

struct Equalized {
    Network network;
    std::size_t pairs = 0; ///< of layers that took part
    Text why{}; ///< none did
};

/// Cross-layer equalization (Nagel et al. 2019; see bitstill::equalize()): where a Conv, Gemm or MatMul is read by one other alone, through
/// nothing but what scales along (Relu, LeakyRelu, pooling, Flatten), output channel c of the first is divided by s_c = sqrt(r1_c / r2_c)
/// and what reads it multiplied, r the largest magnitudes of the channel in both. The network computes the same but for rounding of floats.
/// For prepared() networks.
Equalized equalized(Network network);

} // namespace bitstill::foreign
