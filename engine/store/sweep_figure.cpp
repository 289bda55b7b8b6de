#include "engine/store/sweep_figure.h"

#include "engine/core/order.h"
#include "engine/measure/interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace bitstill {

namespace {

/// Numbers before words, by size.
struct Setting {
    std::string word;
    std::optional<double> number{};
    bool operator<(const Setting& other) const
    {
        if (number && other.number) return *number < *other.number;
        return number.has_value() != other.number.has_value() ? number.has_value() : isNaturallyBefore(word, other.word);
    }
};

Setting settingAt(const Spec& spec, const std::string& key)
{
    const Value value = valueOf(spec, key);
    return {.word = describe(value), .number = numberIn(value)};
}

using Points = std::map<Setting, std::map<Setting, std::vector<double>>>; ///< by series, by x

void requireFixed(const Sweep& sweep, const PlotChoice& choice)
{
    const std::vector<std::string> mixed = mixedKeys(sweep, choice);
    if (!mixed.empty())
        throw Error(mixed.front(), text("%1 varies too, and a mean over it says nothing", joined(mixed)),
            text("choose one value with --where %1=..., or draw one series for each with --by", mixed.front()));
}

/// What the runs that count found.
struct Found {
    Points points{};
    std::map<Setting, std::vector<std::size_t>> runs{}; ///< by x
    std::map<std::pair<Setting, Setting>, std::vector<std::size_t>> cells{}; ///< by series and x
    bool numbers = true; ///< every x is one
};

Found findingsOf(const Sweep& sweep, const std::vector<RunStatus>& all, const PlotChoice& choice)
{
    requireVaried(sweep, choice.x);
    if (!choice.by.empty()) requireVaried(sweep, choice.by);
    const std::vector<RunStatus> statuses = comparable(sweep, all);
    metricsOf(statuses, {choice.y});
    const std::vector<std::size_t> runs = chosenRuns(sweep, choice.where);
    requireFixed(sweep, choice);
    Found found;
    for (const std::size_t i : runs) {
        if (statuses[i].state != RunState::Finished) continue;
        const Spec& spec = sweep.runs[i].spec;
        const Setting x = settingAt(spec, choice.x);
        const Setting series = choice.by.empty() ? Setting{.word = choice.y} : settingAt(spec, choice.by);
        found.numbers = found.numbers && x.number.has_value();
        const double value = metricIn(statuses[i].result->metrics, choice.y);
        if (!std::isfinite(value)) continue;
        found.points[series][x].push_back(value);
        found.runs[x].push_back(i);
        found.cells[{series, x}].push_back(i);
    }
    return found;
}

Text titleOf(const PlotChoice& choice)
{
    return choice.by.empty() ? text("%1 by %2", choice.y, choice.x) : text("%1 by %2, for each %3", choice.y, choice.x, choice.by);
}

Text captionOf(const std::vector<RunStatus>& statuses)
{
    return text("Means over seeds with 95 % t-intervals; %1.", summaryOf(countsOf(statuses)));
}

/// Without a body yet.
SweepView viewOf(const char* id, const PlotChoice& choice, const std::vector<RunStatus>& statuses)
{
    return {.figure = {.id = id,
                .title = titleOf(choice),
                .caption = captionOf(statuses),
                .description = text("The mean of a metric over seeds for each setting of a sweep."),
                .body = Curves{}},
        .runs = {}};
}

constexpr std::array kRoles{Role::After, Role::Before, Role::Train, Role::Teacher, Role::Alone}; ///< as many colours

Bars barsOf(const Points& points, const PlotChoice& choice)
{
    Bars bars{.value = {.title = choice.y}, .categories = {}, .series = {}};
    std::set<Setting> all;
    for (const auto& series : points)
        for (const auto& point : series.second) all.insert(point.first);
    for (const Setting& x : all) bars.categories.emplace_back(x.word);
    for (const auto& [name, line] : points) {
        BarSeries series{.name = name.word, .role = kRoles[bars.series.size() % kRoles.size()], .values = {}, .intervals = {}};
        for (const Setting& x : all) {
            const auto found = line.find(x);
            const Interval mean = found == line.end() ? Interval{} : meanInterval(found->second);
            const double nothing = std::nan("");
            series.values.push_back(mean.samples == 0 ? nothing : mean.mean);
            const bool known = mean.samples > 1;
            series.intervals.push_back(known ? AxisRange{mean.low, mean.high} : AxisRange{series.values.back(), series.values.back()});
        }
        bars.series.push_back(std::move(series));
    }
    return bars;
}

Curves curvesOf(const Points& points, const PlotChoice& choice)
{
    Curves curves{.x = {.title = choice.x}, .y = {.title = choice.y}, .series = {}};
    std::size_t drawn = 0;
    for (const auto& [name, line] : points) {
        const Role role = kRoles[drawn++ % kRoles.size()];
        CurveSeries mean{.name = name.word, .role = role, .style = CurveSeries::Style::Solid, .x = {}, .y = {}};
        CurveSeries low{
            .name = text("%1, ends of the interval", name.word), .role = role, .style = CurveSeries::Style::Dashed, .x = {}, .y = {}};
        CurveSeries high = low;
        for (const auto& [x, values] : line) {
            const Interval interval = meanInterval(values);
            mean.x.push_back(*x.number);
            mean.y.push_back(interval.mean);
            if (values.size() < 2) continue;
            low.x.push_back(*x.number);
            low.y.push_back(interval.low);
            high.x.push_back(*x.number);
            high.y.push_back(interval.high);
        }
        curves.series.push_back(std::move(mean));
        if (low.x.empty()) continue;
        high.name = Text();
        curves.series.push_back(std::move(low));
        curves.series.push_back(std::move(high));
    }
    return curves;
}

} // namespace

