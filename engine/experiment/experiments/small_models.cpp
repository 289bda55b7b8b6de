// Do small models lose more, and does quantization-aware training give it back? The same network in many widths, over seeds.

#include "engine/experiment/experiments/small_models.h"

#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/models.h"
#include "engine/experiment/side_by_side.h"
#include "engine/quant/aware.h"

#include <algorithm>

namespace bitstill {

namespace small_models {

void Width::keepSeeds(std::size_t count)
{
    exact.resize(count);
    aware.resize(count);
    for (std::vector<double>& r : rounded) r.resize(count);
}

std::vector<double> Width::change(const std::vector<double>& against) const
{
    std::vector<double> points;
    for (std::size_t i = 0; i < against.size(); ++i) points.push_back(100 * (against[i] - exact[i]));
    return points;
}

std::string Width::name() const { return "mlp-" + std::to_string(width) + "-" + std::to_string(std::max(1, width / 2)); }

std::vector<double> Result::narrowestAgainstWidest() const
{
    const Width &small = widths.front(), &large = widths.back();
    const std::vector<double> ofSmall = small.change(small.rounded[bits]), ofLarge = large.change(large.rounded[bits]);
    std::vector<double> points;
    for (std::size_t i = 0; i < std::min(small.aware.size(), large.aware.size()); ++i) points.push_back(ofSmall[i] - ofLarge[i]);
    return points;
}

std::vector<double> Result::givenBack() const
{
    const Width &small = widths.front(), &large = widths.back();
    std::vector<double> points;
    for (std::size_t i = 0; i < std::min(small.aware.size(), large.aware.size()); ++i)
        points.push_back(100 * (small.aware[i] - small.rounded[bits][i]));
    return points;
}

Verdict verdictOn(const std::vector<double>& points, int sign)
{
    if (points.size() < 2) return Verdict::TooFewSeeds;
    const Interval i = meanInterval(points);
    const double low = sign > 0 ? i.low : -i.high, high = sign > 0 ? i.high : -i.low;
    return low > 0 ? Verdict::Confirmed : high < 0 ? Verdict::Refuted : Verdict::NoDifference;
}

Metrics metricsOf(const Result& r)
{
    Metrics metrics;
    for (const Width& w : r.widths) {
        if (w.aware.empty()) continue;
        const std::string bits = bitsPart(kBits[r.bits]);
        metrics.emplace_back(metricName({w.id(), "float32", "accuracy"}), meanInterval(w.exact).mean);
        metrics.emplace_back(metricName({w.id(), "static", bits, "accuracy"}), meanInterval(w.rounded[r.bits]).mean);
        metrics.emplace_back(metricName({w.id(), "qat", bits, "accuracy"}), meanInterval(w.aware).mean);
    }
    const std::vector<double> more = r.narrowestAgainstWidest(), back = r.givenBack();
    if (more.size() < 2) return metrics;
    metrics.emplace_back("small_loses_more.mean", -meanInterval(more).mean);
    metrics.emplace_back("aware_gives_back.mean", meanInterval(back).mean);
    return metrics;
}

} // namespace small_models

namespace {

using namespace small_models;

Problem widthProblem(const Values& values)
{
    const std::int64_t narrowest = std::get<std::int64_t>(values.at("sweep.narrowest"));
    if (std::get<std::int64_t>(values.at("sweep.widest")) >= narrowest) return {};
    return {"sweep.widest", text("it is narrower than sweep.narrowest"), text("choose %1 to %2", std::to_string(narrowest), "1024")};
}

std::vector<Field> fields()
{
    const Text widths = text("Widths");
    const Text help = text("Bits per weight, compared with and without quantization-aware training.");
    const Fields sweep{
        {.key = "sweep.narrowest",
            .kind = Field::Kind::Int,
            .group = widths,
            .label = text("Narrowest network"),
            .help = text("Width of the smallest network's first hidden layer; the second has half of it."),
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
            .help = text("How often each network is trained, each time from a different initialization."),
            .initial = std::int64_t{6},
            .low = 1,
            .high = 20},
    };
    return joinFields({dataFields(), sweep, trainFields(3), quantFields().changed("quant.bits", [&](Field& f) { f.help = help; }).fixed(),
        awareFields(1)});
}

class SmallModels : public Experiment {
public:
    void run(Context& context) override
    {
        const Spec& spec = context.spec();
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_result = {.bits = static_cast<std::size_t>(8 - spec.integer("quant.bits")), .testSamples = m_data.test.count()};
        for (std::int64_t w = spec.integer("sweep.narrowest"); w <= spec.integer("sweep.widest"); w *= 2)
            m_result.widths.emplace_back().width = static_cast<int>(w);
        TrainingRunner runner(context, m_data);
        SideBySide networks(runner, m_result.widths.size());
        std::int64_t added = 0;
        for (std::int64_t i = 0; i < spec.integer("sweep.seeds"); ++i) {
            while (added < spec.integer("sweep.seeds")) addAll(networks, added++);
            for (; added > spec.integer("sweep.seeds"); --added) networks.dropLast(m_result.widths.size());
            for (std::size_t w = 0; w < m_result.widths.size(); ++w) {
                networks.next();
                show(context);
            }
            context.mark(text("seed %1", std::to_string(i + 1)), {"sweep.seeds"});
        }
        keepSeeds(context, static_cast<std::size_t>(spec.integer("sweep.seeds")));
        context.progress(1, text("done"));
    }

private:
    void show(Context& context)
    {
        showAll(context, figuresOf(m_result));
        tellInstead(context, m_told, metricsOf(m_result));
    }

