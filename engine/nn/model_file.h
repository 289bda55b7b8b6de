#pragma once

#include "engine/nn/graph.h"

#include <filesystem>
#include <map>

namespace bitstill {

/// A network's parameters and running statistics by name, in the order of the field, as PyTorch has them: dense weights [out, in],
/// convolutions OIHW, BatchNorm's gamma, beta, running_mean and running_var [channels]; where a dense layer reads a map, its inputs run
/// over channels, then rows, then columns (CHW; inside they run HWC). Equal to graph.state() in everything else.
std::map<std::string, Tensor> modelTensors(const Graph& graph);
/// Fills a network with what modelTensors() gave of one like it. Throws Error, before it changes any, when one is missing, has another
/// shape or a number that is not finite.
void setModelTensors(Graph& graph, const std::map<std::string, Tensor>& tensors);
/// These tensors as a .safetensors file; `about` (where they come from) goes into its metadata, beside "bitstill.version", which is 2:
/// version 1, which did not say so, kept dense inputs in HWC.
std::string modelBytes(const std::map<std::string, Tensor>& tensors, std::map<std::string, std::string> about);

/// The tensors that modelBytes() wrote. Throws Error for another version's and for what is no float.
std::map<std::string, Tensor> readModelTensors(const std::filesystem::path& file);

/// Fills a network with the weights of a .safetensors file: one of modelBytes(), one of version 1, or one that somebody else wrote with
/// the same names (or BatchNorm's as PyTorch has them, weight and bias), in the order of the field. Throws Error when a tensor is missing,
/// has another shape, a type that is no float or a number that is not finite; tensors that the network does not have are left alone,
/// whatever they are.
void readModel(Graph& graph, const std::filesystem::path& file);

} // namespace bitstill
