// What does float → int lose? A few thousand numbers, the levels they are rounded to, and the error that leaves.

#include "engine/experiment/experiments/number_line.h"

#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/number_shapes.h"
#include "engine/measure/error_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace bitstill {

namespace number_line {

namespace {

constexpr std::size_t kCalibrationBatch = 500;

Blocks whole(const Numbers& numbers) { return {1, 1, numbers.count()}; }

/// What becomes of `x` when the largest of all numbers stands in the same block.
std::vector<float> formatted(const Numbers& numbers, const NumberFormat& format, const std::vector<float>& x)
{
    std::vector<float> y(x.size());
    const std::size_t block = format.block > 1 ? format.block : format.block == 1 ? 2 : x.size() + 1;
    const float largest = -numbers.range.low > numbers.range.high ? numbers.range.low : numbers.range.high;
    for (std::size_t first = 0; first < x.size(); first += block - 1) {
        const std::size_t n = std::min(block - 1, x.size() - first);
        std::vector<float> piece{largest};
        piece.insert(piece.end(), x.begin() + static_cast<std::ptrdiff_t>(first), x.begin() + static_cast<std::ptrdiff_t>(first + n));
        // Formats that measure the mean magnitude must see these numbers, not the grid.
        if (format.block == 0) piece.insert(piece.begin(), numbers.values.begin(), numbers.values.end());
        format.roundTrip(piece.data(), piece.size(), piece.data());
        std::copy(piece.end() - static_cast<std::ptrdiff_t>(n), piece.end(), y.begin() + static_cast<std::ptrdiff_t>(first));
    }
    return y;
}

/// Share of the numbers beyond the last levels.
double clippedShare(const Numbers& numbers, const QuantParameters& p)
{
    const auto scale = static_cast<double>(p.scale[0]);
    const double bottom = (p.range.low - p.zeroPoint[0]) * scale - scale / 2, top = (p.range.high - p.zeroPoint[0]) * scale + scale / 2;
    const auto clipped = std::count_if(numbers.values.begin(), numbers.values.end(),
        [&](float v) { return static_cast<double>(v) < bottom || static_cast<double>(v) > top; });
    return static_cast<double>(clipped) / static_cast<double>(numbers.count());
}

std::int64_t differentValues(const Tensor& numbers)
{
    std::vector<float> levels(numbers.begin(), numbers.end());
    std::sort(levels.begin(), levels.end());
    return std::unique(levels.begin(), levels.end()) - levels.begin();
}

} // namespace

Numbers watched(Tensor values, const std::function<bool()>& stopping)
{
    const auto throwIfStopped = [&] {
        if (stopping()) throw Stopped{};
    };
    const std::size_t count = values.size();
    Numbers numbers{.range = rangesOf(values.data(), {1, 1, count}, "number-line").front()};
    for (const ObserverInfo& o : observers()) {
        throwIfStopped();
        numbers.watchers.push_back(o.make());
        // In batches, as calibration hands them over: a moving average would otherwise have nothing to move.
        for (std::size_t first = 0; first < count; first += kCalibrationBatch)
            numbers.watchers.back()->observe(values.data() + first, std::min(kCalibrationBatch, count - first), "number-line");
    }
    Tensor read = values;
    for (const NumberFormat& f : numberFormats()) {
        throwIfStopped();
        f.roundTrip(values.data(), count, read.data());
        numbers.formatSqnr.push_back(sqnrDb(values.data(), read.data(), count));
    }
    numbers.values = std::move(values);
    return numbers;
}

QuantParameters parametersFor(const Numbers& numbers, const Way& way, int bits)
{
    return chooseParameters(bits, way.scheme, whole(numbers), {way.range}, Profile::Bitstill, scaleFloor(Profile::Bitstill));
}

Result roundedBy(const Numbers& numbers, const Way& way)
{
    Result r{.way = way, .parameters = parametersFor(numbers, way, way.bits), .rounded = numbers.values};
    const float* values = numbers.values.data();
    const std::size_t n = numbers.count();
    if (way.format)
        way.format->roundTrip(values, n, r.rounded.data());
    else
        fakeQuantize(values, r.parameters, r.rounded.data());
    r.sqnr = sqnrDb(values, r.rounded.data(), n);
    r.rmse = rmse(values, r.rounded.data(), n);
    r.bitsPerNumber = way.format ? way.format->bits(n) / static_cast<double>(n) : way.bits + 32.0 / static_cast<double>(n);
    r.used = differentValues(r.rounded);
    if (!way.format) r.clipped = clippedShare(numbers, r.parameters);
    return r;
}

Stairs stairsOf(const Numbers& numbers, const Result& result)
{
    return bitstill::stairsOf(numbers.range.low, numbers.range.high, [&](const std::vector<float>& x) {
        if (result.way.format) return formatted(numbers, *result.way.format, x);
        QuantParameters p = result.parameters;
        p.blocks = {1, 1, x.size()};
        std::vector<float> y(x.size());
        fakeQuantize(x.data(), p, y.data());
        return y;
    });
}

std::vector<double> sqnrByBits(const Numbers& numbers, const Way& way)
{
    std::vector<double> measured;
    Tensor rounded = numbers.values;
    for (int bits = 2; bits <= 8; ++bits) {
        fakeQuantize(numbers.values.data(), parametersFor(numbers, way, bits), rounded.data());
        const double sqnr = sqnrDb(numbers.values.data(), rounded.data(), numbers.count());
        measured.push_back(std::isfinite(sqnr) ? sqnr : std::numeric_limits<double>::quiet_NaN());
    }
    return measured;
}

double roundingAlone(const Numbers& numbers, const Way& way)
{
    const double step = static_cast<double>(parametersFor(numbers, way, 8).scale[0]);
    double signal = 0, noise = 0;
    for (const float v : numbers.values) {
        const double x = static_cast<double>(v), left = x - std::nearbyint(x / step) * step;
        signal += x * x;
        noise += left * left;
    }
    return 10 * std::log10(signal / noise);
}

Metrics metricsOf(const Result& r)
{
    Metrics metrics{{"sqnr_db", r.sqnr}, {"rmse", r.rmse}, {"bits_per_number", r.bitsPerNumber}};
    if (r.way.format) return metrics;
    metrics.emplace_back("scale", r.scale());
    metrics.emplace_back("clipped", r.clipped);
    metrics.emplace_back("codes_used", static_cast<double>(r.used));
    return metrics;
}

} // namespace number_line

