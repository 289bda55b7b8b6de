#pragma once

#include "engine/core/text.h"
#include "engine/nn/graph.h"

#include <filesystem>

namespace bitstill {

/// A tensor of a network, and the one in a file that filled it.
struct FilledTensor {
    std::string network{}, file{};
    Shape shape{};
};
struct FilledNetwork {
    std::vector<FilledTensor> tensors{}; ///< in the order of the network
    bool byName = true; ///< otherwise by order and shape
    std::vector<std::string> left{}; ///< in the file, not used: "name [shape]"
};

/// Names after each other, more of them than one argument of a Text may hold: up to 200, and how many more there are.
Text listed(const std::vector<std::string>& names);

/// Fills a network with weights that were trained elsewhere: the floats of a .safetensors, .npz or .gguf in PyTorch's order (see
/// modelTensors()). Where the file has all of the network's names (BatchNorm's weight and bias are its gamma and beta), each goes where its
/// name says; otherwise layers are taken in the order of the file's names, numbers in them counted as numbers, each for the network's next
/// layer that has its shapes. Throws Error with a list of all that does not fit, and leaves the network as it was.
FilledNetwork fillFrom(Graph& graph, const std::filesystem::path& file);

} // namespace bitstill
