#pragma once

#include "engine/core/error.h"
#include "engine/experiment/spec.h"

#include <set>

namespace bitstill {

/// Layers with weights of a model of the zoo, in order; their names do not depend on the data. None where the model does not fit
/// small images.
std::vector<std::string> layersOf(const std::string& model);

/// A problem of field `key` for each name that is no layer of the spec's model.
std::vector<Problem> checkLayers(const Spec& spec, const std::string& key, const std::set<std::string>& names);

} // namespace bitstill
