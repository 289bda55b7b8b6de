// Do small models lose more, and does quantization-aware training give it back? The same network in many widths, over seeds.

#include "engine/experiment/experiments/experiments.h"

#include "engine/experiment/course.h"
#include "engine/experiment/groups.h"
#include "engine/measure/interval.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aware.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr int kBits[] = {8, 7, 6, 5, 4, 3, 2};

Problem widthProblem(const Values& values)
{
    const std::int64_t narrowest = std::get<std::int64_t>(values.at("sweep.narrowest"));
    if (std::get<std::int64_t>(values.at("sweep.widest")) >= narrowest) return {};
    return {"sweep.widest", text("it is narrower than sweep.narrowest"), text("choose %1 to %2", std::to_string(narrowest), "1024")};
}

std::vector<Field> fields()
{
    const Text widths = text("Widths");
    std::vector<Field> training = trainFields(3);
    std::vector<Field> quant = quantFields();
    for (Field& f : quant) f.live = false;
    quant.front().help = text("Bits of the weights that are compared with and without quantization-aware training.");
    const std::vector<Field> sweep{
        {.key = "sweep.narrowest",
            .kind = Field::Kind::Int,
            .group = widths,
            .label = text("Narrowest network"),
            .help = text("Width of the first hidden layer of the smallest network; the second has half of it."),
            .initial = std::int64_t{8},
            .low = 2,
            .high = 1024},
        {.key = "sweep.widest",
            .kind = Field::Kind::Int,
            .group = widths,
            .label = text("Widest network"),
            .help = text("Widths double from the narrowest to this one."),
            .initial = std::int64_t{256},
            .low = 2,
            .high = 1024,
            .fits = &widthProblem},
        {.key = "sweep.seeds",
            .kind = Field::Kind::Int,
            .group = widths,
            .label = text("Seeds"),
            .help = text("How many times each network is trained, each time from another start."),
            .initial = std::int64_t{6},
            .low = 1,
            .high = 20},
    };
    return joinFields({dataFields(), sweep, training, quant, awareFields(1)});
}

/// What was measured at one width; one entry for each seed, accuracies as fractions.
struct Width {
    int width = 0;
    std::size_t weights = 0;
    std::vector<double> exact, aware;
    std::vector<double> rounded[std::size(kBits)];

    std::vector<double> change(const std::vector<double>& against) const
    {
        std::vector<double> points;
        for (std::size_t i = 0; i < against.size(); ++i) points.push_back(100 * (against[i] - exact[i]));
        return points;
    }
    std::string name() const { return "mlp-" + std::to_string(width) + "-" + std::to_string(std::max(1, width / 2)); }
};

class SmallModels : public Experiment {
public:
    void run(Context& context) override
    {
        const Spec& spec = context.spec();
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_bits = static_cast<std::size_t>(8 - spec.integer("quant.bits"));
        for (std::int64_t w = spec.integer("sweep.narrowest"); w <= spec.integer("sweep.widest"); w *= 2)
            m_widths.emplace_back().width = static_cast<int>(w);
        for (const Width& w : m_widths) m_work += w.width + 16;
        const std::int64_t seeds = spec.integer("sweep.seeds");
        m_work *= static_cast<double>(seeds);
        Course course(context, m_data);
        for (std::int64_t i = 0; i < seeds; ++i) {
            for (Width& w : m_widths) {
                const Text doing = text("width %1, seed %2 of %3", std::to_string(w.width), std::to_string(i + 1), std::to_string(seeds));
                measure(context, course, w, spec.seed + static_cast<std::uint64_t>(i), doing);
                showAll(context);
            }
            context.mark(text("seed %1", std::to_string(i + 1)));
        }
        context.progress(1, text("done"));
    }

private:
    void measure(Context& context, Course& course, Width& w, std::uint64_t seed, const Text& doing)
    {
        Graph graph = buildModel(w.name(), m_data.shape, m_data.classCount());
        graph.initialize(seed);
        TrainOptions options = trainOptions(context.spec()), again = awareOptions(context.spec());
        options.seed = again.seed = seed;
        const double share = (w.width + 16) / m_work;
        course.next(0.75 * share, doing);
        course.train(graph, options);
        w.weights = graph.parameterCount();
        const std::string id = "w" + std::to_string(w.width);
        if (w.exact.empty()) context.keepModel(id + ".float32", graph);

        w.exact.push_back(accuracy(course.test(graph), m_data.test));
        QuantizedNetwork rounded(graph, m_data, {}, context.pool(), course.keepGoing());
        QuantizationOptions quantization{.weightScheme = quantScheme(context.spec()), .granularity = quantGranularity(context.spec())};
        for (std::size_t b = 0; b < std::size(kBits); ++b) {
            quantization.weightBits = kBits[b];
            rounded.quantize(quantization);
            w.rounded[b].push_back(accuracy(course.test(rounded.pass()), m_data.test));
        }
        quantization.weightBits = kBits[m_bits];
        rounded.quantize(quantization);
        Graph aware = makeQuantizationAware(rounded, quantAwareMethod(context.spec()));
        course.next(0.25 * share, doing);
        course.train(aware, again);
        if (w.aware.empty()) context.keepModel(id + ".qat", aware);
        w.aware.push_back(accuracy(course.test(aware), m_data.test));
    }

