#pragma once

#include "engine/models/network.h"

#include <filesystem>

namespace bitstill::foreign {

/// An ONNX file, opset 6 to 26 (and an older one whose operators have meant the same ever since), normalised (normalise.h) and folded
/// (fold.h). Initializers that are inputs too are constants. What nobody here computes stays in it as a node. Throws Error for a file that
/// is of another opset, damaged, larger than 2 GiB, or has values outside its folder.
Network readOnnx(const std::filesystem::path& file);
/// The same of bytes; values outside of them are refused. `name` stands for the file in errors.
Network readOnnxBytes(const std::string& bytes, const std::string& name);

} // namespace bitstill::foreign
