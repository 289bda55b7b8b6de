#pragma once

#include "engine/models/network.h"

namespace bitstill::foreign {

/// The arrays as the network's inputs want them, channels behind or before the places: those that fit only when their axes are turned
/// ([N, C, ...] to [N, ..., C] or back) are.
NamedArrays turnedFor(const Network& network, NamedArrays inputs);

/// The network with outputs whose axes lie as those of `other`, where they fit only when they are turned so; by their order.
Network turnedLike(const Network& other, Network network);

} // namespace bitstill::foreign
