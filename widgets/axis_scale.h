#pragma once

#include "engine/experiment/figure.h"

#include <QList>
#include <QPointF>

namespace bitstill {

/// A range with round ends and a round distance between ticks (1, 2 or 5 times a power of ten).
struct NiceScale {
    double low = 0;
    double high = 1;
    double step = 0.2;
    int decimals = 1; ///< needed to write the ticks
};

/// `fixed` keeps the ends as they are; otherwise they move outwards to ticks. About `ticks` of them.
NiceScale niceScale(AxisRange range, bool fixed, int ticks = 5);

/// Smallest range over the finite values; {0, 1} when there are none. A single value gets room on both sides.
AxisRange rangeOf(const std::vector<double>& values);
AxisRange united(const AxisRange& a, const AxisRange& b);

/// The polyline inside the rectangle. Where it leaves and comes back, a point with NaN parts the pieces.
QList<QPointF> clipped(const QList<QPointF>& line, AxisRange x, AxisRange y);

} // namespace bitstill
