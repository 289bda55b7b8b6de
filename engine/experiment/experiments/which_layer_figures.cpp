#include "engine/experiment/experiments/which_layer.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/metric_name.h"

#include <algorithm>

namespace bitstill::which_layer {

namespace {

Text points(double change) { return text("%1 points", signedFixed(100 * change, 1)); }

/// By the longest of the bars.
Text headline(const Layers& l)
{
    const LayerDamage& most = *std::ranges::min_element(l.layers, {}, [](const LayerDamage& d) { return d.only.mean; });
    return most.only.high < 0 ? text("%1 hurts most: %2", most.name, pointsText(most.only, 100, 1))
                              : text("No layer hurts for certain; %1 changes %2", most.name, pointsText(most.only, 100, 1));
}

} // namespace

Figure layersFigure(const Layers& l, int bits, const std::set<std::string>& floats)
{
    Bars bars{{.title = text("change in accuracy"), .unit = text("points")}, {},
        {{text("only this layer quantized"), Role::Before, {}, {}}, {text("all layers but this one quantized"), Role::After, {}, {}}}};
    bars.field = "repair.float_layers";
    for (const LayerDamage& d : l.layers) {
        bars.categories.push_back(floats.contains(d.name) ? text("%1 (float)", d.name) : Text(d.name));
        bars.series[0].values.push_back(100 * d.only.mean);
        bars.series[1].values.push_back(100 * d.allBut.mean);
        bars.series[0].intervals.push_back({100 * d.only.low, 100 * d.only.high});
        bars.series[1].intervals.push_back({100 * d.allBut.low, 100 * d.allBut.high});
        bars.choices.push_back(toggled(floats, d.name));
    }
    return {.id = "layers",
        .title = headline(l),
        .caption = text(
            "Change from float on %1 test samples; %2-bit weights, one scale per layer. Lines: 95 % interval. Click a layer to keep it in float.",
            grouped(static_cast<std::int64_t>(l.samples)), std::to_string(bits)),
        .description = text("Change in accuracy when only one layer is quantized, and when all the others are."),
        .body = bars,
        .span = 2,
        .place = Place::Top};
}

Metrics metricsOf(const Layers& l)
{
    Metrics metrics;
    for (const LayerDamage& d : l.layers) metrics.emplace_back(metricName({"layer", d.name, "only", "change"}), d.only.mean);
    return metrics;
}

Figure storyFigure(const Layers& l, const Ladder& ladder, const Story& story)
{
    const LayerDamage& worst = l.layers[l.worst()];
    const std::string samples = grouped(static_cast<std::int64_t>(l.samples));
    const RepairResult& best = ladder.best();
    Readout r;
    r.items = {{text("lost in total"), points(story.lost.mean), true},
        {text("%1 alone, on %2 samples", worst.name, samples), points(worst.only.mean)},
        {text("best single repair"), text("%1: %2 points", best.name, signedFixed(100 * (best.alone.change.mean - story.lost.mean), 1)),
            true},
        {text("all steps that help"), points(ladder.top().change.mean)}};
    return {.id = "sentence",
        .title = text("What happened"),
        .caption = text(
            "On %1 test samples, quantizing all layers changes accuracy by %2 points, %3 alone by %4; its channel %5 is %6× the median channel.",
            samples, signedFixed(100 * story.lostOnSample, 1), worst.name, signedFixed(100 * worst.only.mean, 1),
            std::to_string(story.channel), fixed(story.timesMedian, 1)),
        .description = text("What the measurements say about the drop."),
        .body = r};
}

Figure mixFigure(const Mix& mix, bool measuring)
{
    const Readout::Item steps{text("repairs applied"), mix.steps == 0 ? text("none") : Text(std::to_string(mix.steps))},
        floats{text("layers kept in float"), mix.floats.empty() ? text("none") : Text(joined({mix.floats.begin(), mix.floats.end()}))};
    Readout r;
    if (measuring)
        r.items = {{text("change from float"), Text("…"), true}, steps, floats};
    else
        r.items = {{text("change from float"), pointsText(mix.measured.change), true},
            {text("accuracy"), Text(percent(accuracyInterval(mix.measured.correct).mean))},
            {text("model size"), text("%1 (float %2)", bytesText(mix.bytes), bytesText(mix.floatBytes))}, steps, floats};
    return {.id = "mix",
        .title = measuring ? text("Your selection") : text("Your selection: %1", pointsText(mix.measured.change, 100, 1)),
        .caption = measuring ? text("Measuring.") : text("Select repairs on the right, or click a layer to keep it in float."),
        .description = text("Accuracy and size with the repairs selected now."),
        .body = r,
        .place = Place::Top};
}

} // namespace bitstill::which_layer
