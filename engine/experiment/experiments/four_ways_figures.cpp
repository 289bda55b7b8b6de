#include "engine/experiment/experiments/four_ways.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/record.h"

#include <algorithm>
#include <limits>

namespace bitstill::four_ways {

namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

Text nameOf(const Way& way)
{
    switch (way.method) {
    case Method::Float: return text("float32");
    case Method::Dynamic: return text("dynamic");
    case Method::Static: return text("static");
    case Method::Aware: return text("QAT");
    }
    return {};
}

Role roleOf(Method method) { return method == Method::Dynamic ? Role::Train : method == Method::Static ? Role::Before : Role::After; }

CurveSeries drawn(const Lane& lane)
{
    switch (lane.kind) {
    case Lane::Kind::Float: return {text("float32"), Role::Guide, CurveSeries::Style::Solid, lane.epochs, lane.accuracies};
    case Lane::Kind::Longer:
        return {text("float32, trained as long"), Role::Before, CurveSeries::Style::Dashed, lane.epochs, lane.accuracies};
    case Lane::Kind::Aware: break;
    }
    const Role role = lane.bits == 8 ? Role::Train : lane.bits == 4 ? Role::After : lane.bits == 3 ? Role::Alone : Role::Teacher;
    return {text("QAT, %1 bits", std::to_string(lane.bits)), role, CurveSeries::Style::Solid, lane.epochs, lane.accuracies};
}

/// QAT at the fewest bits so far, where it has most to give back; null where there is none yet.
const Way* hardest(const Result& r)
{
    const Way* found = nullptr;
    for (const Way& w : r.ways)
        if (w.method == Method::Aware && r.find(Method::Static, w.bits) && (!found || w.bits < found->bits)) found = &w;
    return found;
}

/// What the picture says, in one sentence.
Text headline(const Result& r)
{
    if (const Way* aware = hardest(r)) {
        const Interval back = pairedDifference(r.find(Method::Static, aware->bits)->correct, aware->correct);
        const Text bits(std::to_string(aware->bits));
        return back.low > 0 ? text("QAT gives back %1 points at %2 bits", meanText(back, 100, 1), bits)
                            : text("At %2 bits QAT changes static by %1", pointsText(back, 100, 1), bits);
    }
    const Way& last = r.ways.back();
    return text("At %2 bits %3 changes float by %1", pointsText(pairedDifference(r.exact().correct, last.correct), 100, 1),
        std::to_string(last.bits), nameOf(last));
}

void addWays(std::vector<Figure>& figures, const Result& r)
{
    std::vector<int> bits;
    for (const Way& w : r.ways)
        if (w.method == Method::Static) bits.push_back(w.bits);
    if (bits.empty()) return;
    Bars bars{{.title = text("accuracy"), .range = AxisRange{0, 1}, .percent = true}, {}, {}};
    for (const int b : bits) bars.categories.push_back(text("%1 bits", std::to_string(b)));
    for (const Method method : {Method::Float, Method::Dynamic, Method::Static, Method::Aware}) {
        BarSeries series{nameOf({.method = method}), method == Method::Float ? Role::Guide : roleOf(method), {}, {}};
        for (const int b : bits) {
            const Way* way = method == Method::Float ? &r.exact() : r.find(method, b);
            const Interval i = way ? accuracyInterval(way->correct) : Interval{kNoValue, kNoValue, kNoValue, 0};
            series.values.push_back(i.mean);
            series.intervals.push_back({i.low, i.high});
        }
        if (method != Method::Aware || hardest(r)) bars.series.push_back(std::move(series));
    }
    figures.push_back({.id = "ways",
        .title = headline(r),
        .caption =
            text("Accuracy on the same %1 test samples. In all but float, layers with weights run in real int8. Lines: 95 % interval.",
                grouped(static_cast<std::int64_t>(r.testSamples))),
        .description = text("Test accuracy of float, dynamic, static and QAT for each bit width."),
        .body = bars,
        .span = 2,
        .place = Place::Top});
}

/// Two bits lose so much that one axis would hide the rest.
void addChange(std::vector<Figure>& figures, const Result& r)
{
    constexpr int kShown[] = {8, 4};
    std::vector<Text> names;
    std::vector<BarSeries> series{
        {text("dynamic"), Role::Train, {}, {}}, {text("static"), Role::Before, {}, {}}, {text("QAT"), Role::After, {}, {}}};
    constexpr Method kMethods[] = {Method::Dynamic, Method::Static, Method::Aware};
    for (const int bits : kShown) {
        if (!r.find(Method::Dynamic, bits) || !r.find(Method::Static, bits)) continue;
        names.push_back(text("%1 bits", std::to_string(bits)));
        for (std::size_t k = 0; k < series.size(); ++k) {
            const Way* way = r.find(kMethods[k], bits);
            const Interval i = way ? pairedDifference(r.exact().correct, way->correct) : Interval{};
            series[k].values.push_back(way ? 100 * i.mean : 0.0);
            series[k].intervals.push_back({100 * i.low, 100 * i.high});
        }
    }
    if (!r.find(Method::Aware, kShown[0])) series.pop_back();
    if (names.empty()) return;
    figures.push_back({.id = "change",
        .title = text("Which loses least: 8 and 4 bits"),
        .caption = text("Change from float in points, on the same %1 test samples. Lines: 95 % interval.",
            grouped(static_cast<std::int64_t>(r.testSamples))),
        .description = text("Change in test accuracy for each method and bit width."),
        .body = Bars{{.title = text("change in accuracy"), .unit = text("points")}, names, series}});
}

void addSpeed(std::vector<Figure>& figures, const Result& r)
{
    std::vector<Text> names;
    for (const int batch : kBatches) names.push_back(text("batch %1", std::to_string(batch)));
    std::vector<BarSeries> series;
    for (const Way& w : r.ways) {
        if (!w.latency || w.method == Method::Float) continue;
        series.push_back({nameOf(w), roleOf(w.method), {}, {}});
        for (std::size_t i = 0; i < w.latency->size(); ++i) series.back().values.push_back((*r.exact().latency)[i] / (*w.latency)[i]);
    }
    if (series.empty()) return;
    figures.push_back({.id = "speed",
        .title = text("Speed-up over float"),
        .caption = text("Measured on one thread of %1 with oneDNN's int8 kernels; below 1, int8 is slower.", cpuText()),
        .description = text("Speed of the int8 networks relative to float32 for each batch size."),
        .body = Bars{{.title = text("speed-up")}, names, series},
        .timed = true});
}

Figure tableFigure(const Result& r)
{
    Table table;
    table.columns = {text("method"), text("accuracy"), text("change"), text("same prediction as float"), text("bytes"), text("bytes moved"),
        text("µs, batch 1"), text("µs, batch 32"), text("µs, batch 256")};
    table.result = 2;
    for (const Way& w : r.ways) {
        const bool isFloat = w.method == Method::Float;
        std::vector<Text> row{isFloat ? nameOf(w) : text("%1, %2 bits", nameOf(w), std::to_string(w.bits)),
            shareText(accuracyInterval(w.correct)), isFloat ? Text("—") : Text(changeText(pairedDifference(r.exact().correct, w.correct))),
            isFloat ? Text("—") : Text(percent(w.agreement)), Text(grouped(w.bytes)), Text(grouped(w.moved))};
        for (std::size_t i = 0; i < std::size(kBatches); ++i) row.push_back(w.latency ? Text(significant((*w.latency)[i], 3)) : Text("—"));
        table.rows.push_back(std::move(row));
    }
    return {.id = "table",
        .title = text("All measurements"),
        .caption = text(
            "± is a 95 % interval on %1 test samples; changes are paired. Codes of fewer than 8 bits run in int8, in the same time as 8 bits.",
            grouped(static_cast<std::int64_t>(r.testSamples))),
        .description = text("Accuracy, size, memory traffic and latency of each method at each bit width."),
        .body = table,
        .span = 2,
        .timed = true};
}

Text batchesText(const std::vector<int>& batches)
{
    std::vector<std::string> words;
    for (const int b : batches) words.push_back(std::to_string(b));
    return words.empty() ? text("none") : Text(joined(words));
}

void addVerdict(std::vector<Figure>& figures, const Result& r)
{
    const Way* integers = r.find(Method::Static, 8);
    if (!integers || !integers->latency) return;
    const std::vector<int> faster = fasterBatches(r.exact(), *integers);
    std::vector<int> slower;
    std::ranges::set_difference(kBatches, faster, std::back_inserter(slower));
    Readout readout;
    readout.items.push_back({text("int8 is faster at batch size"), batchesText(faster), true});
    readout.items.push_back({text("int8 is not faster at batch size"), batchesText(slower), !slower.empty()});
    const auto points = [](double change) { return text("%1 points", signedFixed(100 * change, 2)); };
    readout.items.push_back({text("integers minus simulation"), points(accuracyInterval(integers->correct).mean - r.simulated)});
    if (r.longer > 0)
        readout.items.push_back({text("float, trained as long as QAT"), points(r.longer - accuracyInterval(r.exact().correct).mean)});
    const Way *rounded = r.find(Method::Static, 2), *aware = r.find(Method::Aware, 2);
    if (rounded && aware)
        readout.items.push_back(
            {text("QAT recovers, 2 bits"), pointsText(pairedDifference(rounded->correct, aware->correct), 100, 1), true});
    figures.push_back({.id = "verdict",
        .title = text("What int8 gains here"),
        .caption = text("Measured on this machine with this network."),
        .description = text("Where int8 is faster than float and where it is not, and what QAT recovers."),
        .body = readout,
        .timed = true});
}

Figure bytesFigure(const Result& r)
{
    std::vector<Text> names;
    BarSeries size{text("model"), Role::After, {}, {}}, moved{text("moved per sample"), Role::Before, {}, {}};
    for (const Way& w : r.ways) {
        if (w.method != Method::Float && w.method != Method::Static) continue;
        names.push_back(w.method == Method::Float ? nameOf(w) : text("%1 bits", std::to_string(w.bits)));
        size.values.push_back(static_cast<double>(w.bytes) / 1000);
        moved.values.push_back(static_cast<double>(w.moved) / 1000);
    }
    return {.id = "bytes",
        .title = text("Bytes stored, bytes moved"),
        .caption = text("Stored: packed weights with scales and biases. Moved: those plus each layer's inputs and outputs, once."),
        .description = text("Model size and memory traffic for float and for each number of bits."),
        .body = Bars{{.title = text("size"), .unit = Text("kB")}, names, {size, moved}}};
}

} // namespace

Figure raceFigure(const Result& r)
{
    std::vector<CurveSeries> series;
    for (const Lane& lane : r.race) series.push_back(drawn(lane));
    return {.id = "race",
        .title = text("The race, on the same batches"),
        .caption = text("Accuracy on %1 test samples. Once float training ends, all variants see the same batches in the same order.",
            grouped(static_cast<std::int64_t>(r.raceSamples))),
        .description = text("Test accuracy against epochs, in float and then for each bit width."),
        .body = Curves{{.title = text("epoch"), .range = AxisRange{0, r.epochs}}, {.title = text("accuracy"), .percent = true}, series},
        .span = 2,
        .place = Place::Bottom};
}

std::vector<Figure> figuresOf(const Result& r)
{
    std::vector<Figure> figures;
    addWays(figures, r);
    addChange(figures, r);
    addSpeed(figures, r);
    figures.push_back(tableFigure(r));
    addVerdict(figures, r);
    figures.push_back(bytesFigure(r));
    return figures;
}

} // namespace bitstill::four_ways
