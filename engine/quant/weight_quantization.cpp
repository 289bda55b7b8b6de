#include "engine/quant/weight_quantization.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

void WeightQuantization::learnSteps(const Tensor& weights)
{
    const Blocks b = blocksOf(weights.shape(), granularity);
    const auto high = static_cast<double>(codeRange(bits, scheme, profile).high);
    step = Parameter{"weight_step", Tensor({static_cast<int>(b.channels)}), Tensor({static_cast<int>(b.channels)})};
    std::vector<double> sums(b.channels, 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) sums[i / b.inner % b.channels] += static_cast<double>(std::abs(weights[i]));
    for (std::size_t c = 0; c < b.channels; ++c)
        step->value[c] = static_cast<float>(2 * sums[c] / static_cast<double>(b.outer * b.inner) / std::sqrt(high));
}

QuantParameters WeightQuantization::parametersFor(const Tensor& weights) const
{
    const Blocks blocks = blocksOf(weights.shape(), granularity);
    if (!step) return chooseParameters(bits, scheme, blocks, rangesOf(weights.data(), blocks, "weights"), profile, scaleFloor(profile));
    QuantParameters p = chooseParameters(bits, scheme, blocks, std::vector<Range>(blocks.channels), profile);
    for (std::size_t c = 0; c < blocks.channels; ++c)
        if (step->value[c] != 0) p.scale[c] = std::max(scaleFloor(profile), std::abs(step->value[c]));
    return p;
}

void WeightQuantization::apply(const Tensor& weights, Tensor& rounded) const
{
    fakeQuantize(weights.data(), parametersFor(weights), rounded.data());
}

void WeightQuantization::passGradient(const Tensor& weights, Tensor& gradient)
{
    const QuantParameters p = parametersFor(weights);
    const double perScale = static_cast<double>(p.blocks.outer * p.blocks.inner);
    const double factor = 1 / std::sqrt(perScale * static_cast<double>(p.range.high));
    const std::vector<float> steps = learnedStepSizeGradient(weights.data(), gradient.data(), p, factor, gradient.data());
    for (std::size_t c = 0; c < steps.size(); ++c) step->gradient[c] = std::copysign(1.0f, step->value[c]) * steps[c];
}

} // namespace bitstill
