#include "engine/quant/aware.h"

#include "engine/kernels/elementwise.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

struct FakeQuantizeState : LayerState {
    QuantParameters parameters;
    std::vector<Range> seen; ///< by shard, of the step before
    std::vector<char> fresh;
    std::vector<float> stepGradients; ///< by shard
};

FakeQuantizeState& stateOf(LayerState& state) { return static_cast<FakeQuantizeState&>(state); }

std::size_t count(const LayerState& state, const Shard& shard) { return static_cast<std::size_t>(shard.rows) * state.shape.output.size(); }

/// The weight quantization of a layer that has one; null for the others. Nothing else parametrizes weights.
const WeightQuantization* quantizationOf(Layer& layer)
{
    const std::optional<LinearWeights> weights = layer.weights();
    return weights ? static_cast<const WeightQuantization*>(weights->parametrization.get()) : nullptr;
}

/// The one that a layer is; null for the others. Nothing else rounds.
FakeQuantize* fakeQuantizeOf(Layer& layer) { return layer.role() == LayerRole::Rounds ? static_cast<FakeQuantize*>(&layer) : nullptr; }

} // namespace

FakeQuantize::FakeQuantize(int bits, Range start, AwareMethod method, Profile profile) :
    m_bits(bits), m_profile(profile), m_range({2}, {start.low, start.high})
{
    if (method != AwareMethod::LearnedStep) return;
    const QuantParameters p = parametersNow();
    m_zeroPoint = p.zeroPoint.front();
    m_step = Parameter{"step", Tensor({1}, p.scale.front()), Tensor({1})};
}

std::vector<Parameter*> FakeQuantize::parameters()
{
    if (m_step) return {&*m_step};
    return {};
}

QuantParameters FakeQuantize::parametersNow() const
{
    QuantParameters p =
        chooseParameters(m_bits, Scheme::AffineUnsigned, {1, 1, 1}, {{m_range[0], m_range[1]}}, m_profile, scaleFloor(m_profile));
    if (!m_step) return p;
    p.zeroPoint.front() = m_zeroPoint;
    if (m_step->value[0] != 0)
        p.scale.front() = readableScale(std::max(scaleFloor(m_profile), std::abs(m_step->value[0])), p.range, m_zeroPoint);
    return p;
}

Range FakeQuantize::range() const
{
    if (!m_step) return {m_range[0], m_range[1]};
    return rangeOf(parametersNow());
}

std::unique_ptr<LayerState> FakeQuantize::makeState(const PassShape& shape) const
{
    auto state = std::make_unique<FakeQuantizeState>();
    state->shape = shape;
    state->seen.resize(static_cast<std::size_t>(shape.shards));
    state->fresh.assign(static_cast<std::size_t>(shape.shards), 0);
    state->stepGradients.assign(static_cast<std::size_t>(shape.shards), 0);
    return state;
}

void FakeQuantize::begin(LayerState& state)
{
    FakeQuantizeState& s = stateOf(state);
    if (s.shape.training && s.fresh.front() && !frozen && !m_step) {
        Range batch = s.seen.front();
        for (std::size_t i = 1; i < s.seen.size() && s.fresh[i]; ++i)
            batch = {std::min(batch.low, s.seen[i].low), std::max(batch.high, s.seen[i].high)};
        const Range moved = movingAverage({m_range[0], m_range[1]}, batch);
        m_range[0] = moved.low;
        m_range[1] = moved.high;
    }
    std::fill(s.fresh.begin(), s.fresh.end(), 0);
    s.parameters = parametersNow();
}

void FakeQuantize::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    FakeQuantizeState& s = stateOf(state);
    const std::size_t n = count(state, shard);
    const auto i = static_cast<std::size_t>(shard.index);
    if (s.shape.training && !m_step) {
        kernels::extremes(a.x[0], n, s.seen[i].low, s.seen[i].high);
        s.fresh[i] = 1;
    }
    QuantParameters p = s.parameters;
    p.blocks.inner = n;
    bitstill::fakeQuantize(a.x[0], p, a.y);
}

void FakeQuantize::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    QuantParameters p = stateOf(state).parameters;
    p.blocks.inner = count(state, shard);
    if (m_step) {
        // dy may be overwritten, so the input's gradient goes there when nobody asks for it.
        const double factor = 1 / std::sqrt(static_cast<double>(state.shape.output.size()) * p.range.high);
        stateOf(state).stepGradients[static_cast<std::size_t>(shard.index)] =
            learnedStepSizeGradient(a.x[0], a.dy, p, factor, a.dx[0] ? a.dx[0] : a.dy).front();
    } else if (a.dx[0]) {
        straightThrough(a.x[0], a.dy, p, a.dx[0]);
    }
}

