#pragma once

#include "engine/experiment/ladder.h"
#include "engine/experiment/results.h"

namespace bitstill {

/// "ladder" and "ladder.table".
std::vector<Figure> figuresOf(const Ladder& ladder);
/// ladder.<id>.change, .taken and repair.<id>.change.
Metrics metricsOf(const Ladder& ladder);

} // namespace bitstill
