#include "paint/reading.h"

#include "paint/figure_kinds.h"
#include "paint/network_painter.h"
#include "paint/translate.h"

#include <QStringList>
#include <algorithm>
#include <cmath>
#include <span>

namespace bitstill {

namespace {

QString bracketed(const Axis& axis, const AxisRange& range)
{
    const Text words = text("%1 to %2", written(axis, range.low).toStdString(), written(axis, range.high).toStdString());
    return QStringLiteral(" (") + toQString(words) + QLatin1Char(')');
}

QString pointAt(const QString& value, const QString& where)
{
    return toQString(text("%1 at %2", value.toStdString(), where.toStdString()));
}

QString named(const Axis& axis, const QString& value)
{
    const QString title = plain(axis.title);
    return title.isEmpty() ? value : title + QStringLiteral(": ") + value;
}

std::size_t pointsOf(const CurveSeries& s) { return std::min(s.x.size(), s.y.size()); }
bool isPoint(const CurveSeries& s, std::size_t i) { return std::isfinite(s.x[i]) && std::isfinite(s.y[i]); }

/// Has it a place on the axis?
bool isOn(const Axis& axis, double value) { return !axis.logarithmic || value > 0; }

/// `share` of the way from one to the other, as the line between them runs.
double between(const Axis& axis, double from, double to, double share)
{
    return axis.logarithmic ? from * std::pow(to / from, share) : from * (1 - share) + to * share;
}

double shareOf(const Axis& axis, double from, double to, double value)
{
    if (!(to > from)) return 0;
    return axis.logarithmic ? std::log(value / from) / std::log(to / from) : (value - from) / (to - from);
}

QString onAxis(const Axis& axis, double value)
{
    const QString words = written(axis, value);
    return isOn(axis, value) ? words : toQString(text("%1, below a logarithmic axis", words.toStdString()));
}

std::vector<double> sortedOnce(std::vector<double> stops)
{
    std::sort(stops.begin(), stops.end());
    if (stops.empty()) return stops;
    const double near = 1e-9 * (stops.back() / 2 - stops.front() / 2);
    stops.erase(std::unique(stops.begin(), stops.end(), [near](double a, double b) { return b - a <= near; }), stops.end());
    return stops;
}

std::vector<double> stopsOf(const Curves& f)
{
    std::vector<double> stops;
    for (const CurveSeries& s : f.series)
        for (std::size_t i = 0; i < pointsOf(s); ++i)
            if (isPoint(s, i) && isOn(f.x, s.x[i])) stops.push_back(s.x[i]);
    return sortedOnce(std::move(stops));
}

double middleOf(const HistogramSeries& s, std::size_t bin)
{
    return s.low + (static_cast<double>(bin) + (s.style == HistogramSeries::Style::Area ? 0.5 : 0)) * s.width;
}

std::vector<double> stopsOf(const Histogram& f)
{
    std::vector<double> stops;
    for (const HistogramSeries& s : f.series)
        for (std::size_t i = 0; i < s.y.size(); ++i)
            if (std::isfinite(middleOf(s, i))) stops.push_back(middleOf(s, i));
    return sortedOnce(std::move(stops));
}

/// The points of a series beside an x; the same one twice where there is one at it.
struct Neighbours {
    std::optional<std::size_t> before{}, after{};
};

Neighbours neighboursOf(const CurveSeries& s, const Axis& axis, double x, double near)
{
    const auto away = [&](std::size_t i) { return axis.logarithmic ? std::log(s.x[i] / x) : s.x[i] - x; };
    Neighbours n;
    std::optional<std::size_t> nearest;
    for (std::size_t i = 0; i < pointsOf(s); ++i) {
        if (!isPoint(s, i) || !isOn(axis, s.x[i])) continue;
        const double distance = away(i);
        if (distance <= near && (!n.before || s.x[i] >= s.x[*n.before])) n.before = i;
        if (distance >= -near && (!n.after || s.x[i] < s.x[*n.after])) n.after = i;
        if (!nearest || std::abs(distance) < std::abs(away(*nearest))) nearest = i;
    }
    if (nearest && std::abs(away(*nearest)) <= near) return {nearest, nearest};
    return n;
}

/// Nothing is told of a series before its first point or after its last. Where it has none here, the height of the line is told as such;
/// of dots, the nearest one with where it is.
Reading read(const Curves& f, std::size_t place)
{
    const std::vector<double> stops = stopsOf(f);
    const double all = f.x.logarithmic ? std::log(stops.back() / stops.front()) : stops.back() - stops.front();
    const double x = stops[place], near = 0.005 * all;
    Reading reading{named(f.x, written(f.x, x)), {}};
    for (const CurveSeries& s : f.series) {
        const auto [before, after] = neighboursOf(s, f.x, x, near);
        if (!before || !after) continue;
        const double share = shareOf(f.x, s.x[*before], s.x[*after], x);
        const std::size_t i = share < 0.5 ? *before : *after;
        QPointF at(s.x[i], s.y[i]);
        QString value = onAxis(f.y, at.y());
        if (before != after && s.style == CurveSeries::Style::Points) value = pointAt(value, written(f.x, at.x()));
        if (before != after && s.style != CurveSeries::Style::Points) {
            if (!isOn(f.y, s.y[*before]) || !isOn(f.y, s.y[*after])) continue; // no line goes there
            at = {x, between(f.y, s.y[*before], s.y[*after], share)};
            value = QStringLiteral("≈ ") + written(f.y, at.y());
        }
        reading.values.push_back({s.name.empty() ? plain(f.y.title) : plain(s.name), value, s.role, at});
    }
    return reading;
}

/// "41 weights, 0.9 %, code -3, level -0.126"
QString binText(const Histogram& f, const HistogramSeries& s, std::size_t bin)
{
    const bool stems = s.style == HistogramSeries::Style::Stems;
    const double low = s.low + static_cast<double>(bin) * s.width;
    const std::string at = written(f.x, low).toStdString();
    if (bin >= s.counts.size() || s.total == 0) {
        const QString value = written(f.y, s.y[bin]);
        return stems ? pointAt(value, written(f.x, low)) : value + bracketed(f.x, {low, low + s.width});
    }
    const auto n = static_cast<std::int64_t>(s.counts[bin]);
    const Text count = f.ofWeights ? counted(n, "%1 weight", "%1 weights") : counted(n, "%1 number", "%1 numbers");
    const std::string share = written({.percent = true}, static_cast<double>(n) / static_cast<double>(s.total), 3).toStdString();
    const auto codes = s.codesIn(bin);
    const Text place = stems ? text("level %1", at) : text("%1 to %2", at, written(f.x, low + s.width).toStdString());
    if (!codes) return toQString(text("%1, %2, %3", count, share, place));
    const Text which = codes->first == codes->second ? text("code %1", std::to_string(codes->first))
                                                     : text("codes %1 to %2", std::to_string(codes->first), std::to_string(codes->second));
    return toQString(text("%1, %2, %3, %4", count, share, which, place));
}

Reading read(const Histogram& f, std::size_t place)
{
    const double x = stopsOf(f)[place];
    Reading reading{named(f.x, written(f.x, x)), {}};
    for (const HistogramSeries& s : f.series) {
        const bool stems = s.style == HistogramSeries::Style::Stems;
        const double bin = std::floor((x - s.low) / s.width + (stems ? 0.5 : 0));
        if (!(bin >= 0 && bin < static_cast<double>(s.y.size()))) continue;
        reading.values.push_back({plain(s.name), binText(f, s, static_cast<std::size_t>(bin)), s.role});
    }
    return reading;
}

Reading read(const Bars& f, std::size_t place)
{
    Reading reading{plain(f.categories[place]), {}};
    for (const BarSeries& s : f.series) {
        if (place >= s.values.size()) continue;
        const double v = s.values[place];
        const QString value = onAxis(f.value, v) + (place < s.intervals.size() ? bracketed(f.value, s.intervals[place]) : QString());
        reading.values.push_back({s.name.empty() ? plain(f.value.title) : plain(s.name), value, s.role});
    }
    return reading;
}

Reading read(const Scatter& f, std::size_t place)
{
    const ScatterPoint& p = f.points[place];
    const QString y = onAxis(f.y, p.y) + (p.interval ? bracketed(f.y, *p.interval) : QString());
    return {plain(p.detail.empty() ? p.name : p.detail), {{plain(f.x.title), onAxis(f.x, p.x), p.role}, {plain(f.y.title), y, p.role}}};
}

Reading read(const Heatmap& f, std::size_t place)
{
    const std::size_t row = place / f.columns.size(), column = place % f.columns.size();
    return {
        named(f.y, plain(f.rows[row])) + QStringLiteral(", ") + named(f.x, plain(f.columns[column])), {{{}, cellWords(f, row, column)}}};
}

Reading read(const Images& f, std::size_t place)
{
    const ImageTile& tile = f.tiles[place];
    return {plain(tile.label), {{{}, QStringLiteral("%1 × %2").arg(tile.width).arg(tile.height)}}};
}

Reading read(const Table& f, std::size_t place)
{
    const std::vector<Text>& row = f.rows[place];
    Reading reading;
    for (std::size_t k = 0; k < std::min(row.size(), f.columns.size()); ++k) {
        if (k == 0)
            reading.where = plain(row[k]);
        else
            reading.values.push_back({plain(f.columns[k]), plain(row[k])});
    }
    return reading;
}

Reading read(const Readout& f, std::size_t place) { return {plain(f.items[place].label), {{{}, plain(f.items[place].value)}}}; }

Reading read(const NetworkMap& f, std::size_t place)
{
    Reading reading;
    for (const QString& line : wordsOfNode(f, place)) {
        if (reading.where.isEmpty())
            reading.where = line;
        else
            reading.values.push_back({{}, line});
    }
    return reading;
}

std::span<const ScatterPoint> dotsOf(const Figure& figure)
{
    using Dots = std::span<const ScatterPoint>;
    static constexpr Overloads kDots{
        [](const Scatter& f) { return Dots(f.points); },
        [](const OneOf<Curves, Histogram, Bars> auto&) { return Dots(); },
        [](const Painted auto&) { return Dots(); },
    };
    return std::visit(kDots, figure.body);
}

} // namespace

QString Reading::spoken() const
{
    QStringList parts;
    if (!where.isEmpty()) parts << where;
    for (const Value& v : values) parts << (v.name.isEmpty() ? v.value : v.name + QStringLiteral(": ") + v.value);
    return parts.join(QStringLiteral(", "));
}

std::size_t placesIn(const Figure& figure)
{
    static constexpr Overloads kCount{
        [](const OneOf<Curves, Histogram> auto& f) { return stopsOf(f).size(); },
        [](const Bars& f) { return f.categories.size(); },
        [](const Scatter& f) { return f.points.size(); },
        [](const Heatmap& f) { return f.rows.size() * f.columns.size(); },
        [](const Images& f) { return f.tiles.size(); },
        [](const Table& f) { return f.rows.size(); },
        [](const Readout& f) { return f.items.size(); },
        [](const NetworkMap& f) { return f.nodes.size(); },
    };
    return std::visit(kCount, figure.body);
}

Reading readingAt(const Figure& figure, std::size_t place)
{
    const Overloads reads{
        [place](const Charted auto& f) { return read(f, place); },
        [place](const Painted auto& f) { return read(f, place); },
    };
    return std::visit(reads, figure.body);
}

std::size_t placesInARow(const Figure& figure)
{
    static constexpr Overloads kRow{
        [](const Heatmap& f) { return std::max<std::size_t>(1, f.columns.size()); },
        [](const OneOf<Curves, Histogram, Bars, Scatter, Images, Table, Readout, NetworkMap> auto&) { return std::size_t(1); },
    };
    return std::visit(kRow, figure.body);
}

std::vector<double> stopsOf(const Figure& figure)
{
    static constexpr Overloads kStops{
        [](const OneOf<Curves, Histogram> auto& f) { return stopsOf(f); },
        [](const OneOf<Bars, Scatter> auto&) { return std::vector<double>(); },
        [](const Painted auto&) { return std::vector<double>(); },
    };
    return std::visit(kStops, figure.body);
}

std::optional<std::size_t> samePlace(const Figure& before, std::size_t place, const Figure& now)
{
    const std::vector<double> from = stopsOf(before), to = stopsOf(now);
    if (place < from.size() && !to.empty()) {
        const auto next = std::lower_bound(to.begin(), to.end(), from[place]);
        if (next == to.end()) return to.size() - 1;
        const bool previous = next != to.begin() && from[place] - *(next - 1) < *next - from[place];
        return static_cast<std::size_t>(next - to.begin()) - (previous ? 1 : 0);
    }
    const std::span<const ScatterPoint> dots = dotsOf(before), dotsNow = dotsOf(now);
    if (place < dots.size()) {
        const ScatterPoint& p = dots[place];
        const auto same = [&p](const ScatterPoint& q) { return q.x == p.x && q.y == p.y && q.name == p.name && q.detail == p.detail; };
        const auto found = std::ranges::find_if(dotsNow, same);
        if (found != dotsNow.end()) return static_cast<std::size_t>(found - dotsNow.begin());
    }
    const std::size_t count = placesIn(now);
    return count > 0 ? std::optional(std::min(place, count - 1)) : std::nullopt;
}

QString cellWords(const Heatmap& f, std::size_t row, std::size_t column)
{
    const double v = f.at(row, column);
    return std::isnan(v) ? toQString(text("no value")) : written({}, v);
}

QString written(const Axis& axis, double value, int digits)
{
    if (std::isnan(value)) return QStringLiteral("—");
    const double shown = axis.percent ? 100 * value : value;
    const bool whole = !axis.percent && shown == std::round(shown) && std::abs(shown) < 1e12;
    const QString number = QString::fromStdString(whole ? grouped(static_cast<std::int64_t>(shown)) : significant(shown, digits));
    const QString unit = axis.percent ? QStringLiteral("%") : plain(axis.unit);
    return unit.isEmpty() ? number : number + QLatin1Char(' ') + unit;
}

} // namespace bitstill
