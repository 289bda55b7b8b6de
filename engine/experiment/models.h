#pragma once

#include "engine/data/dataset.h"
#include "engine/experiment/spec.h"
#include "engine/nn/graph.h"

namespace bitstill {

/// The network that a field of the spec names (model.name, distill.teacher, distill.assistant), for these data. Weights are not
/// initialised. Throws Error that names the field when there is none of that name, or when it does not fit the data.
Graph resolveModel(const Spec& spec, const Dataset& data, const std::string& field);
/// A network that no field names, such as one width of a sweep.
Graph resolveModel(const std::string& name, const Dataset& data);
/// That of model.name, with fresh weights from this seed, or the spec's.
Graph makeModel(const Spec& spec, const Dataset& data, std::uint64_t seed);
Graph makeModel(const Spec& spec, const Dataset& data);

/// What is wrong with a model's name whatever the data are: the check of a field.
Problem modelProblem(const std::string& name);
/// As far as it can be told before the data are loaded: the network that this field names, no nodes but the input where it does not fit.
Graph expectedModel(const Values& values, const std::string& field);

} // namespace bitstill
