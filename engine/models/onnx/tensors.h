#pragma once

#include "engine/io/arrays.h"

#include <filesystem>

namespace onnx {
class TensorProto;
}

namespace bitstill::foreign {

/// safetensors' name of ONNX's element type by its number; those of 4 bits as the bytes in which they are kept here; empty: none of ours.
std::string typeOfNumber(int number);
/// The other way round, of a type of whole bytes; 0: none of ONNX's.
int numberOfType(const std::string& type);

/// The tensor's values, wherever the file has them: raw_data, its typed fields, or a file inside `folder` (refused without a folder).
/// Codes of 4 bits get a byte each. Throws Error where they are not as many as its shape says, and for texts.
Array arrayOfTensor(const onnx::TensorProto& tensor, const std::filesystem::path& folder, const std::string& file);

} // namespace bitstill::foreign
