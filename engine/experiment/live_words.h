#pragma once

#include "engine/experiment/catalogue.h"

namespace bitstill {

/// "Bits 4", "Batch 32 samples": a field's label, a value of it as a person reads it, and its unit.
Text settingWords(const Field& field, const Value& value);

/// "Bits 4, Clip at 80 %": of the live fields that count under these values, those that are not at their defaults; "defaults" when all
/// are. `values` names every field.
Text liveWords(const ExperimentInfo& info, const Values& values);

} // namespace bitstill
