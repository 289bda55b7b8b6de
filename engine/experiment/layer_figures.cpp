#include "engine/experiment/layer_figures.h"

#include "engine/experiment/metric_name.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

std::vector<Figure> figuresOf(const std::vector<LayerError>& errors, std::size_t samples)
{
    std::vector<Text> names;
    BarSeries local{text("local"), Role::Before, {}, {}}, all{text("accumulated"), Role::After, {}, {}};
    BarSeries rounding{text("rounding"), Role::After, {}, {}}, clipping{text("clipping"), Role::Before, {}, {}},
        shift{text("mean shift"), Role::Teacher, {}, {}};
    for (const LayerError& e : errors) {
        names.push_back(Text(e.name));
        local.values.push_back(std::isfinite(e.localDb) ? e.localDb : 0);
        all.values.push_back(std::isfinite(e.accumulatedDb) ? e.accumulatedDb : 0);
        rounding.values.push_back(e.rounding);
        clipping.values.push_back(e.clipping);
        shift.values.push_back(e.meanShift);
    }
    Figure sizes{.id = "errors",
        .title = text("Output error of each layer"),
        .caption = text("Signal-to-noise ratio on %1 test samples. Higher is better; below 0 dB there is more noise than signal.",
            std::to_string(samples)),
        .description = text("SQNR of each layer's output when only that layer is quantized, and in the fully quantized network."),
        .body = Bars{{.title = text("SQNR"), .unit = Text("dB")}, names, {local, all}}};
    Figure parts{.id = "split",
        .title = text("Components of the error"),
        .caption = text("Parts of the squared error: shifted channel means (repaired by bias correction), values out of range, the rest."),
        .description = text("The shares of mean shift, clipping and rounding in each layer's error."),
        .body = Bars{{.title = text("share of the error"), .range = AxisRange{0, 1}, .percent = true}, names, {rounding, clipping, shift}}};
    return {std::move(sizes), std::move(parts)};
}

Metrics metricsOf(const std::vector<LayerError>& errors)
{
    Metrics metrics;
    for (const LayerError& e : errors) metrics.emplace_back(metricName({"layer", e.name, "sqnr_db"}), e.accumulatedDb);
    return metrics;
}

std::vector<double> channelRanges(const LayerQuantization& l)
{
    const auto channels = static_cast<std::size_t>(l.before.shape().front());
    std::vector<double> ranges(channels, 0.0);
    for (std::size_t i = 0; i < l.before.size(); ++i)
        ranges[i / (l.before.size() / channels)] =
            std::max(ranges[i / (l.before.size() / channels)], static_cast<double>(std::abs(l.before[i])));
    return ranges;
}

WidestChannel widestChannel(const LayerQuantization& l)
{
    std::vector<double> ranges = channelRanges(l);
    const auto largest = std::max_element(ranges.begin(), ranges.end());
    const auto channel = static_cast<std::size_t>(largest - ranges.begin());
    const double most = *largest;
    const auto middle = ranges.begin() + static_cast<std::ptrdiff_t>(ranges.size() / 2);
    std::nth_element(ranges.begin(), middle, ranges.end());
    return {channel, most / std::max(*middle, 1e-12)};
}

Figure channelsFigure(const LayerQuantization& l)
{
    const std::vector<double> ranges = channelRanges(l);
    CurveSeries points{text("largest weight"), Role::Before, CurveSeries::Style::Points, {}, ranges};
    for (std::size_t c = 0; c < ranges.size(); ++c) points.x.push_back(static_cast<double>(c));
    const double step = static_cast<double>(l.parameters.scale.front());
    const CurveSeries half{
        text("half a step: smaller weights become 0"), Role::Guide, CurveSeries::Style::Dashed, {0, points.x.back()}, {step / 2, step / 2}};
    return {.id = "channels",
        .title = text("Channels of %1", l.name),
        .caption = text("Largest weight in each output channel of the most sensitive layer; one scale has to fit them all."),
        .description = text("Largest magnitude of each channel's weights, with half a quantization step as a line."),
        .body = Curves{{.title = text("channel")}, {.title = text("largest weight")}, {points, half}}};
}

} // namespace bitstill
