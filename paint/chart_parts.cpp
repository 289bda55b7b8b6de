#include "paint/chart_parts.h"

#include "paint/figure_kinds.h"
#include "paint/painted_figure.h"
#include "paint/translate.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace bitstill {

namespace {

std::string numbers(std::initializer_list<int> values)
{
    std::string s = "/";
    for (const int v : values) s += std::to_string(v) + ' ';
    return s;
}

} // namespace

std::string signatureOf(const Figure& figure, const SeriesColors& colors)
{
    std::string s = figure.id + kindOf(figure);
    const auto color = [&colors](const auto& series) { return static_cast<int>(colors.of(series.name, series.role).rgb()); };
    const Overloads addSeries{
        [&](const Curves& f) {
            for (const CurveSeries& c : f.series) s += numbers({static_cast<int>(c.role), static_cast<int>(c.style), color(c)});
        },
        [&](const Histogram& f) {
            for (const HistogramSeries& h : f.series) s += numbers({static_cast<int>(h.role), static_cast<int>(h.style), color(h)});
            for (const Marker& m : f.markers) s += '|' + numbers({color(m), m.theory, m.field.empty()});
        },
        [&](const Bars& f) {
            for (const BarSeries& b : f.series) s += numbers({color(b), static_cast<int>(b.intervals.size())});
            if (f.guide) s += "|guide";
        },
        [&](const Scatter& f) {
            std::set<std::pair<Role, std::string>> groups;
            for (const ScatterPoint& p : f.points)
                if (groups.emplace(p.role, p.name.english()).second) s += numbers({static_cast<int>(p.role), color(p)});
            if (f.stairs) s += "|stairs";
        },
        [](const Painted auto&) {},
    };
    std::visit(addSeries, figure.body);
    return s;
}

QString titleOf(const Axis& axis)
{
    const QString title = plain(axis.title), unit = axis.percent ? QStringLiteral("%") : plain(axis.unit);
    return unit.isEmpty() ? title : title + QStringLiteral(" (") + unit + QLatin1Char(')');
}

std::ptrdiff_t leftOut(const Axis& axis, const std::vector<double>& values)
{
    return axis.logarithmic ? std::count_if(values.begin(), values.end(), [](double v) { return v <= 0; }) : 0;
}

QString noteOf(std::ptrdiff_t count)
{
    return count > 0 ? toQString(counted(count, "not shown: %1 value that is not above 0", "not shown: %1 values that are not above 0"))
                     : QString();
}

bool canZoom(const Figure& figure)
{
    static constexpr Overloads kCan{
        [](const OneOf<Curves, Histogram, Scatter> auto&) { return true; },
        [](const Bars&) { return false; },
        [](const Painted auto&) { return false; },
    };
    return std::visit(kCan, figure.body);
}

bool standsOnZero(const Figure& figure)
{
    static constexpr Overloads kStands{
        [](const Histogram&) { return true; },
        [](const OneOf<Curves, Bars, Scatter> auto&) { return false; },
        [](const Painted auto&) { return false; },
    };
    return std::visit(kStands, figure.body);
}

namespace {

constexpr double kBars = 0.62; ///< of a category, all its bars

}

double barThickness(const Bars& f) { return kBars / static_cast<double>(std::max<std::size_t>(1, f.series.size())); }

double barMiddle(const Bars& f, std::size_t series, std::size_t category)
{
    const double row = static_cast<double>(f.categories.size()) - 1 - static_cast<double>(category); // from the bottom up
    return row + kBars / 2 - (static_cast<double>(series) + 0.5) * barThickness(f);
}

std::vector<QImage> picturesOf(const Bars& f)
{
    std::vector<QImage> pictures;
    if (f.pictures.size() != f.categories.size()) return pictures;
    for (auto tile = f.pictures.rbegin(); tile != f.pictures.rend(); ++tile) pictures.push_back(imageOf(*tile));
    return pictures;
}

namespace {

/// How far a line goes, in sizes of the plot.
double travelled(const QList<QPointF>& line, AxisRange x, AxisRange y)
{
    double length = 0;
    for (qsizetype i = 1; i < line.size(); ++i) {
        const QPointF d = line[i] - line[i - 1];
        if (std::isfinite(d.x()) && std::isfinite(d.y())) length += std::abs(d.x()) / (x.high - x.low) + std::abs(d.y()) / (y.high - y.low);
    }
    return length;
}

} // namespace

qreal dashWidth(qreal usual, const QList<QPointF>& line, AxisRange x, AxisRange y)
{
    constexpr double kFar = 12;
    return travelled(line, x, y) > kFar ? std::min(usual, 1.0) : usual;
}

AxisRange roomy(AxisRange range)
{
    const double room = 0.04 * (range.high / 2 - range.low / 2);
    return {range.low - room, range.high + room};
}

void makeRoom(AxisScale& scale, const std::vector<double>& dots)
{
    const AxisRange all = scale.shown;
    const double room = 0.035 * (all.high - all.low);
    for (const double v : dots) {
        const double at = scale.position(v);
        if (!(at >= all.low && at <= all.high)) continue;
        if (at < all.low + room) scale.shown.low = all.low - room;
        if (at > all.high - room) scale.shown.high = all.high + room;
    }
}

qreal leastChartHeight(const Figure& figure)
{
    static constexpr qreal kAxis = 60, kCategory = 28, kBar = 16;
    static constexpr Overloads kHeight{
        [](const Bars& f) {
            const qreal category = std::max(kCategory, kBar * static_cast<qreal>(f.series.size()) + 6);
            return kAxis + static_cast<qreal>(f.categories.size()) * category;
        },
        [](const OneOf<Curves, Histogram, Scatter> auto&) { return qreal(0); },
        [](const Painted auto&) { return qreal(0); },
    };
    return std::visit(kHeight, figure.body);
}

} // namespace bitstill
