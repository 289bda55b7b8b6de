#include "paint/outlines.h"

#include "paint/chart_parts.h"
#include "paint/figure_kinds.h"
#include "paint/histogram_outline.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

using Lines = std::vector<QList<QPointF>>;

Lines lines(const Curves& f, const AxisScale& x, const AxisScale& y)
{
    Lines all;
    for (const CurveSeries& s : f.series) {
        QList<QPointF> line;
        for (std::size_t i = 0; i < std::min(s.x.size(), s.y.size()); ++i) {
            line.append({x.position(s.x[i]), y.position(s.y[i])});
            constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
            if (s.style == CurveSeries::Style::Points) line.append({kGap, kGap}); // each for itself
        }
        all.push_back(clipped(line, x.shown, y.shown));
    }
    return all;
}

Lines lines(const Histogram& f, const AxisScale& x, const AxisScale& y)
{
    Lines all;
    for (const HistogramSeries& s : f.series) all.push_back(outlineOf(s, x, y));
    return all;
}

Lines lines(const Bars& f, const AxisScale& x, const AxisScale& y)
{
    Lines all;
    if (static_cast<double>(f.categories.size()) != y.shown.high - y.shown.low) return all; // rows of something else
    const auto inside = [&x](double position) { return std::clamp(position, x.shown.low, x.shown.high); };
    const double base = inside(x.logarithmic ? x.shown.low : x.position(0)), half = barThickness(f) / 2;
    for (std::size_t k = 0; k < f.series.size(); ++k)
        for (std::size_t i = 0; i < std::min(f.categories.size(), f.series[k].values.size()); ++i) {
            const double end = x.position(f.series[k].values[i]), middle = barMiddle(f, k, i);
            if (std::isnan(end)) continue;
            all.push_back({{base, middle - half}, {inside(end), middle - half}, {inside(end), middle + half}, {base, middle + half}});
        }
    return all;
}

} // namespace

bool hasOutlines(const Figure& figure)
{
    static constexpr Overloads kHas{
        [](const OneOf<Curves, Histogram, Bars> auto&) { return true; },
        [](const Scatter&) { return false; },
        [](const Painted auto&) { return false; },
    };
    return std::visit(kHas, figure.body);
}

std::vector<QList<QPointF>> outlinesOf(const Figure& figure, const AxisScale& x, const AxisScale& y)
{
    const Overloads all{
        [&](const OneOf<Curves, Histogram, Bars> auto& f) { return lines(f, x, y); },
        [](const Scatter&) { return Lines(); },
        [](const Painted auto&) { return Lines(); },
    };
    return std::visit(all, figure.body);
}

} // namespace bitstill
