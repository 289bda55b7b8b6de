#pragma once

#include "engine/nn/graph.h"

namespace bitstill {

/// Are the numbers that leave this node rounded? The input and every layer's output are, except the logits, what an
/// activation follows (it is rounded behind that), and layers that only choose among rounded numbers.
bool carriesQuantizer(const Graph& graph, int node);

} // namespace bitstill
