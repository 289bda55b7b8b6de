#include "engine/nn/pass.h"

#include "engine/core/error.h"
#include "engine/kernels/elementwise.h"
#include "engine/nn/pointwise.h"
#include "engine/nn/pooling.h"

#include <algorithm>
#include <cassert>

namespace bitstill {

int rowsPerShard(const Graph& graph, int batch)
{
    constexpr std::size_t kCache = 1 << 20;
    std::size_t floats = 0;
    for (const Graph::Node& n : graph.nodes()) floats += n.shape.size();
    const int most = static_cast<int>(std::clamp<std::size_t>(kCache / (floats * sizeof(float)), 8, 64));
    const int shards = (batch + most - 1) / most;
    return (batch + shards - 1) / shards;
}

Pass::Pass(Graph& graph, int batch, Mode mode, ThreadPool& pool, bool inputGradient) :
    m_graph(graph), m_pool(pool), m_batch(batch), m_training(mode == Mode::Training), m_inputGradient(inputGradient),
    m_rowsPerShard(rowsPerShard(graph, batch)), m_losses(static_cast<std::size_t>(shardsFor(batch)))
{
    plan();
}

void Pass::plan()
{
    m_plan = std::vector<NodePlan>(m_graph.nodes().size());
    m_arrays = std::vector<Tensor>(m_plan.size());
    m_gradients = std::vector<Tensor>(m_training ? m_plan.size() : 0);
    planFusion();
    if (m_training) planGradients();
    planArrays();
    planSchedule();
}

void Pass::planFusion()
{
    for (int i = 0; i < static_cast<int>(m_plan.size()); ++i) {
        NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        const Graph::Node& node = m_graph.node(i);
        plan.home = plan.reportAs = i;
        if (i == 0 || m_graph.consumers(node.inputs[0]) != 1 || fuseActivation(i) || fuseMaxPool(i)) continue;
        const bool overInput = node.inputs[0] == 0 && dynamic_cast<const ActivationLayer*>(node.layer.get());
        if (node.layer->inPlace() && !overInput) plan.home = m_plan[static_cast<std::size_t>(node.inputs[0])].home;
    }
    for (NodePlan& plan : m_plan)
        if (plan.fused) plan.reportAs = -1;
    // A fused node's name stands for the group.
    for (NodePlan& plan : m_plan)
        if (plan.reportAs >= 0) m_plan[static_cast<std::size_t>(plan.reportAs)].reportAs = plan.reportAs;
}

bool Pass::fuseActivation(int node)
{
    const auto* layer = dynamic_cast<const ActivationLayer*>(m_graph.node(node).layer.get());
    const int source = m_graph.node(node).inputs[0];
    NodePlan& before = m_plan[static_cast<std::size_t>(source)];
    if (!layer || source == 0 || before.activation != Activation{} || !m_graph.node(source).layer->fusesActivation()) return false;
    before.activation = layer->activation();
    before.reportAs = node;
    m_plan[static_cast<std::size_t>(node)].home = before.home;
    m_plan[static_cast<std::size_t>(node)].fused = true;
    return true;
}

/// The maps in front of the windows then exist nowhere: what had its home there moves to the windows'.
bool Pass::fuseMaxPool(int node)
{
    const auto* layer = dynamic_cast<const Pooling*>(m_graph.node(node).layer.get());
    const int source = m_graph.node(node).inputs[0], writer = writerOf(source);
    if (!m_training || !layer || !layer->isMax() || writer == 0 || std::ranges::count(m_tapNodes, source)) return false;
    const kernels::PoolShape windows = layer->window(m_graph.node(source).shape, m_graph.node(node).shape);
    NodePlan& before = m_plan[static_cast<std::size_t>(writer)];
    if (before.home != writer || !m_graph.node(writer).layer->fusesMaxPool(windows)) return false;
    before.maxPool = windows;
    before.reportAs = node;
    m_plan[static_cast<std::size_t>(source)].home = before.home = node;
    m_plan[static_cast<std::size_t>(node)].fused = true;
    return true;
}

/// The node whose layer writes this one's output: a fused one is written by the node before it.
int Pass::writerOf(int node) const
{
    while (m_plan[static_cast<std::size_t>(node)].fused) node = m_graph.node(node).inputs[0];
    return node;
}

void Pass::planGradients()
{
    std::vector<bool> written(m_plan.size(), false), needed(m_plan.size(), false); // by home
    m_plan[0].needsGradient = needed[0] = m_inputGradient;
    for (std::size_t i = 1; i < m_plan.size(); ++i) {
        const Graph::Node& node = m_graph.node(static_cast<int>(i));
        bool& needs = m_plan[i].needsGradient;
        needs = !node.layer->parameters().empty();
        for (const int input : node.inputs) needs = needs || m_plan[static_cast<std::size_t>(input)].needsGradient;
        if (needs) needed[static_cast<std::size_t>(m_plan[i].home)] = true;
    }
    std::size_t largest = 0;
    for (std::size_t i = m_plan.size(); i-- > 1;) {
        NodePlan& plan = m_plan[i];
        for (const int input : m_graph.node(static_cast<int>(i)).inputs) {
            const auto home = static_cast<std::size_t>(m_plan[static_cast<std::size_t>(input)].home);
            const bool shared = home == static_cast<std::size_t>(plan.home);
            const bool wanted = m_plan[static_cast<std::size_t>(input)].needsGradient;
            plan.accumulate.push_back(wanted && !shared && written[home]);
            if (plan.accumulate.back()) largest = std::max(largest, m_graph.node(input).shape.size());
            if (!shared) written[home] = true;
        }
    }
    for (NodePlan& plan : m_plan) plan.gradientHome = plan.home;
    for (std::size_t i = m_plan.size(); i-- > 1;) {
        const Graph::Node& node = m_graph.node(static_cast<int>(i));
        if (m_plan[i].home != static_cast<int>(i) || !node.layer->gradientInPlace() || m_graph.consumers(node.inputs[0]) != 1) continue;
        const int before = m_plan[static_cast<std::size_t>(node.inputs[0])].home;
        if (before == 0) continue;
        for (NodePlan& plan : m_plan)
            if (plan.home == before) plan.gradientHome = m_plan[i].gradientHome;
        needed[static_cast<std::size_t>(before)] = false;
    }
    for (std::size_t i = 0; i < m_plan.size(); ++i) {
        if (needed[i]) m_gradients[i] = Tensor({m_batch, m_graph.node(static_cast<int>(i)).shape.features()});
    }
    if (largest > 0) m_spare = Tensor({m_batch, static_cast<int>(largest)});
}

void Pass::planArrays()
{
    const int shards = shardsFor(m_batch);
    for (std::size_t i = 0; i < m_plan.size(); ++i)
        if (m_plan[i].home == static_cast<int>(i)) m_arrays[i] = Tensor({m_batch, m_graph.node(static_cast<int>(i)).shape.features()});

    const auto rowOf = [this](std::vector<Tensor>& arrays, int node, int row) -> float* {
        const NodePlan& of = m_plan[static_cast<std::size_t>(node)];
        Tensor& t = arrays[static_cast<std::size_t>(&arrays == &m_gradients ? of.gradientHome : of.home)];
        return t.empty() ? nullptr : t.data() + static_cast<std::size_t>(row) * m_graph.node(of.home).shape.size();
    };
    for (int i = 1; i < static_cast<int>(m_plan.size()); ++i) {
        NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        const Graph::Node& node = m_graph.node(i);
        PassShape shape{{}, node.shape, m_rowsPerShard, shards, m_training, false, plan.activation, plan.maxPool};
        for (const int input : node.inputs) shape.inputs.push_back(m_graph.node(input).shape);
        for (int s = 0; s < shards; ++s) {
            const int row = s * m_rowsPerShard;
            ForwardArrays& f = plan.forward.emplace_back();
            f.y = rowOf(m_arrays, i, row);
            for (const int input : node.inputs) f.x.push_back(rowOf(m_arrays, input, row));
            if (!m_training) continue;
            BackwardArrays& b = plan.backward.emplace_back();
            b.x = f.x;
            b.y = f.y;
            b.dy = rowOf(m_gradients, i, row);
            for (std::size_t k = 0; k < node.inputs.size(); ++k) {
                const auto row64 = static_cast<std::size_t>(row);
                const bool wanted = m_plan[static_cast<std::size_t>(node.inputs[k])].needsGradient;
                b.dx.push_back(!wanted       ? nullptr
                        : plan.accumulate[k] ? m_spare.data() + row64 * m_graph.node(node.inputs[k]).shape.size()
                                             : rowOf(m_gradients, node.inputs[k], row));
                shape.inputGradient = shape.inputGradient || b.dx.back();
            }
        }
        if (!plan.fused) plan.state = node.layer->makeState(shape);
    }
}

void Pass::planSchedule()
{
    m_forward = {Segment{{{Work::Fill, 0}}}};
    for (int i = 1; i < static_cast<int>(m_plan.size()); ++i) {
        if (m_plan[static_cast<std::size_t>(i)].fused) continue;
        if (m_training && m_graph.node(i).layer->gathers()) {
            m_forward.back().steps.push_back({Work::Gather, i});
            m_forward.back().combine = i;
            m_forward.emplace_back();
        }
        m_forward.back().steps.push_back({Work::Forward, i});
    }
    if (!m_training) return;
    m_backward = m_forward;
    m_tasks.clear();
    if (!m_taps.empty()) {
        m_backward.back().taps = true;
        m_backward.emplace_back();
    }
    m_backward.back().steps.push_back({Work::Loss, m_graph.output()});
    for (int i = m_graph.output(); i > 0; --i) {
        const NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        if (plan.fused || !plan.needsGradient) continue;
        if (isTapped(i)) m_backward.back().steps.push_back({Work::Inject, i});
        if (m_graph.node(i).layer->gathers()) {
            m_backward.back().steps.push_back({Work::GatherBackward, i});
            m_backward.back().combine = i;
            m_backward.emplace_back();
        }
        m_backward.back().steps.push_back({Work::Backward, i});
        for (int task = 0; task < m_graph.node(i).layer->gradientTasks(*plan.state); ++task) m_tasks.emplace_back(i, task);
    }
}

void Pass::setTaps(const std::vector<int>& nodes, TapLoss loss)
{
    assert(m_training);
    m_tapNodes = nodes;
    plan();
    m_taps.clear();
    m_tapGradients.clear();
    m_tapOutputs.clear();
    m_tapTargets.clear();
    m_tapLoss = std::move(loss);
    for (const int node : nodes) {
        const Graph::Node& n = m_graph.node(node);
        const int home = m_plan[static_cast<std::size_t>(node)].home;
        bool kept = node > 0 && isObservable(node);
        for (int later = node + 1; later <= m_graph.output(); ++later) {
            const NodePlan& plan = m_plan[static_cast<std::size_t>(later)];
            kept = kept && !(plan.home == home && !plan.fused && dynamic_cast<const ActivationLayer*>(m_graph.node(later).layer.get()));
        }
        if (!kept) throw Error(n.name, "its output is never there by itself", "choose the activation behind it");
        m_taps.push_back(writerOf(node));
        m_tapOutputs.push_back(array(home));
        m_tapGradients.emplace_back(Shape{m_batch, n.shape.features()});
    }
    for (Tensor& gradient : m_tapGradients) m_tapTargets.push_back(gradient.data());
    planSchedule();
}

bool Pass::isTapped(int node) const { return std::find(m_taps.begin(), m_taps.end(), node) != m_taps.end(); }

/// The gradient of the loss on this node's output joins what has come from the nodes behind it; where there are none it is all.
void Pass::inject(int node, const Shard& shard)
{
    const NodePlan& plan = m_plan[static_cast<std::size_t>(node)];
    const std::size_t size = m_graph.node(plan.home).shape.size(), n = static_cast<std::size_t>(shard.rows) * size;
    float* dy = plan.backward[static_cast<std::size_t>(shard.index)].dy;
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
    for (const Segment& segment : segments) {
        m_pool.run(shards, [this, &segment](int s) {
            const int first = s * m_rowsPerShard;
            const Shard shard{s, first, std::min(m_rowsPerShard, m_rows - first)};
            for (const Step& step : segment.steps) perform(step, shard);
        });
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

void Pass::perform(const Step& step, const Shard& shard)
{
    NodePlan& plan = m_plan[static_cast<std::size_t>(step.node)];
    const auto s = static_cast<std::size_t>(shard.index);
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
    case Work::Loss: m_losses[s] = (*m_loss)(shard, plan.backward[s].y, plan.backward[s].dy); return;
    case Work::Inject: inject(step.node, shard); return;
    case Work::GatherBackward: m_graph.node(step.node).layer->gatherBackward(*plan.state, shard, plan.backward[s]); return;
    case Work::Backward: performBackward(step.node, shard); return;
    }
}

void Pass::performBackward(int node, const Shard& shard)
{
    NodePlan& plan = m_plan[static_cast<std::size_t>(node)];
    const BackwardArrays& arrays = plan.backward[static_cast<std::size_t>(shard.index)];
    m_graph.node(node).layer->backward(*plan.state, shard, arrays);
    for (std::size_t k = 0; k < plan.accumulate.size(); ++k) {
        if (!plan.accumulate[k]) continue;
        const int input = m_graph.node(node).inputs[k];
        const std::size_t size = m_graph.node(input).shape.size();
        float* total = m_gradients[static_cast<std::size_t>(m_plan[static_cast<std::size_t>(input)].gradientHome)].data()
            + static_cast<std::size_t>(shard.first) * size;
        kernels::accumulate(arrays.dx[k], total, static_cast<std::size_t>(shard.rows) * size);
    }
}

void Pass::computeGradients(const GradientReady& ready)
{
    const int shards = shardsFor(m_rows);
    m_pool.run(static_cast<int>(m_tasks.size()), [this, shards, &ready](int t) {
        const auto [i, task] = m_tasks[static_cast<std::size_t>(t)];
        NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        const BackwardArrays& whole = plan.backward[0];
        m_graph.node(i).layer->gradientTask(*plan.state, task, m_rows, shards, whole.x[0], whole.dy, ready);
    });
}

} // namespace bitstill
