// Float, dynamic, static, aware: which loses least? One network, one stream of samples, 8, 4, 3 and 2 bits, computed in real int8.

#include "engine/experiment/experiments/four_ways.h"

#include "engine/data/sample.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/given_weights.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/models.h"
#include "engine/experiment/side_by_side.h"
#include "engine/experiment/stopwatch.h"
#include "engine/measure/agreement.h"
#include "engine/quant/integer_network.h"

#include <algorithm>

namespace bitstill {

namespace four_ways {

const Way* Result::find(Method method, int bits) const
{
    const auto found = std::ranges::find_if(ways, [&](const Way& w) { return w.method == method && w.bits == bits; });
    return found == ways.end() ? nullptr : &*found;
}

std::vector<int> fasterBatches(const Way& exact, const Way& integers)
{
    std::vector<int> faster;
    for (std::size_t i = 0; i < std::size(kBatches); ++i)
        if ((*exact.latency)[i] > (*integers.latency)[i]) faster.push_back(kBatches[i]);
    return faster;
}

namespace {

std::string nameOf(Method method)
{
    switch (method) {
    case Method::Float: return "float32";
    case Method::Dynamic: return "dynamic";
    case Method::Static: return "static";
    case Method::Aware: return "qat";
    }
    return {};
}

std::string idOf(const Way& way) { return metricName({nameOf(way.method), way.method == Method::Float ? "" : bitsPart(way.bits)}); }

} // namespace

Metrics metricsOf(const Result& result)
{
    Metrics metrics;
    for (const Way& w : result.ways) {
        const std::string id = idOf(w);
        metrics.emplace_back(metricName({id, "accuracy"}), accuracyInterval(w.correct).mean);
        metrics.emplace_back(metricName({id, "bytes"}), static_cast<double>(w.bytes));
        metrics.emplace_back(metricName({id, "bytes_moved"}), static_cast<double>(w.moved));
        metrics.emplace_back(metricName({id, "bit_operations"}), static_cast<double>(w.operations));
        metrics.emplace_back(metricName({id, "agreement"}), w.agreement);
        metrics.emplace_back(metricName({id, "kl"}), w.divergence);
        if (!w.latency) continue;
        metrics.emplace_back(metricName({id, "latency_us"}), (*w.latency)[0]);
        for (std::size_t i = 0; i < w.latency->size(); ++i)
            metrics.emplace_back(metricName({id, "latency_us", "batch" + std::to_string(kBatches[i])}), (*w.latency)[i]);
    }
    if (result.find(Method::Static, 8)) metrics.emplace_back("static.simulated.accuracy", result.simulated);
    if (result.longer > 0) metrics.emplace_back("float32.longer.accuracy", result.longer);
    if (!result.ways.empty()) metrics.emplace_back("test.samples", static_cast<double>(result.ways.front().correct.size()));
    return metrics;
}

} // namespace four_ways

namespace {

using namespace four_ways;

constexpr int kBits[] = {8, 4, 3, 2};
constexpr std::size_t kRaceSamples = 2000;
constexpr double kSecondsPerLatency = 0.15;

std::vector<Field> fields()
{
    return joinFields({dataFields(), modelFields(), {weightsField()},
        trainFields(5).changed("train.epochs", [](Field& field) { field.visibleWhen = withoutWeights(); }),
        quantFields().only({"quant.granularity"}).fixed(), // bits are compared, weights symmetric
        awareFields(2), calibrationFields()});
}

QuantizationOptions options(const Spec& spec, int bits)
{
    return {.weightBits = bits,
        .granularity = quantGranularity(spec),
        .profile = quantProfile(spec),
        .edgesAt8 = spec.flag("quant.edges_at_8")};
}

/// Is given what to do once it is a training's turn to be seen.
using InTurn = std::function<void(std::function<void()>)>;
using Seen = std::function<void(double epoch, double accuracy)>;

/// Trains, and looks at the accuracy on the way, four times an epoch.
void race(TrainingRunner& runner, Graph& graph, const TrainOptions& options, double from, const Samples& sample, const Seen& seen)
{
    Pass pass(graph, kEvaluationBatch, Pass::Mode::Inference, runner.context().pool());
    const auto look = [&](double epoch) { seen(epoch, accuracy(runner.over(pass, sample), sample)); };
    if (from > 0) look(from); // an untrained network would stretch the axis
    runner.train(graph, options, [&](const StepReport& r) {
        const long quarter = std::max(1L, r.steps / options.epochs / 4);
        if (r.step % quarter == 0 || r.step == r.steps)
            look(from + static_cast<double>(r.step) * options.epochs / static_cast<double>(r.steps));
        return true;
    });
}

template <class Network> Latency latencyOf(const TrainingRunner& runner, Stopwatch& watch, Network& network)
{
    Latency latency{};
    for (std::size_t i = 0; i < latency.size(); ++i) {
        if (runner.context().stopping()) throw Stopped{};
        latency[i] = watch.of(network, kBatches[i]);
    }
    return latency;
}

Way answered(Way way, const Logits& exact, const Logits& logits, const Dataset& data)
{
    way.correct = correctness(logits, data.test);
    way.agreement = agreement(exact, logits);
    way.divergence = klDivergence(exact, logits);
    return way;
}

class FourWays : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_tested = fingerprintOf(m_data, m_data.test);
        m_watch.emplace(m_data, kSecondsPerLatency);
        TrainingRunner runner(context, m_data);
        const Spec& spec = context.spec();
        std::optional<Graph> given = givenNetwork(context, m_data);
        const double floatWork = given ? 0 : static_cast<double>(spec.integer("train.epochs"));
        const auto awareWork = [&spec] { return static_cast<double>(spec.integer("quant.aware_epochs")) * 1.5; };
        const auto shareOf = [&](double work) { return work / (floatWork + 5 * awareWork() + 1); };

