#pragma once

#include "paint/axis_scale.h"

namespace bitstill {

/// The upper edge of bins or stems, in positions inside the plot; a bin without a value has no height.
QList<QPointF> outlineOf(const HistogramSeries& s, const AxisScale& x, const AxisScale& y);

} // namespace bitstill
