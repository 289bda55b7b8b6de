#pragma once

#include "engine/experiment/figure.h"
#include "paint/axis_scale.h"
#include "paint/series_colors.h"

#include <QImage>
#include <QList>
#include <QPointF>
#include <QString>
#include <string>

namespace bitstill {

/// What must stay the same for the series of a chart to be updated in place.
std::string signatureOf(const Figure& figure, const SeriesColors& colors);

QString titleOf(const Axis& axis);

/// What an axis cannot show must be said; a gap alone could be anything.
std::ptrdiff_t leftOut(const Axis& axis, const std::vector<double>& values);
QString noteOf(std::ptrdiff_t leftOut);

/// Charts whose axes are both of numbers.
bool canZoom(const Figure& figure);
/// Histograms: what is below is no place.
bool standsOnZero(const Figure& figure);

/// Along the axis of categories, where one is 1 wide: a bar, and where its middle is.
double barThickness(const Bars& f);
double barMiddle(const Bars& f, std::size_t series, std::size_t category);
/// Of the categories, from the bottom up; empty unless each has one.
std::vector<QImage> picturesOf(const Bars& f);

/// Of a line that is not solid: dashes and dots wider than a pixel on one that goes up and down take Qt seconds.
qreal dashWidth(qreal usual, const QList<QPointF>& line, AxisRange x, AxisRange y);

/// How wide a dot is.
inline constexpr double kDot = 11;
/// For dots: one on the frame would be cut in two.
AxisRange roomy(AxisRange range);
/// The same where the range is given: a little beyond it, without ticks, at the ends where there are dots.
void makeRoom(AxisScale& scale, const std::vector<double>& dots);

/// What a chart needs to name everything in it: bars want a line each.
qreal leastChartHeight(const Figure& figure);

} // namespace bitstill