        m_raceSample = runner.testSample(kRaceSamples);
        m_result = {.epochs = floatWork + static_cast<double>(spec.integer("quant.aware_epochs")),
            .raceSamples = m_raceSample.count(),
            .testSamples = m_data.test.count()};
        Graph graph = given ? *std::move(given) : makeModel(spec, m_data);
        if (floatWork > 0) {
            runner.next(shareOf(floatWork), text("training in float"));
            enter(runner, [](const std::function<void()>& now) { now(); }, graph, trainOptions(spec), 0, {.kind = Lane::Kind::Float});
            context.keepModel("float32", graph);
        }
        QuantizedNetwork quantized(graph, m_data, quantCalibration(spec), context.pool(), runner.keepGoing());
        measureFloat(runner, graph, quantized);
        for (const int bits : kBits) roundAfterTraining(runner, quantized, bits);
        context.mark(text("quantized after training"), paceKeys({"train.optimizer", "quant.aware_epochs", "quant.aware_method"}));
        m_result.epochs = floatWork + static_cast<double>(spec.integer("quant.aware_epochs"));

        runner.stand(shareOf(floatWork));
        trainFurther(runner, graph, quantized, floatWork, 5 * shareOf(awareWork()));
        show(context);
        context.progress(1, text("done"));
    }

private:
    void enter(TrainingRunner& runner, const InTurn& inTurn, Graph& graph, const TrainOptions& options, double from, const Lane& lane)
    {
        inTurn([this, lane] { m_result.race.push_back(lane); });
        race(runner, graph, options, from, m_raceSample, [&](double epoch, double accuracy) {
            inTurn([this, epoch, accuracy, &context = runner.context()] {
                m_result.race.back().epochs.push_back(epoch);
                m_result.race.back().accuracies.push_back(accuracy);
                context.show(raceFigure(m_result));
            });
        });
    }

    /// In float and aware at all bits, side by side. `share`: of all of them in all the work.
    void trainFurther(TrainingRunner& runner, const Graph& graph, QuantizedNetwork& quantized, double from, double share)
    {
        SideBySide trainings(runner, 1 + std::size(kBits), share);
        trainings.add([this, &graph, from](SideBySide::Piece& piece) { trainLonger(piece, graph, from); });
        for (const int bits : kBits) {
            quantized.quantize(options(runner.context().spec(), bits));
            Graph aware = makeQuantizationAware(quantized, quantAwareMethod(runner.context().spec()));
            trainings.add(
                [this, aware, o = quantized.options(), from](SideBySide::Piece& piece) mutable { trainAware(piece, aware, o, from); });
        }
        trainings.next();
        for (const int bits : kBits) {
            trainings.next();
            if (bits == kBits[std::size(kBits) - 1]) measureSpeed(runner);
            show(runner.context());
            runner.context().mark(text("QAT, %1 bits", std::to_string(bits)));
        }
    }

    void trainLonger(SideBySide::Piece& piece, Graph longer, double from)
    {
        TrainingRunner& runner = piece.runner();
        runner.next(1, text("training further in float"));
        enter(runner, inTurnOf(piece), longer, awareOptions(runner.context().spec()), from, {.kind = Lane::Kind::Longer});
        const double reached = accuracyInterval(correctness(runner.test(longer), m_data.test)).mean;
        piece.inTurn([this, reached] { m_result.longer = reached; });
    }

