#pragma once

#include "engine/models/shrink/quantize.h"
#include "engine/nn/graph.h"

namespace bitstill::foreign {

/// A classifier from elsewhere as a graph of layers that can be trained: up to its logits (a last Softmax is left off), channels last. For
/// prepared() networks, and for Quantized ones, whose FakeQuantize become ours with learned steps. It computes what the network computes,
/// but for the order in which floats are added.
class Trainable {
public:
    /// Throws Error, with all nodes that no layer of ours is, and for what is no classifier with one input.
    explicit Trainable(const Network& network);

    Graph graph{SampleShape{}};

    /// The numbers of the input's samples as the graph takes them. Throws Error where they are of another size.
    std::vector<float> rowsOf(const NamedArrays& inputs) const;
    /// The layer that weight layer `index` of the network became.
    LinearWeights layer(std::size_t index);
    /// The weights of that layer, from the network's place of each number to the graph's, and back.
    Tensor fromNetwork(std::size_t index, const Tensor& weights) const;
    Tensor toNetwork(std::size_t index, const Tensor& weights) const;
    /// The node that a FakeQuantize with this output became; −1 where it is none.
    int roundingAt(ValueId output) const;

private:
    friend class Translation;
    /// A weight layer in both worlds.
    struct Linear {
        int node = 0; ///< of the graph
        Shape shape{}; ///< of the weights in the network, and in the graph:
        Shape own{};
        std::vector<std::size_t> places{}; ///< of the graph's weights in the network's; empty where they are the same
    };

    std::string m_input;
    bool m_turned = false; ///< its samples have channels before places
    std::vector<Linear> m_linears;
    std::map<ValueId, int> m_roundings;
};

} // namespace bitstill::foreign
