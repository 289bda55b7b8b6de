#pragma once

#include <cstddef>
#include <cstdint>

namespace bitstill::kernels {

/// Window of a pooling layer over NHWC maps: out = (in + 2·0 − kernel) / stride + 1, no padding.
struct PoolShape {
    int inHeight = 0, inWidth = 0, channels = 0;
    int outHeight = 0, outWidth = 0;
    int kernelHeight = 0, kernelWidth = 0;
    int strideHeight = 0, strideWidth = 0;
    bool operator==(const PoolShape&) const = default;
};

/// Largest of each window; `from` keeps which position of the window won (row-major, the first of equals),
/// one byte per output, so a window has at most 256 positions.
void maxPool(const PoolShape& s, int samples, const float* x, float* y, std::uint8_t* from);
/// Sends each gradient to the position that won; the others get 0.
void maxPoolBackward(const PoolShape& s, int samples, const float* dy, const std::uint8_t* from, float* dx);
/// The same for unsigned codes.
void maxPool(const PoolShape& s, int samples, const std::uint8_t* x, std::uint8_t* y);
/// Sum of each window of unsigned codes.
void sumPool(const PoolShape& s, int samples, const std::uint8_t* x, std::int32_t* y);
/// Mean of each window.
void averagePool(const PoolShape& s, int samples, const float* x, float* y);
void averagePoolBackward(const PoolShape& s, int samples, const float* dy, float* dx);

} // namespace bitstill::kernels
