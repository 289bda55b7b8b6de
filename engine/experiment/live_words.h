#pragma once

#include "engine/experiment/catalogue.h"

namespace bitstill {

/// "Bits 4, Clip at 80 %": of the live fields that count under these values, those that are not at their defaults; "defaults" when all
/// are. `values` names every field.
Text liveWords(const ExperimentInfo& info, const Values& values);

} // namespace bitstill
