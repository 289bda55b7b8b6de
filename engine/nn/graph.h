#pragma once

#include "engine/nn/layer.h"

#include <cstdint>

namespace bitstill {

/// A network: named nodes in topological order. Node 0 is the input, the last one the output.
class Graph {
public:
    struct Node {
        std::string name;
        std::unique_ptr<Layer> layer; ///< null for node 0
        std::vector<int> inputs;
        SampleShape shape; ///< of the output
    };

    explicit Graph(SampleShape input);
    Graph(const Graph& other);
    Graph& operator=(const Graph& other);
    Graph(Graph&&) noexcept = default;
    Graph& operator=(Graph&&) noexcept = default;

    /// Appends a layer behind `inputs` (the last node when empty) and returns its node. Throws Error naming the
    /// node when the shapes do not fit.
    NodeId add(std::string name, std::unique_ptr<Layer> layer, std::vector<int> inputs = {});

    const std::vector<Node>& nodes() const { return m_nodes; }
    Node& node(int i) { return m_nodes[static_cast<std::size_t>(i)]; }
    const Node& node(int i) const { return m_nodes[static_cast<std::size_t>(i)]; }
    NodeId output() const { return NodeId(static_cast<int>(m_nodes.size()) - 1); }
    /// Node of this name, or −1.
    NodeId find(const std::string& name) const;
    /// How many nodes read this one's output.
    int consumers(int node) const;

    /// Parameters in node order, with the node's name: ("dense1.weight", parameter).
    std::vector<std::pair<std::string, Parameter*>> parameters() const;
    /// Parameters and buffers, what a saved model holds: ("bn1.running_mean", array).
    std::vector<std::pair<std::string, Tensor*>> state() const;
    std::size_t parameterCount() const;

    /// Fresh weights from stream "init" of this seed; each node has a stream of its own.
    void initialize(std::uint64_t seed);
    /// FNV-1a over the bits of all parameters and buffers: two networks with the same hash are the same network.
    std::uint64_t hash() const;

private:
    std::vector<Node> m_nodes;
};

} // namespace bitstill
