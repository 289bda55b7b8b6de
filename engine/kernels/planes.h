#pragma once

#include <cstddef>

namespace bitstill::kernels {

/// Places that are summed side by side: what is computed of them is a multiple.
constexpr std::size_t kPlaces = 16;

/// y[o, p] = bias[o] + Σ_i w[o, i]·x[i, p], float32, places p side by side in memory: w rows × k, x k rows that are `xRow` apart, y rows
/// that are `yRow` apart. `n`, the places, is a multiple of kPlaces. A sum is taken in one order that depends on k alone, so a place has
/// the same bits whatever others there are. `bias` may be null.
struct PlaneProduct {
    std::size_t rows = 0, n = 0, k = 0;
    std::size_t xRow = 0, yRow = 0;

    void run(const float* w, const float* x, const float* bias, float* y) const;
};

/// y[p] = bias + Σ_t w[t]·x[p + offsets[t]] for p < n, a multiple of kPlaces: a kernel that moves over one plane, its rows behind each
/// other.
void sumTaps(const float* x, const std::size_t* offsets, const float* w, std::size_t taps, float bias, std::size_t n, float* y);

} // namespace bitstill::kernels
