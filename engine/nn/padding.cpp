#include "engine/nn/padding.h"

#include <algorithm>

namespace bitstill {

SampleShape Padding::outputShape(std::span<const SampleShape> inputs) const
{
    const SampleShape& in = inputs[0];
    return {in.height + m_sides.top + m_sides.bottom, in.width + m_sides.left + m_sides.right, in.channels};
}

namespace {

/// copy(from the map, into the padded one, how many) for each row of each sample.
template <class Copy> void eachRow(const LayerState& state, const Shard& shard, int top, int left, const Copy& copy)
{
    const SampleShape &in = state.shape.inputs[0], &out = state.shape.output;
    const auto row = static_cast<std::size_t>(in.width * in.channels), padded = static_cast<std::size_t>(out.width * out.channels);
    for (int sample = 0; sample < shard.rows; ++sample)
        for (int h = 0; h < in.height; ++h)
            copy(static_cast<std::size_t>(sample * in.height + h) * row,
                static_cast<std::size_t>(sample * out.height + h + top) * padded + static_cast<std::size_t>(left * in.channels), row);
}

} // namespace

void Padding::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    std::fill_n(a.y, static_cast<std::size_t>(shard.rows) * state.shape.output.size(), 0.0f);
    eachRow(state, shard, m_sides.top, m_sides.left,
        [&](std::size_t from, std::size_t to, std::size_t n) { std::copy_n(a.x[0] + from, n, a.y + to); });
}

void Padding::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    if (!a.dx[0]) return;
    eachRow(state, shard, m_sides.top, m_sides.left,
        [&](std::size_t from, std::size_t to, std::size_t n) { std::copy_n(a.dy + to, n, a.dx[0] + from); });
}

} // namespace bitstill
