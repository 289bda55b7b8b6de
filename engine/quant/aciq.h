#pragma once

#include <cstddef>

namespace bitstill {

/// Where to clip values of a known distribution so that the mean squared error is least (ACIQ, Banner et al. 2019): |mean| +
/// α(bits)·deviation for normal values, |mean| + α(bits)·mean|x − mean| for Laplace ones; values that never change sign
/// (behind a ReLU) have the α of one more bit. bits 2...8, α from the paper's solution as tabulated by Distiller.
struct AciqClips {
    double normal = 0;
    double laplace = 0;
};
AciqClips aciqClips(const float* x, std::size_t n, int bits);

} // namespace bitstill
