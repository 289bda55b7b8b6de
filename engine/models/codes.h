#pragma once

#include "engine/models/network.h"

#include <optional>

namespace bitstill::foreign {

/// The axis that several scales lie along, counted from 0.
std::size_t axisOf(const Codes& codes);
/// Nothing where the file has none: they are 0.
std::vector<std::int64_t> zeroPointsOf(const Codes& codes);
/// (code − zero point)·scale
Array dequantized(const Codes& codes);

/// The codes when a node that only moves numbers (Transpose, Reshape ...) moves what they stand for; nothing where their scales, several of
/// them, would lie along no axis any more. `network` has the node's other inputs as constants.
std::optional<Codes> moved(const Codes& codes, const Node& node, const Network& network);

/// Writes down the codes of what the node makes, which is a constant already and whose inputs are: those of a DequantizeLinear, or moved
/// ones.
void keepCodes(Network& network, const Node& node);

/// The network with a DequantizeLinear for each constant that has codes: what it says in files. A constant that is not, bit for bit, what
/// its codes stand for stays.
Network withCodes(Network network);

} // namespace bitstill::foreign
