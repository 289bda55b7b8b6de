#include "engine/quant/placement.h"

#include "engine/nn/pointwise.h"

#include <string_view>

namespace bitstill {

bool carriesQuantizer(const Graph& graph, int node)
{
    if (node == 0) return true;
    if (node == graph.output()) return false;
    const std::string_view kind = graph.node(node).layer->kind();
    if (kind == "maxpool" || kind == "flatten") return false;
    if (!graph.node(node).layer->fusesActivation() || graph.consumers(node) != 1) return true;
    for (const Graph::Node& n : graph.nodes())
        if (n.layer && n.inputs.front() == node && dynamic_cast<const ActivationLayer*>(n.layer.get())) return false;
    return true;
}

} // namespace bitstill