    /// A branch may want fewer than the moment has at which it begins.
    void keepSeeds(Context& context, std::size_t count)
    {
        if (m_result.widths.front().exact.size() <= count) return;
        for (Width& w : m_result.widths) w.keepSeeds(count);
        show(context);
    }

    /// What is measured of one network.
    struct Measured {
        std::size_t weights = 0;
        double exact = 0, aware = 0;
        double rounded[std::size(kBits)]{};
    };

    /// The networks of all widths, from a seed. The widest first: whoever comes last should not be long in coming.
    void addAll(SideBySide& networks, std::int64_t seed)
    {
        for (std::size_t w = m_result.widths.size(); w-- > 0;) {
            const Width& width = m_result.widths[w];
            const Text doing = text("width %1, seed %2", std::to_string(width.width), std::to_string(seed + 1));
            networks.add(
                [this, w, seed, doing, name = width.name(), id = width.id()](SideBySide::Piece& piece) {
                    const Measured m = measure(piece.runner(), name, seed == 0 ? id : "", static_cast<std::uint64_t>(seed), doing);
                    piece.inTurn([this, w, m] { take(m_result.widths[w], m); });
                },
                width.width + 16);
        }
    }

    static void take(Width& width, const Measured& m)
    {
        width.weights = m.weights;
        width.exact.push_back(m.exact);
        width.aware.push_back(m.aware);
        for (std::size_t b = 0; b < std::size(kBits); ++b) width.rounded[b].push_back(m.rounded[b]);
    }

    /// `keptAs`: the network's name among the run's, empty where it is not kept.
    Measured measure(
        TrainingRunner& runner, const std::string& model, const std::string& keptAs, std::uint64_t number, const Text& doing) const
    {
        Context& context = runner.context();
        Graph graph = resolveModel(model, m_data);
        TrainOptions options = trainOptions(context.spec()), again = awareOptions(context.spec());
        options.seed = again.seed = context.spec().seed + number;
        graph.initialize(options.seed);
        runner.next(0.75, doing);
        runner.train(graph, options);
        if (!keptAs.empty()) context.keepModel(metricName({keptAs, "float32"}), graph);

        Measured m{.weights = graph.parameterCount(), .exact = accuracy(runner.test(graph), m_data.test)};
        QuantizedNetwork rounded(graph, m_data, {}, context.pool(), runner.keepGoing());
        QuantizationOptions quantization{.weightScheme = quantScheme(context.spec()), .granularity = quantGranularity(context.spec())};
        for (std::size_t b = 0; b < std::size(kBits); ++b) {
            quantization.weightBits = kBits[b];
            rounded.quantize(quantization);
            m.rounded[b] = accuracy(runner.test(rounded.pass()), m_data.test);
        }
        quantization.weightBits = kBits[m_result.bits];
        rounded.quantize(quantization);
        Graph aware = makeQuantizationAware(rounded, quantAwareMethod(context.spec()));
        runner.next(0.25, doing);
        runner.train(aware, again);
        if (!keptAs.empty()) context.keepModel(metricName({keptAs, "qat"}), aware);
        m.aware = accuracy(runner.test(aware), m_data.test);
        return m;
    }

    Dataset m_data;
    Result m_result;
    Metrics m_told;
};

} // namespace

ExperimentInfo smallModels()
{
    return {.id = "small-models",
        .title = text("Small models"),
        .question = text("Do small models lose more, and does quantization-aware training win it back?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<SmallModels>()); },
        .networks = {{"w<width>.float32", text("the network of this width, first seed")},
            {"w<width>.qat", text("the same network after QAT: its weights before quantization")}},
        .expected = {{"bits", text("Cost by width and bits"), Heatmap{}, 2}, {"verdict", text("The claim"), Readout{}},
            {"drop", text("What quantization costs, by width"), Bars{}, 2}, {"table", text("All widths"), Table{}, 2}}};
}

} // namespace bitstill
