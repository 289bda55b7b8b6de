// What was tried as pictures.

#include "engine/experiment/catalogue.h"
#include "engine/experiment/interval_text.h"
#include "engine/store/tried.h"

#include <algorithm>

namespace bitstill {

namespace {

std::string costText(const Cost& cost, double value)
{
    return cost.unit == 1 ? significant(value) : grouped(static_cast<std::int64_t>(value));
}

std::string accuracyText(const Interval& accuracy) { return accuracy.samples > 0 ? shareText(accuracy) : percent(accuracy.mean); }

Text runName(const TriedDot& dot) { return dot.run == 0 ? text("search") : Text("#" + std::to_string(dot.run)); }

/// What a pointer is told: "#12 static.b3, Bits 3".
Text detailOf(const TriedDot& dot)
{
    const Text name = dot.run == 0 ? Text(dot.network) : Text("%1 %2", {runName(dot), dot.network});
    const Text all = dot.settings.empty() ? name : Text("%1, %2", {name, dot.settings});
    if (!dot.touched.empty()) return text("%1 (changed after the run; a click sets it)", all);
    const auto others = static_cast<std::int64_t>(dot.runs - 1);
    return others == 0 ? all : Text("%1 (%2)", {all, counted(others, "the same in %1 other run", "the same in %1 other runs")});
}

ScatterPoint pointOf(const TriedDot& dot, const Cost& cost, bool onFrontier)
{
    const Text other = dot.run == 0 ? text("measured by the search") : text("the others");
    ScatterPoint point{.name = onFrontier ? text("nothing tried is better and cheaper") : other,
        .x = dot.cost / cost.unit,
        .y = dot.accuracy.mean,
        .role = onFrontier ? Role::After
            : dot.run == 0 ? Role::Teacher
                           : Role::Guide,
        .interval = {},
        .detail = detailOf(dot)};
    if (dot.accuracy.samples > 0) point.interval = AxisRange{dot.accuracy.low, dot.accuracy.high};
    return point;
}

/// The frontier and the newest others, these first: what counts is drawn over them.
std::vector<std::size_t> drawnOf(const std::vector<TriedDot>& dots, const std::vector<std::size_t>& frontier)
{
    std::vector<bool> isOn(dots.size(), false);
    for (const std::size_t i : frontier) isOn[i] = true;
    std::vector<std::size_t> drawn;
    for (std::size_t i = 0; i < dots.size() && drawn.size() + frontier.size() < kMostDots; ++i)
        if (!isOn[i]) drawn.push_back(i);
    drawn.insert(drawn.end(), frontier.begin(), frontier.end());
    return drawn;
}

Text captionOf(const Tried& tried, std::size_t leftOut)
{
    const Text shown = Text("%1, %2. %3 %4",
        {experimentInfo(tried.chosen.experiment).title, tried.chosen.data,
            text("Stairs: the most accurate that was tried up to each cost."),
            text("Bars: 95 % intervals of the test samples; another seed may differ by more.")});
    if (leftOut == 0) return shown;
    return Text(
        "%1 %2", {shown, counted(static_cast<std::int64_t>(leftOut), "%1 older dot is not drawn.", "%1 older dots are not drawn.")});
}

TriedFigure mapOf(const Tried& tried, const Cost& cost, const std::vector<std::size_t>& frontier)
{
    const std::vector<std::size_t> drawn = drawnOf(tried.dots, frontier);
    const std::size_t others = drawn.size() - frontier.size();
    Scatter map{.x = cost.axis, .y = {.title = text("accuracy"), .percent = true}, .points = {}, .stairs = Role::After};
    TriedFigure figure;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        map.points.push_back(pointOf(tried.dots[drawn[i]], cost, i >= others));
        figure.leads.push_back(drawn[i]);
    }
    figure.figure = {.id = "tried.map",
        .title = counted(static_cast<std::int64_t>(tried.dots.size()), "%1 network tried: %2 on the frontier",
            "%1 networks tried: %2 on the frontier", std::to_string(frontier.size())),
        .caption = captionOf(tried, tried.dots.size() - drawn.size()),
        .description = text("Accuracy of each network that was tried against its cost, and the frontier of those that no other beats."),
        .body = std::move(map),
        .span = 2,
        .timed = cost.id == "latency",
        .place = Place::Top};
    return figure;
}

TriedFigure tableOf(const Tried& tried, const Cost& cost, const std::vector<std::size_t>& frontier)
{
    Table table;
    const Text costName =
        cost.unit == 1 ? Text("%1 (%2)", {cost.axis.title, cost.axis.unit}) : Text("%1 (%2)", {cost.axis.title, text("bytes")});
    table.columns = {text("run"), text("network"), text("accuracy"), costName};
    table.result = 2;
    const bool differ = std::ranges::any_of(frontier, [&](std::size_t i) { return !tried.dots[i].settings.empty(); });
    if (differ) table.columns.push_back(text("settings that differ"));
    TriedFigure figure;
    for (const std::size_t i : frontier) {
        const TriedDot& dot = tried.dots[i];
        table.rows.push_back({runName(dot), Text(dot.network), Text(accuracyText(dot.accuracy)), Text(costText(cost, dot.cost))});
        if (differ) table.rows.back().push_back(dot.settings);
        figure.leads.push_back(i);
    }
    figure.figure = {.id = "tried.frontier",
        .title = text("The frontier"),
        .caption = text("From the cheapest up: each is more accurate than all that cost less."),
        .description = text("The networks on the frontier with run, accuracy, cost and settings."),
        .body = std::move(table),
        .span = 2,
        .timed = cost.id == "latency"};
    return figure;
}

} // namespace

std::vector<TriedFigure> figuresOf(const Tried& tried)
{
    if (tried.dots.empty()) return {};
    const Cost& cost = costOf(tried.chosen.cost);
    const std::vector<std::size_t> frontier = frontierOf(tried.dots);
    return {mapOf(tried, cost, frontier), tableOf(tried, cost, frontier)};
}

} // namespace bitstill
