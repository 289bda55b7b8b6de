#pragma once

#include "engine/kernels/activation.h"

#include <cstddef>

namespace bitstill::kernels {

/// The input of a depthwise convolution: 3×3, padded by one, stride 1 or 2, channels a multiple of 16 (Howard et al. 2017, MobileNets).
/// Maps are height × width × channels, weights 9 × channels. All functions take one sample.
struct DepthwiseMap {
    std::size_t height, width, channels, stride;

    std::size_t outHeight() const { return (height - 1) / stride + 1; }
    std::size_t outWidth() const { return (width - 1) / stride + 1; }
    std::size_t inputs() const { return height * width * channels; }
    std::size_t outputs() const { return outHeight() * outWidth() * channels; }
};

/// y = activation(x ∗ w + bias).
void depthwise(const DepthwiseMap& map, const float* x, const float* w, const float* bias, Activation activation, float* y);

/// dx = gradient with respect to x, stride 2. (Of stride 1 it is the convolution of dy with w turned by half a circle.)
void depthwiseDataOfStride2(const DepthwiseMap& map, const float* dy, const float* w, float* dx);

/// dw += gradient with respect to w; dBias += that of the bias, unless null.
void depthwiseWeights(const DepthwiseMap& map, const float* x, const float* dy, float* dw, float* dBias);

} // namespace bitstill::kernels
