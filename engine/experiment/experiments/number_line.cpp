// What does float → int lose? A few thousand numbers, the levels they are rounded to, and the error that leaves.

#include "engine/experiment/experiments/experiments.h"

#include "engine/experiment/context.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/number_shapes.h"
#include "engine/experiment/stairs.h"
#include "engine/experiment/weights_figure.h"
#include "engine/measure/error_measures.h"
#include "engine/quant/aciq.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace bitstill {

namespace {

constexpr std::size_t kCalibrationBatch = 500;
const char* const kByHand = "by-hand";

std::vector<Field> fields()
{
    const Text numbers = text("Numbers"), quantization = text("Quantization");
    std::vector<Field::Choice> ranges{{kByHand, text("by hand: drag the lines")}};
    for (const ObserverInfo& o : observers()) ranges.push_back({o.name, o.name});
    std::vector<Field> quant = quantFields();
    std::erase_if(quant, [](const Field& f) { return f.key == "quant.granularity"; });
    for (Field& f : quant) f.visibleWhen = {"quant.format", {kIntegerFormat}};
    const Field observer{.key = "quant.observer",
        .kind = Field::Kind::Choice,
        .group = quantization,
        .label = text("Range"),
        .help = text("Who says which range the integers cover: you, or one of the observers."),
        .initial = std::string(kByHand),
        .choices = ranges,
        .visibleWhen = {"quant.format", {kIntegerFormat}},
        .live = true};
    const Field clip{.key = "quant.clip",
        .kind = Field::Kind::Real,
        .group = quantization,
        .label = text("Clip at"),
        .help = text("Share of the full range that the levels cover; what lies beyond is clipped. Drag the lines in the chart."),
        .initial = 100.0,
        .low = 2,
        .high = 100,
        .unit = "%",
        .visibleWhen = {"quant.observer", {kByHand}},
        .live = true};
    const Field shape{.key = "values.shape",
        .kind = Field::Kind::Choice,
        .group = numbers,
        .label = text("Shape"),
        .help = text("How the numbers are spread."),
        .initial = std::string("gaussian"),
        .choices = numberShapes(),
        .live = true};
    const Field count{.key = "values.count",
        .kind = Field::Kind::Int,
        .group = numbers,
        .label = text("How many"),
        .help = text("Numbers drawn from the shape."),
        .initial = std::int64_t{50000},
        .low = 100,
        .high = 200000,
        .logarithmic = true,
        .live = true};
    return joinFields({{shape, count, formatField()}, quant, {observer, clip}});
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
        m_context = &context;
        const Spec& spec = context.spec();
        const std::string& shape = spec.word("values.shape");
        const std::int64_t count = spec.integer("values.count");
        if (shape != m_shape || static_cast<std::size_t>(count) != m_values.size())
            takeNumbers(drawNumbers(shape, count, spec.seed), shape);
        m_bits = static_cast<int>(spec.integer("quant.bits"));
        m_scheme = quantScheme(spec);
        m_format = quantFormat(spec);
        m_range = rangeOf(spec);
        m_parameters = parametersFor(m_bits);
        if (m_format)
            m_format->roundTrip(m_values.data(), m_values.size(), m_rounded.data());
        else
            fakeQuantize(m_values.data(), m_parameters, m_rounded.data());
        context.show(histogram(spec));
        context.show(readout(context));
        const Stairs steps = stairsOf(m_extent.low, m_extent.high, [this](const std::vector<float>& x) { return roundTrip(x); });
        context.show(staircase(steps));
        context.show(error(steps));
        breathe();
        context.show(sqnrAgainstBits());
        breathe();
        context.show(formatsFigure(m_formatSqnr, m_values.size()));
    }

private:
    /// Ends the work when somebody has asked to stop.
    void breathe() const
    {
        if (m_context->stopping()) throw Stopped{};
    }

    /// All of it or, when it is stopped on the way, nothing: a stopped run still answers.
    void takeNumbers(Tensor values, const std::string& shape)
    {
        const std::size_t count = values.size();
        const Extent extent = extentsOf(values.data(), {1, 1, count}, "number-line").front();
        std::vector<std::unique_ptr<Observer>> watchers;
        for (const ObserverInfo& o : observers()) {
            breathe();
            watchers.push_back(o.make());
            // In batches, as calibration hands them over: a moving average would otherwise have nothing to move.
            for (std::size_t first = 0; first < count; first += kCalibrationBatch)
                watchers.back()->observe(values.data() + first, std::min(kCalibrationBatch, count - first), "number-line");
        }
        std::vector<double> formatSqnr;
        Tensor read = values;
        for (const NumberFormat& f : numberFormats()) {
            breathe();
            f.roundTrip(values.data(), count, read.data());
            formatSqnr.push_back(sqnrDb(values.data(), read.data(), count));
        }
        m_shape = shape;
        m_extent = extent;
        m_watchers = std::move(watchers);
        m_formatSqnr = std::move(formatSqnr);
        m_choices.clear();
        m_rounded = values;
        m_values = std::move(values);
    }

