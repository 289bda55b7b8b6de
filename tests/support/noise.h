#pragma once

#include "engine/core/rng.h"
#include "engine/core/tensor.h"

namespace bitstill {

/// Normal numbers, the same each time.
inline Tensor noise(Shape shape, double scale = 1)
{
    Tensor t(std::move(shape));
    Rng rng(5, "x");
    for (float& v : t) v = static_cast<float>(scale * rng.normal());
    return t;
}

} // namespace bitstill
