#include "engine/quant/placement.h"

namespace bitstill {

bool carriesQuantizer(const Graph& graph, int node)
{
    if (node == 0) return true;
    if (node == graph.output()) return false;
    const LayerRole role = graph.node(node).layer->role();
    if (role == LayerRole::Selects || role == LayerRole::Moves) return false;
    if (!graph.node(node).layer->fusesActivation() || graph.consumers(node) != 1) return true;
    for (const Graph::Node& n : graph.nodes())
        if (n.layer && n.inputs.front() == node && n.layer->role() == LayerRole::Activation) return false;
    return true;
}

} // namespace bitstill
