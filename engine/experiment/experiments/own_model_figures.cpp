#include "engine/experiment/experiments/own_model.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/weights_figure.h"

#include <algorithm>
#include <cmath>

namespace bitstill::own_model {

namespace {

constexpr double kMostDb = 60; ///< more is as good as the same
constexpr std::size_t kMostRows = 32; ///< of the picture of all layers

double shownDb(double db) { return std::clamp(db, -20.0, kMostDb); }

std::string dbText(double db) { return std::isfinite(db) ? fixed(db, 1) + " dB" : "—"; }

/// Of classifiers the class, where labels are known whether it is right.
Text shareName(const Shrinker& shrinker) { return shrinker.hasLabels() ? text("accuracy") : text("same class as float"); }

/// Of their quantized file, for the headline.
Readout::Item theirItem(const Measured& theirs)
{
    const std::string db = dbText(theirs.deviation.sqnrDb());
    if (theirs.correct.empty()) return {text("their file: SQNR at the output"), Text(db)};
    return {text("their file"), text("%1; SQNR %2", shareText(accuracyInterval(theirs.correct)), db)};
}

/// What is left, with its interval where classes are known.
Text headline(const Shrinker& shrinker, const Measured& measured, int bits, bool measuring)
{
    const std::string count = std::to_string(bits);
    const Text& name = shrinker.source().name;
    const bool classes = !shrinker.floatCorrect().empty();
    if (measuring || (classes && measured.correct.empty())) return text("%1 at %2 bits", name, count);
    Text left = text("%1 bits leave %2 at the output", count, dbText(measured.deviation.sqnrDb()));
    if (classes)
        left = shrinker.hasLabels()
            ? costText(bits, pairedDifference(shrinker.floatCorrect(), measured.correct))
            : text("%1 bits keep the class of %2 % of inputs", count, meanText(accuracyInterval(measured.correct), 100, 1));
    if (measured.learned) left = text("%1; learning again: %2", left, pointsText(*measured.learned, 100, 1));
    return Text("%1: %2", {name, left});
}

} // namespace

std::size_t chosenLayer(const Shrinker& shrinker, const std::string& name, int bits)
{
    const std::vector<std::string>& names = shrinker.names();
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::size_t worst = 0;
    for (std::size_t l = 1; l < names.size(); ++l)
        if (shrinker.damage(l, bits) > shrinker.damage(worst, bits)) worst = l;
    return worst;
}

Figure sensitivityFigure(const Shrinker& shrinker, std::size_t samples)
{
    const foreign::Sensitivity& s = *shrinker.sensitivity();
    std::vector<std::size_t> rows(s.layers.size());
    for (std::size_t l = 0; l < rows.size(); ++l) rows[l] = l;
    const bool some = rows.size() > kMostRows;
    if (some) { // those that suffer most, in the network's order
        std::ranges::stable_sort(rows, {}, [&](std::size_t l) { return s.weights[l][Shrinker::probedColumn(4)].sqnrDb(); });
        rows.resize(kMostRows);
        std::ranges::sort(rows);
    }
    Heatmap map{{.title = text("what is rounded")}, {.title = text("layer")}, {}, {}, {}, AxisRange{0, 40}};
    for (const int b : s.bits) map.columns.push_back(text("%1 bits", std::to_string(b)));
    map.columns.push_back(text("input"));
    for (const std::size_t l : rows) {
        map.rows.push_back(Text(shrinker.names()[l]));
        for (const foreign::Deviation& d : s.weights[l]) map.values.push_back(shownDb(d.sqnrDb()));
        map.values.push_back(shownDb(s.inputs[l].sqnrDb()));
    }
    Text caption = some
        ? text(
            "SQNR at the output in dB when only this layer's weights are rounded, or what flows into it (8 bits), on %1 samples; the %2 most sensitive of %3 layers. 30 goes unnoticed, below 10 the layer breaks.",
            std::to_string(samples), std::to_string(kMostRows), std::to_string(s.layers.size()))
        : text(
            "SQNR at the output in dB when only this layer's weights are rounded, or what flows into it (8 bits), on %1 samples. 30 goes unnoticed, below 10 the layer breaks.",
            std::to_string(samples));
    return {.id = "sensitivity",
        .title = text("Which layer breaks at which bits"),
        .caption = std::move(caption),
        .description = text("Signal-to-noise ratio at the output for each layer alone and each number of bits."),
        .body = map,
        .span = 2};
}

Figure weightsFigure(const Shrinker& shrinker, const foreign::Quantized& quantized, std::size_t index)
{
    const LayerQuantization& l = quantized.layers[index];
    Histogram h = beforeAfterHistogram(l.before, l.after, l.parameters, symmetricRange({&l.before}));
    h.x.title = text("weight");
    Text caption = l.weightBits == 0 ? text("This layer stays float.")
        : l.format                   ? text("Format %1; SQNR of the weights %2.", l.format->name, dbText(l.sqnrDb))
                   : text("%1 bits, %2 codes in use; SQNR of the weights %3.", std::to_string(l.weightBits), std::to_string(l.codesUsed),
                       dbText(l.sqnrDb));
    return {.id = "weights",
        .title = text("Weights of %1, before and after", shrinker.names()[index]),
        .caption = std::move(caption),
        .description = text("Histogram of the layer's weights before and after quantization."),
        .body = h};
}

Figure channelsFigure(const Shrinker& shrinker, const foreign::Quantized& quantized, std::size_t index)
{
    const LayerQuantization& l = quantized.layers[index];
    const Blocks blocks =
        blocksOf(l.before.shape(), {.kind = Granularity::Kind::PerChannel, .axis = shrinker.plain().layers()[index].axis});
    CurveSeries points{text("largest weight"), Role::Before, CurveSeries::Style::Points, {}, {}};
    for (const Range& r : rangesOf(l.before.data(), blocks, l.name)) {
        points.x.push_back(static_cast<double>(points.x.size()));
        points.y.push_back(static_cast<double>(std::max(-r.low, r.high)));
    }
    Curves curves{{.title = text("channel")}, {.title = text("largest weight")}, {points}};
    if (l.parameters.scale.size() == 1) {
        const double step = static_cast<double>(l.parameters.scale.front());
        curves.series.push_back({text("half a step: smaller weights become 0"), Role::Guide, CurveSeries::Style::Dashed,
            {0, points.x.back()}, {step / 2, step / 2}});
    }
    return {.id = "channels",
        .title = text("Channels of %1", shrinker.names()[index]),
        .caption = l.parameters.scale.size() > 1 ? text("Largest weight in each output channel; each channel has a scale of its own.")
                                                 : text("Largest weight in each output channel; one scale has to fit them all."),
        .description = text("Largest magnitude of each channel's weights, with half a quantization step as a line."),
        .body = curves};
}

Figure verdictFigure(const Shrinker& shrinker, const Measured& measured, const Measured* theirs, int bits, std::size_t repairs,
    bool measuring, const std::vector<std::string>& unknown, const Text& whyNotLearning)
{
    const auto value = [&](const Text& t) { return measuring ? Text("…") : t; };
    const std::size_t worst = chosenLayer(shrinker, {}, bits);
    const foreign::Deviation& worstAlone = shrinker.sensitivity()->weights[worst][Shrinker::probedColumn(bits)];
    Readout r;
    if (!shrinker.floatCorrect().empty()) {
        const std::string before = shareText(accuracyInterval(shrinker.floatCorrect()));
        const Text now = measured.correct.empty() ? Text("…") : Text(shareText(accuracyInterval(measured.correct)));
        r.items.push_back({shareName(shrinker), value(shrinker.hasLabels() ? text("%1 → %2", before, now) : now), true});
    }
    r.items.push_back({text("SQNR at the output"), value(Text(dbText(measured.deviation.sqnrDb()))), shrinker.floatCorrect().empty()});
    r.items.push_back(
        {text("model size"), value(text("%1 (float %2)", bytesText(measured.bytes), bytesText(shrinker.plain().floatBytes())))});
    r.items.push_back({text("most sensitive layer"), text("%1: %2 alone", shrinker.names()[worst], dbText(worstAlone.sqnrDb()))});
    r.items.push_back({text("repairs applied"), repairs == 0 ? text("none") : Text(std::to_string(repairs))});
    if (measured.learned && !measuring)
        r.items.push_back({text("learning again"),
            counted(static_cast<std::int64_t>(shrinker.lessons()), "%2, from %1 sample", "%2, from %1 samples",
                pointsText(*measured.learned, 100, 1))});
    if (!whyNotLearning.empty()) r.items.push_back({text("learning again"), whyNotLearning});
    if (theirs) r.items.push_back(theirItem(*theirs));
    if (!unknown.empty()) r.items.push_back({text("no layer is called"), Text(joined(unknown)), true});
    return {.id = "verdict",
        .title = headline(shrinker, measured, bits, measuring),
        .caption = shrinker.source().inputs,
        .description = text("What is left of the model with the bits and repairs that are chosen."),
        .body = r,
        .span = 2};
}

std::vector<Figure> figuresOf(const std::vector<Rung>& rungs, const Shrinker& shrinker)
{
    const bool classes = !shrinker.floatCorrect().empty();
    Bars bars{{.title = text("SQNR at the output"), .unit = Text("dB")}, {},
        {{text("this step alone"), Role::Before, {}, {}}, {text("with all steps above"), Role::After, {}, {}}}};
    Table table;
    table.columns = {textIn("repair", "step"), text("alone, in dB"), text("with all steps above, in dB")};
    if (classes) table.columns.push_back(shareName(shrinker));
    table.columns.push_back(text("error before"));
    table.columns.push_back(text("error after"));
    table.result = 2;
    for (const Rung& r : rungs) {
        const bool first = &r == &rungs.front();
        const Text name = first ? r.name : r.taken ? text("+ %1", r.name) : text("%1 (skipped)", r.name);
        bars.categories.push_back(name);
        bars.series[0].values.push_back(shownDb(r.alone));
        bars.series[1].values.push_back(shownDb(r.combined));
        table.rows.push_back({name, fixed(shownDb(r.alone), 1), fixed(shownDb(r.combined), 1)});
        if (classes) table.rows.back().push_back(Text(shareText(r.share)));
        table.rows.back().push_back(first ? Text("—") : Text(significant(r.before)));
        table.rows.back().push_back(first ? Text("—") : Text(significant(r.after)));
    }
    Figure ladder{.id = "ladder",
        .title = text("The repair ladder"),
        .caption = rungs.size() > repairs().size()
            ? text("SQNR at the output; the last step trains. A step that does worse on %1 calibration samples is skipped.",
                std::to_string(shrinker.judgedOn()))
            : text("SQNR at the output; nothing is retrained. A step that does worse on %1 calibration samples is skipped.",
                std::to_string(shrinker.judgedOn())),
        .description = text("SQNR at the output after each repair, alone and on top of the previous ones."),
        .body = bars,
        .span = 2};
    if (!shrinker.whyNotEqualized().empty())
        ladder.caption = text("%1 There is nothing to equalize: %2.", ladder.caption, shrinker.whyNotEqualized());
    Figure numbers{.id = "ladder.table",
        .title = text("The repair ladder in numbers"),
        .caption = classes ? text("Errors are the KL divergence from the float network's outputs, in nats, on the calibration samples.")
                           : text("Errors are noise over signal at the output, on the calibration samples."),
        .description = text("SQNR after each repair, as a table."),
        .body = table};
    return {std::move(ladder), std::move(numbers)};
}

Figure learningFigure(const Shrinker& shrinker, const TrainingCurve& curve)
{
    return {.id = "learning",
        .title = text("Learning again"),
        .caption = text(
            "How often the rounded network says what it is taught (the label, or the float network's class), on its training batches."),
        .description = text("Accuracy on the training batches against epochs."),
        .body = curve.curves(shareName(shrinker)),
        .place = Place::Bottom};
}

Figure theirsFigure(const Shrinker& shrinker, const Measured& theirs, const Measured& ours, int bits)
{
    const bool classes = !shrinker.floatCorrect().empty();
    Table table;
    table.columns = {text("network")};
    if (classes) table.columns.push_back(shareName(shrinker));
    table.columns.push_back(text("SQNR at the output"));
    table.columns.push_back(text("bytes"));
    const auto row = [&](const Text& name, const std::vector<char>& right, const Text& sqnr, std::int64_t bytes) {
        std::vector<Text> cells{name};
        if (classes) cells.push_back(right.empty() ? Text("…") : Text(shareText(accuracyInterval(right))));
        cells.push_back(sqnr);
        cells.push_back(Text(grouped(bytes)));
        table.rows.push_back(std::move(cells));
    };
    row(text("float"), shrinker.floatCorrect(), Text("—"), shrinker.plain().floatBytes());
    row(text("their file"), theirs.correct, Text(dbText(theirs.deviation.sqnrDb())), theirs.bytes);
    row(text("ours at %1 bits", std::to_string(bits)), ours.correct, Text(dbText(ours.deviation.sqnrDb())), ours.bytes);
    return {.id = "theirs",
        .title = text("Their quantized file beside ours"),
        .caption =
            text("On the same inputs, beside the float network. Bytes of their file are those on disk, ours those of weights and biases."),
        .description = text("Float network, their quantized file and ours, as a table."),
        .body = table};
}

Metrics theirMetrics(const Shrinker& shrinker, const Measured& theirs)
{
    Metrics m{{"theirs.sqnr_db", shownDb(theirs.deviation.sqnrDb())}, {"theirs.bytes", static_cast<double>(theirs.bytes)}};
    if (!theirs.correct.empty())
        m.emplace_back(shrinker.hasLabels() ? "theirs.accuracy" : "theirs.agreement", accuracyInterval(theirs.correct).mean);
    return m;
}

Metrics metricsOf(const Shrinker& shrinker, const Measured& measured)
{
    Metrics m{{"sqnr_db", shownDb(measured.deviation.sqnrDb())}, {"bytes", static_cast<double>(measured.bytes)},
        {"float.bytes", static_cast<double>(shrinker.plain().floatBytes())}};
    if (measured.correct.empty()) return m;
    if (shrinker.hasLabels()) m.emplace_back("float.accuracy", accuracyInterval(shrinker.floatCorrect()).mean);
    m.emplace_back(shrinker.hasLabels() ? "accuracy" : "agreement", accuracyInterval(measured.correct).mean);
    if (!measured.learned) return m;
    m.emplace_back("repair.learn.change.mean", measured.learned->mean);
    m.emplace_back("repair.learn.change.low", measured.learned->low);
    m.emplace_back("repair.learn.change.high", measured.learned->high);
    return m;
}

Metrics metricsOf(const Shrinker& shrinker)
{
    const foreign::Sensitivity& s = *shrinker.sensitivity();
    Metrics m;
    for (std::size_t l = 0; l < s.layers.size(); ++l) {
        for (std::size_t b = 0; b < s.bits.size(); ++b)
            m.emplace_back(metricName({"layer", shrinker.names()[l], bitsPart(s.bits[b]), "sqnr_db"}), shownDb(s.weights[l][b].sqnrDb()));
        m.emplace_back(metricName({"layer", shrinker.names()[l], "input", "sqnr_db"}), shownDb(s.inputs[l].sqnrDb()));
    }
    return m;
}

Metrics metricsOf(const std::vector<Rung>& rungs)
{
    Metrics m;
    for (std::size_t i = 0; i < rungs.size(); ++i) {
        const std::string id = i == 0 ? "rounded" : repairs()[i - 1].key.substr(std::string_view("repair.").size());
        m.emplace_back(metricName({"ladder", id, "sqnr_db"}), shownDb(rungs[i].combined));
        if (i > 0) m.emplace_back(metricName({"ladder", id, "taken"}), rungs[i].taken ? 1 : 0);
    }
    return m;
}

} // namespace bitstill::own_model
