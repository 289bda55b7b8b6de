#pragma once

#include "engine/models/network.h"

namespace bitstill::foreign {

/// safetensors' names of the types of all values, by value, as they follow from the constants and the inputs; empty where that says
/// nothing.
std::vector<std::string> typesOf(const Network& network);

} // namespace bitstill::foreign
