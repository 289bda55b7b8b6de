#include "paint/figure_chart.h"

#include "paint/chart_parts.h"
#include "paint/figure_kinds.h"
#include "paint/histogram_outline.h"
#include "paint/outlines.h"
#include "paint/reading.h"
#include "paint/translate.h"

#include <QAreaSeries>
#include <QBarSet>
#include <QGraphicsLayout>
#include <QHorizontalBarSeries>
#include <QLegend>
#include <QLineSeries>
#include <QScatterSeries>
#include <QValueAxis>
#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

qreal widthOf(const CurveSeries& s) { return s.role == Role::Guide ? 1.2 : 2; }

/// What stands at a bar.
std::string barLabel(const Axis& axis, double value) { return axis.percent ? significant(100 * value) : significant(value); }

} // namespace

FigureChart::FigureChart(const Theme& theme) : m_theme(theme), m_chart(new QChart)
{
    m_chart->setBackgroundVisible(false);
    m_chart->setMargins(QMargins());
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->legend()->hide();
    m_chart->setDropShadowEnabled(false);
    m_frame = std::make_unique<ChartFrame>(m_chart, m_theme);
}

FigureChart::~FigureChart() = default;

QPen FigureChart::pen(QColor color, qreal width, Qt::PenStyle style) const
{
    QPen p(color, width, style);
    p.setCosmetic(false);
    p.setCapStyle(Qt::FlatCap);
    p.setJoinStyle(Qt::RoundJoin);
    if (m_asPaths && style == Qt::SolidLine) p.setDashPattern({100000, 1});
    return p;
}

void FigureChart::setFigure(const Figure& figure, SeriesColors colors)
{
    m_colors = std::move(colors);
    update(figure);
}

void FigureChart::update(const Figure& figure)
{
    const std::string signature = signatureOf(figure, m_colors);
    if (signature != m_signature) {
        rebuild(figure);
        m_signature = signature;
    }
    const Overloads setSeries{[this](const Charted auto& f) { set(f); }, [](const Painted auto&) {}};
    std::visit(setSeries, figure.body);
    std::vector<ChartFrame::Outline> outlines;
    for (const Past& past : m_past)
        for (QList<QPointF>& line : outlinesOf(*past.figure, m_x, m_y)) {
            constexpr qreal kUsual = 1.3;
            const qreal width = past.style == Qt::SolidLine ? kUsual : dashWidth(kUsual, line, m_x.shown, m_y.shown);
            outlines.push_back({std::move(line), QPen(past.color, width, past.style, Qt::FlatCap, Qt::RoundJoin)});
        }
    m_frame->setOutlines(std::move(outlines));
}

double FigureChart::pixelOf(double x) const { return m_frame->place({m_x.position(x), m_y.shown.low}).x(); }
QPointF FigureChart::pixelOf(const QPointF& point) const { return m_frame->place(positionOf(point.x(), point.y())); }
double FigureChart::valueAt(const QPointF& pixel) const { return m_x.value(m_frame->positionAt(pixel).x()); }
QRectF FigureChart::plot() const { return m_frame->plot(); }

std::vector<QRectF> FigureChart::places(const Figure& figure) const
{
    const QRectF area = plot();
    std::vector<QRectF> all;
    const auto add = [&](bool shown, const QRectF& place) { all.push_back(shown ? place : QRectF(0, 0, -1, -1)); };
    const Overloads addPlaces{
        [&](const OneOf<Curves, Histogram> auto&) {
            for (const double x : stopsOf(figure)) add(m_x.contains(m_x.position(x)), {pixelOf(x), area.top(), 0, area.height()});
        },
        [&](const Bars& f) {
            const qreal height = area.height() / static_cast<qreal>(f.categories.size());
            for (std::size_t i = 0; i < f.categories.size(); ++i)
                add(true, {0, area.top() + static_cast<qreal>(i) * height, area.right(), height}); // with its name
        },
        [&](const Scatter& f) {
            for (const ScatterPoint& p : f.points) {
                const QPointF position = positionOf(p.x, p.y), half(kDot / 2 + 3, kDot / 2 + 3), at = m_frame->place(position);
                add(m_x.contains(position.x()) && m_y.contains(position.y()), {at - half, at + half});
            }
        },
        [](const Painted auto&) {},
    };
    std::visit(addPlaces, figure.body);
    return all;
}

