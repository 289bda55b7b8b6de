#include "paint/shown_as.h"

#include "paint/figure_kinds.h"
#include "paint/translate.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

bool arePositive(const std::vector<double>& values)
{
    const auto isGap = [](double v) { return !std::isfinite(v); };
    return std::ranges::all_of(values, [&](double v) { return v > 0 || isGap(v); }) && !std::ranges::all_of(values, isGap);
}

/// All of an axis, over the parts of a figure.
struct Values {
    std::vector<double> x, y;
};

AxesToFlip flippable(const Axis* x, const Axis* y, const Values& v)
{
    const auto may = [](const Axis* axis, const std::vector<double>& values) {
        return axis && (axis->logarithmic || arePositive(values)) ? axis : nullptr;
    };
    return {may(x, v.x), may(y, v.y)};
}

AxesToFlip axesOf(const Curves& f)
{
    Values all;
    for (const CurveSeries& s : f.series) {
        all.x.insert(all.x.end(), s.x.begin(), s.x.end());
        all.y.insert(all.y.end(), s.y.begin(), s.y.end());
    }
    return flippable(&f.x, &f.y, all);
}

AxesToFlip axesOf(const Scatter& f)
{
    Values all;
    for (const ScatterPoint& p : f.points) {
        all.x.push_back(p.x);
        all.y.push_back(p.y);
        if (p.interval) all.y.push_back(p.interval->low);
    }
    return flippable(&f.x, &f.y, all);
}

AxesToFlip axesOf(const Bars& f)
{
    Values all;
    for (const BarSeries& s : f.series) {
        all.y.insert(all.y.end(), s.values.begin(), s.values.end());
        for (const AxisRange& i : s.intervals) all.y.push_back(i.low);
    }
    return flippable(nullptr, &f.value, all);
}

AxesToFlip axesOf(const Histogram&) { return {}; } // bins without values have no place on one

void flip(Axis* axis)
{
    if (axis) axis->logarithmic = !axis->logarithmic;
}

void flipAxes(OneOf<Curves, Scatter> auto& f, const AxesToFlip& may, const ShownAs& as)
{
    if (as.flipX && may.x) flip(&f.x);
    if (as.flipY && may.y) flip(&f.y);
}
void flipAxes(Bars& f, const AxesToFlip& may, const ShownAs& as)
{
    if (as.flipY && may.y) flip(&f.value);
}
void flipAxes(Histogram&, const AxesToFlip&, const ShownAs&) { }

} // namespace

std::optional<Figure> figureAs(const Figure& figure, const ShownAs& as)
{
    Figure rest = figure;
    const auto named = [&as](const auto& series) { return as.hidden.contains(plain(series.name)); };
    const Overloads leaveOut{
        [&](OneOf<Curves, Bars> auto& f) {
            std::erase_if(f.series, named);
            return !f.series.empty();
        },
        [&](Histogram& f) {
            std::erase_if(f.series, named);
            std::erase_if(f.markers, named);
            return !f.series.empty();
        },
        [&](Scatter& f) {
            std::erase_if(f.points, named);
            return !f.points.empty();
        },
        [](Painted auto&) { return true; }, // without a legend
    };
    if (!std::visit(leaveOut, rest.body)) return {};
    const Overloads flips{[&as](Charted auto& f) { flipAxes(f, axesOf(f), as); }, [](Painted auto&) {}};
    std::visit(flips, rest.body);
    return rest;
}

AxesToFlip axesToFlip(const Figure& figure)
{
    static constexpr Overloads kAxes{[](const Charted auto& f) { return axesOf(f); }, [](const Painted auto&) { return AxesToFlip(); }};
    return std::visit(kAxes, figure.body);
}

} // namespace bitstill
