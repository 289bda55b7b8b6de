#pragma once

#include "engine/core/text.h"
#include "engine/models/network.h"

#include <optional>

namespace bitstill::foreign {

/// What follows from a network's constants and the shapes of its inputs, without running it.
struct Facts {
    std::vector<std::optional<Shape>> shapes; ///< by value
    std::map<ValueId, Array> values; ///< of small arrays that depend on nothing else; not the network's own constants
    int stuck = -1; ///< the first node whose operator is not there or whose inputs do not fit; −1: none
    Text why; ///< what is wrong with it
};

/// With these shapes of the inputs, in their order; an empty optional is not known.
Facts factsOf(const Network& network, const std::vector<std::optional<Shape>>& inputs);

/// The shapes of the inputs with `batch` for a free first dimension and `other` for any other that is free.
std::vector<std::optional<Shape>> inputShapes(const Network& network, int batch, int other);

/// Is a dimension behind the first free in some input (its height, its length), or its shape unknown?
bool hasFreeSize(const Network& network);

} // namespace bitstill::foreign