namespace {

using namespace number_line;

const char *const kByHand = "by-hand", *const kChosenLines = "chosen", *const kAllLines = "all";

std::vector<Field> fields()
{
    const Text numbers = text("Numbers"), quantization = text("Quantization");
    std::vector<Field::Choice> ranges{{kByHand, text("by hand: drag the lines")}};
    for (const ObserverInfo& o : observers()) ranges.push_back({o.name, o.name});
    const Field observer{.key = "quant.observer",
        .kind = Field::Kind::Choice,
        .group = quantization,
        .label = text("Range"),
        .help = text("Who sets the range of the integers: you, or one of the observers."),
        .initial = std::string(kByHand),
        .choices = ranges,
        .visibleWhen = {"quant.format", {kIntegerFormat}},
        .live = true};
    const Field clip{.key = "quant.clip",
        .kind = Field::Kind::Real,
        .group = quantization,
        .label = text("Clip at"),
        .help = text("Share of the full range that the levels cover; the rest is clipped. Drag the lines in the chart."),
        .initial = 100.0,
        .low = 2,
        .high = 100,
        .unit = "%",
        .visibleWhen = {"quant.observer", {kByHand}},
        .live = true};
    const Field lines{.key = "view.lines",
        .kind = Field::Kind::Choice,
        .group = quantization,
        .label = text("Lines"),
        .help = text("Which ends of ranges the chart shows: the one that is set, or also what every observer would choose."),
        .initial = std::string(kChosenLines),
        .choices = {{kChosenLines, text("the range that is set")}, {kAllLines, text("those of all observers")}},
        .visibleWhen = {"quant.format", {kIntegerFormat}},
        .live = true};
    const Field shape{.key = "values.shape",
        .kind = Field::Kind::Choice,
        .group = numbers,
        .label = text("Shape"),
        .help = text("The distribution the numbers are drawn from."),
        .initial = std::string("gaussian"),
        .choices = numberShapes(),
        .live = true};
    const Field count{.key = "values.count",
        .kind = Field::Kind::Int,
        .group = numbers,
        .label = text("How many"),
        .help = text("How many numbers to draw."),
        .initial = std::int64_t{50000},
        .low = 100,
        .high = 200000,
        .logarithmic = true,
        .live = true};
    return joinFields({{shape, count, formatField()},
        quantFields().without({"quant.granularity"}).visibleWhen({"quant.format", {kIntegerFormat}}), {observer, clip, lines}});
}

class NumberLine : public Experiment {
public:
    void run(Context& context) override
    {
        retune(context);
        context.mark(text("at the start"));
        context.progress(1, text("done"));
    }