    void trainAware(SideBySide::Piece& piece, Graph& aware, const QuantizationOptions& o, double from)
    {
        TrainingRunner& runner = piece.runner();
        const int bits = o.weightBits;
        runner.next(1, text("quantization-aware training at %1 bits", std::to_string(bits)));
        enter(runner, inTurnOf(piece), aware, awareOptions(runner.context().spec()), from, {.kind = Lane::Kind::Aware, .bits = bits});
        runner.context().keepModel(metricName({"qat", bitsPart(bits)}), aware);
        const std::shared_ptr<const QuantizedNetwork> converted = convert(aware, o, runner.context().pool());
        const Way way = integerWay(runner, *converted, Method::Aware, bits);
        piece.inTurn([this, way, bits, converted] {
            m_result.ways.push_back(way);
            if (bits == 8) m_awareAtEight = converted;
        });
    }

    static InTurn inTurnOf(SideBySide::Piece& piece)
    {
        return [&piece](std::function<void()> give) { piece.inTurn(std::move(give)); };
    }

    /// Once nobody trains beside it.
    void measureSpeed(TrainingRunner& runner)
    {
        for (Way& w : m_result.ways)
            if (w.method == Method::Aware && w.bits == 8) w.latency = latencyOf(runner, *m_watch, *m_awareAtEight);
        m_awareAtEight.reset();
    }

    void measureFloat(TrainingRunner& runner, Graph& graph, const QuantizedNetwork& quantized)
    {
        m_float = runner.test(graph);
        m_result.ways.push_back(answered({.bytes = quantized.floatBytes(),
                                             .moved = quantized.floatBytesMoved(),
                                             .operations = quantized.floatBitOperations(),
                                             .latency = latencyOf(runner, *m_watch, graph)},
            m_float, m_float, m_data));
    }

    void roundAfterTraining(TrainingRunner& runner, QuantizedNetwork& quantized, int bits)
    {
        quantized.quantize(options(runner.context().spec(), bits));
        Graph dynamic = makeDynamic(quantized);
        m_result.ways.push_back(answered({.method = Method::Dynamic,
                                             .bits = bits,
                                             .bytes = quantized.quantizedBytes(),
                                             .moved = quantized.quantizedBytesMoved(),
                                             .operations = quantized.quantizedBitOperations(),
                                             .latency = bits == 8 ? std::optional(latencyOf(runner, *m_watch, dynamic)) : std::nullopt},
            m_float, runner.test(dynamic), m_data));
        Way integers = integerWay(runner, quantized, Method::Static, bits);
        if (bits == 8) integers.latency = latencyOf(runner, *m_watch, quantized);
        m_result.ways.push_back(std::move(integers));
        // The float simulation of the same codes: it should be right on the same samples.
        if (bits == 8) m_result.simulated = accuracyInterval(correctness(runner.test(quantized.pass()), m_data.test)).mean;
        show(runner.context());
    }

    Way integerWay(TrainingRunner& runner, const QuantizedNetwork& network, Method method, int bits) const
    {
        IntegerNetwork integers(network, kEvaluationBatch, runner.context().pool());
        return answered({.method = method,
                            .bits = bits,
                            .bytes = network.quantizedBytes(),
                            .moved = network.quantizedBytesMoved(),
                            .operations = network.quantizedBitOperations()},
            m_float, runner.test(evaluated(integers)), m_data);
    }

    void show(Context& context) const
    {
        showAll(context, figuresOf(m_result));
        tellAll(context, metricsOf(m_result));
        for (const Way& w : m_result.ways) context.answers(metricName({idOf(w), "accuracy"}), m_tested, w.correct);
    }

    Dataset m_data;
    std::uint64_t m_tested = 0; ///< fingerprint of the test set
    std::optional<Stopwatch> m_watch;
    Samples m_raceSample; ///< of the test set
    Logits m_float;
    std::shared_ptr<const QuantizedNetwork> m_awareAtEight; ///< until its speed is measured
    Result m_result;
};

} // namespace

ExperimentInfo fourWays()
{
    return {.id = "four-ways",
        .title = text("Four ways"),
        .question = text("Float, dynamic, static, QAT: which loses least?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<FourWays>()); },
        .networks = {{"float32", text("trained in float, before quantization")},
            {"qat", text("after QAT at 8 bits: its weights before quantization")},
            {"qat.b<bits>", text("after QAT at 4, 3 and 2 bits: its weights before quantization")}},
        .expected = {{"ways", text("Accuracy of the four ways at 8, 4, 3 and 2 bits"), Bars{}, 2},
            {"change", text("Which loses least: 8 and 4 bits"), Bars{}}, {"speed", text("Speed-up over float"), Bars{}},
            {"table", text("All measurements"), Table{}, 2}},
        .next = {{"inside-qat", text("Go on with QAT"), text("The same network, trained further with rounding in every step.")}}};
}

} // namespace bitstill
