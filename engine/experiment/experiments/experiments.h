#pragma once

#include "engine/experiment/catalogue.h"

namespace bitstill {

ExperimentInfo numberLine();
ExperimentInfo beforeAfter();
ExperimentInfo smallModels();

} // namespace bitstill
