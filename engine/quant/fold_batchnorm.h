#pragma once

#include "engine/nn/graph.h"

namespace bitstill {

/// The same network for inference, with every BatchNorm that follows a convolution or dense layer alone folded into its
/// weights and bias (Jacob et al. 2018): W' = W·γ/sqrt(var + ε), b' = β + (b − mean)·γ/sqrt(var + ε). Names stay.
Graph foldBatchNorm(const Graph& graph);

} // namespace bitstill
