#pragma once

#include "engine/nn/layer.h"

namespace bitstill {

/// What a layer computes with in the place of its weights (rounded ones, say), made anew for each pass. The layer's own weights stay
/// those that the optimizer moves. PyTorch: torch.nn.utils.parametrize.
class WeightParametrization {
public:
    virtual ~WeightParametrization() = default;
    virtual std::unique_ptr<WeightParametrization> clone() const = 0;

    /// used = f(weights), same shape.
    virtual void apply(const Tensor& weights, Tensor& used) const = 0;
    /// The gradient of what was used is taken for that of the weights (straight-through estimator); passGradient() is not called.
    virtual bool straightThrough() const { return true; }
    /// Turns the gradient of what was used, all of it, into that of `weights`, and fills the gradient of parameter().
    virtual void passGradient(const Tensor& /*weights*/, Tensor& /*gradient*/) { }
    /// One of its own that is trained with the weights; null where it has none.
    virtual Parameter* parameter() { return nullptr; }
};

} // namespace bitstill
