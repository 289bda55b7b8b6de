#pragma once

#include "engine/core/text.h"
#include "engine/io/arrays.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitstill::cli {

/// What `inspect` says of a file from elsewhere.
struct ModelReport {
    /// format, state, stops_at, inputs, outputs, nodes, weights, parameters, bytes, macs; null where something is not known.
    nlohmann::json numbers;
    Text state; ///< how far it runs, as a sentence
    std::vector<Text> notes; ///< what a person should know about it
};

/// A file of arrays alone, by its ending: .gguf, .safetensors, .npz, .npy. It has format, metadata, weights, parameters and bytes.
bool hasArraysAlone(const std::string& file);
ModelReport arraysReport(const std::string& file);

/// {"low", "high"} of the numbers in it; null where there are none.
nlohmann::json rangeOf(const Array& array);
nlohmann::json weightJson(const std::string& name, const Array& array, std::uint64_t bytes);

ModelReport onnxReport(const std::string& file);
ModelReport tfliteReport(const std::string& file);

} // namespace bitstill::cli