    Blocks whole() const { return {1, 1, m_values.size()}; }

    /// What each observer would choose, computed once for these numbers, bits and scheme.
    const std::vector<Extent>& observerChoices()
    {
        std::vector<Extent>& choices = m_choices[{m_bits, m_scheme}];
        while (choices.size() < m_watchers.size()) {
            breathe();
            choices.push_back(m_watchers[choices.size()]->extent(m_bits, m_scheme));
        }
        return choices;
    }

    Extent rangeOf(const Spec& spec)
    {
        const std::string& who = spec.word("quant.observer");
        for (std::size_t i = 0; i < observers().size(); ++i)
            if (observers()[i].name == who) return observerChoices()[i];
        const auto clip = static_cast<float>(spec.real("quant.clip") / 100);
        return {m_extent.low * clip, m_extent.high * clip};
    }

    QuantParameters parametersFor(int bits) const
    {
        return chooseParameters(bits, m_scheme, whole(), {m_range}, Profile::Bitstill, scaleFloor(Profile::Bitstill));
    }

    /// What becomes of `x` when the largest of all numbers stands in the same block.
    std::vector<float> roundTrip(const std::vector<float>& x) const
    {
        std::vector<float> y(x.size());
        if (!m_format) {
            QuantParameters p = m_parameters;
            p.blocks = {1, 1, x.size()};
            fakeQuantize(x.data(), p, y.data());
            return y;
        }
        const std::size_t block = m_format->block > 1 ? m_format->block : m_format->block == 1 ? 2 : x.size() + 1;
        const float largest = -m_extent.low > m_extent.high ? m_extent.low : m_extent.high;
        for (std::size_t first = 0; first < x.size(); first += block - 1) {
            const std::size_t n = std::min(block - 1, x.size() - first);
            std::vector<float> piece{largest};
            piece.insert(piece.end(), x.begin() + static_cast<std::ptrdiff_t>(first), x.begin() + static_cast<std::ptrdiff_t>(first + n));
            // Formats that measure the mean magnitude must see these numbers, not the grid.
            if (m_format->block == 0) piece.insert(piece.begin(), m_values.begin(), m_values.end());
            m_format->roundTrip(piece.data(), piece.size(), piece.data());
            std::copy(piece.end() - static_cast<std::ptrdiff_t>(n), piece.end(), y.begin() + static_cast<std::ptrdiff_t>(first));
        }
        return y;
    }

    double scale() const { return static_cast<double>(m_parameters.scale[0]); }
    double levelOf(int code) const { return (code - m_parameters.zeroPoint[0]) * scale(); }

    Figure histogram(const Spec& spec)
    {
        const double low = static_cast<double>(m_extent.low), high = static_cast<double>(m_extent.high),
                     margin = 0.06 * std::max(high - low, 1e-6);
        const AxisRange range{low - margin, high + margin};
        Histogram h = m_format ? beforeAfterHistogram(m_values, m_rounded, {}, range)
                               : beforeAfterHistogram(m_values, m_rounded, m_parameters, range);
        h.y.title = h.y.title == text("share of weights per step") ? text("share of numbers per step") : text("share of numbers per bin");
        if (!m_format) addLines(h, spec);
        const std::string count = grouped(static_cast<std::int64_t>(m_values.size()));
        return {.id = "histogram",
            .title = text("Numbers before and after"),
            .caption = m_format
                ? text("%1 numbers as %2.", count, Text(m_format->name))
                : text("%1 numbers fall on %2 levels, %3 apart.", count, std::to_string(m_parameters.range.codes()), significant(scale())),
            .description = text(
                "Histogram of the numbers before rounding, and of what they are rounded to. Lines show where the range ends; yours can be dragged."),
            .body = h,
            .span = 2};
    }

