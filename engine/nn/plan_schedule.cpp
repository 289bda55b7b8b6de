#include "engine/nn/plan_stages.h"

#include <algorithm>

namespace bitstill {

namespace {

using Work = Plan::Work;
using Meeting = Plan::Meeting;

/// The shards meet here; what comes next is another segment.
void meet(std::vector<Plan::Segment>& segments, Meeting meeting)
{
    segments.back().meeting = meeting;
    segments.emplace_back();
}

std::vector<Plan::Segment> forwardSegments(const Graph& graph, const Plan& plan)
{
    std::vector<Plan::Segment> segments{{.steps = {{Work::Fill, NodeId(0)}}}};
    for (NodeId i(1); i < plan.nodes.endId(); ++i) {
        if (plan.isFused(i)) continue;
        const Layer& layer = *graph.node(i).layer;
        if (plan.request.training && layer.gathers()) {
            segments.back().steps.push_back({Work::Gather, i});
            meet(segments, Meeting::Combine);
        }
        if (plan.request.training && layer.outputPieces() > 0) {
            segments.push_back({.steps = {{Work::Forward, i}}, .pieces = layer.outputPieces()});
            segments.emplace_back();
        } else {
            segments.back().steps.push_back({Work::Forward, i});
        }
    }
    return segments;
}

void addBackward(const Graph& graph, const Plan& plan, NodeId i, std::vector<Plan::Segment>& segments)
{
    const Layer& layer = *graph.node(i).layer;
    if (plan.isTapped(i)) segments.back().steps.push_back({Work::Inject, i});
    if (layer.gathers()) {
        segments.back().steps.push_back({Work::GatherBackward, i});
        meet(segments, Meeting::CombineBackward);
    }
    for (const Plan::Input& input : plan.nodes[i].inputs) {
        const NodeId writer = plan.nodes[input.node].writer;
        if (layer.readsInputAgain() && plan.nodes[writer].room == Plan::Room::Lane) segments.back().steps.push_back({Work::Repeat, writer});
    }
    segments.back().steps.push_back({Work::Backward, i});
}

std::vector<Plan::Segment> stepSegments(const Graph& graph, const Plan& plan)
{
    std::vector<Plan::Segment> segments = plan.forward;
    if (!plan.request.taps.empty()) meet(segments, Meeting::TapLoss);
    const NodeId output(graph.output());
    segments.back().steps.push_back({Work::Loss, output});
    for (NodeId i = output; i > 0; --i)
        if (!plan.isFused(i) && plan.nodes[i].needsGradient) addBackward(graph, plan, i, segments);
    return segments;
}

/// By their place in the layer: a thread begins with its part of the tasks, and so with the pieces that it computed forward.
std::vector<Plan::GradientTask> tasksByPlace(const Graph& graph, const Plan& plan)
{
    std::vector<std::pair<double, Plan::GradientTask>> placed;
    for (NodeId i(graph.output()); i > 0; --i) {
        if (plan.isFused(i) || !plan.nodes[i].needsGradient) continue;
        const int tasks = graph.node(i).layer->gradientTasks();
        for (int task = 0; task < tasks; ++task) placed.push_back({(task + 0.5) / tasks, {i, task}});
    }
    std::ranges::stable_sort(placed, {}, [](const auto& p) { return p.first; });
    std::vector<Plan::GradientTask> tasks;
    for (const auto& [place, task] : placed) tasks.push_back(task);
    return tasks;
}

} // namespace

void scheduleSteps(const Graph& graph, Plan& plan)
{
    plan.forward = forwardSegments(graph, plan);
    if (!plan.request.training) return;
    plan.step = stepSegments(graph, plan);
    plan.gradientTasks = tasksByPlace(graph, plan);
}

} // namespace bitstill
