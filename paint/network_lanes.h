#pragma once

#include <cstddef>
#include <vector>

namespace bitstill {

using NodeInputs = std::vector<std::vector<int>>;

/// Where the nodes of a network stand, before anybody says how large a box is: a layer for each (after those whose outputs it reads) and a
/// lane within it. Nodes of a layer have different lanes, and so have the outputs that only pass it, on their way to a later layer.
struct NetworkLanes {
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    std::vector<std::vector<std::size_t>> inputs; ///< by node: those that are earlier nodes, each once
    std::vector<std::size_t> layer, lane; ///< by node
    std::vector<std::size_t> lastUse; ///< by node: the last layer that reads it; its own where none does
    std::vector<std::size_t> track; ///< by node: the lane in which its output passes layers; kNone where it passes none
    std::vector<std::vector<std::size_t>> nodesIn; ///< by layer: its nodes

    std::size_t layers() const { return nodesIn.size(); }
    /// Does the output pass the layer, made before it and read after it?
    bool passes(std::size_t node, std::size_t at) const { return layer[node] < at && at < lastUse[node]; }
};

/// `inputs`: for each node the indices of those that it reads. What is no earlier node is passed over.
NetworkLanes lanesOf(const NodeInputs& inputs);

} // namespace bitstill
