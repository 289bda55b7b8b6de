#pragma once

#include "engine/models/network.h"

namespace bitstill::foreign {

/// A node whose operand of weights is a constant matrix or kernel: Conv, ConvTranspose, Gemm, or MatMul with the weights on the right.
struct WeightLayer {
    std::string name{}; ///< the node's, or that of its output; made unique
    int node = 0;
    ValueId input = kAbsent, weights = kAbsent, output = kAbsent;
    ValueId bias = kAbsent; ///< a constant with one value for each output channel
    int axis = 0; ///< of the weights: output channels
};

/// In the order of the nodes.
std::vector<WeightLayer> weightLayersOf(const Network& network);

/// The same function with fewer nodes, as quantizers want it: what only scales or shifts the channels of a weight layer
/// (BatchNormalization, Mul or Add of constants) becomes part of its weights and bias. Only where nothing else reads the layer's output.
Network prepared(Network network);

} // namespace bitstill::foreign
