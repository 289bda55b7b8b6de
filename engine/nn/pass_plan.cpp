#include "engine/core/error.h"
#include "engine/core/memory_budget.h"
#include "engine/nn/pass.h"
#include "engine/nn/pointwise.h"
#include "engine/nn/pooling.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>

namespace bitstill {

void Pass::plan()
{
    m_plan = std::vector<NodePlan>(m_graph.nodes().size());
    planFusion();
    planTaps();
    if (m_training) {
        planNeeds();
        planPassing();
    }
    planSchedule();
    planGradients();
    planArrays();
    planTasks();
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

void Pass::planNeeds()
{
    std::vector<bool> written(m_plan.size(), false); // by home
    m_plan[0].needsGradient = m_inputGradient;
    for (std::size_t i = 1; i < m_plan.size(); ++i) {
        const Graph::Node& node = m_graph.node(static_cast<int>(i));
        bool& needs = m_plan[i].needsGradient;
        needs = !node.layer->parameters().empty();
        for (const int input : node.inputs) needs = needs || m_plan[static_cast<std::size_t>(input)].needsGradient;
    }
    for (std::size_t i = m_plan.size(); i-- > 1;) {
        NodePlan& plan = m_plan[i];
        for (const int input : m_graph.node(static_cast<int>(i)).inputs) {
            const auto home = static_cast<std::size_t>(m_plan[static_cast<std::size_t>(input)].home);
            const bool shared = home == static_cast<std::size_t>(plan.home);
            plan.accumulate.push_back(m_plan[static_cast<std::size_t>(input)].needsGradient && !shared && written[home]);
            if (!shared) written[home] = true;
        }
    }
}

/// A layer that is cheap to repeat writes to room of the thread if the only reader comes straight behind it, and is asked again
/// before that reader's backward: its output for the whole batch would have to come back from memory.
void Pass::planPassing()
{
    for (int i = 1; i < static_cast<int>(m_plan.size()); ++i) {
        NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        if (plan.fused || plan.home != i || isTapped(i) || !m_graph.node(i).layer->repeats()) continue;
        if (plan.reportAs == m_graph.output() || m_graph.consumers(plan.reportAs) != 1) continue;
        int next = i + 1;
        while (m_plan[static_cast<std::size_t>(next)].fused) ++next;
        const Graph::Node& reader = m_graph.node(next);
        const bool reads = std::ranges::count(reader.inputs, plan.reportAs) == 1;
        plan.passing =
            reads && m_plan[static_cast<std::size_t>(next)].home != i && !reader.layer->gathers() && !reader.layer->gradientReadsArrays();
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
        if (const int pieces = m_graph.node(i).layer->outputPieces(); m_training && pieces > 0) {
            m_forward.push_back({{{Work::Forward, i}}, -1, false, pieces});
            m_forward.emplace_back();
            continue;
        }
        m_forward.back().steps.push_back({Work::Forward, i});
    }
    if (!m_training) return;
    m_backward = m_forward;
    if (!m_taps.empty()) {
        m_backward.back().taps = true;
        m_backward.emplace_back();
    }
    m_backward.back().steps.push_back({Work::Loss, m_graph.output()});
    for (int i = m_graph.output(); i > 0; --i) {
        const NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        if (plan.fused || !plan.needsGradient) continue;
        const Graph::Node& node = m_graph.node(i);
        if (isTapped(i)) m_backward.back().steps.push_back({Work::Inject, i});
        if (node.layer->gathers()) {
            m_backward.back().steps.push_back({Work::GatherBackward, i});
            m_backward.back().combine = i;
            m_backward.emplace_back();
        }
        for (const int input : node.inputs)
            if (node.layer->readsInputAgain() && m_plan[static_cast<std::size_t>(writerOf(input))].passing)
                m_backward.back().steps.push_back({Work::Repeat, writerOf(input)});
        m_backward.back().steps.push_back({Work::Backward, i});
    }
}

std::vector<Pass::Life> Pass::gradientLives() const
{
    std::vector<Life> lives(m_plan.size()); // by home
    int step = 0, segment = 0;
    const auto touch = [&](int node) {
        Life& life = lives[static_cast<std::size_t>(m_plan[static_cast<std::size_t>(node)].home)];
        if (life.first < 0) {
            life.first = step;
            life.firstSegment = segment;
        }
        life.last = std::max(life.last, step);
        life.lastSegment = segment;
    };
    for (const Segment& s : m_backward) {
        for (const auto& [work, node] : s.steps) {
            ++step;
            if (work != Work::Loss && work != Work::Inject && work != Work::GatherBackward && work != Work::Backward) continue;
            touch(node);
            if (work != Work::Backward) continue;
            for (const int input : m_graph.node(node).inputs)
                if (m_plan[static_cast<std::size_t>(input)].needsGradient) touch(input);
            if (m_graph.node(node).layer->gradientReadsArrays())
                lives[static_cast<std::size_t>(m_plan[static_cast<std::size_t>(node)].home)].last = std::numeric_limits<int>::max();
        }
        ++segment;
    }
    if (m_inputGradient) lives[0].last = std::numeric_limits<int>::max();
    return lives;
}

/// The slot of the gradient that the layer behind this home can write this one over, as it reads it for the last time; −1: none.
int Pass::slotBehind(std::size_t home, const Life& life) const
{
    for (int i = 1; i < static_cast<int>(m_plan.size()); ++i) {
        const Graph::Node& node = m_graph.node(i);
        const NodePlan &plan = m_plan[static_cast<std::size_t>(i)], &input = m_plan[static_cast<std::size_t>(node.inputs[0])];
        if (static_cast<std::size_t>(input.home) != home || !node.layer->gradientOverGradient() || plan.maxPool) continue;
        const int slot = m_plan[static_cast<std::size_t>(plan.home)].slot;
        if (slot < 0 || m_slots[static_cast<std::size_t>(slot)].passing) continue;
        if (m_slots[static_cast<std::size_t>(slot)].busyUntil <= life.first) return slot;
    }
    return -1;
}

void Pass::planGradients()
{
    m_slots.clear();
    const std::vector<Life> lives = gradientLives();
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < lives.size(); ++i)
        if (lives[i].first >= 0) order.push_back(i);
    std::ranges::sort(order, {}, [&](std::size_t i) { return lives[i].first; });
    for (const std::size_t home : order) {
        const Life& life = lives[home];
        const bool kept = life.last == std::numeric_limits<int>::max(), passing = !kept && life.firstSegment == life.lastSegment;
        const std::size_t features = m_graph.node(static_cast<int>(home)).shape.size();
        // One that is kept is read as one array, row behind row.
        auto free = std::ranges::find_if(
            m_slots, [&](const Slot& slot) { return !kept && slot.passing == passing && slot.busyUntil < life.first; });
        if (const int behind = slotBehind(home, life); !kept && behind >= 0) free = m_slots.begin() + behind;
        m_plan[home].slot = static_cast<int>(free - m_slots.begin());
        if (free == m_slots.end()) m_slots.push_back({passing, 0, 0});
        Slot& slot = m_slots[static_cast<std::size_t>(m_plan[home].slot)];
        slot.busyUntil = life.last;
        slot.features = std::max(slot.features, features);
    }
}

float* Pass::outputRow(int node, int lane, int shard)
{
    const int home = m_plan[static_cast<std::size_t>(node)].home;
    const std::size_t size = m_graph.node(home).shape.size(), rows = static_cast<std::size_t>(m_rowsPerShard);
    if (m_plan[static_cast<std::size_t>(home)].passing) return m_passing.data() + static_cast<std::size_t>(lane) * rows * m_passingFeatures;
    return m_arrays[static_cast<std::size_t>(home)].data() + static_cast<std::size_t>(shard) * rows * size;
}

float* Pass::gradientRow(int node, int lane, int shard)
{
    const int slot = m_plan[static_cast<std::size_t>(m_plan[static_cast<std::size_t>(node)].home)].slot;
    if (slot < 0) return nullptr;
    const Slot& s = m_slots[static_cast<std::size_t>(slot)];
    const std::size_t place = static_cast<std::size_t>(s.passing ? lane : shard) * static_cast<std::size_t>(m_rowsPerShard);
    return m_gradients[static_cast<std::size_t>(slot)].data() + place * s.features;
}

/// Before any of it is there: what the layers keep of a whole batch.
void Pass::demandRoom() const
{
    double floats = 0;
    for (int i = 0; i < static_cast<int>(m_plan.size()); ++i)
        if (m_plan[static_cast<std::size_t>(i)].home == i && !m_plan[static_cast<std::size_t>(i)].passing)
            floats += static_cast<double>(m_batch) * static_cast<double>(m_graph.node(i).shape.size());
    for (const Slot& slot : m_slots)
        floats += static_cast<double>(slot.passing ? m_pool.threads() : shardsFor(m_batch)) * m_rowsPerShard * static_cast<double>(slot.features);
    demandMemory("model", text("one batch of %1 samples in this network", std::to_string(m_batch)), floats * sizeof(float),
        text("choose a smaller model, smaller samples or smaller batches"));
}

void Pass::planArrays()
{
    const int shards = shardsFor(m_batch), lanes = m_pool.threads();
    demandRoom();
    std::size_t spare = 0;
    m_arrays = std::vector<Tensor>(m_plan.size());
    m_passingFeatures = 0;
    for (int i = 0; i < static_cast<int>(m_plan.size()); ++i) {
        const NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        const Graph::Node& node = m_graph.node(i);
        if (plan.passing)
            m_passingFeatures = std::max(m_passingFeatures, node.shape.size());
        else if (plan.home == i)
            m_arrays[static_cast<std::size_t>(i)] = Tensor({m_batch, node.shape.features()});
        for (std::size_t k = 0; k < plan.accumulate.size(); ++k)
            if (plan.accumulate[k]) spare = std::max(spare, m_graph.node(node.inputs[k]).shape.size());
    }
    m_passing = Tensor({lanes * m_rowsPerShard, static_cast<int>(m_passingFeatures)});
    m_spare = Tensor({lanes * m_rowsPerShard, static_cast<int>(spare)});
    m_gradients.clear();
    for (const Slot& slot : m_slots)
        m_gradients.emplace_back(Shape{(slot.passing ? lanes : shards) * m_rowsPerShard, static_cast<int>(slot.features)});

    for (int i = 1; i < static_cast<int>(m_plan.size()); ++i) {
        NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        const Graph::Node& node = m_graph.node(i);
        PassShape shape{{}, node.shape, m_rowsPerShard, shards, m_training, false, plan.activation, plan.maxPool};
        for (const int input : node.inputs) {
            shape.inputs.push_back(m_graph.node(input).shape);
            shape.inputGradient = shape.inputGradient || m_plan[static_cast<std::size_t>(input)].needsGradient;
        }
        for (int lane = 0; lane < lanes; ++lane)
            for (int s = 0; s < shards; ++s) {
                ForwardArrays& f = plan.forward.emplace_back();
                f.y = outputRow(i, lane, s);
                for (const int input : node.inputs) f.x.push_back(outputRow(input, lane, s));
                if (!m_training) continue;
                BackwardArrays& b = plan.backward.emplace_back();
                b.x = f.x;
                b.y = f.y;
                b.dy = gradientRow(i, lane, s);
                for (std::size_t k = 0; k < node.inputs.size(); ++k) {
                    const bool wanted = m_plan[static_cast<std::size_t>(node.inputs[k])].needsGradient;
                    const std::size_t room = static_cast<std::size_t>(lane * m_rowsPerShard) * spare;
                    b.dx.push_back(!wanted ? nullptr : plan.accumulate[k] ? m_spare.data() + room : gradientRow(node.inputs[k], lane, s));
                }
            }
        if (!plan.fused) plan.state = node.layer->makeState(shape);
    }
}

/// Which layers write the tapped outputs. Throws Error for one that is never there by itself.
void Pass::planTaps()
{
    m_taps.clear();
    for (const int node : m_tapNodes) {
        const int home = m_plan[static_cast<std::size_t>(node)].home;
        bool kept = node > 0 && isObservable(node);
        for (int later = node + 1; later <= m_graph.output(); ++later) {
            const NodePlan& plan = m_plan[static_cast<std::size_t>(later)];
            kept = kept && !(plan.home == home && !plan.fused && dynamic_cast<const ActivationLayer*>(m_graph.node(later).layer.get()));
        }
        if (!kept)
            throw Error(m_graph.node(node).name, text("its output is never there by itself"), text("choose the activation behind it"));
        m_taps.push_back(writerOf(node));
    }
}

bool Pass::isTapped(int node) const { return std::ranges::count(m_taps, node) > 0; }

void Pass::planTasks()
{
    std::map<std::pair<int, int>, double> places;
    m_tasks.clear();
    for (int i = m_graph.output(); i > 0; --i) {
        const NodePlan& plan = m_plan[static_cast<std::size_t>(i)];
        if (plan.fused || !plan.needsGradient) continue;
        const int tasks = m_graph.node(i).layer->gradientTasks(*plan.state);
        for (int task = 0; task < tasks; ++task) {
            m_tasks.emplace_back(i, task);
            places.emplace(m_tasks.back(), (task + 0.5) / tasks);
        }
    }
    // By their place in the layer: a thread begins with its part of the tasks, and so with the pieces that it computed forward.
    std::ranges::stable_sort(m_tasks, {}, [&](const auto& task) { return places[task]; });
}

} // namespace bitstill
