#include "widgets/figure_chart.h"

#include "widgets/histogram_outline.h"
#include "widgets/translate.h"

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

constexpr double kBarWidth = 0.62, kNothing = std::numeric_limits<double>::quiet_NaN();

std::string numbers(std::initializer_list<int> values)
{
    std::string s = "/";
    for (const int v : values) s += std::to_string(v) + ' ';
    return s;
}

/// What must stay the same for the series to be updated in place.
std::string signatureOf(const Figure& figure)
{
    std::string s = figure.id + kindOf(figure);
    if (const auto* f = std::get_if<Curves>(&figure.body))
        for (const CurveSeries& c : f->series) s += numbers({static_cast<int>(c.role), static_cast<int>(c.style)});
    if (const auto* f = std::get_if<Histogram>(&figure.body)) {
        for (const HistogramSeries& h : f->series) s += numbers({static_cast<int>(h.role), static_cast<int>(h.style)});
        for (const Marker& m : f->markers) s += '|' + numbers({static_cast<int>(m.role), m.theory, m.field.empty()});
    }
    if (const auto* f = std::get_if<Bars>(&figure.body)) {
        for (const BarSeries& b : f->series) s += numbers({static_cast<int>(b.role), static_cast<int>(b.intervals.size())});
        if (f->guide) s += "|guide";
    }
    if (const auto* f = std::get_if<Scatter>(&figure.body))
        for (const ScatterPoint& p : f->points) s += numbers({static_cast<int>(p.role)});
    return s;
}

/// How far it goes, in sizes of the plot.
double travelled(const QList<QPointF>& line, AxisRange x, AxisRange y)
{
    double length = 0;
    for (qsizetype i = 1; i < line.size(); ++i) {
        const QPointF d = line[i] - line[i - 1];
        if (std::isfinite(d.x()) && std::isfinite(d.y())) length += std::abs(d.x()) / (x.high - x.low) + std::abs(d.y()) / (y.high - y.low);
    }
    return length;
}

qreal widthOf(const CurveSeries& s) { return s.role == Role::Guide ? 1.2 : 2; }

/// For dots: one on the frame would be cut in two.
AxisRange roomy(AxisRange range)
{
    const double room = 0.04 * (range.high / 2 - range.low / 2);
    return {range.low - room, range.high + room};
}

QString titleOf(const Axis& axis)
{
    const QString title = plain(axis.title), unit = axis.percent ? QStringLiteral("%") : plain(axis.unit);
    return unit.isEmpty() ? title : title + QStringLiteral(" (") + unit + QLatin1Char(')');
}

/// What an axis cannot show must be said; a gap alone could be anything.
std::ptrdiff_t leftOut(const Axis& axis, const std::vector<double>& values)
{
    return axis.logarithmic ? std::count_if(values.begin(), values.end(), [](double v) { return v <= 0; }) : 0;
}

QString noteOf(std::ptrdiff_t count)
{
    return count > 0 ? toQString(text("not shown: %1 values that are not above 0", std::to_string(count))) : QString();
}

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

void FigureChart::setFigure(const Figure& figure)
{
    const std::string signature = signatureOf(figure);
    if (signature != m_signature) {
        rebuild(figure);
        m_signature = signature;
    }
    if (const auto* f = std::get_if<Curves>(&figure.body)) set(*f);
    if (const auto* f = std::get_if<Histogram>(&figure.body)) set(*f);
    if (const auto* f = std::get_if<Bars>(&figure.body)) set(*f);
    if (const auto* f = std::get_if<Scatter>(&figure.body)) set(*f);
}

double FigureChart::pixelOf(double x) const { return m_chart->mapToPosition({m_x.position(x), m_y.shown.low}).x(); }
double FigureChart::valueAt(const QPointF& pixel) const { return m_x.value(m_chart->mapToValue(pixel).x()); }

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
    if (const auto* f = std::get_if<Curves>(&figure.body)) add(*f);
    if (const auto* f = std::get_if<Histogram>(&figure.body)) add(*f);
    if (const auto* f = std::get_if<Bars>(&figure.body)) add(*f);
    if (const auto* f = std::get_if<Scatter>(&figure.body)) add(*f);
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
        const QColor color = m_theme.colorOf(s.role);
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
        QColor fill = m_theme.colorOf(s.role);
        area->setPen(pen(fill, 1.2, Qt::SolidLine));
        fill.setAlphaF(s.style == HistogramSeries::Style::Stems ? 0.85f : s.role == Role::Before ? 0.35f : 0.25f);
        area->setBrush(fill);
        m_chart->addSeries(area);
        m_upper.push_back(upper);
    }
    for (const Marker& m : f.markers) addLine(m_theme.colorOf(m), m.field.empty() ? 1.4 : 2, m.theory ? Qt::DotLine : Qt::DashLine);
}

