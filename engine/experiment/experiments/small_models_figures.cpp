#include "engine/experiment/experiments/small_models.h"
#include "engine/experiment/interval_text.h"

#include <algorithm>

namespace bitstill::small_models {

namespace {

Text nameOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::TooFewSeeds: return text("needs two seeds or more");
    case Verdict::Confirmed: return text("confirmed");
    case Verdict::Refuted: return text("refuted");
    case Verdict::NoDifference: return text("no difference seen");
    }
    return {};
}

void add(BarSeries& series, const std::vector<double>& points, bool intervals)
{
    const Interval i = meanInterval(points);
    series.values.push_back(i.mean);
    if (intervals) series.intervals.push_back({i.low, i.high});
}

Figure dropFigure(const Result& r)
{
    BarSeries rounded{text("after training"), Role::Before, {}, {}}, aware{text("QAT"), Role::After, {}, {}};
    std::vector<Text> names;
    const std::string bits = std::to_string(kBits[r.bits]);
    const bool intervals =
        std::ranges::all_of(r.widths, [](const Width& w) { return w.aware.empty() || hasDrawnInterval(w.aware.size()); });
    for (const Width& w : r.widths) {
        if (w.aware.empty()) continue;
        names.push_back(text("width %1", std::to_string(w.width)));
        add(rounded, w.change(w.rounded[r.bits]), intervals);
        add(aware, w.change(w.aware), intervals);
    }
    return {.id = "drop",
        .title = text("What quantization costs, by width"),
        .caption = intervals
            ? text("Change from float in points; %1-bit weights, 8-bit activations. Lines: 95 % interval over seeds.", bits)
            : text("Change from float in points; %1-bit weights, 8-bit activations.", bits),
        .description =
            text("Change in test accuracy when the weights are quantized, for each width, without and with quantization-aware training."),
        .body = Bars{{.title = text("change in accuracy"), .unit = text("points")}, names, {rounded, aware}},
        .span = 2};
}

Text difference(const std::vector<double>& points) { return points.size() < 2 ? Text("—") : pointsText(meanInterval(points), 1); }

Figure verdictFigure(const Result& r)
{
    const std::vector<double> more = r.narrowestAgainstWidest(), back = r.givenBack();
    Readout readout;
    readout.items = {{text("small models lose more"), nameOf(verdictOn(more, -1)), true},
        {text("narrowest minus widest"), difference(more)}, {text("QAT wins it back"), nameOf(verdictOn(back, 1)), true},
        {text("at the narrowest"), difference(back)}};
    return {.id = "verdict",
        .title = text("The claim"),
        .caption = text("Small models lose more, and QAT wins it back: what these runs say."),
        .description = text("Verdicts with their intervals."),
        .body = readout};
}

Figure tableFigure(const Result& r)
{
    Table table;
    table.columns = {text("network"), text("weights"), text("float32"), text("quantized"), text("QAT")};
    table.result = 4;
    std::size_t seeds = 0;
    for (const Width& w : r.widths) {
        if (w.aware.empty()) continue;
        seeds = std::max(seeds, w.aware.size());
        table.rows.push_back(
            {Text(w.name()), Text(grouped(static_cast<std::int64_t>(w.weights))), Text(percent(meanInterval(w.exact).mean)),
                Text(changeText(meanInterval(w.change(w.rounded[r.bits])), 1)), Text(changeText(meanInterval(w.change(w.aware)), 1))});
    }
    const std::string samples = grouped(static_cast<std::int64_t>(r.testSamples));
    return {.id = "table",
        .title = text("All widths"),
        .caption = seeds == 1 ? text("Test accuracy and change in points from 1 seed, on %1 test samples.", samples)
                              : text("Test accuracy and change in points, mean and 95 % interval over %1 seeds, on %2 test samples.",
                                  std::to_string(seeds), samples),
        .description = text("Accuracy at each width: float, quantized after training, and quantization-aware."),
        .body = table,
        .span = 2};
}

/// What the narrowest loses beside what the widest does.
Text headline(const Result& r)
{
    const std::vector<double> more = r.narrowestAgainstWidest();
    if (r.widths.size() < 2 || more.size() < 2) return text("Width against bits");
    Interval i = meanInterval(more);
    i = {-i.mean, -i.high, -i.low, i.samples};
    const Text narrow(std::to_string(r.widths.front().width));
    return i.low > 0 ? text("Width %1 loses %2 points more", narrow, meanText(i, 1, 1))
                     : text("Width %1 against the widest: %2", narrow, pointsText(meanInterval(more), 1, 1));
}

Figure bitsFigure(const Result& r)
{
    Heatmap map;
    map.x.title = text("width");
    for (const Width& w : r.widths)
        if (!w.aware.empty()) map.columns.push_back(Text(std::to_string(w.width)));
    for (std::size_t b = 0; b < std::size(kBits); ++b) {
        map.rows.push_back(text("%1 bits", std::to_string(kBits[b])));
        for (const Width& w : r.widths)
            if (!w.aware.empty()) map.values.push_back(meanInterval(w.change(w.rounded[b])).mean);
    }
    // Dark where much is lost.
    const double worst = *std::min_element(map.values.begin(), map.values.end());
    map.range = AxisRange{0, std::min(worst, -0.1)};
    return {.id = "bits",
        .title = headline(r),
        .caption = text(
            "Mean change in points when a trained network is quantized to each bit width, without retraining. The headline: at %1 bits, beside width %2.",
            std::to_string(kBits[r.bits]), std::to_string(r.widths.back().width)),
        .description = text("Heat map of the change in accuracy for each network width and bit width."),
        .body = map,
        .span = 2,
        .place = Place::Top};
}

} // namespace

std::vector<Figure> figuresOf(const Result& r) { return {bitsFigure(r), verdictFigure(r), dropFigure(r), tableFigure(r)}; }

} // namespace bitstill::small_models