QLineSeries* FigureChart::addLine(QColor color, qreal width, Qt::PenStyle style)
{
    auto* line = new QLineSeries;
    line->setPen(pen(color, width, style));
    m_chart->addSeries(line);
    m_lines.push_back(line);
    return line;
}

QScatterSeries* FigureChart::addDots(QColor color, qreal size)
{
    auto* dots = new QScatterSeries;
    dots->setMarkerSize(size);
    dots->setColor(color);
    dots->setBorderColor(m_theme.card);
    m_chart->addSeries(dots);
    m_dots.push_back(dots);
    return dots;
}

void FigureChart::rebuild(const Figure& figure)
{
    m_chart->removeAllSeries();
    for (QAbstractAxis* axis : m_chart->axes()) {
        m_chart->removeAxis(axis);
        delete axis;
    }
    m_lines.clear();
    m_dots.clear();
    m_upper.clear();
    m_bars = nullptr;
    const Overloads addSeries{[this](const Charted auto& f) { add(f); }, [](const Painted auto&) {}};
    std::visit(addSeries, figure.body);
    for (const Qt::Alignment side : {Qt::AlignBottom, Qt::AlignLeft}) {
        auto* axis = new QValueAxis;
        axis->setVisible(false); // the frame draws what can be seen of it
        m_chart->addAxis(axis, side);
        for (QAbstractSeries* s : m_chart->series()) s->attachAxis(axis);
    }
}

void FigureChart::add(const Curves& f)
{
    for (const CurveSeries& s : f.series) {
        const QColor color = m_colors.of(s.name, s.role);
        if (s.style == CurveSeries::Style::Points)
            addDots(color, 9);
        else
            addLine(color, widthOf(s), s.style == CurveSeries::Style::Dashed ? Qt::DashLine : Qt::SolidLine);
    }
}

void FigureChart::add(const Histogram& f)
{
    for (const HistogramSeries& s : f.series) {
        auto* upper = new QLineSeries;
        auto* area = new QAreaSeries(upper);
        upper->setParent(area);
        QColor fill = m_colors.of(s.name, s.role);
        area->setPen(pen(fill, 1.2, Qt::SolidLine));
        fill.setAlphaF(s.style == HistogramSeries::Style::Stems ? 0.85f : s.role == Role::Before ? 0.35f : 0.25f);
        area->setBrush(fill);
        m_chart->addSeries(area);
        m_upper.push_back(upper);
    }
    for (const Marker& m : f.markers)
        addLine(m_colors.of(m.name, m.role), m.field.empty() ? 1.4 : 2, m.theory ? Qt::DotLine : Qt::DashLine);
}

void FigureChart::add(const Bars& f)
{
    m_bars = new QHorizontalBarSeries;
    m_bars->setBarWidth(barThickness(f) * static_cast<double>(f.series.size()));
    for (auto s = f.series.rbegin(); s != f.series.rend(); ++s) {
        auto* set = new QBarSet(QString());
        set->setColor(m_colors.of(s->name, s->role));
        set->setBorderColor(Qt::transparent);
        m_bars->append(set);
    }
    m_chart->addSeries(m_bars);
    for (const BarSeries& s : f.series)
        for (std::size_t i = 0; i < s.intervals.size(); ++i) addLine(m_theme.text, 1.4, Qt::SolidLine);
    if (f.guide) addLine(m_theme.colorOf(Role::Guide), 1.4, Qt::DashLine);
}

void FigureChart::setAxes(const Axis& x, AxisScale xScale, const Axis& y, AxisScale yScale, QString note)
{
    m_zoom.apply(x, xScale, y, yScale);
    m_x = std::move(xScale);
    m_y = std::move(yScale);
    setRanges();
    if (m_zoom.isOn()) note = toQString(text("a part; a double click shows all")) + (note.isEmpty() ? note : QStringLiteral("; ") + note);
    m_frame->set({titleOf(x), m_x}, {titleOf(y), m_y}, {}, std::move(note));
}

