#pragma once

#include "engine/io/arrays.h"

#include <filesystem>

namespace bitstill::cli {

/// What ONNX Runtime makes of a file.
struct RuntimeAnswer {
    std::string version;
    std::vector<float> output; ///< of all samples
};

/// Runs the file's one input through Node's onnxruntime-node, which is looked for as Node does (NODE_PATH), in a process of its own, on one
/// thread, `atOnce` samples at a time. `level`: its graphOptimizationLevel, "disabled" or "all". Throws Error when there is no Node or no
/// such package, and when it refuses the file or dies.
RuntimeAnswer askOnnxRuntime(
    const std::filesystem::path& file, const std::string& inputName, const Array& input, const std::string& level, int atOnce);

} // namespace bitstill::cli
