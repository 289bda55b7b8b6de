#pragma once

#include "engine/kernels/activation.h"

#include <cstddef>
#include <cstdint>

namespace bitstill::kernels {

/// y[r, c] = activation(y[r, c] + bias[c]); rows × columns, `stride` from row to row.
void addBias(float* y, const float* bias, std::size_t rows, std::size_t columns, std::size_t stride, Activation activation);
/// gradient[i] = activation passes at y[i] ? gradient[i] : 0.
void maskGradient(const float* y, float* gradient, std::size_t n, Activation activation);
/// y[i] = activation(x[i]); y may be x.
void activate(const float* x, float* y, std::size_t n, Activation activation);
/// y[i] = activation(a[i] + b[i]).
void add(const float* a, const float* b, float* y, std::size_t n, Activation activation);
/// y[i] += x[i].
void accumulate(const float* x, float* y, std::size_t n);
/// sums[c] = sum over rows of x[r, c]; x has rows of `stride` floats, `columns` of them are summed.
void columnSums(const float* x, float* sums, std::size_t rows, std::size_t columns, std::size_t stride);
/// Is none of the values infinite or not a number?
bool allFinite(const float* x, std::size_t n);
/// Smallest and largest of n values, n > 0.
void extremes(const float* x, std::size_t n, float& low, float& high);
/// y[i] = bytes[i]·scale + shift: stored pixels to normalised floats.
void normalizeBytes(const std::uint8_t* bytes, float* y, std::size_t n, float scale, float shift);
/// y[i] = table[x[i]], table [256].
void lookUp(const std::uint8_t* table, const std::uint8_t* x, std::size_t n, std::uint8_t* y);

} // namespace bitstill::kernels
