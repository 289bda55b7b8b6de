#pragma once

#include "engine/core/text.h"
#include "engine/models/network.h"

namespace bitstill::foreign {

/// How far a network can be run here.
struct Reach {
    enum class Kind {
        Whole, ///< all of it
        UpToNode, ///< all nodes before `node`
        WeightsOnly, ///< not even the first: the weights can be looked at
    };
    Kind kind = Kind::Whole;
    int node = -1; ///< that stops it
    Text why;
};

Reach reachOf(const Network& network);

/// What a node costs. −1 where it depends on a size that the file leaves free.
struct Cost {
    std::int64_t parameters = 0; ///< values of its constants of floats or codes: weights, biases, statistics
    std::int64_t weightBytes = 0; ///< of them, or of the codes that they have in the file (those of 4 bits have a byte each)
    std::int64_t products = 0; ///< multiply-accumulates of one sample, see productsOf()
};

/// In the nodes' order. Constants that several nodes share count at the first.
std::vector<Cost> costsOf(const Network& network);

/// "[N, 3, 224, 224]": N where a dimension is free; "?" where nothing is known.
std::string shapeText(const ValueInfo& value);

} // namespace bitstill::foreign
