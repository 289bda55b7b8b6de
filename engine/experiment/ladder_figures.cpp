#include "engine/experiment/ladder_figures.h"

#include "engine/experiment/interval_text.h"
#include "engine/experiment/metric_name.h"

namespace bitstill {

namespace {

AxisRange interval(const Rounded& r) { return {100 * r.change.low, 100 * r.change.high}; }

Text nameOf(const RepairResult& r) { return r.taken() ? text("+ %1", r.name) : text("%1 (skipped)", r.name); }

Figure barsFigure(const Ladder& ladder)
{
    const Rounded& start = ladder.rounded;
    Bars bars{{.title = text("change from float"), .unit = text("points")}, {text("quantized")},
        {{text("this step alone"), Role::Before, {100 * start.change.mean}, {interval(start)}},
            {text("with all steps above"), Role::After, {100 * start.change.mean}, {interval(start)}}}};
    for (const RepairResult& r : ladder.results) {
        bars.categories.push_back(nameOf(r));
        bars.series[0].values.push_back(100 * r.alone.change.mean);
        bars.series[0].intervals.push_back(interval(r.alone));
        bars.series[1].values.push_back(100 * r.combined.change.mean);
        bars.series[1].intervals.push_back(interval(r.combined));
    }
    return {.id = "ladder",
        .title = text("The repair ladder"),
        .caption = text(
            "Change from float on %1 test samples. Lines: paired 95 % interval. Nothing is retrained. A step that does worse on %2 training samples is skipped.",
            grouped(static_cast<std::int64_t>(start.correct.size())), grouped(static_cast<std::int64_t>(ladder.guards))),
        .description = text("Change in accuracy after each repair, alone and on top of the previous ones."),
        .body = bars,
        .span = 2};
}

Figure tableFigure(const Ladder& ladder)
{
    Table table;
    table.columns = {textIn("repair", "step"), textIn("repair", "alone"), text("with all steps above"), text("this step adds"),
        text("KL before"), text("KL after")};
    table.result = 2;
    table.rows.push_back(
        {text("quantized"), changeText(ladder.rounded.change), changeText(ladder.rounded.change), Text("—"), Text("—"), Text("—")});
    const Rounded* below = &ladder.rounded;
    for (const RepairResult& r : ladder.results) {
        const Text adds = r.taken() ? Text(changeText(pairedDifference(below->correct, r.combined.correct))) : text("skipped");
        table.rows.push_back({nameOf(r), changeText(r.alone.change), changeText(r.combined.change), adds, Text(significant(r.before)),
            Text(significant(r.after))});
        below = &r.combined;
    }
    return {.id = "ladder.table",
        .title = text("The repair ladder in numbers"),
        .caption = text(
            "Change from float in points with 95 % intervals, and what decides: the KL divergence from the float network's outputs (in nats, on training samples). A step that raises it is skipped."),
        .description = text("Change in accuracy after each repair, as a table."),
        .body = table};
}

} // namespace

std::vector<Figure> figuresOf(const Ladder& ladder) { return {barsFigure(ladder), tableFigure(ladder)}; }

Metrics metricsOf(const Ladder& ladder)
{
    Metrics metrics{{"ladder.rounded.change", ladder.rounded.change.mean}};
    for (const RepairResult& r : ladder.results) {
        metrics.emplace_back(metricName({"repair", r.id, "change"}), r.alone.change.mean);
        metrics.emplace_back(metricName({"ladder", r.id, "change"}), r.combined.change.mean);
        metrics.emplace_back(metricName({"ladder", r.id, "taken"}), r.taken() ? 1 : 0);
    }
    return metrics;
}

} // namespace bitstill
