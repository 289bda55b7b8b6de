#include "engine/nn/conv2d.h"

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/kernels/elementwise.h"
#include "engine/nn/dense.h"

namespace bitstill {

namespace {

struct ConvState : LayerState {
    std::unique_ptr<ConvKernel> kernel;
    Tensor used; ///< the weights that the pass computes with, where they are parametrized
};

ConvKernel& kernelOf(LayerState& state) { return *static_cast<ConvState&>(state).kernel; }

} // namespace

Conv2d::Conv2d(int inChannels, int outChannels, const Options& options) :
    weight{"weight", Tensor({outChannels, inChannels / options.groups, options.kernel, options.kernel}),
        Tensor({outChannels, inChannels / options.groups, options.kernel, options.kernel})},
    bias{"bias", Tensor({outChannels}), Tensor({outChannels})}, m_in(inChannels), m_out(outChannels), m_options(options)
{
}

SampleShape Conv2d::outputShape(std::span<const SampleShape> inputs) const
{
    const auto& o = m_options;
    const auto reach = [&o](int size) { return (size + 2 * o.padding - o.kernel) / o.stride + 1; };
    if (inputs.size() != 1 || inputs[0].channels != m_in || inputs[0].height + 2 * o.padding < o.kernel
        || inputs[0].width + 2 * o.padding < o.kernel)
        throw Error("conv2d",
            text("it expects maps of %1 channels, at least %2 wide, and gets %3", std::to_string(m_in),
                std::to_string(o.kernel - 2 * o.padding), inputs.empty() ? text("none") : described(inputs[0])),
            text("choose a dense model (mlp-...) or other data"));
    return {reach(inputs[0].height), reach(inputs[0].width), m_out};
}

std::vector<Parameter*> Conv2d::parameters()
{
    std::vector<Parameter*> all{&weight};
    if (m_options.bias) all.push_back(&bias);
    if (Parameter* own = parametrization ? parametrization->parameter() : nullptr) all.push_back(own);
    return all;
}

std::optional<LinearWindow> Conv2d::window() const
{
    return LinearWindow{m_options.kernel, m_options.stride, m_options.padding, m_options.groups};
}

bool Conv2d::absorb(const ChannelAffine& affine)
{
    m_options.bias = true; // it has been zero so far
    scaleOutputs(weight.value, bias.value, affine);
    return true;
}

void Conv2d::initialize(Rng& rng)
{
    const int fanIn = m_in / m_options.groups * m_options.kernel * m_options.kernel;
    initializeUniform(weight.value, fanIn, rng);
    if (m_options.bias) initializeUniform(bias.value, fanIn, rng);
}

std::unique_ptr<LayerState> Conv2d::makeState(const PassShape& shape) const
{
    auto state = std::make_unique<ConvState>();
    state->shape = shape;
    const SampleShape& in = shape.inputs[0];
    const ConvShape conv{
        in.height, in.width, m_in, m_out, m_options.kernel, m_options.stride, m_options.padding, m_options.groups, m_options.bias};
    state->kernel = makeConvKernel({conv, shape.rowsPerShard, shape.shards, shape.activation, shape.training, shape.inputGradient});
    return state;
}

void Conv2d::begin(LayerState& state)
{
    if (!parametrization) return kernelOf(state).setWeights(weight.value.data());
    Tensor& used = static_cast<ConvState&>(state).used;
    if (used.empty()) used = weight.value;
    parametrization->apply(weight.value, used);
    kernelOf(state).setWeights(used.data());
}

void Conv2d::forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const
{
    kernelOf(state).forward(shard.index, shard.rows, a.x[0], bias.value.data(), a.y);
}

void Conv2d::backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const
{
    const auto n = static_cast<std::size_t>(shard.rows) * state.shape.output.size();
    if (state.shape.activation != Activation{}) kernels::maskGradient(a.y, a.dy, n, state.shape.activation);
    kernelOf(state).backwardWeights(shard.index, shard.rows, a.x[0], a.dy);
    if (a.dx[0]) kernelOf(state).backwardData(shard.index, shard.rows, a.dy, a.dx[0]);
}

void Conv2d::gradientTask(LayerState& state, int, int, int shards, const float*, const float*, const GradientReady& ready)
{
    kernelOf(state).sumGradients(shards, weight.gradient.data(), m_options.bias ? bias.gradient.data() : nullptr);
    if (parametrization && !parametrization->straightThrough()) parametrization->passGradient(weight.value, weight.gradient);
    ready(weight, 0, weight.value.size());
    if (m_options.bias) ready(bias, 0, bias.value.size());
    if (Parameter* own = parametrization ? parametrization->parameter() : nullptr) ready(*own, 0, own->value.size());
}

} // namespace bitstill