    void showAll(Context& context) const
    {
        showDrop(context);
        showVerdict(context);
        showTable(context);
        showBitsAgainstWidth(context);
    }

    /// Intervals over one seed are unbounded: none is drawn.
    static void add(BarSeries& series, const std::vector<double>& points, bool intervals)
    {
        const Interval i = meanInterval(points);
        series.values.push_back(i.mean);
        if (intervals) series.intervals.push_back({i.low, i.high});
    }

    void showDrop(Context& context) const
    {
        BarSeries rounded{text("after training"), Role::Before, {}, {}}, aware{text("aware"), Role::After, {}, {}};
        std::vector<Text> names;
        const bool intervals = std::all_of(m_widths.begin(), m_widths.end(), [](const Width& w) { return w.aware.size() != 1; });
        for (const Width& w : m_widths) {
            if (w.aware.empty()) continue;
            names.push_back(text("width %1", std::to_string(w.width)));
            add(rounded, w.change(w.rounded[m_bits]), intervals);
            add(aware, w.change(w.aware), intervals);
        }
        context.show({.id = "drop",
            .title = text("What rounding costs, by width"),
            .caption = text("Change from float in points, %1-bit weights, 8-bit activations; lines: 95 % interval over seeds.",
                std::to_string(kBits[m_bits])),
            .description =
                text("Change of test accuracy when the weights are rounded, for each width, without and with quantization-aware training."),
            .body = Bars{{.title = text("change in accuracy"), .unit = text("points")}, names, {rounded, aware}},
            .span = 2});
    }

    void showVerdict(Context& context) const
    {
        const Width &small = m_widths.front(), &large = m_widths.back();
        const std::size_t n = std::min(small.aware.size(), large.aware.size());
        std::vector<double> more, back;
        for (std::size_t i = 0; i < n; ++i) {
            more.push_back(small.change(small.rounded[m_bits])[i] - large.change(large.rounded[m_bits])[i]);
            back.push_back(100 * (small.aware[i] - small.rounded[m_bits][i]));
        }
        Readout r;
        r.items = {{text("small models lose more"), verdict(more, -1), true}, {text("narrowest against widest"), difference(more)},
            {text("aware training gives it back"), verdict(back, 1), true}, {text("at the narrowest"), difference(back)}};
        context.show({.id = "verdict",
            .title = text("The claim"),
            .caption = text("Small models lose more, and aware training gives it back: what these runs say."),
            .description = text("Verdicts with their intervals."),
            .body = r});
        if (n < 2) return;
        context.metric("small_loses_more.mean", -meanInterval(more).mean);
        context.metric("aware_gives_back.mean", meanInterval(back).mean);
    }

