#pragma once

#include "engine/models/understand.h"

namespace bitstill::foreign {

/// The network up to a node, of this name or one that makes a value of this name: what the node makes are the outputs, and what they do not
/// need is gone; the whole network where `node` is empty. Throws Error where there is no such node, and where the network cannot run up to
/// it.
Network cutBehind(Network network, const std::string& node);

/// What to cut behind so that the rest runs: the last node that makes something of which the node `reach` names is made; empty where there
/// is none.
std::string whereToCut(const Network& network, const Reach& reach);

} // namespace bitstill::foreign
