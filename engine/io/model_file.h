#pragma once

#include "engine/nn/graph.h"

#include <filesystem>

namespace bitstill {

/// Fills a network with the weights of a .safetensors file, as `run --out` writes them: every parameter and running statistic by
/// its name. Throws Error when one is missing, has another shape or a number that is not finite; arrays that the network does not have are left alone.
void readModel(Graph& graph, const std::filesystem::path& file);

} // namespace bitstill
