#pragma once

#include "engine/experiment/trained_network.h"

#include <optional>

namespace bitstill::cli {

/// What names a trained network of ours: the folder of a run or a .json file in it, and `network` where it is not the run's first; or a
/// .safetensors file, with `model` and `data` unless it lies in such a folder.
struct SavedName {
    std::string what, network, model, data;
};
/// Throws Error when it is not there or does not fit, WrongUse when something is not said.
TrainedNetwork loadSaved(const SavedName& name);
/// What was set where the folder of a run, or a .json file in it, is one about a network from elsewhere (own-model with model.file).
std::optional<Spec> runFromElsewhere(const std::string& what);

} // namespace bitstill::cli