void FigureChart::setRanges()
{
    const auto set = [this](Qt::Orientation side, const AxisRange& range) {
        auto* axis = static_cast<QValueAxis*>(m_chart->axes(side).front());
        if (axis->min() != range.low || axis->max() != range.high) axis->setRange(range.low, range.high);
    };
    set(Qt::Horizontal, m_x.shown);
    set(Qt::Vertical, m_y.shown);
}

void FigureChart::zoomTo(const QRectF& pixels, const Figure& figure)
{
    if (!canZoom(figure)) return;
    QRectF part(m_frame->positionAt(pixels.bottomLeft()), m_frame->positionAt(pixels.topRight()));
    if (standsOnZero(figure)) part.setTop(m_y.shown.low); // wherever the box began
    m_zoom.show(part, m_x, m_y);
    update(figure);
}

void FigureChart::zoomAbout(const QPointF& pixel, double factor, const Figure& figure)
{
    const QRectF area = plot();
    QRectF part(pixel + factor * (area.topLeft() - pixel), pixel + factor * (area.bottomRight() - pixel));
    if (standsOnZero(figure)) part = {part.left(), area.top(), part.width(), area.height()};
    zoomTo(part, figure);
}

void FigureChart::pan(const QPointF& pixels, const Figure& figure)
{
    zoomTo(plot().translated(-pixels.x(), standsOnZero(figure) ? 0 : -pixels.y()), figure);
}

void FigureChart::showAll(const Figure& figure)
{
    m_zoom.reset();
    update(figure);
}

void FigureChart::showPart(const ChartZoom::Part& part, const Figure& figure)
{
    m_zoom.show(part);
    update(figure);
}

void FigureChart::putDots(QScatterSeries* dots, const QList<QPointF>& points) const
{
    QList<QPointF> inside;
    for (const QPointF& p : points)
        if (m_x.contains(p.x()) && m_y.contains(p.y())) inside.append(p);
    dots->replace(inside);
}

void FigureChart::set(const Curves& f)
{
    std::vector<double> xs, ys, dotXs, dotYs;
    for (const CurveSeries& s : f.series) {
        const auto points = static_cast<std::ptrdiff_t>(std::min(s.x.size(), s.y.size()));
        const bool areDots = s.style == CurveSeries::Style::Points;
        for (auto* all : {&xs, areDots ? &dotXs : nullptr})
            if (all) all->insert(all->end(), s.x.begin(), s.x.begin() + points);
        for (auto* all : {&ys, areDots ? &dotYs : nullptr})
            if (all) all->insert(all->end(), s.y.begin(), s.y.begin() + points);
    }
    const AxisRange y = rangeOn(f.y, ys);
    AxisScale xScale = axisScale(f.x, rangeOn(f.x, xs)), yScale = axisScale(f.y, m_dots.empty() || f.y.logarithmic ? y : roomy(y));
    makeRoom(xScale, dotXs);
    makeRoom(yScale, dotYs);
    setAxes(f.x, std::move(xScale), f.y, std::move(yScale), noteOf(leftOut(f.y, ys) + leftOut(f.x, xs)));
    auto line = m_lines.begin();
    auto dots = m_dots.begin();
    for (const CurveSeries& s : f.series) {
        QList<QPointF> points;
        for (std::size_t i = 0; i < std::min(s.x.size(), s.y.size()); ++i) points.append(positionOf(s.x[i], s.y[i]));
        if (s.style == CurveSeries::Style::Points) {
            putDots(*dots++, points);
            continue;
        }
        points = clipped(points, m_x.shown, m_y.shown);
        if (s.style == CurveSeries::Style::Dashed) {
            const qreal width = dashWidth(widthOf(s), points, m_x.shown, m_y.shown);
            if ((*line)->pen().widthF() != width) (*line)->setPen(pen(m_colors.of(s.name, s.role), width, Qt::DashLine));
        }
        (*line++)->replace(points);
    }
}

