// How a FigureChart draws dots. All that share a name and a role are one series: Qt needs as long for one of them as for hundreds.

#include "paint/chart_parts.h"
#include "paint/figure_chart.h"

#include <QLineSeries>
#include <QScatterSeries>
#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

using Group = std::vector<const ScatterPoint*>;

/// By name and role, in the order in which they first come.
std::vector<Group> groupsOf(const Scatter& f)
{
    std::vector<Group> groups;
    for (const ScatterPoint& p : f.points) {
        const auto same = [&](const Group& g) { return g.front()->role == p.role && g.front()->name == p.name; };
        const auto found = std::ranges::find_if(groups, same);
        if (found == groups.end())
            groups.push_back({&p});
        else
            found->push_back(&p);
    }
    return groups;
}

} // namespace

void FigureChart::add(const Scatter& f)
{
    if (f.stairs) addLine(m_colors.of(Text(), *f.stairs), 2, Qt::SolidLine);
    for (const Group& group : groupsOf(f)) {
        const QColor color = m_colors.of(group.front()->name, group.front()->role);
        addLine(color, 1.4, Qt::SolidLine);
        addDots(color, kDot);
    }
}

QList<QPointF> FigureChart::stairsOf(const Scatter& f) const
{
    std::vector<QPointF> joined;
    for (const ScatterPoint& p : f.points)
        if (p.role == f.stairs) joined.push_back(positionOf(p.x, p.y));
    std::ranges::sort(joined, {}, [](const QPointF& p) { return p.x(); });
    QList<QPointF> line;
    for (const QPointF& p : joined) {
        if (!line.isEmpty()) line.append(QPointF(p.x(), line.last().y()));
        line.append(p);
    }
    if (!line.isEmpty()) line.append(QPointF(m_x.shown.high, line.last().y()));
    return line;
}

void FigureChart::set(const Scatter& f)
{
    constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> xs, ys;
    for (const ScatterPoint& p : f.points) {
        xs.push_back(p.x);
        ys.push_back(p.y);
        if (p.interval) ys.insert(ys.end(), {p.interval->low, p.interval->high});
    }
    const auto scaleOf = [](const Axis& axis, const std::vector<double>& values) {
        AxisScale scale = axisScale(axis, axis.logarithmic ? rangeOn(axis, values) : roomy(rangeOn(axis, values)));
        makeRoom(scale, values);
        return scale;
    };
    setAxes(f.x, scaleOf(f.x, xs), f.y, scaleOf(f.y, ys), noteOf(leftOut(f.y, ys) + leftOut(f.x, xs)));
    auto line = m_lines.begin();
    auto dots = m_dots.begin();
    if (f.stairs) (*line++)->replace(clipped(stairsOf(f), m_x.shown, m_y.shown));
    for (const Group& group : groupsOf(f)) {
        QList<QPointF> points, intervals;
        for (const ScatterPoint* p : group) {
            points.append(positionOf(p->x, p->y));
            if (!p->interval || !std::isfinite(p->interval->low) || !std::isfinite(p->interval->high)) continue;
            intervals << positionOf(p->x, p->interval->low) << positionOf(p->x, p->interval->high) << QPointF(kNothing, kNothing);
        }
        (*line++)->replace(clipped(intervals, m_x.shown, m_y.shown));
        putDots(*dots++, points);
    }
}

} // namespace bitstill