    /// `sign`: on which side of zero the claim puts the difference.
    static Text verdict(const std::vector<double>& points, int sign)
    {
        if (points.size() < 2) return text("needs two seeds or more");
        const Interval i = meanInterval(points);
        const double low = sign > 0 ? i.low : -i.high, high = sign > 0 ? i.high : -i.low;
        return low > 0 ? text("confirmed") : high < 0 ? text("refuted") : text("no difference seen");
    }

    static Text difference(const std::vector<double>& points)
    {
        if (points.size() < 2) return Text("—");
        const Interval i = meanInterval(points);
        return text("%1 points (%2 to %3)", signedFixed(i.mean, 2), signedFixed(i.low, 2), signedFixed(i.high, 2));
    }

    static Text withInterval(const std::vector<double>& points)
    {
        const Interval i = meanInterval(points);
        return Text(signedFixed(i.mean, 2) + (points.size() > 1 ? " ± " + fixed(i.halfWidth(), 2) : ""));
    }

    void showTable(Context& context) const
    {
        Table table;
        table.columns = {text("network"), text("weights"), text("float32"), text("rounded"), text("trained aware")};
        table.result = 4;
        std::size_t seeds = 0;
        for (const Width& w : m_widths) {
            if (w.aware.empty()) continue;
            seeds = std::max(seeds, w.aware.size());
            const std::string prefix = "w" + std::to_string(w.width) + ".",
                              suffix = kBits[m_bits] == 8 ? "" : ".b" + std::to_string(kBits[m_bits]);
            table.rows.push_back({Text(w.name()), Text(grouped(static_cast<std::int64_t>(w.weights))),
                Text(percent(meanInterval(w.exact).mean)), withInterval(w.change(w.rounded[m_bits])), withInterval(w.change(w.aware))});
            context.metric(prefix + "float32.accuracy", meanInterval(w.exact).mean);
            context.metric(prefix + "static" + suffix + ".accuracy", meanInterval(w.rounded[m_bits]).mean);
            context.metric(prefix + "qat" + suffix + ".accuracy", meanInterval(w.aware).mean);
        }
        context.show({.id = "table",
            .title = text("Every width"),
            .caption = text("Test accuracy and change in points, mean and 95 % interval over %1 seeds, on %2 test samples.",
                std::to_string(seeds), grouped(static_cast<std::int64_t>(m_data.test.count()))),
            .description = text("Accuracy of each width as float, rounded, and rounded while training."),
            .body = table,
            .span = 2});
    }

    void showBitsAgainstWidth(Context& context) const
    {
        Heatmap map;
        for (const Width& w : m_widths)
            if (!w.aware.empty()) map.columns.push_back(text("width %1", std::to_string(w.width)));
        for (std::size_t b = 0; b < std::size(kBits); ++b) {
            map.rows.push_back(text("%1 bits", std::to_string(kBits[b])));
            for (const Width& w : m_widths)
                if (!w.aware.empty()) map.values.push_back(meanInterval(w.change(w.rounded[b])).mean);
        }
        // Dark where much is lost.
        const double worst = *std::min_element(map.values.begin(), map.values.end());
        map.range = AxisRange{0, std::min(worst, -0.1)};
        context.show({.id = "bits",
            .title = text("Width against bits"),
            .caption = text("Mean change in points when a trained network is rounded to so many bits, nothing trained again."),
            .description = text("Heat map of the change in accuracy for each width and number of bits."),
            .body = map,
            .span = 2});
    }

    Dataset m_data;
    std::vector<Width> m_widths;
    std::size_t m_bits = 4; ///< index into kBits
    double m_work = 0;
};

} // namespace

ExperimentInfo smallModels()
{
    return {.id = "small-models",
        .title = text("Small models"),
        .question = text("Do small models lose more, and does training with the rounding give it back?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<SmallModels>()); },
        .networks = {{"w<width>.float32", text("the first seed's network of this width")},
            {"w<width>.qat", text("the same, trained aware: its weights before they are rounded")}}};
}

} // namespace bitstill
