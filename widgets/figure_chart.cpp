#include "widgets/figure_chart.h"

#include "widgets/translate.h"

#include <QAreaSeries>
#include <QBarCategoryAxis>
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

/// What must stay the same for the series to be updated in place.
std::string signatureOf(const Figure& figure)
{
    std::string s = figure.id + kindOf(figure);
    if (const auto* f = std::get_if<Curves>(&figure.body))
        for (const CurveSeries& c : f->series) s += '/' + c.name.pattern + std::to_string(static_cast<int>(c.style));
    if (const auto* f = std::get_if<Histogram>(&figure.body)) {
        for (const HistogramSeries& h : f->series) s += '/' + h.name.pattern + std::to_string(static_cast<int>(h.style));
        for (const Marker& m : f->markers) s += '|' + m.name.pattern + m.field + (m.theory ? "|theory" : "");
    }
    if (const auto* f = std::get_if<Bars>(&figure.body)) {
        for (const Text& c : f->categories) s += '/' + c.english();
        for (const BarSeries& b : f->series) s += '|' + std::to_string(b.intervals.size());
        if (f->guide) s += "|guide";
    }
    if (const auto* f = std::get_if<Scatter>(&figure.body)) s += '|' + std::to_string(f->points.size());
    return s;
}

double shown(const Axis& axis, double v) { return axis.percent ? 100 * v : v; }

QList<QPointF> outline(const HistogramSeries& s, const Axis& y)
{
    QList<QPointF> points;
    const bool stems = s.style == HistogramSeries::Style::Stems;
    const double half = stems ? 0.14 * s.width : 0, shift = stems ? -half : 0, width = stems ? 2 * half : s.width;
    for (std::size_t i = 0; i < s.y.size(); ++i) {
        const double left = s.low + static_cast<double>(i) * s.width + shift, value = shown(y, s.y[i]);
        if (stems && value == 0) continue;
        if (stems) points.append({left, 0});
        points.append({left, value});
        points.append({left + width, value});
        if (stems) points.append({left + width, 0});
    }
    return points;
}

QList<QPointF> within(QList<QPointF> points, AxisRange x, AxisRange y)
{
    for (QPointF& p : points) p = {std::clamp(p.x(), x.low, x.high), std::clamp(p.y(), y.low, y.high)};
    return points;
}

} // namespace

FigureChart::FigureChart(const Theme& theme) : m_theme(theme), m_chart(new QChart)
{
    m_chart->setBackgroundVisible(false);
    m_chart->setMargins(QMargins(0, 4, 8, 0));
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->legend()->hide();
    m_chart->setDropShadowEnabled(false);
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
    if (const auto* f = std::get_if<Curves>(&figure.body)) setCurves(*f);
    if (const auto* f = std::get_if<Histogram>(&figure.body)) setHistogram(*f);
    if (const auto* f = std::get_if<Bars>(&figure.body)) setBars(*f);
    if (const auto* f = std::get_if<Scatter>(&figure.body)) setScatter(*f);
}

QLineSeries* FigureChart::addLine(QColor color, qreal width, Qt::PenStyle style)
{
    auto* line = new QLineSeries;
    line->setPen(pen(color, width, style));
    m_chart->addSeries(line);
    m_lines.push_back(line);
    return line;
}

