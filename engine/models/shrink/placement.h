#pragma once

#include "engine/models/network.h"

namespace bitstill::foreign {

/// Its output holds nothing but numbers of its first input, which may have been rounded before (MaxPool, Reshape, Transpose ...).
bool movesNumbers(const Node& node);

/// Which values of a network are rounded where activations are: what weight layers, sums, products, averages and concatenations read, at
/// the node that makes it; what only moves numbers hands on rounded ones, and what only an activation function reads is rounded behind
/// that. Outputs of the network stay float.
std::vector<ValueId> roundedValues(const Network& network);

/// Where the numbers of a value are rounded: itself, or what nodes that move numbers made it of; kAbsent where they are float.
ValueId roundingOf(const Network& network, ValueId value, const std::vector<ValueId>& rounded);

} // namespace bitstill::foreign
