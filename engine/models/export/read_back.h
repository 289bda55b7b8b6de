#pragma once

#include "engine/models/network.h"
#include "engine/nn/evaluate.h"

#include <span>

namespace bitstill {

/// What a file of ours computes, beside the network that it was made of.
struct ReadBack {
    std::size_t samples = 0;
    std::size_t equal = 0; ///< of them get the same class
    double largest = 0; ///< difference of two logits
};

/// These rows of `samples` as the file's input wants them: [rows, channels, height, width], or [rows, features].
Array exportInput(const foreign::Network& file, const Dataset& data, const Samples& samples, std::span<const std::uint32_t> rows);
/// The file's outputs for these rows beside `logits`, which are those of all samples.
ReadBack compared(const float* outputs, std::span<const std::uint32_t> rows, const Logits& logits);
/// Runs these rows of `samples` through the network that was read from the file. Throws Error where the
/// file does not run as a network of ours.
ReadBack readBack(const foreign::Network& file, const Dataset& data, const Samples& samples, const std::vector<std::uint32_t>& rows,
    const Logits& logits, ThreadPool& pool);

} // namespace bitstill
