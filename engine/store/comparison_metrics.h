#pragma once

#include "engine/store/comparison.h"

namespace bitstill {

/// "compare.metrics" of comparisonOf().
Figure metricsFigure(const std::vector<ComparedRun>& runs);

} // namespace bitstill
