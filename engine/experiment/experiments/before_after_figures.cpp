#include "engine/core/decimate.h"
#include "engine/experiment/experiments/before_after.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/weights_figure.h"

#include <cmath>

namespace bitstill::before_after {

namespace {

Text ofMoment(const Text& caption, const Text& moment) { return Text("%1 %2", {caption, moment}); }

Text weightsCaption(const LayerQuantization& l)
{
    const std::string count = grouped(static_cast<std::int64_t>(l.before.size())), sqnr = fixed(l.sqnrDb, 1);
    if (l.format)
        return text("%1 weights as %2, %3 bits per weight with scales; SQNR %4 dB.", count, l.format->name,
            fixed(l.format->bits(l.before.size()) / static_cast<double>(l.before.size()), 2), sqnr);
    const std::string levels = std::to_string(l.parameters.range.codes());
    if (l.parameters.scale.size() == 1)
        return text("%1 weights use %2 of %3 levels; SQNR %4 dB.", count, std::to_string(l.codesUsed), levels, sqnr);
    return text(
        "%1 weights, %3 levels in each of %2 channels; SQNR %4 dB.", count, std::to_string(l.parameters.scale.size()), levels, sqnr);
}

std::vector<Text> namesOf(const std::vector<LayerQuantization>& layers)
{
    std::vector<Text> names;
    for (const LayerQuantization& l : layers) names.push_back(Text(l.name));
    return names;
}

} // namespace

Metrics metricsOf(const Comparison& c, const Rounding& rounding)
{
    const std::string id = metricName({"static", rounding.metricPart});
    return {{"float32.accuracy", c.before.mean}, {"float32.bytes", static_cast<double>(c.bytesBefore)},
        {"float32.bit_operations", static_cast<double>(c.operationsBefore)},
        {metricName({id, "bit_operations"}), static_cast<double>(c.operationsAfter)}, {metricName({id, "accuracy"}), c.after.mean},
        {metricName({id, "bytes"}), static_cast<double>(c.bytesAfter)}, {metricName({id, "change", "mean"}), c.change.mean},
        {metricName({id, "change", "low"}), c.change.low}, {metricName({id, "change", "high"}), c.change.high},
        {"test.samples", static_cast<double>(c.samples)}};
}

Metrics metricsOf(const std::vector<LayerQuantization>& layers)
{
    Metrics metrics;
    for (const LayerQuantization& l : layers) metrics.emplace_back(metricName({"layer", l.name, "sqnr_db"}), l.sqnrDb);
    return metrics;
}

std::vector<Figure> figuresOf(const Course& c)
{
    const Points loss = decimate(c.at, c.loss), seen = decimate(c.at, c.accuracies.values());
    const Axis epochs{.title = text("epoch"), .range = AxisRange{0, static_cast<double>(c.epochs)}};
    Figure accuracy{.id = "accuracy",
        .title = text("Accuracy during training"),
        .caption = text("%1 training samples; measured on %2 test samples.", grouped(static_cast<std::int64_t>(c.trainSamples)),
            grouped(static_cast<std::int64_t>(c.testSamples))),
        .description = text("Accuracy on the training batches (smoothed) and on the test set, against epochs."),
        .body = Curves{epochs, {.title = text("accuracy"), .percent = true},
            {{text("training, smoothed"), Role::Train, CurveSeries::Style::Dashed, seen.x, seen.y},
                {text("test"), Role::Test, CurveSeries::Style::Solid, c.testAt, c.testAccuracies}}},
        .place = Place::Bottom};
    Figure losses{.id = "loss",
        .title = text("Loss during training"),
        .caption = text("Cross-entropy of each training batch."),
        .description = text("Loss of each training batch against epochs."),
        .body = Curves{epochs, {.title = text("loss"), .unit = Text("nat")},
            {{text("training"), Role::Train, CurveSeries::Style::Solid, loss.x, loss.y}}},
        .place = Place::Bottom};
    return {std::move(accuracy), std::move(losses)};
}

AxisRange rangeOf(std::span<const LayerQuantization> layers)
{
    std::vector<const Tensor*> tensors;
    for (const LayerQuantization& l : layers) tensors.push_back(&l.before);
    return symmetricRange(tensors);
}

Figure cliffFigure(const Cliff& c, int chosen, const Text& moment)
{
    const auto at = static_cast<std::size_t>(chosen - kFewestBits);
    CurveSeries exact{text("float32"), Role::Guide, CurveSeries::Style::Dashed, {}, {}},
        rounded{text("quantized"), Role::After, CurveSeries::Style::Solid, {}, c.after};
    for (int b = kFewestBits; b <= kMostBits; ++b) {
        exact.x.push_back(b);
        exact.y.push_back(c.exact);
        rounded.x.push_back(b);
    }
    const CurveSeries here{text("bits you chose"), Role::Before, CurveSeries::Style::Points, {rounded.x[at]}, {rounded.y[at]}};
    return {.id = "bits",
        .title = costText(chosen, c.changes.at(at)),
        .caption = ofMoment(
            text("Every number of bits measured on the same %1 test samples.", grouped(static_cast<std::int64_t>(c.samples))), moment),
        .description = text("Test accuracy of the quantized network against bits per weight, beside float."),
        .body = Curves{{.title = text("bits"), .range = AxisRange{1.7, 8.3}},
            {.title = text("accuracy"), .range = AxisRange{0, 1}, .percent = true}, {exact, rounded, here}},
        .place = Place::Top};
}

Figure weightsFigure(const LayerQuantization& l, AxisRange range, const Text& moment, int span)
{
    Histogram h = beforeAfterHistogram(l.before, l.after, l.parameters, range);
    h.x.title = text("weight");
    return {.id = "weights." + l.name,
        .title = text("Weights of %1, before and after", l.name),
        .caption = ofMoment(weightsCaption(l), moment),
        .description = text("Histogram of the layer's weights before and after quantization."),
        .body = h,
        .span = span};
}

Figure sqnrFigure(const std::vector<LayerQuantization>& layers, const Rounding& rounding, const Text& moment)
{
    BarSeries sqnr{text("SQNR"), Role::After, {}, {}};
    for (const LayerQuantization& l : layers) sqnr.values.push_back(std::isfinite(l.sqnrDb) ? l.sqnrDb : 0);
    return {.id = "sqnr",
        .title = text("Signal-to-quantization-noise ratio"),
        .caption = ofMoment(text("Weights of each layer, %1. Higher is better; 6 dB is one bit.", rounding.weights), moment),
        .description = text("SQNR of each layer's weights in dB."),
        .body = Bars{{.title = text("SQNR"), .unit = Text("dB")}, namesOf(layers), {sqnr}}};
}

Figure codesFigure(const std::vector<LayerQuantization>& layers, const Text& moment)
{
    BarSeries used{text("codes used"), Role::After, {}, {}};
    for (const LayerQuantization& l : layers)
        used.values.push_back(l.format ? 0 : static_cast<double>(l.codesUsed) / l.parameters.range.codes());
    return {.id = "codes",
        .title = text("Share of codes used"),
        .caption = ofMoment(
            text("%1 codes are available; unused codes are wasted bits.", std::to_string(layers.front().parameters.range.codes())), moment),
        .description = text("Share of the available codes that each layer's weights use."),
        .body = Bars{{.title = text("codes used"), .range = AxisRange{0, 1}, .percent = true}, namesOf(layers), {used}}};
}

Figure resultFigure(const Comparison& c, const Rounding& rounding, const Text& moment)
{
    Table table;
    table.columns = {Text(), text("float32"),
        rounding.activations == "float" ? text("weights %1", rounding.kind)
                                        : text("weights %1, activations int%2", rounding.kind, rounding.activations),
        text("change")};
    table.rows = {
        {text("accuracy"), Text(percent(c.before.mean)), Text(percent(c.after.mean)), pointsText(c.change)},
        {text("model size"), Text(bytesText(c.bytesBefore)), Text(bytesText(c.bytesAfter)),
            text("%1× smaller", fixed(static_cast<double>(c.bytesBefore) / static_cast<double>(c.bytesAfter), 1))},
        {text("bytes"), Text(grouped(c.bytesBefore)), Text(grouped(c.bytesAfter)), Text()},
    };
    table.result = 3;
    return {.id = "result",
        .title = text("Cost and gain"),
        .caption = ofMoment(text("%1. Both on the same %2 test samples; ± is a 95 % interval.", rounding.weights,
                                grouped(static_cast<std::int64_t>(c.samples))),
            moment),
        .description = text("Accuracy and size of the network before and after quantization."),
        .body = table};
}

} // namespace bitstill::before_after
