#include "engine/store/comparison_figures.h"

#include "engine/core/overloads.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// A run, and what it has in this place.
template <class Kind> struct Named {
    Text run{};
    const Kind* body = nullptr;
};
template <class Kind> using Runs = std::vector<Named<Kind>>;

bool isSameAxis(const Axis& a, const Axis& b) { return a.title == b.title && a.unit == b.unit && a.percent == b.percent; }

/// That holds both where both are fixed.
void widen(Axis& axis, const Axis& other)
{
    if (!axis.range || !other.range) return axis.range.reset();
    axis.range = AxisRange{std::min(axis.range->low, other.range->low), std::max(axis.range->high, other.range->high)};
}

/// Null where it has none of this name.
template <class Body> auto seriesOf(const Body& body, const Text& name) -> decltype(&body.series.front())
{
    const auto found = std::ranges::find_if(body.series, [&](const auto& s) { return s.name == name; });
    return found == body.series.end() ? nullptr : &*found;
}

/// The outline of a histogram as x and y, two points a bin; of stems their tips.
CurveSeries outlineOf(const Text& run, const HistogramSeries& s)
{
    CurveSeries line{.name = run, .x = {}, .y = {}};
    const bool stems = s.style == HistogramSeries::Style::Stems;
    if (stems) line.style = CurveSeries::Style::Points;
    for (std::size_t i = 0; i < s.y.size(); ++i) {
        const double from = s.low + static_cast<double>(i) * s.width;
        if (stems && s.y[i] == 0) continue;
        line.x.push_back(from);
        line.y.push_back(s.y[i]);
        if (stems) continue;
        line.x.push_back(from + s.width);
        line.y.push_back(s.y[i]);
    }
    return line;
}

CurveSeries lineOf(const Text& run, CurveSeries s)
{
    s.name = run;
    s.role = Role::Neutral;
    return s;
}

/// One picture for each series that two runs have or more; `draw` makes a run's line of its series.
template <class Kind, class Draw> std::vector<std::pair<Text, FigureBody>> lines(const Runs<Kind>& runs, const Draw& draw)
{
    std::vector<std::pair<Text, FigureBody>> bodies;
    for (const auto& series : runs.front().body->series) {
        Curves curves{.x = runs.front().body->x, .y = runs.front().body->y, .series = {}};
        for (const Named<Kind>& run : runs) {
            const auto* own = seriesOf(*run.body, series.name);
            if (!own || !isSameAxis(run.body->x, curves.x) || !isSameAxis(run.body->y, curves.y)) continue;
            widen(curves.x, run.body->x);
            widen(curves.y, run.body->y);
            curves.series.push_back(draw(run.run, *own));
        }
        if (curves.series.size() > 1) bodies.emplace_back(series.name, std::move(curves));
    }
    return bodies;
}

/// All that any of them has, in the order in which they come.
std::vector<Text> categoriesOf(const Runs<Bars>& runs)
{
    std::vector<Text> all;
    for (const Named<Bars>& run : runs)
        for (const Text& category : run.body->categories)
            if (std::ranges::find(all, category) == all.end()) all.push_back(category);
    return all;
}

BarSeries barsOf(const Named<Bars>& run, const BarSeries& own, const std::vector<Text>& categories)
{
    BarSeries bars{.name = run.run, .values = std::vector<double>(categories.size(), kNone), .intervals = {}};
    if (!own.intervals.empty()) bars.intervals.assign(categories.size(), {kNone, kNone});
    for (std::size_t i = 0; i < std::min(own.values.size(), run.body->categories.size()); ++i) {
        const auto at = static_cast<std::size_t>(std::ranges::find(categories, run.body->categories[i]) - categories.begin());
        bars.values[at] = own.values[i];
        if (i < own.intervals.size()) bars.intervals[at] = own.intervals[i];
    }
    return bars;
}

std::vector<std::pair<Text, FigureBody>> bars(const Runs<Bars>& runs)
{
    std::vector<std::pair<Text, FigureBody>> bodies;
    const std::vector<Text> categories = categoriesOf(runs);
    for (const BarSeries& series : runs.front().body->series) {
        Bars together{.value = runs.front().body->value, .categories = categories, .series = {}};
        for (const Named<Bars>& run : runs) {
            const BarSeries* own = seriesOf(*run.body, series.name);
            if (!own || !isSameAxis(run.body->value, together.value)) continue;
            widen(together.value, run.body->value);
            together.series.push_back(barsOf(run, *own, categories));
        }
        if (together.series.size() > 1) bodies.emplace_back(series.name, std::move(together));
    }
    return bodies;
}

std::vector<std::pair<Text, FigureBody>> differences(const Runs<Heatmap>& runs)
{
    std::vector<std::pair<Text, FigureBody>> bodies;
    const Heatmap& first = *runs.front().body;
    for (std::size_t i = 1; i < runs.size(); ++i) {
        Heatmap map = *runs[i].body;
        if (map.columns != first.columns || map.rows != first.rows || map.values.size() != first.values.size()) continue;
        for (std::size_t k = 0; k < map.values.size(); ++k) map.values[k] -= first.values[k];
        map.range.reset();
        bodies.emplace_back(text("%1 minus %2", runs[i].run, runs.front().run), std::move(map));
    }
    return bodies;
}

