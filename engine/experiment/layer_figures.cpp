#include "engine/experiment/layer_figures.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

void showLayerErrors(Context& context, const std::vector<LayerError>& errors, std::size_t samples)
{
    std::vector<Text> names;
    BarSeries local{text("its own"), Role::Before, {}, {}}, all{text("with what it inherits"), Role::After, {}, {}};
    BarSeries rounding{text("rounding"), Role::After, {}, {}}, clipping{text("clipping"), Role::Before, {}, {}},
        shift{text("mean shift"), Role::Teacher, {}, {}};
    for (const LayerError& e : errors) {
        names.push_back(Text(e.name));
        local.values.push_back(std::isfinite(e.localDb) ? e.localDb : 0);
        all.values.push_back(std::isfinite(e.accumulatedDb) ? e.accumulatedDb : 0);
        rounding.values.push_back(e.rounding);
        clipping.values.push_back(e.clipping);
        shift.values.push_back(e.meanShift);
        context.metric("layer." + e.name + ".sqnr_db", e.accumulatedDb);
    }
    context.show({.id = "errors",
        .title = text("Error of each layer's output"),
        .caption = text(
            "Signal to noise on %1 test samples; higher is better, below 0 dB there is more noise than signal.", std::to_string(samples)),
        .description = text("SQNR of each layer's output when it alone is rounded and in the whole rounded network."),
        .body = Bars{{.title = text("SQNR"), .unit = Text("dB")}, names, {local, all}}});
    context.show({.id = "split",
        .title = text("What the error is made of"),
        .caption =
            text("Shares of the squared error: channel means that moved (bias correction repairs it), values out of range, the rest."),
        .description = text("For each layer the shares of mean shift, clipping and rounding in its error."),
        .body =
            Bars{{.title = text("share of the error"), .range = AxisRange{0, 1}, .percent = true}, names, {rounding, clipping, shift}}});
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

void showChannelRanges(Context& context, const LayerQuantization& l)
{
    const std::vector<double> ranges = channelRanges(l);
    CurveSeries points{text("largest weight"), Role::Before, CurveSeries::Style::Points, {}, ranges};
    for (std::size_t c = 0; c < ranges.size(); ++c) points.x.push_back(static_cast<double>(c));
    const double step = static_cast<double>(l.parameters.scale.front());
    const CurveSeries half{
        text("half a step: smaller weights become 0"), Role::Guide, CurveSeries::Style::Dashed, {0, points.x.back()}, {step / 2, step / 2}};
    context.show({.id = "channels",
        .title = text("Channels of %1", l.name),
        .caption = text("Largest weight of each output channel of the layer that hurts most; one scale must serve them all."),
        .description = text("Largest magnitude of each channel's weights, with half a quantization step as a line."),
        .body = Curves{{.title = text("channel")}, {.title = text("largest weight")}, {points, half}}});
}

} // namespace bitstill