void FigureChart::set(const Histogram& f)
{
    std::vector<double> ends, heights;
    for (const HistogramSeries& s : f.series) {
        heights.insert(heights.end(), s.y.begin(), s.y.end());
        ends.insert(ends.end(), {s.low, s.low + s.width * static_cast<double>(s.y.size())});
    }
    AxisRange y = rangeOn(f.y, heights);
    if (!f.y.logarithmic) y = {0, y.high > 0 ? 1.04 * y.high : 1};
    setAxes(f.x, axisScale(f.x, rangeOn(f.x, ends)), f.y, axisScale(f.y, y), noteOf(leftOut(f.x, ends)));
    for (std::size_t i = 0; i < f.series.size(); ++i) m_upper[i]->replace(outlineOf(f.series[i], m_x, m_y));
    for (std::size_t i = 0; i < f.markers.size(); ++i) {
        const double at = m_x.position(f.markers[i].position);
        m_lines[i]->replace(m_x.contains(at) ? QList<QPointF>{{at, m_y.shown.low}, {at, m_y.shown.high}} : QList<QPointF>{});
    }
}

void FigureChart::set(const Bars& f)
{
    std::vector<double> values;
    bool intervals = false; // numbers stand at the bars' ends, unless intervals are drawn there
    for (const BarSeries& s : f.series) {
        values.insert(values.end(), s.values.begin(), s.values.end());
        for (const AxisRange& r : s.intervals) values.insert(values.end(), {r.low, r.high});
        intervals = intervals || !s.intervals.empty();
    }
    const QString note = noteOf(leftOut(f.value, values));
    if (!f.value.logarithmic) values.push_back(0);
    if (f.guide) values.push_back(*f.guide);
    AxisRange data = f.value.range ? *f.value.range : rangeOn(f.value, values);
    const double room = 0.16 * (std::min(data.high, 1e300) - std::max(data.low, -1e300)); // for those numbers
    if (data.high > 0) data.high += room;
    if (data.low < 0) data.low -= room;
    if (f.value.logarithmic) data.low /= 2; // there the smallest bar would have no length
    Axis axis = f.value;
    axis.range.reset();
    m_x = axisScale(axis, data, false);
    const auto rows = static_cast<double>(std::max<std::size_t>(1, f.categories.size()));
    m_y = {};
    m_y.shown = {-0.5, rows - 0.5};
    for (auto c = f.categories.rbegin(); c != f.categories.rend(); ++c) // from the bottom up
        m_y.ticks.push_back({static_cast<double>(c - f.categories.rbegin()), plain(*c)});
    setRanges();

    const auto end = [this](double value) { return std::clamp(m_x.position(value), m_x.shown.low, m_x.shown.high); };
    const QList<QBarSet*> sets = m_bars->barSets();
    std::vector<ChartFrame::Label> labels;
    std::size_t line = 0;
    for (std::size_t k = 0; k < f.series.size(); ++k) {
        const BarSeries& s = f.series[k];
        QList<qreal> bars;
        for (std::size_t i = 0; i < f.categories.size(); ++i) {
            const double value = i < s.values.size() ? s.values[i] : kNothing, at = end(value);
            const double y = barMiddle(f, k, i);
            bars.prepend(std::isnan(at) ? 0 : at); // a bar set drops NaN, and later bars move up
            const double zero = std::clamp(0.0, m_x.shown.low, m_x.shown.high);
            if (!intervals && i < s.values.size())
                labels.push_back({{std::isnan(at) ? zero : at, y}, QString::fromStdString(barLabel(f.value, value)), zero});
            if (i >= s.intervals.size()) continue;
            const double low = end(s.intervals[i].low), high = end(s.intervals[i].high);
            m_lines[line++]->replace(std::isnan(low) || std::isnan(high) ? QList<QPointF>{} : QList<QPointF>{{low, y}, {high, y}});
        }
        if (s.intervals.size() > f.categories.size()) line += s.intervals.size() - f.categories.size();
        QBarSet* set = sets[static_cast<qsizetype>(f.series.size() - 1 - k)];
        set->remove(0, set->count());
        set->append(bars);
    }
    if (f.guide) {
        const double at = m_x.position(*f.guide);
        m_lines[line]->replace(m_x.contains(at) ? QList<QPointF>{{at, m_y.shown.low}, {at, m_y.shown.high}} : QList<QPointF>{});
    }
    m_frame->set({titleOf(f.value), m_x}, {{}, m_y, false, picturesOf(f)}, std::move(labels), note);
}

} // namespace bitstill