    void retune(Context& context) override
    {
        const Spec& spec = context.spec();
        takeNumbers(context);
        m_way = {.bits = static_cast<int>(spec.integer("quant.bits")), .scheme = quantScheme(spec), .format = quantFormat(spec)};
        m_way.range = rangeOf(context);
        const Result result = roundedBy(m_numbers, m_way);
        context.show(histogramFigure(m_numbers, result, lines(context)));
        context.show(readoutFigure(result));
        tellAll(context, metricsOf(result));
        const Stairs steps = stairsOf(m_numbers, result);
        context.show(staircaseFigure(m_numbers, steps));
        context.show(errorFigure(m_numbers, result, steps));
        throwIfStopped(context);
        context.show(sqnrFigure(sqnrByBits(m_numbers, m_way), roundingAlone(m_numbers, m_way), m_way.bits));
        throwIfStopped(context);
        context.show(formatsFigure(m_numbers.formatSqnr, m_numbers.count()));
    }

private:
    static void throwIfStopped(const Context& context)
    {
        if (context.stopping()) throw Stopped{};
    }

    /// Those that the fields name. All of it or, when it is stopped on the way, nothing: a stopped run still answers.
    void takeNumbers(const Context& context)
    {
        const Spec& spec = context.spec();
        const std::string& shape = spec.word("values.shape");
        const std::int64_t count = spec.integer("values.count");
        if (shape == m_shape && static_cast<std::size_t>(count) == m_numbers.count()) return;
        m_numbers = watched(drawNumbers(shape, count, spec.seed), [&] { return context.stopping(); });
        m_shape = shape;
        m_choices.clear();
    }

    /// What each observer would choose, computed once for these numbers, bits and scheme.
    const std::vector<Range>& observerChoices(const Context& context)
    {
        std::vector<Range>& choices = m_choices[{m_way.bits, m_way.scheme}];
        while (choices.size() < m_numbers.watchers.size()) {
            throwIfStopped(context);
            choices.push_back(m_numbers.watchers[choices.size()]->range(m_way.bits, m_way.scheme));
        }
        return choices;
    }

    Range rangeOf(const Context& context)
    {
        const Spec& spec = context.spec();
        const std::string& who = spec.word("quant.observer");
        for (std::size_t i = 0; i < observers().size(); ++i)
            if (observers()[i].name == who) return observerChoices(context)[i];
        const auto clip = static_cast<float>(spec.real("quant.clip") / 100);
        return {m_numbers.range.low * clip, m_numbers.range.high * clip};
    }

    /// None are drawn beside the numbers of a format.
    Lines lines(const Context& context)
    {
        const Spec& spec = context.spec();
        if (m_way.format) return {};
        Lines lines;
        const std::string& who = spec.word("quant.observer");
        if (who == kByHand) lines.byHand = spec.real("quant.clip") / 100;
        const bool all = spec.word("view.lines") == kAllLines;
        for (std::size_t i = 0; i < observers().size(); ++i)
            if (all || observers()[i].name == who) lines.observers.emplace_back(i, observerChoices(context)[i]);
        if (all) lines.theory = aciqClips(m_numbers.values.data(), m_numbers.count(), m_way.bits);
        return lines;
    }

    std::string m_shape;
    Numbers m_numbers;
    Way m_way;
    std::map<std::pair<int, Scheme>, std::vector<Range>> m_choices;
};

} // namespace

ExperimentInfo numberLine()
{
    return {.id = "number-line",
        .title = text("The number line"),
        .question = text("What is lost from float to int?"),
        .group = text("Quantize"),
        .instant = true,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<NumberLine>()); },
        .expected = {{"histogram", text("Numbers before and after"), Histogram{}, 2}, {"readout", text("Cost in numbers"), Readout{}},
            {"staircase", text("The staircase"), Curves{}}, {"error", text("The error"), Curves{}}}};
}

} // namespace bitstill
