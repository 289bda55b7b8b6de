#include "engine/quant/fold_batchnorm.h"

namespace bitstill {

Graph foldBatchNorm(const Graph& graph)
{
    Graph result(graph.node(0).shape);
    std::vector<int> position(graph.nodes().size(), 0); // where each node's output is in the result
    for (int i = 1; i <= graph.output(); ++i) {
        const Graph::Node& node = graph.node(i);
        const std::optional<ChannelAffine> affine = node.layer->channelAffine();
        const int source = node.inputs[0];
        const int home = position[static_cast<std::size_t>(source)];
        if (affine && source > 0 && graph.consumers(source) == 1 && result.node(home).layer->absorb(*affine)) {
            position[static_cast<std::size_t>(i)] = home;
            continue;
        }
        std::vector<int> inputs;
        for (const int input : node.inputs) inputs.push_back(position[static_cast<std::size_t>(input)]);
        position[static_cast<std::size_t>(i)] = result.add(node.name, node.layer->clone(), inputs);
    }
    return result;
}

} // namespace bitstill
