#pragma once

#include "engine/core/tensor.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bitstill {

/// A tensor in a file of weights, which is read when it is asked for.
struct StoredTensor {
    std::string name{}, type{};
    Shape shape{};
    std::function<Tensor()> read{}; ///< empty where it holds no floats that are decoded here
};

/// Those of a .safetensors, .npz or .gguf, by name, numbers in names counted as numbers ("2.weight" before "10.weight"). Throws Error for
/// another file.
std::vector<StoredTensor> storedTensors(const std::filesystem::path& file);

} // namespace bitstill