std::vector<std::pair<Text, FigureBody>> dots(const Runs<Scatter>& runs)
{
    constexpr Role kRoles[] = {Role::Neutral, Role::After, Role::Teacher, Role::Taught, Role::Alone, Role::Train, Role::Test, Role::Before};
    Scatter all{.x = runs.front().body->x, .y = runs.front().body->y, .points = {}};
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (!isSameAxis(runs[i].body->x, all.x) || !isSameAxis(runs[i].body->y, all.y)) return {};
        widen(all.x, runs[i].body->x);
        widen(all.y, runs[i].body->y);
        for (ScatterPoint point : runs[i].body->points) {
            point.name = Text("%1: %2", {runs[i].run, point.name});
            point.role = kRoles[i % std::size(kRoles)];
            all.points.push_back(std::move(point));
        }
    }
    return {{Text(), std::move(all)}};
}

/// Labels down, runs across: what stands in `cellsOf` each body under its label.
template <class Kind, class Cells> std::vector<std::pair<Text, FigureBody>> sideBySide(const Runs<Kind>& runs, const Cells& cellsOf)
{
    Table table;
    table.columns.push_back(Text("–"));
    for (std::size_t i = 0; i < runs.size(); ++i) {
        table.columns.push_back(runs[i].run);
        for (const auto& [label, value] : cellsOf(*runs[i].body)) {
            auto row = std::ranges::find_if(table.rows, [&name = label](const std::vector<Text>& r) { return r.front() == name; });
            if (row == table.rows.end()) {
                table.rows.push_back({label});
                row = table.rows.end() - 1;
            }
            if (row->size() > i + 1) continue; // a label that stands there twice
            row->resize(i + 1, Text("–"));
            row->push_back(value);
        }
    }
    for (std::vector<Text>& row : table.rows) row.resize(runs.size() + 1, Text("–"));
    return {{Text(), std::move(table)}};
}

using Cells = std::vector<std::pair<Text, Text>>;

Cells cellsOf(const Readout& readout)
{
    Cells cells;
    for (const Readout::Item& item : readout.items) cells.emplace_back(item.label, item.value);
    return cells;
}

/// Of a table the column that the reader came for.
Cells cellsOf(const Table& table)
{
    Cells cells;
    const auto result = static_cast<std::size_t>(table.result);
    for (const std::vector<Text>& row : table.rows)
        if (table.result > 0 && result < row.size()) cells.emplace_back(row.front(), row[result]);
    return cells;
}

std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<Curves>& runs) { return lines(runs, lineOf); }
std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<Histogram>& runs) { return lines(runs, outlineOf); }
std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<Bars>& runs) { return bars(runs); }
std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<Heatmap>& runs) { return differences(runs); }
std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<Scatter>& runs) { return dots(runs); }
std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<Readout>& runs)
{
    return sideBySide(runs, [](const Readout& body) { return cellsOf(body); });
}
std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<Table>& runs)
{
    const bool hasResult = runs.front().body->result > 0;
    return hasResult ? sideBySide(runs, [](const Table& body) { return cellsOf(body); }) : std::vector<std::pair<Text, FigureBody>>();
}
std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<Images>&) { return {}; }
std::vector<std::pair<Text, FigureBody>> bodiesOf(const Runs<NetworkMap>&) { return {}; }

/// The title of the first; where it is a headline, which says what one run found, what the values are instead.
Text titleOf(const std::vector<NamedFigure>& figures, const FigureBody& body)
{
    const Text& title = figures.front().figure->title;
    if (std::ranges::all_of(figures, [&title](const NamedFigure& f) { return f.figure->title == title; })) return title;
    static constexpr Overloads kValues{[](const OneOf<Curves, Histogram, Scatter> auto& f) { return &f.y; },
        [](const Bars& f) { return &f.value; },
        [](const OneOf<Heatmap, Images, Table, Readout, NetworkMap> auto&) -> const Axis* { return nullptr; }};
    const Axis* values = std::visit(kValues, body);
    return values && !values->title.empty() ? values->title : Text(figures.front().figure->id);
}

} // namespace

std::vector<Figure> together(const std::vector<NamedFigure>& figures)
{
    const Figure& first = *figures.front().figure;
    const auto bodies = std::visit(
        [&]<class Kind>(const Kind&) {
            Runs<Kind> runs;
            for (const NamedFigure& f : figures)
                if (const auto* body = std::get_if<Kind>(&f.figure->body)) runs.push_back({f.run, body});
            return bodiesOf(runs);
        },
        first.body);
    std::vector<Figure> all;
    for (const auto& [series, body] : bodies) {
        const bool many = !series.empty() && bodies.size() > 1;
        all.push_back({.id = "compare." + first.id + (many ? "." + std::to_string(all.size() + 1) : ""),
            .title = many ? Text("%1: %2", {titleOf(figures, body), series}) : titleOf(figures, body),
            .caption = first.title == series || many ? Text() : series,
            .description = text("The same figure of %1 runs, together.", std::to_string(figures.size())),
            .body = body,
            .span = 1,
            .timed = first.timed,
            .place = first.place});
    }
    return all;
}

} // namespace bitstill
