#include "engine/nn/pointwise.h"

#include "engine/core/error.h"
#include "engine/kernels/elementwise.h"

#include <algorithm>

namespace bitstill {

namespace {

std::size_t count(const LayerState& state, const Shard& shard) { return static_cast<std::size_t>(shard.rows) * state.shape.output.size(); }

} // namespace

void ActivationLayer::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    kernels::activate(a.x[0], a.y, count(state, shard), m_activation);
}

void ActivationLayer::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    kernels::maskGradient(a.y, a.dy, count(state, shard), m_activation);
    if (a.dx[0] && a.dx[0] != a.dy) std::copy(a.dy, a.dy + count(state, shard), a.dx[0]);
}

SampleShape Add::outputShape(std::span<const SampleShape> inputs) const
{
    if (inputs.size() != 2 || !(inputs[0] == inputs[1]))
        throw Error("add", text("it needs two inputs of one shape"), text("make both branches end in the same height, width and channels"));
    return inputs[0];
}

void Add::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    kernels::add(a.x[0], a.x[1], a.y, count(state, shard), state.shape.activation);
}

void Add::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    if (state.shape.activation != Activation{}) kernels::maskGradient(a.y, a.dy, count(state, shard), state.shape.activation);
    for (float* dx : a.dx)
        if (dx) std::copy(a.dy, a.dy + count(state, shard), dx);
}

void Flatten::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    if (a.x[0] != a.y) std::copy(a.x[0], a.x[0] + count(state, shard), a.y);
}

void Flatten::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    if (a.dx[0] && a.dx[0] != a.dy) std::copy(a.dy, a.dy + count(state, shard), a.dx[0]);
}

} // namespace bitstill
