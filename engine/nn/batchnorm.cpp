#include "engine/nn/batchnorm.h"

#include "engine/core/error.h"
#include "engine/kernels/batchnorm_pool.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

struct BatchNormState : LayerState {
    std::vector<kernels::Moments> parts; ///< by shard
    kernels::Moments total;
    std::vector<float> scale, shift, mean, a, b, d;
    std::vector<double> inverseDeviation;
    std::vector<std::vector<double>> sumDy, sumDyX; ///< by shard
    Tensor chosen; ///< where windows follow: the inputs that won, for all rows of the batch

    float* chosenOf(const Shard& shard) { return chosen.data() + static_cast<std::size_t>(shard.first) * windowsPerRow(); }
    std::size_t windowsPerRow() const
    {
        const kernels::PoolShape& p = *shape.maxPool;
        return static_cast<std::size_t>(p.outHeight * p.outWidth * p.channels);
    }
};

BatchNormState& stateOf(LayerState& state) { return static_cast<BatchNormState&>(state); }

std::size_t positions(const LayerState& state, const Shard& shard)
{
    const SampleShape& s = state.shape.output;
    return static_cast<std::size_t>(shard.rows) * static_cast<std::size_t>(s.height * s.width);
}

} // namespace

BatchNorm::BatchNorm(int channels, float eps, float momentum) :
    gamma{"gamma", Tensor({channels}, 1), Tensor({channels})}, beta{"beta", Tensor({channels}), Tensor({channels})},
    runningMean({channels}), runningVar({channels}, 1), m_channels(channels), m_eps(eps), m_momentum(momentum)
{
}

SampleShape BatchNorm::outputShape(std::span<const SampleShape> inputs) const
{
    if (inputs.size() != 1 || inputs[0].channels != m_channels)
        throw Error("batchnorm",
            text("it expects %1 channels and gets %2", std::to_string(m_channels), inputs.empty() ? text("none") : described(inputs[0])),
            text("give it the number of channels of the layer before"));
    return inputs[0];
}

bool BatchNorm::fusesMaxPool(const kernels::PoolShape& windows) const { return kernels::canPool(windows); }

std::unique_ptr<LayerState> BatchNorm::makeState(const PassShape& shape) const
{
    auto state = std::make_unique<BatchNormState>();
    state->shape = shape;
    const auto c = static_cast<std::size_t>(m_channels);
    const auto shards = static_cast<std::size_t>(shape.shards);
    state->parts.assign(shards, kernels::Moments(c));
    state->total = kernels::Moments(c);
    for (std::vector<float>* v : {&state->scale, &state->shift, &state->mean, &state->a, &state->b, &state->d}) v->assign(c, 0.0f);
    state->inverseDeviation.assign(c, 0.0);
    state->sumDy.assign(shards, std::vector<double>(c, 0.0));
    state->sumDyX.assign(shards, std::vector<double>(c, 0.0));
    if (shape.maxPool) state->chosen = Tensor({shape.rowsPerShard * shape.shards, static_cast<int>(state->windowsPerRow())});
    return state;
}

void BatchNorm::inferenceAffine(float* scale, float* shift) const
{
    for (std::size_t c = 0; c < gamma.value.size(); ++c) {
        const double s = static_cast<double>(gamma.value[c]) / std::sqrt(static_cast<double>(runningVar[c]) + static_cast<double>(m_eps));
        scale[c] = static_cast<float>(s);
        shift[c] = static_cast<float>(static_cast<double>(beta.value[c]) - static_cast<double>(runningMean[c]) * s);
    }
}

std::optional<ChannelAffine> BatchNorm::channelAffine() const
{
    ChannelAffine affine{std::vector<float>(gamma.value.size()), std::vector<float>(gamma.value.size())};
    inferenceAffine(affine.scale.data(), affine.shift.data());
    return affine;
}

void BatchNorm::begin(LayerState& state)
{
    BatchNormState& s = stateOf(state);
    if (!s.shape.training) inferenceAffine(s.scale.data(), s.shift.data());
}

void BatchNorm::gather(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    kernels::Moments& part = stateOf(state).parts[static_cast<std::size_t>(shard.index)];
    part.reset();
    kernels::addMoments(a.x[0], positions(state, shard), part);
}