    /// The ends of the range: by hand, to drag, and as each observer would choose them.
    void addLines(Histogram& h, const Spec& spec)
    {
        static constexpr Role kRoles[] = {Role::Guide, Role::Alone, Role::Teacher, Role::Train, Role::Neutral};
        const double low = static_cast<double>(m_extent.low), high = static_cast<double>(m_extent.high);
        const auto add = [&h](const Text& name, double from, double to, Role role, bool theory = false) {
            if (from < 0) h.markers.push_back({.name = name, .position = from, .role = role, .theory = theory});
            if (to > 0) h.markers.push_back({.name = name, .position = to, .role = role, .theory = theory});
        };
        for (std::size_t i = 0; i < observers().size(); ++i) {
            const Extent e = observerChoices()[i];
            add(Text(observers()[i].name), static_cast<double>(e.low), static_cast<double>(e.high), kRoles[i % std::size(kRoles)]);
        }
        // What theory says of normal and of Laplace numbers with this deviation.
        const AciqClips aciq = aciqClips(m_values.data(), m_values.size(), m_bits);
        add(text("ACIQ, normal"), low < 0 ? -aciq.normal : 0, high > 0 ? aciq.normal : 0, Role::Before, true);
        add(text("ACIQ, Laplace"), low < 0 ? -aciq.laplace : 0, high > 0 ? aciq.laplace : 0, Role::Guide, true);
        if (spec.word("quant.observer") != kByHand) return;
        const double clip = spec.real("quant.clip") / 100;
        if (low < 0) h.markers.push_back({text("clip"), low * clip, "quant.clip", low / 100});
        if (high > 0) h.markers.push_back({text("clip"), high * clip, "quant.clip", high / 100});
    }

    Figure readout(Context& context) const
    {
        const std::size_t n = m_values.size();
        const double sqnr = sqnrDb(m_values.data(), m_rounded.data(), n), error = rmse(m_values.data(), m_rounded.data(), n);
        std::vector<float> levels(m_rounded.begin(), m_rounded.end());
        std::sort(levels.begin(), levels.end());
        const auto used = std::unique(levels.begin(), levels.end()) - levels.begin();
        const double bits = m_format ? m_format->bits(n) / static_cast<double>(n) : m_bits + 32.0 / static_cast<double>(n);
        context.metric("sqnr_db", sqnr);
        context.metric("rmse", error);
        context.metric("bits_per_number", bits);
        Readout r;
        r.items = {{text("signal to noise (SQNR)"), text("%1 dB", fixed(sqnr, 2)), true},
            {text("bits a number, scales included"), Text(fixed(bits, 3))}, {text("root mean squared error"), Text(significant(error))}};
        if (m_format) {
            r.items.push_back({text("different values"), Text(grouped(used))});
        } else {
            const double bottom = levelOf(m_parameters.range.low) - scale() / 2, top = levelOf(m_parameters.range.high) + scale() / 2;
            const auto clipped = std::count_if(
                m_values.begin(), m_values.end(), [&](float v) { return static_cast<double>(v) < bottom || static_cast<double>(v) > top; });
            const double clippedShare = static_cast<double>(clipped) / static_cast<double>(n);
            context.metric("scale", scale());
            context.metric("clipped", clippedShare);
            context.metric("codes_used", static_cast<double>(used));
            r.items.push_back({text("the same in steps"), text("%1 (0.289 is pure rounding)", fixed(error / scale(), 3))});
            r.items.push_back({text("scale (one step)"), Text(significant(scale(), 4))});
            r.items.push_back({text("zero point"), Text(std::to_string(m_parameters.zeroPoint[0]))});
            r.items.push_back({text("codes used"), text("%1 of %2", std::to_string(used), std::to_string(m_parameters.range.codes()))});
            r.items.push_back({text("clipped"), Text(percent(clippedShare))});
        }
        return {.id = "readout",
            .title = text("What it costs"),
            .caption = text("Measured on these numbers."),
            .description = text("Scale, zero point, codes used and error of the quantization."),
            .body = r};
    }

    Figure staircase(const Stairs& s) const
    {
        const double low = static_cast<double>(m_extent.low), high = static_cast<double>(m_extent.high);
        const CurveSeries steps{text("after"), Role::After, CurveSeries::Style::Solid, s.x, s.y},
            line{text("before"), Role::Before, CurveSeries::Style::Dashed, {low, high}, {low, high}};
        return {.id = "staircase",
            .title = text("The staircase"),
            .caption = text("Every number goes to the nearest level; beyond the last one it stays there."),
            .description = text("The rounded value against the value: a staircase along the diagonal."),
            .body = Curves{{.title = text("value"), .range = AxisRange{low, high}},
                {.title = text("rounded value"), .range = AxisRange{low, high}}, {line, steps}}};
    }

