#pragma once

#include <string>

namespace bitstill::foreign {

/// Looks through an ONNX file's bytes without making anything of them, and throws Error where they are no protobuf message, are nested
/// deeper or hold more messages than are read: a few bytes of the file may become a hundred times as many in memory.
void scanOnnx(const std::string& bytes, const std::string& file);

} // namespace bitstill::foreign