void BatchNorm::combine(LayerState& state, int shards)
{
    BatchNormState& s = stateOf(state);
    s.total.reset();
    for (int i = 0; i < shards; ++i) {
        const kernels::Moments& part = s.parts[static_cast<std::size_t>(i)];
        s.total.merge(part.count, part.mean.data(), part.m2.data());
    }
    const double n = s.total.count;
    for (std::size_t c = 0; c < s.scale.size(); ++c) {
        const double variance = s.total.m2[c] / n;
        s.inverseDeviation[c] = 1.0 / std::sqrt(variance + static_cast<double>(m_eps));
        const double scale = static_cast<double>(gamma.value[c]) * s.inverseDeviation[c];
        s.mean[c] = static_cast<float>(s.total.mean[c]);
        s.scale[c] = static_cast<float>(scale);
        s.shift[c] = static_cast<float>(static_cast<double>(beta.value[c]) - s.total.mean[c] * scale);
        const double unbiased = n > 1 ? s.total.m2[c] / (n - 1) : variance;
        runningMean[c] += m_momentum * (static_cast<float>(s.total.mean[c]) - runningMean[c]);
        runningVar[c] += m_momentum * (static_cast<float>(unbiased) - runningVar[c]);
    }
}

void BatchNorm::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    BatchNormState& s = stateOf(state);
    if (s.shape.maxPool)
        return kernels::affineMaxPool(
            *s.shape.maxPool, shard.rows, a.x[0], s.scale.data(), s.shift.data(), s.shape.activation, a.y, s.chosenOf(shard));
    kernels::affine(
        a.x[0], a.y, s.scale.data(), s.shift.data(), positions(state, shard), static_cast<std::size_t>(m_channels), s.shape.activation);
}

void BatchNorm::gatherBackward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    BatchNormState& s = stateOf(state);
    std::vector<double>& dy = s.sumDy[static_cast<std::size_t>(shard.index)];
    std::vector<double>& dyX = s.sumDyX[static_cast<std::size_t>(shard.index)];
    std::fill(dy.begin(), dy.end(), 0.0);
    std::fill(dyX.begin(), dyX.end(), 0.0);
    const auto& pool = s.shape.maxPool;
    const float* x = pool ? s.chosenOf(shard) : a.x[0]; // positions that were not chosen have no gradient
    const std::size_t rows = pool ? static_cast<std::size_t>(shard.rows * pool->outHeight * pool->outWidth) : positions(state, shard);
    kernels::backwardSums(x, a.dy, s.scale.data(), s.shift.data(), s.mean.data(), rows, static_cast<std::size_t>(m_channels),
        s.shape.activation, dy.data(), dyX.data());
}

void BatchNorm::combineBackward(LayerState& state, int shards)
{
    BatchNormState& s = stateOf(state);
    const double n = s.total.count;
    for (std::size_t c = 0; c < s.scale.size(); ++c) {
        double sumDy = 0, sumDyX = 0;
        for (int i = 0; i < shards; ++i) {
            sumDy += s.sumDy[static_cast<std::size_t>(i)][c];
            sumDyX += s.sumDyX[static_cast<std::size_t>(i)][c];
        }
        const double inverse = s.inverseDeviation[c];
        const double scale = static_cast<double>(gamma.value[c]) * inverse;
        const double slope = -scale * inverse * inverse * sumDyX / n;
        beta.gradient[c] = static_cast<float>(sumDy);
        gamma.gradient[c] = static_cast<float>(sumDyX * inverse);
        s.a[c] = static_cast<float>(scale);
        s.b[c] = static_cast<float>(slope);
        s.d[c] = static_cast<float>(-scale * sumDy / n - slope * s.total.mean[c]);
    }
}

void BatchNorm::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    if (!a.dx[0]) return;
    BatchNormState& s = stateOf(state);
    const kernels::AffineGradient g{s.scale.data(), s.shift.data(), s.a.data(), s.b.data(), s.d.data()};
    if (s.shape.maxPool)
        return kernels::backwardAffineMaxPool(
            *s.shape.maxPool, shard.rows, a.x[0], s.chosenOf(shard), a.dy, g, s.shape.activation, a.dx[0]);
    kernels::backwardAffine(a.x[0], a.dy, a.dx[0], g, positions(state, shard), static_cast<std::size_t>(m_channels), s.shape.activation);
}

void BatchNorm::gradientTask(LayerState&, int, int, int, const float*, const float*, const GradientReady& ready)
{
    ready(gamma, 0, gamma.value.size());
    ready(beta, 0, beta.value.size());
}

} // namespace bitstill
