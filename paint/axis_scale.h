#pragma once

#include "engine/experiment/figure.h"

#include <QList>
#include <QPointF>
#include <QString>

namespace bitstill {

/// A range with round ends and a round distance between ticks (1, 2 or 5 times a power of ten).
struct NiceScale {
    double low = 0;
    double high = 1;
    double step = 0.2;
    int decimals = 1; ///< needed to write the ticks
};

/// `fixed` keeps the ends as they are; otherwise they move outwards to ticks. About `ticks` of them. A range that is none, or so
/// narrow that doubles have no room in it, is widened.
NiceScale niceScale(AxisRange range, bool fixed, int ticks = 5);

/// Smallest range over the finite values; {0, 1} when there are none. A single value gets room on both sides.
AxisRange rangeOf(const std::vector<double>& values);
AxisRange united(const AxisRange& a, const AxisRange& b);

/// Where an axis has its values and ticks. Qt Charts is handed positions only: percentages, logarithms and values that are
/// too large, too small or too close together for it are turned into something harmless before.
struct AxisScale {
    struct Tick {
        double at; ///< position
        QString label;
    };
    AxisRange shown; ///< positions
    std::vector<Tick> ticks;
    double origin = 0, factor = 1;
    bool logarithmic = false;

    /// NaN for what has no place on this axis: NaN, infinities, and what is not above 0 on a logarithmic one.
    double position(double value) const;
    double value(double position) const;
    bool contains(double position) const { return position >= shown.low && position <= shown.high; }
};

/// For `values`; the axis' own range comes first. `roundEnds`: out to the next ticks.
AxisScale axisScale(const Axis& axis, AxisRange values, bool roundEnds = true);

/// The range of those values that have a place on the axis.
AxisRange rangeOn(const Axis& axis, std::vector<double> values);

/// The polyline inside the rectangle. Where it leaves and comes back, a point with NaN parts the pieces. A point alone between
/// gaps becomes a dash, so that it can be seen.
QList<QPointF> clipped(const QList<QPointF>& line, AxisRange x, AxisRange y);

} // namespace bitstill
