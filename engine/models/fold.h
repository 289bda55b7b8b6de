#pragma once

#include "engine/models/network.h"

namespace bitstill::foreign {

/// Computes beforehand what follows from constants and fixed shapes, takes Identity out of the way, moves constants into attributes
/// (constantsToAttributes), forgets what no output needs, and writes down the shape of every value as far as it follows. What holds for
/// any number of samples is told from what does not by looking at two numbers; where only one sample fits (a Reshape with a baked-in
/// batch), the free first dimension of the inputs becomes 1.
void fold(Network& network);

} // namespace bitstill::foreign
