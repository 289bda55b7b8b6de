#pragma once

#include "engine/nn/weight_parametrization.h"
#include "engine/quant/scheme.h"

#include <optional>

namespace bitstill {

/// How a layer's weights are rounded each time they are used. Without `step`: to the range of the moment, so that nothing is
/// clipped and the straight-through estimator passes every gradient on unchanged. With it: to step sizes that are trained
/// (LSQ, Esser et al. 2020), one for each channel.
struct WeightQuantization final : WeightParametrization {
    int bits = 8;
    Scheme scheme = Scheme::Symmetric;
    Granularity granularity{};
    Profile profile = Profile::Bitstill;
    std::optional<Parameter> step{};

    /// Starts learned steps at 2·mean|w|/sqrt(high code), the authors' start.
    void learnSteps(const Tensor& weights);
    QuantParameters parametersFor(const Tensor& weights) const;
    std::unique_ptr<WeightParametrization> clone() const override { return std::make_unique<WeightQuantization>(*this); }
    /// rounded = fakeQuantize(weights), same shape.
    void apply(const Tensor& weights, Tensor& rounded) const override;
    bool straightThrough() const override { return !step; }
    /// Turns the gradient of the rounded weights into that of `weights`, and fills the steps' gradient.
    void passGradient(const Tensor& weights, Tensor& gradient) override;
    Parameter* parameter() override { return step ? &*step : nullptr; }
};

} // namespace bitstill
