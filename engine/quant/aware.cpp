#include "engine/quant/aware.h"

#include "engine/kernels/elementwise.h"
#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"
#include "engine/quant/placement.h"

#include <algorithm>

namespace bitstill {

namespace {

struct FakeQuantizeState : LayerState {
    QuantParameters parameters;
    std::vector<Extent> seen; ///< by shard, of the step before
    std::vector<char> fresh;
};

FakeQuantizeState& stateOf(LayerState& state) { return static_cast<FakeQuantizeState&>(state); }

std::size_t count(const LayerState& state, const Shard& shard) { return static_cast<std::size_t>(shard.rows) * state.shape.output.size(); }

} // namespace

FakeQuantize::FakeQuantize(int bits, Extent start) : m_bits(bits), m_range({2}, {start.low, start.high}) { }

std::unique_ptr<LayerState> FakeQuantize::makeState(const PassShape& shape) const
{
    auto state = std::make_unique<FakeQuantizeState>();
    state->shape = shape;
    state->seen.resize(static_cast<std::size_t>(shape.shards));
    state->fresh.assign(static_cast<std::size_t>(shape.shards), 0);
    return state;
}

void FakeQuantize::begin(LayerState& state)
{
    constexpr float kConstant = 0.01f;
    FakeQuantizeState& s = stateOf(state);
    if (s.shape.training && s.fresh.front()) {
        Extent batch = s.seen.front();
        for (std::size_t i = 1; i < s.seen.size() && s.fresh[i]; ++i)
            batch = {std::min(batch.low, s.seen[i].low), std::max(batch.high, s.seen[i].high)};
        m_range[0] += kConstant * (batch.low - m_range[0]);
        m_range[1] += kConstant * (batch.high - m_range[1]);
        std::fill(s.fresh.begin(), s.fresh.end(), 0);
    }
    s.parameters = chooseParameters(m_bits, Scheme::AffineUnsigned, {1, 1, 1}, {{m_range[0], m_range[1]}});
}

void FakeQuantize::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    FakeQuantizeState& s = stateOf(state);
    const std::size_t n = count(state, shard);
    const auto i = static_cast<std::size_t>(shard.index);
    if (s.shape.training) {
        kernels::extremes(a.x[0], n, s.seen[i].low, s.seen[i].high);
        s.fresh[i] = 1;
    }
    bitstill::fakeQuantize(a.x[0], n, s.parameters.scale.front(), s.parameters.zeroPoint.front(), s.parameters.range, a.y);
}

void FakeQuantize::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    if (!a.dx[0]) return;
    QuantParameters p = stateOf(state).parameters;
    p.blocks = {1, 1, count(state, shard)};
    straightThrough(a.x[0], a.dy, p, a.dx[0]);
}

Graph makeQuantizationAware(const QuantizedNetwork& calibrated, const QuantizationOptions& options)
{
    const Graph& source = calibrated.folded();
    Graph result(source.node(0).shape);
    std::vector<int> position(source.nodes().size(), 0);
    for (int i = 0; i <= source.output(); ++i) {
        const Graph::Node& node = source.node(i);
        auto& here = position[static_cast<std::size_t>(i)];
        if (i > 0) {
            std::vector<int> inputs;
            for (const int input : node.inputs) inputs.push_back(position[static_cast<std::size_t>(input)]);
            std::unique_ptr<Layer> layer = node.layer->clone();
            const WeightQuantization weights{options.weightBits, options.weightScheme, options.granularity};
            if (auto* dense = dynamic_cast<Dense*>(layer.get())) dense->weightQuantization = weights;
            if (auto* conv = dynamic_cast<Conv2d*>(layer.get())) conv->weightQuantization = weights;
            here = result.add(node.name, std::move(layer), inputs);
        }
        if (options.activationBits > 0 && carriesQuantizer(source, i))
            here =
                result.add("quantize_" + node.name, std::make_unique<FakeQuantize>(options.activationBits, calibrated.observed(i)), {here});
    }
    return result;
}

} // namespace bitstill
