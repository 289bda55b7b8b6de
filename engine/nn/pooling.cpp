#include "engine/nn/pooling.h"

#include "engine/core/error.h"

namespace bitstill {

namespace {

struct PoolState : LayerState {
    kernels::PoolShape pool;
    std::vector<std::uint8_t> from; ///< for all rows of the batch
};

PoolState& stateOf(LayerState& state) { return static_cast<PoolState&>(state); }

} // namespace

const char* Pooling::kind() const
{
    if (m_kind == Kind::Max) return "maxpool";
    return m_kind == Kind::Average ? "avgpool" : "global_avgpool";
}

SampleShape Pooling::outputShape(std::span<const SampleShape> inputs) const
{
    const SampleShape& in = inputs[0];
    if (m_kind == Kind::GlobalAverage) return {1, 1, in.channels};
    if (in.height < m_kernel || in.width < m_kernel)
        throw Error(kind(), text("a window of %1 does not fit into %2", std::to_string(m_kernel), described(in)),
            text("choose larger images or a dense model (mlp-...)"));
    return {(in.height - m_kernel) / m_stride + 1, (in.width - m_kernel) / m_stride + 1, in.channels};
}

std::optional<kernels::PoolShape> Pooling::poolWindows(const SampleShape& in, const SampleShape& out) const
{
    const bool whole = m_kind == Kind::GlobalAverage;
    const int kh = whole ? in.height : m_kernel, kw = whole ? in.width : m_kernel;
    return kernels::PoolShape{
        in.height, in.width, in.channels, out.height, out.width, kh, kw, whole ? kh : m_stride, whole ? kw : m_stride};
}

std::unique_ptr<LayerState> Pooling::makeState(const PassShape& shape) const
{
    auto state = std::make_unique<PoolState>();
    state->shape = shape;
    state->pool = *poolWindows(shape.inputs[0], shape.output);
    if (m_kind == Kind::Max) state->from.resize(static_cast<std::size_t>(shape.rowsPerShard * shape.shards) * shape.output.size());
    return state;
}

void Pooling::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    PoolState& s = stateOf(state);
    if (m_kind == Kind::Max)
        kernels::maxPool(s.pool, shard.rows, a.x[0], a.y, s.from.data() + static_cast<std::size_t>(shard.first) * s.shape.output.size());
    else
        kernels::averagePool(s.pool, shard.rows, a.x[0], a.y);
}

void Pooling::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    if (!a.dx[0]) return;
    PoolState& s = stateOf(state);
    if (m_kind == Kind::Max)
        kernels::maxPoolBackward(
            s.pool, shard.rows, a.dy, s.from.data() + static_cast<std::size_t>(shard.first) * s.shape.output.size(), a.dx[0]);
    else
        kernels::averagePoolBackward(s.pool, shard.rows, a.dy, a.dx[0]);
}

} // namespace bitstill