void FigureChart::rebuild(const Figure& figure)
{
    m_chart->removeAllSeries();
    for (QAbstractAxis* axis : m_chart->axes()) {
        m_chart->removeAxis(axis);
        delete axis;
    }
    m_lines.clear();
    m_upper.clear();
    if (const auto* f = std::get_if<Curves>(&figure.body)) {
        for (const CurveSeries& s : f->series) {
            if (s.style == CurveSeries::Style::Points) {
                addLine(Qt::transparent, 0, Qt::NoPen);
                auto* dots = new QScatterSeries;
                dots->setMarkerSize(9);
                dots->setColor(m_theme.colorOf(s.role));
                dots->setBorderColor(m_theme.card);
                m_chart->addSeries(dots);
            } else {
                const bool guide = s.role == Role::Guide;
                addLine(m_theme.colorOf(s.role), guide ? 1.2 : 2, s.style == CurveSeries::Style::Dashed ? Qt::DashLine : Qt::SolidLine);
            }
        }
    } else if (const auto* h = std::get_if<Histogram>(&figure.body)) {
        for (const HistogramSeries& s : h->series) {
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
        for (const Marker& m : h->markers) addLine(m_theme.colorOf(m), m.field.empty() ? 1.4 : 2, m.theory ? Qt::DotLine : Qt::DashLine);
    } else if (const auto* b = std::get_if<Bars>(&figure.body)) {
        auto* series = new QHorizontalBarSeries;
        series->setBarWidth(0.62);
        // Numbers at the bars' ends, unless intervals are drawn there.
        const bool intervals = std::any_of(b->series.begin(), b->series.end(), [](const BarSeries& s) { return !s.intervals.empty(); });
        series->setLabelsVisible(!intervals);
        series->setLabelsPosition(QAbstractBarSeries::LabelsOutsideEnd);
        series->setLabelsPrecision(3);
        for (auto s = b->series.rbegin(); s != b->series.rend(); ++s) {
            auto* set = new QBarSet(toQString(s->name));
            set->setColor(m_theme.colorOf(s->role));
            set->setBorderColor(Qt::transparent);
            set->setLabelColor(m_theme.muted);
            set->setLabelFont(Theme::axis());
            series->append(set);
        }
        m_chart->addSeries(series);
        for (const BarSeries& s : b->series)
            for (std::size_t i = 0; i < s.intervals.size(); ++i) addLine(m_theme.text, 1.4, Qt::SolidLine);
        if (b->guide) addLine(m_theme.colorOf(Role::Guide), 1.4, Qt::DashLine);
    } else if (const auto* points = std::get_if<Scatter>(&figure.body)) {
        for (const ScatterPoint& p : points->points) {
            auto* dot = new QScatterSeries;
            dot->setMarkerSize(11);
            dot->setColor(m_theme.colorOf(p.role));
            dot->setBorderColor(m_theme.card);
            m_chart->addSeries(dot);
            addLine(m_theme.colorOf(p.role), 1.4, Qt::SolidLine);
        }
    }
    const bool bars = std::holds_alternative<Bars>(figure.body);
    m_chart->addAxis(new QValueAxis, Qt::AlignBottom);
    if (bars)
        m_chart->addAxis(new QBarCategoryAxis, Qt::AlignLeft);
    else
        m_chart->addAxis(new QValueAxis, Qt::AlignLeft);
    for (QAbstractSeries* s : m_chart->series())
        for (QAbstractAxis* axis : m_chart->axes()) s->attachAxis(axis);
    style();
}

void FigureChart::style()
{
    for (QAbstractAxis* axis : m_chart->axes()) {
        axis->setLabelsFont(Theme::axis());
        axis->setTitleFont(Theme::axis());
        axis->setLabelsColor(m_theme.muted);
        axis->setTitleBrush(m_theme.muted);
        axis->setGridLineColor(m_theme.grid);
        axis->setLinePen(QPen(m_theme.line, 1));
        axis->setMinorGridLineVisible(false);
    }
}

void FigureChart::setAxis(QAbstractAxis* axis, const Axis& description, const NiceScale& scale)
{
    auto* value = qobject_cast<QValueAxis*>(axis);
    QString title = toQString(description.title);
    const QString unit = description.percent ? QStringLiteral("%") : toQString(description.unit);
    if (!unit.isEmpty()) title += QStringLiteral(" (") + unit + QLatin1Char(')');
    if (axis->titleText() != title) axis->setTitleText(title);
    if (!value) return;
    const QString format = QStringLiteral("%.") + QString::number(scale.decimals) + QLatin1Char('f');
    if (value->labelFormat() != format) value->setLabelFormat(format);
    if (value->tickType() != QValueAxis::TicksDynamic) value->setTickType(QValueAxis::TicksDynamic);
    if (value->tickInterval() != scale.step) value->setTickInterval(scale.step);
    if (value->min() != scale.low || value->max() != scale.high) value->setRange(scale.low, scale.high);
}

FigureChart::Axes FigureChart::setValueAxes(const Axis& x, AxisRange xData, const Axis& y, AxisRange yData, bool yFromZero)
{
    const auto scaleOf = [](const Axis& a, AxisRange data) {
        const AxisRange range = a.range ? AxisRange{shown(a, a.range->low), shown(a, a.range->high)} : data;
        return niceScale(range, a.range.has_value());
    };
    if (yFromZero) yData.low = 0;
    const NiceScale sx = scaleOf(x, xData), sy = scaleOf(y, yData);
    setAxis(m_chart->axes(Qt::Horizontal).front(), x, sx);
    setAxis(m_chart->axes(Qt::Vertical).front(), y, sy);
    return {{sx.low, sx.high}, {sy.low, sy.high}};
}

void FigureChart::putLine(std::size_t index, const QList<QPointF>& points) { m_lines[index]->replace(points); }

void FigureChart::setCurves(const Curves& f)
{
    std::vector<double> xs, ys;
    for (const CurveSeries& s : f.series)
        for (std::size_t i = 0; i < s.x.size(); ++i) {
            xs.push_back(shown(f.x, s.x[i]));
            ys.push_back(shown(f.y, s.y[i]));
        }
    const Axes axes = setValueAxes(f.x, rangeOf(xs), f.y, rangeOf(ys), false);
    const QList<QAbstractSeries*> all = m_chart->series();
    for (std::size_t k = 0; k < f.series.size(); ++k) {
        const CurveSeries& s = f.series[k];
        QList<QPointF> points;
        points.reserve(static_cast<qsizetype>(s.x.size()));
        for (std::size_t i = 0; i < s.x.size(); ++i) points.append({shown(f.x, s.x[i]), shown(f.y, s.y[i])});
        if (s.style != CurveSeries::Style::Points) {
            putLine(k, clipped(points, axes.x, axes.y));
            continue;
        }
        const auto at = all.indexOf(m_lines[k]);
        points.removeIf([](QPointF p) { return !std::isfinite(p.y()); });
        static_cast<QScatterSeries*>(all[at + 1])->replace(points);
    }
}

void FigureChart::setHistogram(const Histogram& f)
{
    double top = 0;
    AxisRange x{0, 1};
    bool first = true;
    for (const HistogramSeries& s : f.series) {
        for (const double v : s.y) top = std::max(top, shown(f.y, v));
        const AxisRange mine{s.low, s.low + s.width * static_cast<double>(s.y.size())};
        x = first ? mine : united(x, mine);
        first = false;
    }
    const Axes axes = setValueAxes(f.x, x, f.y, {0, top > 0 ? 1.04 * top : 1}, true);
    for (std::size_t i = 0; i < f.series.size(); ++i) m_upper[i]->replace(within(outline(f.series[i], f.y), axes.x, axes.y));
    for (std::size_t i = 0; i < f.markers.size(); ++i) {
        const double position = f.markers[i].position;
        const bool inside = position >= axes.x.low && position <= axes.x.high;
        putLine(i, inside ? QList<QPointF>{{position, axes.y.low}, {position, axes.y.high}} : QList<QPointF>{});
    }
}

void FigureChart::setBars(const Bars& f)
{
    std::vector<double> values{0};
    for (const BarSeries& s : f.series)
        for (const double v : s.values) values.push_back(shown(f.value, v));
    for (const BarSeries& s : f.series)
        for (const AxisRange& r : s.intervals) values.insert(values.end(), {shown(f.value, r.low), shown(f.value, r.high)});
    AxisRange data = rangeOf(values);
    const double room = 0.16 * (data.high - data.low); // for the numbers at the bars' ends
    if (data.high > 0) data.high += room;
    if (data.low < 0) data.low -= room;
    const NiceScale scale =
        niceScale(f.value.range ? AxisRange{shown(f.value, f.value.range->low), 1.2 * shown(f.value, f.value.range->high)} : data, true);
    setAxis(m_chart->axes(Qt::Horizontal).front(), f.value, scale);
    auto* axis = static_cast<QBarCategoryAxis*>(m_chart->axes(Qt::Vertical).front());
    QStringList names;
    for (auto c = f.categories.rbegin(); c != f.categories.rend(); ++c) names.append(toQString(*c));
    if (axis->categories() != names) axis->setCategories(names);
    auto* series = static_cast<QHorizontalBarSeries*>(m_chart->series().front());
    const QList<QBarSet*> sets = series->barSets();
    std::size_t line = 0;
    for (std::size_t k = 0; k < f.series.size(); ++k) {
        const BarSeries& s = f.series[k];
        QList<qreal> bars;
        for (auto v = s.values.rbegin(); v != s.values.rend(); ++v) bars.append(shown(f.value, *v));
        QBarSet* set = sets[static_cast<qsizetype>(f.series.size() - 1 - k)];
        set->remove(0, set->count());
        set->append(bars);
        for (std::size_t i = 0; i < s.intervals.size(); ++i) {
            const double height = 0.62 / static_cast<double>(f.series.size());
            const double y = static_cast<double>(f.categories.size() - 1 - i) + 0.31 - (static_cast<double>(k) + 0.5) * height;
            putLine(line++, {{shown(f.value, s.intervals[i].low), y}, {shown(f.value, s.intervals[i].high), y}});
        }
    }
    const double bottom = -0.5, top = static_cast<double>(f.categories.size()) - 0.5;
    if (f.guide) putLine(line, {{shown(f.value, *f.guide), bottom}, {shown(f.value, *f.guide), top}});
}

qreal leastChartHeight(const Figure& figure)
{
    constexpr qreal kAxis = 60, kCategory = 28, kBar = 16;
    const auto* f = std::get_if<Bars>(&figure.body);
    if (!f) return 0;
    return kAxis + static_cast<qreal>(f->categories.size()) * std::max(kCategory, kBar * static_cast<qreal>(f->series.size()) + 6);
}

void FigureChart::setScatter(const Scatter& f)
{
    std::vector<double> xs, ys;
    for (const ScatterPoint& p : f.points) {
        xs.push_back(shown(f.x, p.x));
        ys.push_back(shown(f.y, p.y));
        if (p.interval) ys.insert(ys.end(), {shown(f.y, p.interval->low), shown(f.y, p.interval->high)});
    }
    setValueAxes(f.x, rangeOf(xs), f.y, rangeOf(ys), false);
    const QList<QAbstractSeries*> all = m_chart->series();
    for (std::size_t i = 0; i < f.points.size(); ++i) {
        const ScatterPoint& p = f.points[i];
        const double x = shown(f.x, p.x);
        static_cast<QScatterSeries*>(all[static_cast<qsizetype>(2 * i)])->replace(QList<QPointF>{{x, shown(f.y, p.y)}});
        putLine(i, p.interval ? QList<QPointF>{{x, shown(f.y, p.interval->low)}, {x, shown(f.y, p.interval->high)}} : QList<QPointF>{});
    }
}

} // namespace bitstill
