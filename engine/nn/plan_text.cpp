#include "engine/core/text.h"
#include "engine/nn/plan.h"

namespace bitstill {

namespace {

using Room = Plan::Room;

std::string nameOf(const Plan& plan, NodeId node) { return plan.nodes[node].name; }

/// "relu1, pool2"
std::string namesOf(const Plan& plan, const std::vector<NodeId>& nodes)
{
    std::vector<std::string> names;
    for (const NodeId node : nodes) names.push_back(nameOf(plan, node));
    return joined(names);
}

std::string describe(const PassRequest& request, const Plan& plan)
{
    std::string text = request.training ? "training" : "inference";
    text += ", batches of " + std::to_string(request.batch) + " rows in " + std::to_string(plan.shards()) + " shards of "
        + std::to_string(plan.rowsPerShard);
    if (request.inputGradient) text += ", with the gradient of the input";
    if (!request.taps.empty()) text += ", taps at " + namesOf(plan, request.taps);
    return text + "\n";
}

std::string describe(const Activation& a)
{
    return "clamped to " + shortest(a.low) + "..." + (a.high == Activation{}.high ? std::string() : shortest(a.high));
}

std::string describe(const kernels::PoolShape& p)
{
    return "largest of " + std::to_string(p.kernelHeight) + "×" + std::to_string(p.kernelWidth) + " every "
        + std::to_string(p.strideHeight);
}

/// Where its output goes and what happens to it on the way.
std::string outputOf(const Plan& plan, NodeId id)
{
    const Plan::Node& node = plan.nodes[id];
    if (plan.isFused(id)) return "fused into " + nameOf(plan, node.writer);
    std::string text = std::to_string(node.features) + " floats";
    if (node.activation != Activation{}) text += ", " + describe(node.activation);
    if (node.maxPool) text += ", " + describe(*node.maxPool);
    if (node.home != id) text += ", into the array of " + nameOf(plan, node.home);
    if (node.room == Room::Lane) text += ", into the lane's room";
    return text;
}

std::string gradientOf(const Plan& plan, NodeId id)
{
    const Plan::Node& node = plan.nodes[id];
    if (!node.needsGradient) return ", no gradient";
    const std::optional<SlotId> slot = plan.nodes[node.home].slot;
    std::string text = slot ? ", gradient in slot " + std::to_string(*slot) : ", gradient nowhere";
    for (const Plan::Input& input : node.inputs)
        if (input.accumulates) text += ", adds to " + nameOf(plan, input.node) + "'s";
    return text;
}

std::string describe(const Plan& plan, NodeId id)
{
    const Plan::Node& node = plan.nodes[id];
    std::string text = "  " + node.name + ": " + outputOf(plan, id);
    if (node.reportAs && node.reportAs != id) text += ", seen as " + nameOf(plan, *node.reportAs);
    if (!node.reportAs) text += ", never seen";
    if (plan.request.training && !plan.isFused(id)) text += gradientOf(plan, id);
    return text + "\n";
}

const char* nameOf(Plan::Work work)
{
    switch (work) {
    case Plan::Work::Fill: return "fill";
    case Plan::Work::Gather: return "gather";
    case Plan::Work::Forward: return "forward";
    case Plan::Work::Repeat: return "repeat";
    case Plan::Work::Loss: return "loss";
    case Plan::Work::Inject: return "inject";
    case Plan::Work::GatherBackward: return "gather back";
    case Plan::Work::Backward: return "backward";
    }
    return "";
}

const char* nameOf(Plan::Meeting meeting)
{
    switch (meeting) {
    case Plan::Meeting::Nothing: return "meet";
    case Plan::Meeting::Combine: return "combine";
    case Plan::Meeting::CombineBackward: return "combine back";
    case Plan::Meeting::TapLoss: return "loss of the taps";
    }
    return "";
}

/// "  forward conv1, gather bn1 | combine"; the work is named where it changes.
std::string describe(const Plan& plan, const Plan::Segment& segment)
{
    std::string text = "  ";
    for (std::size_t i = 0; i < segment.steps.size(); ++i) {
        const Plan::Step& step = segment.steps[i];
        const bool same = i > 0 && segment.steps[i - 1].work == step.work;
        if (i > 0) text += same ? ", " : "; ";
        if (!same) text += std::string(nameOf(step.work)) + " ";
        text += nameOf(plan, step.node);
    }
    if (segment.pieces > 0) text += " in " + std::to_string(segment.pieces) + " pieces";
    return text + " | " + nameOf(segment.meeting) + "\n";
}

std::string describe(const Plan& plan, const char* title, const std::vector<Plan::Segment>& segments)
{
    std::string text = std::string(title) + "\n";
    for (const Plan::Segment& segment : segments) text += describe(plan, segment);
    return text;
}

std::string describe(const Plan::Slot& slot)
{
    return std::to_string(slot.features) + " floats, " + (slot.room == Room::Lane ? "of a lane" : "of the batch") + "\n";
}

/// "  dense2 0, dense1 0 1"
std::string tasksOf(const Plan& plan)
{
    std::string text;
    for (std::size_t i = 0; i < plan.gradientTasks.size(); ++i) {
        const auto [node, task] = plan.gradientTasks[i];
        const bool same = i > 0 && plan.gradientTasks[i - 1].node == node;
        text += same ? " " : (i > 0 ? ", " : "  ") + nameOf(plan, node) + " ";
        text += std::to_string(task);
    }
    return text + "\n";
}

} // namespace

std::string describe(const Plan& plan)
{
    std::string text = describe(plan.request, plan) + "nodes (a row)\n";
    for (NodeId i; i < plan.nodes.endId(); ++i) text += describe(plan, i);
    text += describe(plan, plan.request.training ? "forward alone" : "forward", plan.forward);
    if (!plan.request.training) return text;
    text += describe(plan, "step", plan.step);
    text += "gradient tasks\n" + tasksOf(plan) + "gradient slots (a row)\n";
    for (SlotId s; s < plan.gradientSlots.endId(); ++s) text += "  " + std::to_string(s) + ": " + describe(plan.gradientSlots[s]);
    return text + "room of a lane (a row): " + std::to_string(plan.laneOutput) + " floats of outputs, " + std::to_string(plan.laneSum)
        + " of gradients to be added\n";
}

} // namespace bitstill
