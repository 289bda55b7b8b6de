#pragma once

#include "app/cli/commands.h"

#include "engine/experiment/spec.h"
#include "engine/quant/layer_quantization.h"

namespace bitstill::cli {

// What the export of our networks and that of others share.

/// "4" are the bits of all weights, "conv1=4" those of one layer's. Throws WrongUse for anything but 2 to 8.
void takeBits(const std::vector<std::string>& words, QuantizationOptions& options);
/// Throws WrongUse where bits are said of a layer that is none of these.
void requireLayers(const QuantizationOptions& options, const std::vector<std::string>& names);

inline constexpr const char* kRuntimeLevels[] = {"disabled", "all"};
Text levelName(const std::string& level);

/// What a run of own-model made of such a file, as its fields say. It is calibrated, and learns again where it did, anew: with the same
/// bits.
int exportOwnModel(const ExportArguments& arguments, const Spec& spec);

/// An .onnx or .tflite file as another .onnx file.
int exportForeign(const ExportArguments& arguments);

} // namespace bitstill::cli