void FakeQuantize::gradientTask(LayerState& state, int, int, int shards, const float*, const float*, const GradientReady& ready)
{
    float sum = 0;
    for (int s = 0; s < shards; ++s) sum += stateOf(state).stepGradients[static_cast<std::size_t>(s)];
    m_step->gradient[0] = std::copysign(1.0f, m_step->value[0]) * sum;
    ready(*m_step, 0, 1);
}

Graph makeQuantizationAware(const QuantizedNetwork& quantized, AwareMethod method)
{
    const Graph& source = quantized.folded();
    const QuantizationOptions& options = quantized.options();
    Graph result(source.node(0).shape);
    std::vector<int> position(source.nodes().size(), 0);
    for (int i = 0; i <= source.output(); ++i) {
        const Graph::Node& node = source.node(i);
        auto& here = position[static_cast<std::size_t>(i)];
        if (i > 0) {
            std::vector<int> inputs;
            for (const int input : node.inputs) inputs.push_back(position[static_cast<std::size_t>(input)]);
            std::unique_ptr<Layer> layer = node.layer->clone();
            for (const LayerQuantization& l : quantized.layers()) {
                if (l.node != i || l.weightBits == 0) continue;
                auto w = std::make_unique<WeightQuantization>();
                w->bits = l.weightBits;
                w->scheme = options.weightScheme;
                w->granularity = options.granularity;
                w->profile = options.profile;
                if (method == AwareMethod::LearnedStep) w->learnSteps(l.before);
                layer->weights()->parametrization = ClonePtr<WeightParametrization>(std::move(w));
            }
            here = result.add(node.name, std::move(layer), inputs);
        }
        const QuantParameters& p = quantized.activation(i);
        if (p.scale.empty()) continue;
        const int bits = static_cast<int>(std::lround(std::log2(p.range.codes())));
        here = result.add("quantize_" + node.name, std::make_unique<FakeQuantize>(bits, rangeOf(p), method, options.profile), {here});
    }
    return result;
}

std::vector<AwareLayer> awareLayers(Graph& aware)
{
    std::vector<AwareLayer> layers;
    for (int i = 1; i <= aware.output(); ++i) {
        Layer& layer = *aware.node(i).layer;
        if (const WeightQuantization* w = quantizationOf(layer)) layers.push_back({aware.node(i).name, &layer.weights()->weight, w});
    }
    return layers;
}

void freezeRanges(Graph& aware)
{
    for (int i = 1; i <= aware.output(); ++i)
        if (FakeQuantize* q = fakeQuantizeOf(*aware.node(i).layer)) q->frozen = true;
}

std::unique_ptr<QuantizedNetwork> convert(const Graph& aware, const QuantizationOptions& options, ThreadPool& pool)
{
    Graph plain(aware.node(0).shape);
    std::vector<int> position(aware.nodes().size(), 0);
    std::vector<Range> ranges(1);
    std::map<std::string, std::vector<float>> scales;
    for (int i = 1; i <= aware.output(); ++i) {
        const Graph::Node& node = aware.node(i);
        const auto here = static_cast<std::size_t>(i);
        if (const FakeQuantize* q = fakeQuantizeOf(*node.layer)) {
            position[here] = position[static_cast<std::size_t>(node.inputs[0])];
            ranges[static_cast<std::size_t>(position[here])] = q->range();
            continue;
        }
        std::unique_ptr<Layer> layer = node.layer->clone();
        if (const WeightQuantization* w = quantizationOf(*layer)) {
            if (w->step) scales[node.name] = w->parametersFor(layer->weights()->weight.value).scale;
            layer->weights()->parametrization = {};
        }
        std::vector<int> inputs;
        for (const int input : node.inputs) inputs.push_back(position[static_cast<std::size_t>(input)]);
        position[here] = plain.add(node.name, std::move(layer), inputs);
        ranges.resize(static_cast<std::size_t>(position[here]) + 1);
    }
    auto converted = std::make_unique<QuantizedNetwork>(std::move(plain), std::move(ranges), pool);
    converted->quantize(options, scales);
    return converted;
}

} // namespace bitstill
