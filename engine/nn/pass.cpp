#include "engine/nn/pass.h"

#include "engine/kernels/elementwise.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace bitstill {

Pass::Pass(Graph& graph, int batch, Mode mode, ThreadPool& pool, bool inputGradient) : m_graph(graph), m_pool(pool)
{
    build({.batch = batch, .training = mode == Mode::Training, .inputGradient = inputGradient});
}

void Pass::setTaps(const std::vector<NodeId>& nodes, TapLoss loss)
{
    assert(m_plan.request.training);
    PassRequest request = m_plan.request;
    request.taps = nodes;
    build(request);
    m_tapLoss = std::move(loss);
    m_tapOutputs.clear();
    m_tapTargets.clear();
    m_tapGradients.clear();
    for (const NodeId node : nodes) {
        m_tapOutputs.push_back(activation(node));
        m_tapGradients.emplace_back(Shape{batch(), m_graph.node(node).shape.features()});
    }
    for (Tensor& gradient : m_tapGradients) m_tapTargets.push_back(gradient.data());
}

void Pass::build(const PassRequest& request)
{
    m_plan = compile(m_graph, request);
    m_arena.reset(); // before the next one takes as much
    m_arena.emplace(m_plan, m_pool.threads());
    m_losses = ById<ShardId, double>(static_cast<std::size_t>(m_plan.shards()));
    m_states = ById<NodeId, std::unique_ptr<LayerState>>(m_plan.nodes.size());
    for (NodeId i(1); i < m_plan.nodes.endId(); ++i)
        if (!m_plan.isFused(i)) m_states[i] = layer(i).makeState(shapeFor(i));
}

PassShape Pass::shapeFor(NodeId node) const
{
    const Plan::Node& planned = m_plan.nodes[node];
    PassShape shape{.inputs = {},
        .output = m_graph.node(node).shape,
        .rowsPerShard = m_plan.rowsPerShard,
        .shards = m_plan.shards(),
        .training = m_plan.request.training,
        .activation = planned.activation,
        .maxPool = planned.maxPool};
    for (const Plan::Input& input : planned.inputs) {
        shape.inputs.push_back(m_graph.node(input.node).shape);
        shape.inputGradient = shape.inputGradient || m_plan.nodes[input.node].needsGradient;
    }
    return shape;
}

Shard Pass::shardAt(ShardId shard) const
{
    const int first = shard * m_plan.rowsPerShard;
    return {shard, first, std::min(m_plan.rowsPerShard, m_rows - first)};
}

const ForwardArrays& Pass::forwardArrays(NodeId node, const Shard& shard) const
{
    return m_arena->forward(node, LaneId(ThreadPool::lane()), shard.index);
}

const BackwardArrays& Pass::backwardArrays(NodeId node, const Shard& shard) const
{
    return m_arena->backward(node, LaneId(ThreadPool::lane()), shard.index);
}

const float* Pass::forward(int rows, const Fill& fill)
{
    begin(rows);
    m_fill = &fill;
    runSegments(m_plan.forward);
    return activation(m_graph.output());
}

double Pass::step(int rows, const Fill& fill, const Loss& loss, const GradientReady& ready)
{
    assert(m_plan.request.training);
    begin(rows);
    m_fill = &fill;
    m_loss = &loss;
    runSegments(m_plan.step);
    computeGradients(ready);
    return std::accumulate(m_losses.begin(), m_losses.begin() + m_plan.shardsFor(rows), 0.0) + rows * m_tapped;
}

void Pass::begin(int rows)
{
    assert(rows > 0 && rows <= batch());
    m_rows = rows;
    for (NodeId i(1); i < m_states.endId(); ++i)
        if (m_states[i]) layer(i).begin(*m_states[i]);
}

void Pass::runSegments(const std::vector<Plan::Segment>& segments)
{
    bool backwards = true;
    for (const Plan::Segment& segment : segments) {
        backwards = !backwards; // begins with the shards that the segment before left in cache
        if (segment.pieces > 0) {
            runPieces(segment);
            continue;
        }
        const auto task = [this, &segment](int s) {
            const Shard shard = shardAt(ShardId(s));
            for (const Plan::Step& step : segment.steps) perform(step, shard);
        };
        m_pool.run(m_plan.shardsFor(m_rows), task, backwards);
        if (m_atBarrier) m_atBarrier();
        meet(segment);
    }
}

/// Each piece in blocks of rows, all blocks of a piece behind each other, so that a thread meets the same weights again.
void Pass::runPieces(const Plan::Segment& segment)
{
    constexpr int kRows = 128; // enough for the GEMM
    const NodeId node = segment.steps.front().node;
    const int shards = m_plan.shardsFor(m_rows), together = std::max(1, kRows / m_plan.rowsPerShard);
    const int blocks = (shards + together - 1) / together;
    const auto work = [&](int task) {
        const Shard first = shardAt(ShardId(task % blocks * together));
        const int rows = std::min(together * m_plan.rowsPerShard, m_rows - first.first);
        layer(node).forwardPiece(*m_states[node], task / blocks, rows, forwardArrays(node, first));
    };
    m_pool.run(segment.pieces * blocks, std::cref(work)); // a function that holds all of it would be allocated
    if (m_atBarrier) m_atBarrier();
    if (!m_hook) return;
    for (ShardId s; s < shards; ++s) m_hook(*m_plan.nodes[node].reportAs, shardAt(s), m_arena->forward(node, LaneId(0), s).y);
}

