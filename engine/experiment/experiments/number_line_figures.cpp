#include "engine/experiment/experiments/number_line.h"
#include "engine/experiment/weights_figure.h"

#include <algorithm>
#include <cmath>

namespace bitstill::number_line {

namespace {

AxisRange rangeOf(const Numbers& numbers) { return {static_cast<double>(numbers.range.low), static_cast<double>(numbers.range.high)}; }

/// The ends of the range: by hand, to drag, and as observers would choose them.
void addLines(Histogram& h, const AxisRange& whole, const Lines& lines)
{
    static constexpr Role kRoles[] = {Role::Guide, Role::Alone, Role::Teacher, Role::Train, Role::Neutral};
    const auto add = [&h](const Text& name, double from, double to, Role role, bool theory = false) {
        if (from < 0) h.markers.push_back({.name = name, .position = from, .role = role, .theory = theory});
        if (to > 0) h.markers.push_back({.name = name, .position = to, .role = role, .theory = theory});
    };
    for (const auto& [i, e] : lines.observers)
        add(Text(observers()[i].name), static_cast<double>(e.low), static_cast<double>(e.high), kRoles[i % std::size(kRoles)]);
    const auto addTheory = [&](const Text& name, double clip, Role role) {
        add(name, whole.low < 0 ? -clip : 0, whole.high > 0 ? clip : 0, role, true);
    };
    if (lines.theory) {
        addTheory(text("ACIQ, Gaussian"), lines.theory->normal, Role::Before);
        addTheory(text("ACIQ, Laplace"), lines.theory->laplace, Role::Guide);
    }
    if (!lines.byHand) return;
    if (whole.low < 0) h.markers.push_back({text("clip"), whole.low * *lines.byHand, "quant.clip", whole.low / 100});
    if (whole.high > 0) h.markers.push_back({text("clip"), whole.high * *lines.byHand, "quant.clip", whole.high / 100});
}

/// What is left of the numbers; all of them are counted, so there is no interval.
Text headline(const Result& r)
{
    if (!std::isfinite(r.sqnr)) return text("Numbers before and after");
    const std::string db = fixed(r.sqnr, 1);
    return r.way.format ? text("%1 keeps %2 dB over the error", r.way.format->name, db)
                        : text("%1 levels keep %2 dB over the error", std::to_string(r.parameters.range.codes()), db);
}

} // namespace

Figure histogramFigure(const Numbers& numbers, const Result& r, const Lines& lines)
{
    const AxisRange whole = rangeOf(numbers);
    const double margin = 0.06 * std::max(whole.high - whole.low, 1e-6);
    Histogram h = beforeAfterHistogram(
        numbers.values, r.rounded, r.way.format ? QuantParameters{} : r.parameters, {whole.low - margin, whole.high + margin});
    if (h.y.percent) h.y.title = text("share of numbers per bin");
    h.ofWeights = false;
    if (!r.way.format) addLines(h, whole, lines);
    const std::string count = grouped(static_cast<std::int64_t>(numbers.count()));
    return {.id = "histogram",
        .title = headline(r),
        .caption = r.way.format
            ? text("%1 numbers as %2.", count, Text(r.way.format->name))
            : text("%1 numbers fall on %2 levels, %3 apart.", count, std::to_string(r.parameters.range.codes()), significant(r.scale())),
        .description = text("Histogram of the numbers before and after rounding. Lines mark the ends of the range; yours can be dragged."),
        .body = h,
        .span = 2};
}

Figure readoutFigure(const Result& r)
{
    Readout readout;
    readout.items = {{text("signal-to-noise ratio (SQNR)"), text("%1 dB", fixed(r.sqnr, 2)), true},
        {text("bits per number, with scales"), Text(fixed(r.bitsPerNumber, 3))},
        {text("root-mean-square error"), Text(significant(r.rmse))}};
    if (r.way.format) {
        readout.items.push_back({text("distinct values"), Text(grouped(r.used))});
    } else {
        readout.items.push_back({text("RMSE in steps"), text("%1 (0.289 is pure rounding)", fixed(r.rmse / r.scale(), 3))});
        readout.items.push_back({text("scale (one step)"), Text(significant(r.scale(), 4))});
        readout.items.push_back({text("zero point"), Text(std::to_string(r.parameters.zeroPoint[0]))});
        readout.items.push_back({text("codes used"), text("%1 of %2", std::to_string(r.used), std::to_string(r.parameters.range.codes()))});
        readout.items.push_back({text("clipped"), Text(percent(r.clipped))});
    }
    return {.id = "readout",
        .title = text("Cost in numbers"),
        .caption = text("Measured on these numbers."),
        .description = text("Scale, zero point, codes used and error of the quantization."),
        .body = readout};
}

Figure staircaseFigure(const Numbers& numbers, const Stairs& s)
{
    const AxisRange whole = rangeOf(numbers);
    const CurveSeries steps{text("after"), Role::After, CurveSeries::Style::Solid, s.x, s.y},
        line{text("before"), Role::Before, CurveSeries::Style::Dashed, {whole.low, whole.high}, {whole.low, whole.high}};
    return {.id = "staircase",
        .title = text("The staircase"),
        .caption = text("Every number goes to the nearest level; beyond the last level it is clipped."),
        .description = text("The rounded value against the value: a staircase along the diagonal."),
        .body = Curves{{.title = text("value"), .range = whole}, {.title = text("rounded value"), .range = whole}, {line, steps}}};
}

Figure errorFigure(const Numbers& numbers, const Result& r, const Stairs& s)
{
    const AxisRange whole = rangeOf(numbers);
    const CurveSeries curve{text("error"), Role::After, CurveSeries::Style::Solid, s.x, s.error};
    Curves curves{{.title = text("value"), .range = whole}, {.title = text("rounded − value")}, {curve}};
    if (!r.way.format)
        for (const double side : {0.5, -0.5})
            curves.series.push_back({text("half a step"), Role::Guide, CurveSeries::Style::Dashed, {whole.low, whole.high},
                {side * r.scale(), side * r.scale()}});
    const Text caption = !r.way.format
        ? text("At most half a step (%1) inside the range; unbounded where values are clipped.", significant(r.scale() / 2))
        : s.inColumns ? text("Smallest and largest error of each column; rounded minus true value, beside the largest number in its block.")
                      : text("Rounded minus true value, beside the largest number in its block.");
    return {.id = "error",
        .title = text("The error"),
        .caption = caption,
        .description = text("Rounding error (rounded value minus value) against the value."),
        .body = curves};
}

Figure sqnrFigure(const std::vector<double>& byBits, double roundingAlone, int chosen)
{
    CurveSeries measured{text("these numbers"), Role::After, CurveSeries::Style::Solid, {}, byBits},
        here{text("bits you chose"), Role::Before, CurveSeries::Style::Points, {}, {}};
    CurveSeries rule{text("6.02 dB per bit"), Role::Guide, CurveSeries::Style::Dashed, {}, {}};
    // Rounding alone, not what this range leaves: where that clips, more bits give nothing, and a line through its end would run
    // below the numbers it is to be compared with. Near 0 dB the rule says nothing: no rounding leaves more than the number.
    constexpr double kLeastDb = 2;
    for (int bits = 2; bits <= 8; ++bits) {
        measured.x.push_back(bits);
        const double db = roundingAlone - 6.02 * (8 - bits);
        if (!std::isfinite(db) || db < kLeastDb) continue;
        rule.x.push_back(bits);
        rule.y.push_back(db);
    }
    const auto at = static_cast<std::size_t>(chosen - 2);
    here.x = {measured.x[at]};
    here.y = {measured.y[at]};
    return {.id = "sqnr",
        .title = text("Signal-to-noise ratio against bits"),
        .caption = text(
            "Each bit halves the step: 6.02 dB. The dashed line is rounding error alone for this range; what falls short of it is clipping."),
        .description = text("SQNR in dB for 2 to 8 bits, measured on these numbers."),
        .body = Curves{
            {.title = text("bits"), .range = AxisRange{1.7, 8.3}}, {.title = text("SQNR"), .unit = Text("dB")}, {rule, measured, here}}};
}

} // namespace bitstill::number_line
