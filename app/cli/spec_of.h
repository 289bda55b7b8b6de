#pragma once

#include "engine/experiment/spec.h"

namespace bitstill::cli {

/// The spec that a command line means: an experiment's id or a SPEC.json, one of its contrasts, key=value, and a seed (-1: the spec's own).
/// Not complete, and not validated as a whole: what is wrong with single values is added to `problems`.
Spec readSpec(const std::string& what, const std::string& contrast, const std::vector<std::string>& sets, std::vector<Problem>& problems,
    long long seed = -1);
/// key=value, as --set has them, set in `spec`, of which the experiment is known or not; adds to `problems` as readSpec.
void setFields(Spec& spec, const std::vector<std::string>& sets, std::vector<Problem>& problems);
} // namespace bitstill::cli
