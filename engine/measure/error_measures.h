#pragma once

#include <cstddef>

namespace bitstill {

/// Signal to quantization noise, 20·log10(‖x‖ / ‖x − y‖) in dB; infinite when y is x, 0 for an x of zeros that y is not.
double sqnrDb(const float* x, const float* y, std::size_t n);
/// Root mean squared error between x and y.
double rmse(const float* x, const float* y, std::size_t n);
/// x·y / (‖x‖·‖y‖); 0 when one of them is zero.
double cosine(const float* x, const float* y, std::size_t n);
/// Largest |x − y|.
double largestError(const float* x, const float* y, std::size_t n);

} // namespace bitstill
