#include "engine/experiment/ladder_figures.h"

#include <algorithm>

namespace bitstill {

namespace {

AxisRange interval(const Rounded& r) { return {100 * r.change.low, 100 * r.change.high}; }

Text points(const Interval& change) { return {signedFixed(100 * change.mean, 2) + " ± " + fixed(100 * change.halfWidth(), 2)}; }

Text nameOf(const Rung& r) { return r.taken() ? text("+ %1", r.name) : text("%1 (not taken)", r.name); }

void showBars(Context& context, const Ladder& ladder)
{
    const Rounded& start = ladder.rounded;
    Bars bars{{.title = text("change from float"), .unit = text("points")}, {text("rounded")},
        {{text("this step alone"), Role::Before, {100 * start.change.mean}, {interval(start)}},
            {text("with all steps above"), Role::After, {100 * start.change.mean}, {interval(start)}}}};
    for (const Rung& r : ladder.rungs) {
        bars.categories.push_back(nameOf(r));
        bars.series[0].values.push_back(100 * r.alone.change.mean);
        bars.series[0].intervals.push_back(interval(r.alone));
        bars.series[1].values.push_back(100 * r.climbed.change.mean);
        bars.series[1].intervals.push_back(interval(r.climbed));
    }
    context.show({.id = "ladder",
        .title = text("The repair ladder"),
        .caption = text(
            "Change from float on %1 test samples; lines: 95 % interval, paired. Nothing is trained again. A step that is worse on %2 training samples is not taken.",
            grouped(static_cast<std::int64_t>(start.correct.size())), grouped(static_cast<std::int64_t>(ladder.guards))),
        .description = text("Change of accuracy after each repair, alone and on top of those before."),
        .body = bars,
        .span = 2});
}

void showTable(Context& context, const Ladder& ladder)
{
    Table table;
    table.columns = {
        text("step"), text("alone"), text("with all steps above"), text("this step adds"), text("KL before"), text("KL after")};
    table.result = 2;
    table.rows.push_back({text("rounded"), points(ladder.rounded.change), points(ladder.rounded.change), Text("—"), Text("—"), Text("—")});
    const Rounded* below = &ladder.rounded;
    for (const Rung& r : ladder.rungs) {
        const Text adds = r.taken() ? points(pairedDifference(below->correct, r.climbed.correct)) : text("not taken");
        table.rows.push_back(
            {nameOf(r), points(r.alone.change), points(r.climbed.change), adds, Text(significant(r.before)), Text(significant(r.after))});
        below = &r.climbed;
    }
    context.show({.id = "ladder.table",
        .title = text("The ladder in numbers"),
        .caption = text(
            "Points against float with 95 % intervals, and what decides: how far the answers are from the float network's (KL in nat, on training samples). A step with more of it is not taken."),
        .description = text("Change of accuracy after each repair as a table."),
        .body = table});
}

} // namespace

const Rung& Ladder::best() const
{
    return *std::ranges::max_element(rungs, {}, [](const Rung& r) { return r.alone.change.mean; });
}

void showLadder(Context& context, const Ladder& ladder)
{
    showBars(context, ladder);
    showTable(context, ladder);
    context.metric("ladder.rounded.change", ladder.rounded.change.mean);
    for (const Rung& r : ladder.rungs) {
        context.metric("repair." + r.id + ".change", r.alone.change.mean);
        context.metric("ladder." + r.id + ".change", r.climbed.change.mean);
        context.metric("ladder." + r.id + ".taken", r.taken() ? 1 : 0);
    }
}

} // namespace bitstill
