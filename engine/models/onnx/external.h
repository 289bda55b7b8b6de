#pragma once

#include <filesystem>
#include <string>

namespace onnx {
class TensorProto;
}

namespace bitstill::foreign {

/// `size` bytes of a tensor that lies beside the model (data_location EXTERNAL). Throws Error unless they are in a regular file inside
/// `folder`, links followed, and there are as many.
std::string externalBytes(const onnx::TensorProto& tensor, std::size_t size, const std::filesystem::path& folder, const std::string& file);

} // namespace bitstill::foreign