    Figure error(const Stairs& s) const
    {
        const CurveSeries curve{text("error"), Role::After, CurveSeries::Style::Solid, s.x, s.error};
        const double low = static_cast<double>(m_extent.low), high = static_cast<double>(m_extent.high);
        Curves curves{{.title = text("value"), .range = AxisRange{low, high}}, {.title = text("rounded − value")}, {curve}};
        if (!m_format)
            for (const double side : {0.5, -0.5})
                curves.series.push_back(
                    {text("half a step"), Role::Guide, CurveSeries::Style::Dashed, {low, high}, {side * scale(), side * scale()}});
        const Text caption = !m_format
            ? text("At most half a step (%1) inside the range; it grows without limit where values are clipped.", significant(scale() / 2))
            : s.inColumns
            ? text("Smallest and largest error of each column; rounded minus true value, beside the largest number in its block.")
            : text("Rounded minus true value, beside the largest number in its block.");
        return {.id = "error",
            .title = text("The error"),
            .caption = caption,
            .description = text("Rounded value minus value, against the value."),
            .body = curves};
    }

    /// What 8 bits would leave if nothing were clipped, in dB.
    double roundingAlone() const
    {
        const double step = static_cast<double>(parametersFor(8).scale[0]);
        double signal = 0, noise = 0;
        for (const float v : m_values) {
            const double x = static_cast<double>(v), left = x - std::nearbyint(x / step) * step;
            signal += x * x;
            noise += left * left;
        }
        return 10 * std::log10(signal / noise);
    }

    Figure sqnrAgainstBits() const
    {
        CurveSeries measured{text("these numbers"), Role::After, CurveSeries::Style::Solid, {}, {}},
            here{text("bits chosen"), Role::Before, CurveSeries::Style::Points, {}, {}};
        CurveSeries rule{text("6.02 dB per bit"), Role::Guide, CurveSeries::Style::Dashed, {}, {}};
        Tensor rounded = m_values;
        for (int bits = 2; bits <= 8; ++bits) {
            fakeQuantize(m_values.data(), parametersFor(bits), rounded.data());
            measured.x.push_back(bits);
            const double sqnr = sqnrDb(m_values.data(), rounded.data(), m_values.size());
            measured.y.push_back(std::isfinite(sqnr) ? sqnr : std::numeric_limits<double>::quiet_NaN());
        }
        // Rounding alone, not what this range leaves: where that clips, more bits give nothing, and a line through its end would run
        // below the numbers it is to be compared with. Near 0 dB the rule says nothing: no rounding leaves more than the number.
        constexpr double kLeastDb = 2;
        const double top = roundingAlone();
        for (int bits = 2; bits <= 8; ++bits) {
            const double db = top - 6.02 * (8 - bits);
            if (!std::isfinite(db) || db < kLeastDb) continue;
            rule.x.push_back(bits);
            rule.y.push_back(db);
        }
        const auto chosen = static_cast<std::size_t>(m_bits - 2);
        here.x = {measured.x[chosen]};
        here.y = {measured.y[chosen]};
        return {.id = "sqnr",
            .title = text("Signal to noise against bits"),
            .caption = text(
                "Each bit halves the step: 6.02 dB. The dashed line is rounding alone with this range; what is missing below it was clipped."),
            .description = text("SQNR in dB for 2 to 8 bits, measured on these numbers."),
            .body = Curves{{.title = text("bits"), .range = AxisRange{1.7, 8.3}}, {.title = text("SQNR"), .unit = Text("dB")},
                {rule, measured, here}}};
    }

    const Context* m_context = nullptr; ///< while it works
    Tensor m_values, m_rounded;
    std::string m_shape;
    Extent m_extent, m_range;
    std::vector<std::unique_ptr<Observer>> m_watchers;
    std::map<std::pair<int, Scheme>, std::vector<Extent>> m_choices;
    std::vector<double> m_formatSqnr;
    int m_bits = 4;
    Scheme m_scheme = Scheme::Symmetric;
    const NumberFormat* m_format = nullptr; ///< null: integers
    QuantParameters m_parameters;
};

} // namespace

ExperimentInfo numberLine()
{
    return {.id = "number-line",
        .title = text("The number line"),
        .question = text("What does float → int lose?"),
        .group = text("Quantize"),
        .instant = true,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<NumberLine>()); }};
}

} // namespace bitstill