void FigureChart::add(const Bars& f)
{
    m_bars = new QHorizontalBarSeries;
    m_bars->setBarWidth(kBarWidth);
    for (auto s = f.series.rbegin(); s != f.series.rend(); ++s) {
        auto* set = new QBarSet(QString());
        set->setColor(m_theme.colorOf(s->role));
        set->setBorderColor(Qt::transparent);
        m_bars->append(set);
    }
    m_chart->addSeries(m_bars);
    for (const BarSeries& s : f.series)
        for (std::size_t i = 0; i < s.intervals.size(); ++i) addLine(m_theme.text, 1.4, Qt::SolidLine);
    if (f.guide) addLine(m_theme.colorOf(Role::Guide), 1.4, Qt::DashLine);
}

void FigureChart::add(const Scatter& f)
{
    for (const ScatterPoint& p : f.points) {
        addDots(m_theme.colorOf(p.role), 11);
        addLine(m_theme.colorOf(p.role), 1.4, Qt::SolidLine);
    }
}

void FigureChart::setAxes(const Axis& x, AxisScale xScale, const Axis& y, AxisScale yScale, QString note)
{
    m_x = std::move(xScale);
    m_y = std::move(yScale);
    setRanges();
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

void FigureChart::putDots(QScatterSeries* dots, const QList<QPointF>& points) const
{
    QList<QPointF> inside;
    for (const QPointF& p : points)
        if (m_x.contains(p.x()) && m_y.contains(p.y())) inside.append(p);
    dots->replace(inside);
}

void FigureChart::set(const Curves& f)
{
    std::vector<double> xs, ys;
    for (const CurveSeries& s : f.series) {
        const auto points = static_cast<std::ptrdiff_t>(std::min(s.x.size(), s.y.size()));
        xs.insert(xs.end(), s.x.begin(), s.x.begin() + points);
        ys.insert(ys.end(), s.y.begin(), s.y.begin() + points);
    }
    const AxisRange y = rangeOn(f.y, ys);
    setAxes(f.x, axisScale(f.x, rangeOn(f.x, xs)), f.y, axisScale(f.y, m_dots.empty() || f.y.logarithmic ? y : roomy(y)),
        noteOf(leftOut(f.y, ys) + leftOut(f.x, xs)));
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
            // Dashes wider than a pixel on a line that goes up and down take Qt seconds.
            const qreal width = travelled(points, m_x.shown, m_y.shown) > 12 ? 1 : widthOf(s);
            if ((*line)->pen().widthF() != width) (*line)->setPen(pen(m_theme.colorOf(s.role), width, Qt::DashLine));
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
        const double height = kBarWidth / static_cast<double>(f.series.size());
        QList<qreal> bars;
        for (std::size_t i = 0; i < f.categories.size(); ++i) {
            const double value = i < s.values.size() ? s.values[i] : kNothing, at = end(value);
            const double y = static_cast<double>(f.categories.size() - 1 - i) + kBarWidth / 2 - (static_cast<double>(k) + 0.5) * height;
            bars.prepend(std::isnan(at) ? 0 : at); // a bar set drops NaN, and later bars move up
            const double zero = std::clamp(0.0, m_x.shown.low, m_x.shown.high);
            if (!intervals && i < s.values.size())
                labels.push_back({{std::isnan(at) ? zero : at, y}, QString::fromStdString(barLabel(f.value, value)), at < zero});
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
    m_frame->set({titleOf(f.value), m_x}, {{}, m_y, false}, std::move(labels), note);
}

qreal leastChartHeight(const Figure& figure)
{
    constexpr qreal kAxis = 60, kCategory = 28, kBar = 16;
    const auto* f = std::get_if<Bars>(&figure.body);
    if (!f) return 0;
    return kAxis + static_cast<qreal>(f->categories.size()) * std::max(kCategory, kBar * static_cast<qreal>(f->series.size()) + 6);
}

void FigureChart::set(const Scatter& f)
{
    std::vector<double> xs, ys;
    for (const ScatterPoint& p : f.points) {
        xs.push_back(p.x);
        ys.push_back(p.y);
        if (p.interval) ys.insert(ys.end(), {p.interval->low, p.interval->high});
    }
    const auto scaleOf = [](const Axis& axis, const std::vector<double>& values) {
        return axisScale(axis, axis.logarithmic ? rangeOn(axis, values) : roomy(rangeOn(axis, values)));
    };
    setAxes(f.x, scaleOf(f.x, xs), f.y, scaleOf(f.y, ys), noteOf(leftOut(f.y, ys) + leftOut(f.x, xs)));
    for (std::size_t i = 0; i < f.points.size(); ++i) {
        const ScatterPoint& p = f.points[i];
        putDots(m_dots[i], {positionOf(p.x, p.y)});
        const bool spread = p.interval && std::isfinite(p.interval->low) && std::isfinite(p.interval->high);
        m_lines[i]->replace(spread ? clipped({positionOf(p.x, p.interval->low), positionOf(p.x, p.interval->high)}, m_x.shown, m_y.shown)
                                   : QList<QPointF>{});
    }
}

} // namespace bitstill
