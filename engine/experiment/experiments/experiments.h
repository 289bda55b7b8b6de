#pragma once

#include "engine/experiment/catalogue.h"

namespace bitstill {

ExperimentInfo numberLine();
ExperimentInfo beforeAfter();
ExperimentInfo fourWays();
ExperimentInfo smallModels();
ExperimentInfo insideQat();
ExperimentInfo whichLayer();
ExperimentInfo softLabels();
ExperimentInfo teacherStudent();
ExperimentInfo waysToDistil();
ExperimentInfo omittedClass();
ExperimentInfo squeeze();
ExperimentInfo ownModel();

} // namespace bitstill
