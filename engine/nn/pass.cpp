#include "engine/nn/pass.h"

#include "engine/kernels/elementwise.h"

#include <algorithm>
#include <cassert>

namespace bitstill {

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

Pass::Pass(Graph& graph, int batch, Mode mode, ThreadPool& pool, bool inputGradient) :
    m_graph(graph), m_pool(pool), m_batch(batch), m_training(mode == Mode::Training), m_inputGradient(inputGradient),
    m_rowsPerShard(rowsPerShard(graph, batch)), m_losses(static_cast<std::size_t>(shardsFor(batch)))
{
    plan();
}

void Pass::setTaps(const std::vector<int>& nodes, TapLoss loss)
{
    assert(m_training);
    m_tapNodes = nodes;
    m_tapLoss = std::move(loss);
    plan();
    m_tapOutputs.clear();
    m_tapTargets.clear();
    m_tapGradients.clear();
    for (const int node : nodes) {
        m_tapOutputs.push_back(activation(node));
        m_tapGradients.emplace_back(Shape{m_batch, m_graph.node(node).shape.features()});
    }
    for (Tensor& gradient : m_tapGradients) m_tapTargets.push_back(gradient.data());
}

/// The gradient of the loss on this node's output joins what has come from the nodes behind it; where there are none it is all.
void Pass::inject(int node, const Shard& shard)
{
    const NodePlan& plan = m_plan[static_cast<std::size_t>(node)];
    const std::size_t size = m_graph.node(plan.home).shape.size(), n = static_cast<std::size_t>(shard.rows) * size;
    float* dy = plan.backward[arraysOf(shard)].dy;
    // dy holds nothing yet where no other node reads this one.
    const int last = plan.reportAs;
    bool first = last != m_graph.output() && m_graph.consumers(last) == 0;
    for (std::size_t i = 0; i < m_taps.size(); ++i) {
        if (m_taps[i] != node) continue;
        const float* gradient = m_tapGradients[i].data() + static_cast<std::size_t>(shard.first) * size;
        if (first)
            std::copy_n(gradient, n, dy);
        else
            kernels::accumulate(gradient, dy, n);
        first = false;
    }
}

void Pass::begin(int rows)
{
    assert(rows > 0 && rows <= m_batch);
    m_rows = rows;
    for (int i = 1; i < static_cast<int>(m_plan.size()); ++i) {
        NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        if (plan.state) m_graph.node(i).layer->begin(*plan.state);
    }
}

const float* Pass::forward(int rows, const Fill& fill)
{
    begin(rows);
    m_fill = &fill;
    runSegments(m_forward);
    return activation(m_graph.output());
}

double Pass::step(int rows, const Fill& fill, const Loss& loss, const GradientReady& ready)
{
    assert(m_training);
    begin(rows);
    m_fill = &fill;
    m_loss = &loss;
    runSegments(m_backward);
    computeGradients(ready);
    double total = 0;
    for (int s = 0; s < shardsFor(rows); ++s) total += m_losses[static_cast<std::size_t>(s)];
    return total + rows * m_tapped;
}

void Pass::runSegments(const std::vector<Segment>& segments)
{
    const int shards = shardsFor(m_rows);
    bool backwards = true;
    for (const Segment& segment : segments) {
        backwards = !backwards; // begins with the shards that the segment before left in cache
        if (segment.pieces > 0) {
            runPieces(segment);
            continue;
        }
        const auto task = [this, &segment](int s) {
            const Shard shard = shardAt(s);
            for (const Step& step : segment.steps) perform(step, shard);
        };
        m_pool.run(shards, task, backwards);
        if (m_meanwhile) m_meanwhile();
        if (segment.taps) m_tapped = m_tapLoss(m_rows, m_tapOutputs, m_tapTargets);
        if (segment.combine < 0) continue;
        LayerState& state = *m_plan[static_cast<std::size_t>(segment.combine)].state;
        if (segment.steps.back().work == Work::GatherBackward)
            m_graph.node(segment.combine).layer->combineBackward(state, shards);
        else
            m_graph.node(segment.combine).layer->combine(state, shards);
    }
}

/// Each piece in blocks of rows, all blocks of a piece behind each other, so that a thread meets the same weights again.
void Pass::runPieces(const Segment& segment)
{
    constexpr int kRows = 128; // enough for the GEMM
    const int node = segment.steps.front().node, shards = shardsFor(m_rows);
    const int together = std::max(1, kRows / m_rowsPerShard), blocks = (shards + together - 1) / together;
    NodePlan& plan = m_plan[static_cast<std::size_t>(node)];
    m_pool.run(segment.pieces * blocks, [&](int task) {
        const Shard first = shardAt(task % blocks * together);
        const int rows = std::min(together * m_rowsPerShard, m_rows - first.first);
        m_graph.node(node).layer->forwardPiece(*plan.state, task / blocks, rows, plan.forward[arraysOf(first)]);
    });
    if (m_meanwhile) m_meanwhile();
    for (int s = 0; m_hook && s < shards; ++s) m_hook(plan.reportAs, shardAt(s), plan.forward[static_cast<std::size_t>(s)].y);
}

void Pass::perform(const Step& step, const Shard& shard)
{
    NodePlan& plan = m_plan[static_cast<std::size_t>(step.node)];
    const std::size_t s = arraysOf(shard);
    switch (step.work) {
    case Work::Fill: {
        float* x = m_arrays[0].data() + static_cast<std::size_t>(shard.first) * m_graph.node(0).shape.size();
        (*m_fill)(shard, x);
        if (m_hook) m_hook(0, shard, x);
        return;
    }
    case Work::Gather: m_graph.node(step.node).layer->gather(*plan.state, shard, plan.forward[s]); return;
    case Work::Forward:
        m_graph.node(step.node).layer->forward(*plan.state, shard, plan.forward[s]);
        if (m_hook) m_hook(plan.reportAs, shard, plan.forward[s].y);
        return;
    case Work::Repeat: m_graph.node(step.node).layer->forward(*plan.state, shard, plan.forward[s]); return;
    case Work::Loss: m_losses[static_cast<std::size_t>(shard.index)] = (*m_loss)(shard, plan.backward[s].y, plan.backward[s].dy); return;
    case Work::Inject: inject(step.node, shard); return;
    case Work::GatherBackward: m_graph.node(step.node).layer->gatherBackward(*plan.state, shard, plan.backward[s]); return;
    case Work::Backward: performBackward(step.node, shard); return;
    }
}

void Pass::performBackward(int node, const Shard& shard)
{
    NodePlan& plan = m_plan[static_cast<std::size_t>(node)];
    const BackwardArrays& arrays = plan.backward[arraysOf(shard)];
    m_graph.node(node).layer->backward(*plan.state, shard, arrays);
    for (std::size_t k = 0; k < plan.accumulate.size(); ++k) {
        if (!plan.accumulate[k]) continue;
        const int input = m_graph.node(node).inputs[k];
        const std::size_t size = m_graph.node(input).shape.size();
        float* total = gradientRow(input, ThreadPool::lane(), shard.index);
        kernels::accumulate(arrays.dx[k], total, static_cast<std::size_t>(shard.rows) * size);
    }
}

void Pass::computeGradients(const GradientReady& ready)
{
    const int shards = shardsFor(m_rows);
    m_pool.run(static_cast<int>(m_tasks.size()), [this, shards, &ready](int t) {
        const auto [i, task] = m_tasks[static_cast<std::size_t>(t)];
        NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        Layer& layer = *m_graph.node(i).layer;
        const bool reads = layer.gradientReadsArrays();
        const BackwardArrays& whole = plan.backward[0];
        layer.gradientTask(*plan.state, task, m_rows, shards, reads ? whole.x[0] : nullptr, reads ? whole.dy : nullptr, ready);
    });
}

} // namespace bitstill
