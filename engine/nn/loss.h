#pragma once

#include <cstddef>
#include <cstdint>

namespace bitstill {

/// Softmax cross-entropy of `rows` samples, −Σ log softmax(logits)[label] (a sum, natural logarithm), and its gradient
/// times `weight` (1 / batch size makes the loss a mean over the batch). dLogits may be null. Exact for logits of any size.
double softmaxCrossEntropy(
    const float* logits, const std::int32_t* labels, std::size_t rows, std::size_t classes, float weight, float* dLogits);

/// How many rows have their largest logit at the label (the first of equals counts).
std::size_t countCorrect(const float* logits, const std::int32_t* labels, std::size_t rows, std::size_t classes);

/// Index of the largest value, the first of equals.
std::size_t argmax(const float* values, std::size_t n);

} // namespace bitstill
