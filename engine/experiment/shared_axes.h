#pragma once

#include "engine/experiment/record.h"

namespace bitstill {

/// The figure with axes that hold what the figures of its id show at all marks, so that scrubbing compares by eye: ranges that are
/// fixed are united, others are those of all values, with a little room.
Figure withSharedAxes(const Figure& figure, const std::vector<Mark>& marks);

} // namespace bitstill
