#include "engine/nn/dense.h"

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/kernels/dots.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/gemm.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

/// Weights of which the gradient is computed at once: enough for the GEMM, few enough that the optimizer finds them in cache.
constexpr int kCachedWeights = 1 << 16;

/// Outputs of a piece: enough for the GEMM to run at its speed.
constexpr int kPiece = 128;

struct DenseState : LayerState {
    Tensor used; ///< the weights that the pass computes with, where they are parametrized
};

/// oneDNN's product runs at a third of its speed for eight outputs (tests/bench/README.md); what has no whole tile of four loses with ours.
bool dotsAreFaster(int outputs) { return outputs <= 16 && outputs % 4 == 0; }

/// 0: not worth a meeting of the threads.
int piecesOf(int in, int out) { return in * out >= 2 * kCachedWeights && out >= 2 * kPiece ? out / kPiece : 0; }

} // namespace

void initializeUniform(Tensor& values, int fanIn, Rng& rng)
{
    const double bound = 1.0 / std::sqrt(static_cast<double>(fanIn));
    for (float& v : values) v = static_cast<float>(rng.uniform(-bound, bound));
}

void scaleOutputs(Tensor& weight, Tensor& bias, const ChannelAffine& affine)
{
    const std::size_t channels = bias.size(), inner = weight.size() / channels;
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t i = 0; i < inner; ++i) weight[c * inner + i] *= affine.scale[c];
        bias[c] = bias[c] * affine.scale[c] + affine.shift[c];
    }
}

Dense::Dense(int in, int out) :
    weight{"weight", Tensor({out, in}), Tensor({out, in})}, bias{"bias", Tensor({out}), Tensor({out})}, m_in(in), m_out(out)
{
}

SampleShape Dense::outputShape(std::span<const SampleShape> inputs) const
{
    if (inputs.size() != 1 || inputs[0].features() != m_in)
        throw Error("dense",
            text("it expects %1 features and gets %2", std::to_string(m_in), inputs.empty() ? text("none") : described(inputs[0])),
            text("put a flatten before it or change its width"));
    return {1, 1, m_out};
}

std::vector<Parameter*> Dense::parameters()
{
    std::vector<Parameter*> all{&weight, &bias};
    if (Parameter* own = parametrization ? parametrization->parameter() : nullptr) all.push_back(own);
    return all;
}

bool Dense::absorb(const ChannelAffine& affine)
{
    scaleOutputs(weight.value, bias.value, affine);
    return true;
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
    if (parametrization) state->used = weight.value;
    return state;
}

void Dense::begin(LayerState& state)
{
    if (parametrization) parametrization->apply(weight.value, static_cast<DenseState&>(state).used);
}

const Tensor& Dense::computedWith(const LayerState& state) const
{
    return parametrization ? static_cast<const DenseState&>(state).used : weight.value;
}

void Dense::forwardOutputs(LayerState& state, int first, int count, int rows, const float* x, float* y) const
{
    const auto at = static_cast<std::size_t>(first), in = static_cast<std::size_t>(m_in);
    const float* w = computedWith(state).data() + at * in;
    if (state.shape.training && !dotsAreFaster(count))
        Gemm{.transposeB = true, .m = rows, .n = count, .k = m_in, .lda = m_in, .ldb = m_in, .ldc = m_out}.run(x, w, y + at);
    else // always all outputs; what is predicted for a sample must not depend on how many others come along
        kernels::dots(x, w, static_cast<std::size_t>(rows), static_cast<std::size_t>(count), in, y);
    kernels::addBias(y + at, bias.value.data() + at, static_cast<std::size_t>(rows), static_cast<std::size_t>(count),
        static_cast<std::size_t>(m_out), state.shape.activation);
}

void Dense::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    forwardOutputs(state, 0, m_out, shard.rows, a.x[0], a.y);
}

int Dense::outputPieces() const { return piecesOf(m_in, m_out); }

void Dense::forwardPiece(LayerState& state, int piece, int rows, const ForwardArrays& a) const
{
    const int pieces = outputPieces(), first = piece * m_out / pieces, end = (piece + 1) * m_out / pieces;
    forwardOutputs(state, first, end - first, rows, a.x[0], a.y);
}

void Dense::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    const auto n = static_cast<std::size_t>(shard.rows) * static_cast<std::size_t>(m_out);
    if (state.shape.activation != Activation{}) kernels::maskGradient(a.y, a.dy, n, state.shape.activation);
    if (!a.dx[0]) return;
    Gemm{.m = shard.rows, .n = m_in, .k = m_out, .lda = m_out, .ldb = m_in, .ldc = m_in}.run(a.dy, computedWith(state).data(), a.dx[0]);
}

bool Dense::passesGradient() const { return parametrization && !parametrization->straightThrough(); }

int Dense::gradientTasks() const
{
    if (passesGradient()) return 1; // it needs that of all weights
    if (outputPieces() > 0) return outputPieces();
    const int fitting = (m_in * m_out + kCachedWeights - 1) / kCachedWeights;
    return std::min(m_in * m_out < kCachedWeights / 4 ? 1 : std::max(fitting, 2), m_out);
}

void Dense::gradientTask(LayerState&, int task, int rows, int, const float* x, const float* dy, const GradientReady& ready)
{
    const int tasks = gradientTasks(), first = task * m_out / tasks, end = (task + 1) * m_out / tasks;
    const int step = passesGradient() ? m_out : std::clamp((kCachedWeights + m_in - 1) / m_in, 1, m_out);
    for (int i = first; i < end; i += step) gradientOf(i, std::min(i + step, end), rows, x, dy, ready);
}

void Dense::gradientOf(int first, int end, int rows, const float* x, const float* dy, const GradientReady& ready)
{
    const auto begin = static_cast<std::size_t>(first), behind = static_cast<std::size_t>(end), in = static_cast<std::size_t>(m_in);
    Gemm{.transposeA = true, .m = end - first, .n = m_in, .k = rows, .lda = m_out, .ldb = m_in, .ldc = m_in}.run(
        dy + begin, x, weight.gradient.data() + begin * in);
    kernels::columnSums(
        dy + begin, bias.gradient.data() + begin, static_cast<std::size_t>(rows), behind - begin, static_cast<std::size_t>(m_out));
    if (passesGradient()) {
        parametrization->passGradient(weight.value, weight.gradient);
        if (Parameter* own = parametrization->parameter()) ready(*own, 0, own->value.size());
    }
    ready(weight, begin * in, behind * in);
    ready(bias, begin, behind);
}

} // namespace bitstill