void Pass::meet(const Plan::Segment& segment)
{
    switch (segment.meeting) {
    case Plan::Meeting::Nothing: return;
    case Plan::Meeting::TapLoss: m_tapped = m_tapLoss(m_rows, m_tapOutputs, m_tapTargets); return;
    case Plan::Meeting::Combine:
    case Plan::Meeting::CombineBackward: break;
    }
    const NodeId node = segment.steps.back().node;
    if (segment.meeting == Plan::Meeting::Combine)
        layer(node).combine(*m_states[node], m_plan.shardsFor(m_rows));
    else
        layer(node).combineBackward(*m_states[node], m_plan.shardsFor(m_rows));
}

void Pass::perform(const Plan::Step& step, const Shard& shard)
{
    const NodeId node = step.node;
    switch (step.work) {
    case Plan::Work::Fill: fillInput(shard); return;
    case Plan::Work::Gather: layer(node).gather(*m_states[node], shard, forwardArrays(node, shard)); return;
    case Plan::Work::Forward: performForward(node, shard); return;
    case Plan::Work::Repeat: layer(node).forward(*m_states[node], shard, forwardArrays(node, shard)); return;
    case Plan::Work::Loss: performLoss(node, shard); return;
    case Plan::Work::Inject: inject(node, shard); return;
    case Plan::Work::GatherBackward: layer(node).gatherBackward(*m_states[node], shard, backwardArrays(node, shard)); return;
    case Plan::Work::Backward: performBackward(node, shard); return;
    }
}

void Pass::performForward(NodeId node, const Shard& shard)
{
    const ForwardArrays& arrays = forwardArrays(node, shard);
    layer(node).forward(*m_states[node], shard, arrays);
    if (m_hook) m_hook(*m_plan.nodes[node].reportAs, shard, arrays.y);
}

void Pass::performLoss(NodeId output, const Shard& shard)
{
    const BackwardArrays& arrays = backwardArrays(output, shard);
    m_losses[shard.index] = (*m_loss)(shard, arrays.y, arrays.dy);
}

void Pass::fillInput(const Shard& shard)
{
    const NodeId input(0);
    float* x = forwardArrays(input, shard).y;
    (*m_fill)(shard, x);
    if (m_hook) m_hook(input, shard, x);
}

/// The gradient of the loss on this node's output joins what has come from the nodes behind it; where there are none it is all.
void Pass::inject(NodeId node, const Shard& shard)
{
    const Plan::Node& planned = m_plan.nodes[node];
    const std::size_t features = m_plan.nodes[planned.home].features, n = shard.floats(features);
    float* dy = backwardArrays(node, shard).dy;
    // dy holds nothing yet where no other node reads this one.
    const NodeId last = *planned.reportAs;
    bool first = last != m_graph.output() && m_graph.consumers(last) == 0;
    for (std::size_t i = 0; i < m_tapGradients.size(); ++i) {
        if (m_plan.nodes[m_plan.request.taps[i]].writer != node) continue;
        const float* gradient = m_tapGradients[i].data() + shard.floatsBefore(features);
        if (first)
            std::copy_n(gradient, n, dy);
        else
            kernels::accumulate(gradient, dy, n);
        first = false;
    }
}

void Pass::performBackward(NodeId node, const Shard& shard)
{
    const BackwardArrays& arrays = backwardArrays(node, shard);
    layer(node).backward(*m_states[node], shard, arrays);
    const std::vector<Plan::Input>& inputs = m_plan.nodes[node].inputs;
    for (std::size_t k = 0; k < inputs.size(); ++k)
        if (inputs[k].accumulates)
            kernels::accumulate(
                arrays.dx[k], backwardArrays(inputs[k].node, shard).dy, shard.floats(m_plan.nodes[inputs[k].node].features));
}

void Pass::computeGradients(const GradientReady& ready)
{
    const int shards = m_plan.shardsFor(m_rows);
    const auto work = [this, shards, &ready](int t) {
        const auto [node, task] = m_plan.gradientTasks[static_cast<std::size_t>(t)];
        const bool reads = layer(node).gradientReadsArrays();
        const BackwardArrays& whole = m_arena->backward(node, LaneId(0), ShardId(0));
        layer(node).gradientTask(*m_states[node], task, m_rows, shards, reads ? whole.x[0] : nullptr, reads ? whole.dy : nullptr, ready);
    };
    m_pool.run(static_cast<int>(m_plan.gradientTasks.size()), std::cref(work));
}

} // namespace bitstill
