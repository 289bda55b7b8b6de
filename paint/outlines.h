#pragma once

#include "paint/axis_scale.h"

namespace bitstill {

/// Curves, histograms and bars have outlines that can lie over another picture.
bool hasOutlines(const Figure& figure);

/// The lines of a figure in positions inside the plot, on axes that may be another one's. NaN parts pieces of a line.
std::vector<QList<QPointF>> outlinesOf(const Figure& figure, const AxisScale& x, const AxisScale& y);

} // namespace bitstill
