#include "engine/nn/dense.h"

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/gemm.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

/// Weights in one gradient task: large enough for the GEMM, small enough that the optimizer finds them in cache.
constexpr int kTaskWeights = 1 << 16;

struct DenseState : LayerState {
    Tensor rounded; ///< the weights that the pass computes with, when they are quantized
};

int taskRows(int in, int out) { return std::clamp((kTaskWeights + in - 1) / in, 1, out); }

} // namespace

void initializeUniform(Tensor& values, int fanIn, Rng& rng)
{
    const double bound = 1.0 / std::sqrt(static_cast<double>(fanIn));
    for (float& v : values) v = static_cast<float>(rng.uniform(-bound, bound));
}

Dense::Dense(int in, int out) :
    weight{"weight", Tensor({out, in}), Tensor({out, in})}, bias{"bias", Tensor({out}), Tensor({out})}, m_in(in), m_out(out)
{
}

SampleShape Dense::outputShape(std::span<const SampleShape> inputs) const
{
    if (inputs.size() != 1 || inputs[0].features() != m_in)
        throw Error("dense", "expects " + std::to_string(m_in) + " features, gets " + (inputs.empty() ? "none" : describe(inputs[0])),
            "put a flatten before it or change its width");
    return {1, 1, m_out};
}

std::vector<Parameter*> Dense::parameters()
{
    if (weightQuantization && weightQuantization->step) return {&weight, &bias, &*weightQuantization->step};
    return {&weight, &bias};
}

void Dense::initialize(Rng& rng)
{
    initializeUniform(weight.value, m_in, rng);
    initializeUniform(bias.value, m_in, rng);
}

std::unique_ptr<LayerState> Dense::makeState(const PassShape& shape) const
{
    auto state = std::make_unique<DenseState>();
    state->shape = shape;
    if (weightQuantization) state->rounded = weight.value;
    return state;
}

void Dense::begin(LayerState& state)
{
    if (weightQuantization) weightQuantization->apply(weight.value, static_cast<DenseState&>(state).rounded);
}

void Dense::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    const Tensor& w = weightQuantization ? static_cast<DenseState&>(state).rounded : weight.value;
    Gemm{.transposeB = true, .m = shard.rows, .n = m_out, .k = m_in, .lda = m_in, .ldb = m_in, .ldc = m_out}.run(a.x[0], w.data(), a.y);
    kernels::addBias(a.y, bias.value.data(), static_cast<std::size_t>(shard.rows), static_cast<std::size_t>(m_out), state.shape.activation);
}

void Dense::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    const auto n = static_cast<std::size_t>(shard.rows) * static_cast<std::size_t>(m_out);
    if (state.shape.activation != Activation{}) kernels::maskGradient(a.y, a.dy, n, state.shape.activation);
    if (!a.dx[0]) return;
    const Tensor& w = weightQuantization ? static_cast<DenseState&>(state).rounded : weight.value;
    Gemm{.m = shard.rows, .n = m_in, .k = m_out, .lda = m_out, .ldb = m_in, .ldc = m_in}.run(a.dy, w.data(), a.dx[0]);
}

int Dense::gradientTasks(const LayerState&) const
{
    if (weightQuantization && weightQuantization->step) return 1; // its step's gradient needs all of the weights'
    const int rows = taskRows(m_in, m_out);
    return (m_out + rows - 1) / rows;
}

void Dense::gradientTask(LayerState&, int task, int rows, int, const float* x, const float* dy, const GradientReady& ready)
{
    const bool learnsSteps = weightQuantization && weightQuantization->step;
    const int step = learnsSteps ? m_out : taskRows(m_in, m_out);
    const int first = task * step;
    const int count = std::min(step, m_out - first);
    const auto begin = static_cast<std::size_t>(first), end = static_cast<std::size_t>(first + count);
    const auto in = static_cast<std::size_t>(m_in);
    Gemm{.transposeA = true, .m = count, .n = m_in, .k = rows, .lda = m_out, .ldb = m_in, .ldc = m_in}.run(
        dy + begin, x, weight.gradient.data() + begin * in);
    kernels::columnSums(
        dy + begin, bias.gradient.data() + begin, static_cast<std::size_t>(rows), end - begin, static_cast<std::size_t>(m_out));
    if (learnsSteps) {
        weightQuantization->passGradient(weight.value, weight.gradient);
        ready(*weightQuantization->step, 0, weightQuantization->step->value.size());
    }
    ready(weight, begin * in, end * in);
    ready(bias, begin, end);
}

} // namespace bitstill
