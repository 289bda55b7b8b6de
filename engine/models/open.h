#pragma once

#include "engine/models/network.h"

#include <filesystem>

namespace bitstill::foreign {

enum class NetworkFile { none, onnx, tflite };

/// By the ending, in either case; a file with another ending is TFLite where it says so in its first bytes (ONNX has no such mark).
NetworkFile networkFileOf(const std::filesystem::path& file);

/// The network in an .onnx or a .tflite file, normalised and folded, ready for run(): readOnnx(), or tflite::toNetwork() of
/// tflite::readModel(). Throws Error for a file that is neither, and what the readers throw.
Network openNetwork(const std::filesystem::path& file);

} // namespace bitstill::foreign
