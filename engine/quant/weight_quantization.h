#pragma once

#include "engine/quant/scheme.h"

namespace bitstill {

/// How a layer's weights are rounded each time they are used: min-max range, so that nothing is clipped and the
/// straight-through estimator passes every gradient on unchanged.
struct WeightQuantization {
    int bits = 8;
    Scheme scheme = Scheme::Symmetric;
    Granularity granularity{};

    /// rounded = fakeQuantize(weights), same shape.
    void apply(const Tensor& weights, Tensor& rounded) const;
};

} // namespace bitstill
