#pragma once

#include "engine/kernels/batchnorm.h"
#include "engine/kernels/pool.h"

namespace bitstill::kernels {

/// BatchNorm's affine map, its activation and the largest of each 2×2 window in one sweep, so that the maps between them never
/// reach memory. Windows must be 2×2, two apart, and cover the map.
bool canPool(const PoolShape& s);

/// y = max over the window of activation(x·scale[c] + shift[c]); `chosen` = the x that it came from (the first of equals).
void affineMaxPool(const PoolShape& s, int samples, const float* x, const float* scale, const float* shift, Activation activation, float* y,
    float* chosen);

/// dx = a[c]·dy·passes·(x is the chosen one) + b[c]·x + d[c], dy and `chosen` per window, x and dx per position. The sums that a, b
/// and d need are backwardSums() over `chosen` and dy: the other positions have no gradient.
void backwardAffineMaxPool(const PoolShape& s, int samples, const float* x, const float* chosen, const float* dy, const AffineGradient& g,
    Activation activation, float* dx);

} // namespace bitstill::kernels
