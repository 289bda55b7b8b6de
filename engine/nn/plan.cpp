#include "engine/nn/plan.h"

#include "engine/core/error.h"
#include "engine/nn/plan_stages.h"

#include <algorithm>

namespace bitstill {

namespace {

/// Every node by itself, in an array of its own.
Plan unfused(const Graph& graph, const PassRequest& request)
{
    Plan plan;
    plan.request = request;
    plan.rowsPerShard = rowsPerShard(graph, request.batch);
    for (const Graph::Node& node : graph.nodes()) {
        Plan::Node planned;
        planned.name = node.name;
        planned.features = node.shape.size();
        for (const int input : node.inputs) planned.inputs.push_back({NodeId(input)});
        planned.writer = planned.home = plan.nodes.endId();
        planned.reportAs = planned.home;
        plan.nodes.add(std::move(planned));
    }
    return plan;
}

bool fuseActivation(const Graph& graph, Plan& plan, NodeId node)
{
    const std::optional<Activation> activation = graph.node(node).layer->activation();
    const NodeId source = plan.nodes[node].inputs[0].node;
    Plan::Node& before = plan.nodes[source];
    if (!activation || source == 0 || before.activation != Activation{} || !graph.node(source).layer->fusesActivation()) return false;
    before.activation = *activation;
    before.reportAs = node;
    plan.nodes[node].home = before.home;
    plan.nodes[node].writer = before.writer;
    return true;
}

/// The maps in front of the windows then exist nowhere: what had its home there moves to the windows'.
bool fuseMaxPool(const Graph& graph, Plan& plan, NodeId node)
{
    const NodeId source = plan.nodes[node].inputs[0].node, writer = plan.nodes[source].writer;
    const Layer& layer = *graph.node(node).layer;
    if (!plan.request.training || layer.role() != LayerRole::Selects || writer == 0 || std::ranges::count(plan.request.taps, source))
        return false;
    const std::optional<kernels::PoolShape> windows = layer.poolWindows(graph.node(source).shape, graph.node(node).shape);
    Plan::Node& before = plan.nodes[writer];
    if (before.home != writer || !graph.node(writer).layer->fusesMaxPool(*windows)) return false;
    before.maxPool = windows;
    before.reportAs = node;
    plan.nodes[source].home = before.home = node;
    plan.nodes[node].writer = writer;
    return true;
}

/// A layer may write over its input if nobody else reads that. The batch itself stays as the caller wrote it.
bool overInput(const Graph& graph, NodeId node)
{
    const Layer& layer = *graph.node(node).layer;
    return layer.inPlace() && !(graph.node(node).inputs[0] == 0 && layer.activation());
}

void fuse(const Graph& graph, Plan& plan)
{
    for (NodeId i(1); i < plan.nodes.endId(); ++i) {
        const NodeId source = plan.nodes[i].inputs[0].node;
        if (graph.consumers(source) != 1 || fuseActivation(graph, plan, i) || fuseMaxPool(graph, plan, i)) continue;
        if (overInput(graph, i)) plan.nodes[i].home = plan.nodes[source].home;
    }
    for (NodeId i(1); i < plan.nodes.endId(); ++i)
        if (plan.isFused(i)) plan.nodes[i].reportAs.reset();
    // The last fused node's name stands for the group.
    for (NodeId i(1); i < plan.nodes.endId(); ++i)
        if (const auto last = plan.nodes[i].reportAs) plan.nodes[*last].reportAs = last;
}

/// Is this node's output there by itself, and as it was when all of the batch has come through?
bool keepsOutput(const Graph& graph, const Plan& plan, NodeId node)
{
    for (NodeId later(node + 1); later < plan.nodes.endId(); ++later)
        if (plan.nodes[later].home == plan.nodes[node].home && !plan.isFused(later) && graph.node(later).layer->activation()) return false;
    return node > 0 && plan.isObservable(node);
}

void checkTaps(const Graph& graph, const Plan& plan)
{
    for (const NodeId tap : plan.request.taps)
        if (!keepsOutput(graph, plan, tap))
            throw Error(graph.node(tap).name, text("its output is never available on its own"), text("choose the activation after it"));
}

void findNeeds(const Graph& graph, Plan& plan)
{
    plan.nodes[NodeId(0)].needsGradient = plan.request.inputGradient;
    for (NodeId i(1); i < plan.nodes.endId(); ++i) {
        Plan::Node& node = plan.nodes[i];
        node.needsGradient = !graph.node(i).layer->parameters().empty();
        for (const Plan::Input& input : node.inputs) node.needsGradient = node.needsGradient || plan.nodes[input.node].needsGradient;
    }
}

/// Backwards, the first reader writes the gradient of a home, the others add to it.
void findSums(Plan& plan)
{
    ById<NodeId, bool> written(plan.nodes.size()); // by home
    for (NodeId i(plan.nodes.endId() - 1); i > 0; --i) {
        for (Plan::Input& input : plan.nodes[i].inputs) {
            const Plan::Node& source = plan.nodes[input.node];
            if (source.home == plan.nodes[i].home) continue;
            input.accumulates = source.needsGradient && written[source.home];
            written[source.home] = true;
            if (input.accumulates) plan.laneSum = std::max(plan.laneSum, source.features);
        }
    }
}

/// A layer that is cheap to repeat writes to room of the thread if the only reader comes straight behind it, and is asked again
/// before that reader's backward: its output for the whole batch would have to come back from memory.
bool passesInLane(const Graph& graph, const Plan& plan, NodeId i)
{
    const Plan::Node& node = plan.nodes[i];
    if (plan.isFused(i) || node.home != i || plan.isTapped(i) || !graph.node(i).layer->repeats()) return false;
    if (*node.reportAs == graph.output() || graph.consumers(*node.reportAs) != 1) return false;
    NodeId next(i + 1);
    while (plan.isFused(next)) ++next;
    const Layer& reader = *graph.node(next).layer;
    const bool reads = std::ranges::count(plan.nodes[next].inputs, *node.reportAs, &Plan::Input::node) == 1;
    return reads && plan.nodes[next].home != i && !reader.gathers() && !reader.gradientReadsArrays();
}

void chooseRooms(const Graph& graph, Plan& plan)
{
    for (NodeId i(1); i < plan.nodes.endId(); ++i) {
        if (!passesInLane(graph, plan, i)) continue;
        plan.nodes[i].room = Plan::Room::Lane;
        plan.laneOutput = std::max(plan.laneOutput, plan.nodes[i].features);
    }
}

} // namespace

int rowsPerShard(const Graph& graph, int batch)
{
    constexpr std::size_t kCache = 1 << 20;
    std::size_t floats = 0;
    for (const Graph::Node& n : graph.nodes()) floats += n.shape.size();
    const auto fitting = static_cast<int>(kCache / (floats * sizeof(float)));
    // Each shard costs calls and gradients to add up: in a network of many layers more than a few samples are worth, as long as there
    // are shards to share out.
    const int fewest = graph.nodes().size() > 16 ? std::clamp(batch / 8, 8, 16) : 8;
    const int most = std::clamp(fitting, fewest, 64);
    const int shards = (batch + most - 1) / most;
    return (batch + shards - 1) / shards;
}

bool Plan::isTapped(NodeId node) const
{
    return std::ranges::any_of(request.taps, [&](NodeId tap) { return nodes[tap].writer == node; });
}

Plan compile(const Graph& graph, const PassRequest& request)
{
    Plan plan = unfused(graph, request);
    fuse(graph, plan);
    checkTaps(graph, plan);
    if (request.training) {
        findNeeds(graph, plan);
        findSums(plan);
        chooseRooms(graph, plan);
    }
    scheduleSteps(graph, plan);
    shareGradientSlots(graph, plan);
    return plan;
}

} // namespace bitstill