std::vector<std::string> mixedKeys(const Sweep& sweep, const PlotChoice& choice)
{
    const std::vector<std::size_t> runs = chosenRuns(sweep, choice.where);
    std::vector<std::string> mixed;
    for (const std::string& key : sweep.varied) {
        if (key == choice.x || key == choice.by) continue;
        std::map<std::pair<Value, Value>, Value> first; // what changes hand in hand with x or by is not mixed
        const bool differs = std::any_of(runs.begin(), runs.end(), [&](std::size_t i) {
            const Spec& spec = sweep.runs[i].spec;
            const Value value = valueOf(spec, key);
            const Value series = choice.by.empty() ? Value() : valueOf(spec, choice.by);
            return !(first.emplace(std::pair(valueOf(spec, choice.x), series), value).first->second == value);
        });
        if (differs) mixed.push_back(key);
    }
    return mixed;
}

SweepView plotOf(const Sweep& sweep, const std::vector<RunStatus>& statuses, const PlotChoice& choice)
{
    const Found found = findingsOf(sweep, statuses, choice);
    const Points& points = found.points;
    if (points.size() > kRoles.size())
        throw Error(choice.by,
            text("it has %1 values; a figure tells %2 series apart", std::to_string(points.size()), std::to_string(kRoles.size())),
            text("choose a field with fewer values, or some with --where"));
    constexpr std::size_t kFewBars = 24;
    const bool bars = !found.numbers || found.runs.size() * points.size() <= kFewBars;
    SweepView view = viewOf("sweep", choice, statuses);
    if (bars)
        view.figure.body = barsOf(points, choice);
    else
        view.figure.body = curvesOf(points, choice);
    for (const auto& place : found.runs) view.runs.push_back(place.second);
    return view;
}

Figure figureOf(const Sweep& sweep, const std::vector<RunStatus>& statuses, const PlotChoice& choice)
{
    return plotOf(sweep, statuses, choice).figure;
}

SweepView mapOf(const Sweep& sweep, const std::vector<RunStatus>& statuses, const PlotChoice& choice)
{
    Found found = findingsOf(sweep, statuses, choice);
    constexpr std::size_t kMost = 64;
    if (std::max(found.points.size(), found.runs.size()) > kMost)
        throw Error(found.points.size() > kMost ? choice.by : choice.x,
            text("it has more than %1 values, too many for a map", grouped(kMost)),
            text("choose a field with fewer values, or some with --where"));
    SweepView view = viewOf("map", choice, statuses);
    Heatmap map{.x = {.title = choice.x}, .y = {.title = choice.by}, .columns = {}, .rows = {}, .values = {}, .range = {}};
    for (const auto& x : found.runs) map.columns.emplace_back(x.first.word);
    for (const auto& [series, line] : found.points) {
        map.rows.emplace_back(series.word);
        for (const auto& x : found.runs) {
            const auto values = line.find(x.first);
            map.values.push_back(values == line.end() ? std::nan("") : meanInterval(values->second).mean);
            view.runs.push_back(found.cells[{series, x.first}]);
        }
    }
    view.figure.body = std::move(map);
    return view;
}

SweepView meansOf(const Sweep& sweep, const std::vector<RunStatus>& all, const PlotChoice& choice)
{
    const std::vector<RunStatus> statuses = comparable(sweep, all);
    metricsOf(statuses, {choice.y});
    SweepView view;
    std::map<std::vector<std::string>, std::size_t> rows;
    Table table{.columns = {sweep.varied.begin(), sweep.varied.end()}, .rows = {}, .result = static_cast<int>(sweep.varied.size()) + 1};
    for (const Text& heading : {text("runs"), text("mean"), text("95 % interval")}) table.columns.push_back(heading);
    for (const std::size_t i : chosenRuns(sweep, choice.where)) {
        std::vector<std::string> key;
        for (const std::string& name : sweep.varied) key.push_back(settingOf(sweep.runs[i].spec, name));
        const std::size_t row = rows.emplace(key, view.runs.size()).first->second;
        if (row == view.runs.size()) {
            view.runs.emplace_back();
            table.rows.emplace_back(key.begin(), key.end());
        }
        view.runs[row].push_back(i);
    }
    const std::size_t settings = view.runs.size();
    constexpr std::size_t kMost = 200;
    view.runs.resize(std::min(settings, kMost));
    table.rows.resize(view.runs.size());
    for (std::size_t row = 0; row < view.runs.size(); ++row) {
        std::vector<double> values;
        for (const std::size_t i : view.runs[row])
            if (statuses[i].state == RunState::Finished)
                if (const double v = metricIn(statuses[i].result->metrics, choice.y); std::isfinite(v)) values.push_back(v);
        const Interval mean = meanInterval(values);
        table.rows[row].emplace_back(std::to_string(values.size()));
        table.rows[row].push_back(values.empty() ? Text("—") : Text(significant(mean.mean, 4)));
        table.rows[row].push_back(values.size() < 2 ? Text("—") : text("%1 to %2", significant(mean.low, 4), significant(mean.high, 4)));
    }
    view.figure = {.id = "means",
        .title = choice.y,
        .caption = settings > kMost ? text("The first %1 of %2 settings; `bitstill-cli sweep table` writes all.", grouped(kMost),
                       grouped(static_cast<std::int64_t>(settings)))
                                    : captionOf(all),
        .description = text("The mean of a metric over seeds for each setting of a sweep."),
        .body = std::move(table),
        .span = 2};
    return view;
}

} // namespace bitstill
