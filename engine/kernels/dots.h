#pragma once

#include <cstddef>
#include <cstdint>

namespace bitstill::kernels {

/// y[r, j] = Σ_i x[r, i]·w[j, i], float32: x rows × k, w n × k, y rows × n, each row behind the other. Every sum is taken in one order
/// that depends on k alone, so a row's results are the same bits however many others there are. oneDNN's sgemm gives no such promise:
/// with every instruction set some rows of a block come out of other kernels than the rest, which round otherwise.
void dots(const float* x, const float* w, std::size_t rows, std::size_t n, std::size_t k, float* y);

/// The same of int16, exact as long as the sums fit into int32. k is a multiple of kInt16Lanes.
void dots(const std::int16_t* x, const std::int16_t* w, std::size_t rows, std::size_t n, std::size_t k, std::int32_t* y);
constexpr std::size_t kInt16Lanes = 32;

} // namespace bitstill::kernels
