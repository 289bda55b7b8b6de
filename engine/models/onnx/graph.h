#pragma once

#include "engine/models/network.h"

#include <filesystem>

namespace onnx {
class GraphProto;
}

namespace bitstill::foreign {

/// What the graph says, operators as its opset has them; Constant nodes are constants, nodes in an order in which they can run.
Network networkOf(const onnx::GraphProto& graph, const std::filesystem::path& folder, const std::string& file);

/// Puts every node behind those that make its inputs; throws Error where they need one another, or a value that nobody makes.
void sortNodes(Network& network, const std::string& file);

} // namespace bitstill::foreign
