#pragma once

#include "engine/core/text.h"
#include "engine/nn/graph.h"

namespace bitstill {

/// A family of models; a name picks one ("mlp-256-128" is of family "mlp").
struct ModelFamily {
    std::string pattern; ///< "mlp-W-W-..."
    std::string example; ///< "mlp-256-128"
    Text description; ///< one sentence
};

const std::vector<ModelFamily>& modelFamilies();

/// Builds the named model for these inputs and classes, widths multiplied by `width`; weights are not initialised.
/// mlp-A-B...: dense + ReLU each. cnn-A-B...: conv3×3-BN-ReLU-maxpool2 each, dense 128 + ReLU, dense.
/// dwcnn: conv3×3/2 → 32, then depthwise-separable 64, 128/2, 128, 256/2, BN + ReLU6, global average (after Howard et al. 2017).
/// resnet-8: conv 16, three residual blocks 16, 32/2, 64/2, global average (after He et al. 2016).
/// Throws Error for a name that is none, naming the nearest.
Graph buildModel(const std::string& name, SampleShape input, int classes, double width = 1);

} // namespace bitstill
