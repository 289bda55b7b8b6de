// Float, dynamic, static, aware: which loses least? One network, one stream of samples, 8, 4, 3 and 2 bits, computed in real int8.

#include "engine/experiment/experiments/experiments.h"

#include "engine/experiment/course.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/record.h"
#include "engine/measure/agreement.h"
#include "engine/measure/interval.h"
#include "engine/measure/latency.h"
#include "engine/quant/integer_network.h"

#include <array>
#include <cmath>
#include <optional>

namespace bitstill {

namespace {

constexpr int kBits[] = {8, 4, 3, 2};
constexpr int kBatches[] = {1, 32, 256};
constexpr int kTestBatch = 250;
constexpr std::size_t kRaceSamples = 2000;
constexpr double kSecondsPerLatency = 0.15;

std::vector<Field> fields()
{
    std::vector<Field> quant = quantFields();
    std::erase_if(quant, [](const Field& f) { return f.key != "quant.granularity"; }); // bits are compared, weights symmetric
    quant.front().live = false;
    return joinFields({dataFields(), modelFields(), trainFields(5), quant, awareFields(2), calibrationFields()});
}

Role roleOf(int bits) { return bits == 8 ? Role::Train : bits == 4 ? Role::After : bits == 3 ? Role::Alone : Role::Teacher; }

/// Microseconds a batch, by kBatches.
using Latency = std::array<double, std::size(kBatches)>;

/// One way to run the network, measured.
struct Way {
    std::string id; ///< metric prefix
    Text name;
    int bits = 32;
    std::vector<char> correct{};
    double agreement = 1, divergence = 0; ///< with the float network it came from
    std::int64_t bytes = 0, moved = 0;
    std::optional<Latency> latency{};
};

class FourWays : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        Course course(context, m_data);
        const Spec& spec = context.spec();
        const double floatWork = static_cast<double>(spec.integer("train.epochs"));
        const double awareWork = static_cast<double>(spec.integer("quant.aware_epochs")) * 1.5, all = floatWork + 5 * awareWork + 1;

        m_raceSample = course.testSample(kRaceSamples);
        Graph graph = makeModel(spec, m_data);
        course.next(floatWork / all, text("training in float"));
        race(context, course, graph, trainOptions(spec), text("float32"), Role::Guide, 0);
        context.keepModel("float32", graph);
        QuantizedNetwork quantized(graph, m_data, quantCalibration(spec), context.pool(), course.keepGoing());
        measureFloat(context, course, graph, quantized);
        for (const int bits : kBits) roundAfterTraining(context, course, quantized, bits);
        context.mark(text("rounded after training"));

        const double from = static_cast<double>(spec.integer("train.epochs"));
        Graph longer = graph;
        course.next(awareWork / all, text("training on in float"));
        race(context, course, longer, awareOptions(spec), text("float32, as long"), Role::Before, from);
        m_longer = accuracyInterval(correctness(course.test(longer), m_data.test)).mean;
        for (const int bits : kBits) {
            course.next(awareWork / all, text("training aware of %1 bits", std::to_string(bits)));
            trainAware(context, course, quantized, bits, from);
        }
        showAll(context);
        context.progress(1, text("done"));
    }

private:
    QuantizationOptions options(const Context& context, int bits) const
    {
        return {.weightBits = bits,
            .granularity = quantGranularity(context.spec()),
            .profile = quantProfile(context.spec()),
            .edgesAt8 = context.spec().flag("quant.edges_at_8")};
    }

    /// Trains and draws the accuracy on the way, four times an epoch.
    void race(Context& context, Course& course, Graph& graph, const TrainOptions& options, const Text& name, Role role, double from)
    {
        const std::size_t lane = m_race.size();
        m_race.push_back({name, role, role == Role::Before ? CurveSeries::Style::Dashed : CurveSeries::Style::Solid, {}, {}});
        Pass pass(graph, kTestBatch, Pass::Mode::Inference, context.pool());
        const auto look = [&](double epoch) {
            m_race[lane].x.push_back(epoch);
            m_race[lane].y.push_back(accuracy(course.over(pass, m_raceSample), m_raceSample));
            showRace(context);
        };
        if (from > 0) look(from); // an untrained network would stretch the axis
        course.train(graph, options, [&](const StepReport& r) {
            const long quarter = std::max(1L, r.steps / options.epochs / 4);
            if (r.step % quarter == 0 || r.step == r.steps)
                look(from + static_cast<double>(r.step) * options.epochs / static_cast<double>(r.steps));
            return true;
        });
    }

    template <class Make> Latency latencyOf(Context& context, const Make& make) const
    {
        std::vector<float> sample(m_data.shape.size());
        m_data.read(m_data.test, 0, sample.data());
        Latency latency{};
        for (std::size_t i = 0; i < latency.size(); ++i) {
            if (context.stopping()) throw Stopped{};
            auto network = make(kBatches[i]);
            latency[i] = latencyMicroseconds(kSecondsPerLatency, evaluated(network), sample);
        }
        return latency;
    }

    Latency latencyOf(Context& context, Graph& graph) const
    {
        return latencyOf(context, [&](int batch) { return Pass(graph, batch, Pass::Mode::Inference, m_alone); });
    }

    Latency latencyOf(Context& context, const QuantizedNetwork& network) const
    {
        return latencyOf(context, [&](int batch) { return IntegerNetwork(network, batch, m_alone); });
    }

    void add(Way way, const Logits& logits)
    {
        way.correct = correctness(logits, m_data.test);
        way.agreement = agreement(m_float, logits);
        way.divergence = klDivergence(m_float, logits);
        m_ways.push_back(std::move(way));
    }

    void measureFloat(Context& context, Course& course, Graph& graph, const QuantizedNetwork& quantized)
    {
        m_float = course.test(graph);
        add({.id = "float32",
                .name = text("float32"),
                .bytes = quantized.floatBytes(),
                .moved = quantized.floatBytesMoved(),
                .latency = latencyOf(context, graph)},
            m_float);
    }

    void roundAfterTraining(Context& context, Course& course, QuantizedNetwork& quantized, int bits)
    {
        quantized.quantize(options(context, bits));
        const std::string suffix = bits == 8 ? "" : ".b" + std::to_string(bits);
        Graph dynamic = makeDynamic(quantized);
        add({.id = "dynamic" + suffix,
                .name = text("dynamic"),
                .bits = bits,
                .bytes = quantized.quantizedBytes(),
                .moved = quantized.quantizedBytesMoved(),
                .latency = bits == 8 ? std::optional(latencyOf(context, dynamic)) : std::nullopt},
            course.test(dynamic));
        addIntegers(context, course, quantized, "static" + suffix, text("static"), bits);
        if (bits == 8) compareWithSimulation(context, course, quantized);
        showAll(context);
    }

    void addIntegers(Context& context, Course& course, QuantizedNetwork& network, const std::string& id, const Text& name, int bits)
    {
        IntegerNetwork integers(network, kTestBatch, context.pool());
        add({.id = id,
                .name = name,
                .bits = bits,
                .bytes = network.quantizedBytes(),
                .moved = network.quantizedBytesMoved(),
                .latency = bits == 8 ? std::optional(latencyOf(context, network)) : std::nullopt},
            course.test(evaluated(integers)));
    }

    /// The float simulation of the same codes: it should be right on the same samples.
    void compareWithSimulation(Context& context, Course& course, QuantizedNetwork& network)
    {
        const std::vector<char> simulated = correctness(course.test(network.pass()), m_data.test);
        m_simulated = accuracyInterval(simulated).mean;
        context.metric("static.simulated.accuracy", m_simulated);
    }

    void trainAware(Context& context, Course& course, QuantizedNetwork& quantized, int bits, double from)
    {
        quantized.quantize(options(context, bits));
        Graph aware = makeQuantizationAware(quantized, quantAwareMethod(context.spec()));
        race(context, course, aware, awareOptions(context.spec()), text("aware, %1 bits", std::to_string(bits)), roleOf(bits), from);
        const std::string id = "qat" + (bits == 8 ? std::string() : ".b" + std::to_string(bits));
        context.keepModel(id, aware);
        const std::unique_ptr<QuantizedNetwork> converted = convert(aware, quantized.options(), context.pool());
        addIntegers(context, course, *converted, id, text("aware"), bits);
        showAll(context);
        context.mark(text("aware, %1 bits", std::to_string(bits)));
    }

    const Way* find(const std::string& kind, int bits) const
    {
        for (const Way& w : m_ways)
            if (w.bits == bits && w.id.starts_with(kind)) return &w;
        return nullptr;
    }

    void showRace(Context& context) const
    {
        const Spec& spec = context.spec();
        const double end = static_cast<double>(spec.integer("train.epochs") + spec.integer("quant.aware_epochs"));
        context.show({.id = "race",
            .title = text("The race, on one stream of samples"),
            .caption =
                text("Accuracy on %1 test samples. From the end of the float training on, all see the same batches in the same order.",
                    grouped(static_cast<std::int64_t>(m_raceSample.count()))),
            .description = text("Test accuracy against epochs, in float and then for each number of bits."),
            .body = Curves{{.title = text("epoch"), .range = AxisRange{0, end}}, {.title = text("accuracy"), .percent = true}, m_race},
            .span = 2});
    }

    void showAll(Context& context) const
    {
        showAccuracy(context);
        showLatency(context);
        showTable(context);
        showVerdict(context);
        showBytes(context);
    }

    /// Two bits lose so much that one axis would hide the rest.
    void showChange(Context& context, const std::string& id, const Text& title, const std::vector<int>& bitsShown) const
    {
        const Way& exact = m_ways.front();
        std::vector<Text> names;
        std::vector<BarSeries> series{
            {text("dynamic"), Role::Train, {}, {}}, {text("static"), Role::Before, {}, {}}, {text("aware"), Role::After, {}, {}}};
        const char* kinds[] = {"dynamic", "static", "qat"};
        for (const int bits : bitsShown) {
            if (!find("dynamic", bits) || !find("static", bits)) continue;
            names.push_back(text("%1 bits", std::to_string(bits)));
            for (std::size_t k = 0; k < series.size(); ++k) {
                const Way* way = find(kinds[k], bits);
                const Interval i = way ? pairedDifference(exact.correct, way->correct) : Interval{};
                series[k].values.push_back(way ? 100 * i.mean : 0.0);
                series[k].intervals.push_back({100 * i.low, 100 * i.high});
            }
        }
        if (!find("qat", bitsShown.front())) series.pop_back();
        if (names.empty()) return;
        context.show({.id = id,
            .title = title,
            .caption = text("Change from float in points, on the same %1 test samples; lines: 95 % interval.",
                grouped(static_cast<std::int64_t>(m_data.test.count()))),
            .description = text("Change of test accuracy for each method and number of bits."),
            .body = Bars{{.title = text("change in accuracy"), .unit = text("points")}, names, series}});
    }

    void showAccuracy(Context& context) const
    {
        showChange(context, "change", text("Who loses least, 8 and 4 bits"), {8, 4});
        showChange(context, "change.low", text("Who loses least, 3 and 2 bits"), {3, 2});
        for (const Way& w : m_ways) {
            context.metric(w.id + ".accuracy", accuracyInterval(w.correct).mean);
            context.metric(w.id + ".bytes", static_cast<double>(w.bytes));
            context.metric(w.id + ".bytes_moved", static_cast<double>(w.moved));
            context.metric(w.id + ".agreement", w.agreement);
            context.metric(w.id + ".kl", w.divergence);
            if (!w.latency) continue;
            context.metric(w.id + ".latency_us", (*w.latency)[0]);
            for (std::size_t i = 0; i < w.latency->size(); ++i)
                context.metric(w.id + ".latency_us.batch" + std::to_string(kBatches[i]), (*w.latency)[i]);
        }
        if (m_longer > 0) context.metric("float32.longer.accuracy", m_longer);
    }

    void showLatency(Context& context) const
    {
        std::vector<Text> names;
        for (const int batch : kBatches) names.push_back(text("batch %1", std::to_string(batch)));
        std::vector<BarSeries> series;
        const Way& exact = m_ways.front();
        for (const Way& w : m_ways) {
            if (!w.latency || &w == &exact) continue;
            series.push_back({w.name, w.id == "dynamic" ? Role::Train : w.id == "static" ? Role::Before : Role::After, {}, {}});
            for (std::size_t i = 0; i < w.latency->size(); ++i) series.back().values.push_back((*exact.latency)[i] / (*w.latency)[i]);
        }
        if (series.empty()) return;
        context.show({.id = "speed",
            .title = text("Times as fast as float"),
            .caption = text("Measured on one thread of %1, int8 kernels of oneDNN; below 1, int8 is slower.", cpuText()),
            .description = text("Speed of the int8 networks relative to float32 for each batch size."),
            .body = Bars{{.title = text("times as fast")}, names, series},
            .timed = true});
    }

    void showTable(Context& context) const
    {
        Table table;
        table.columns = {text("method"), text("accuracy"), text("change"), text("same answer as float"), text("bytes"), text("bytes moved"),
            text("µs, batch 1"), text("µs, batch 32"), text("µs, batch 256")};
        table.result = 2;
        for (const Way& w : m_ways) {
            const Interval a = accuracyInterval(w.correct), d = pairedDifference(m_ways.front().correct, w.correct);
            const bool isFloat = w.bits == 32;
            std::vector<Text> row{isFloat ? w.name : text("%1, %2 bits", w.name, std::to_string(w.bits)),
                Text(percent(a.mean) + " ± " + fixed(100 * a.halfWidth(), 2)),
                isFloat ? Text("—") : Text(signedFixed(100 * d.mean, 2) + " ± " + fixed(100 * d.halfWidth(), 2)),
                isFloat ? Text("—") : Text(percent(w.agreement)), Text(grouped(w.bytes)), Text(grouped(w.moved))};
            for (std::size_t i = 0; i < std::size(kBatches); ++i)
                row.push_back(w.latency ? Text(significant((*w.latency)[i], 3)) : text("as 8 bits"));
            table.rows.push_back(std::move(row));
        }
        context.show({.id = "table",
            .title = text("Everything measured"),
            .caption = text("± is a 95 % interval on %1 test samples, changes paired. Codes of fewer bits are computed in int8.",
                grouped(static_cast<std::int64_t>(m_data.test.count()))),
            .description = text("Accuracy, size, traffic and latency of each method at each number of bits."),
            .body = table,
            .span = 2,
            .timed = true});
    }

    void showVerdict(Context& context) const
    {
        const Way *exact = &m_ways.front(), *integers = find("static", 8);
        if (!integers || !integers->latency) return;
        std::vector<std::string> faster, slower;
        for (std::size_t i = 0; i < std::size(kBatches); ++i)
            ((*exact->latency)[i] > (*integers->latency)[i] ? faster : slower).push_back(std::to_string(kBatches[i]));
        Readout r;
        r.items.push_back({text("int8 is faster at batch"), faster.empty() ? text("none") : Text(joined(faster)), true});
        r.items.push_back({text("int8 is not faster at batch"), slower.empty() ? text("none") : Text(joined(slower)), !slower.empty()});
        r.items.push_back({text("integers against their simulation"),
            text("%1 points", signedFixed(100 * (accuracyInterval(integers->correct).mean - m_simulated), 2))});
        if (m_longer > 0)
            r.items.push_back({text("float, trained as long as aware"),
                text("%1 points", signedFixed(100 * (m_longer - accuracyInterval(exact->correct).mean), 2))});
        const Way *rounded = find("static", 2), *aware = find("qat", 2);
        if (rounded && aware) {
            const Interval back = pairedDifference(rounded->correct, aware->correct);
            r.items.push_back({text("aware training gives back, 2 bits"),
                text("%1 ± %2 points", signedFixed(100 * back.mean, 1), fixed(100 * back.halfWidth(), 1)), true});
        }
        context.show({.id = "verdict",
            .title = text("What int8 brings here"),
            .caption = text("Measured with this network on this machine."),
            .description = text("Where int8 is faster than float and where it is not, and what aware training gives back."),
            .body = r,
            .timed = true});
    }

    void showBytes(Context& context) const
    {
        std::vector<Text> names;
        BarSeries size{text("model"), Role::After, {}, {}}, moved{text("moved for one sample"), Role::Before, {}, {}};
        for (const Way& w : m_ways) {
            if (w.bits != 32 && !w.id.starts_with("static")) continue;
            names.push_back(w.bits == 32 ? w.name : text("%1 bits", std::to_string(w.bits)));
            size.values.push_back(static_cast<double>(w.bytes) / 1000);
            moved.values.push_back(static_cast<double>(w.moved) / 1000);
        }
        context.show({.id = "bytes",
            .title = text("Bytes kept, bytes moved"),
            .caption = text("Weights packed at their bits, with scales and biases; moved: they and each layer's inputs and outputs, once."),
            .description = text("Model size and memory traffic for float and for each number of bits."),
            .body = Bars{{.title = text("size"), .unit = Text("kB")}, names, {size, moved}}});
    }

    Dataset m_data;
    Samples m_raceSample; ///< of the test set
    mutable ThreadPool m_alone{1}; ///< latency is measured on one thread
    std::vector<CurveSeries> m_race;
    std::vector<Way> m_ways;
    Logits m_float;
    double m_simulated = 0, m_longer = 0;
};

} // namespace

ExperimentInfo fourWays()
{
    return {.id = "four-ways",
        .title = text("Four ways"),
        .question = text("Float, dynamic, static, aware: which loses least?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<FourWays>()); },
        .networks = {{"float32", text("trained, before anything is rounded")},
            {"qat", text("trained aware of 8 bits: its weights before they are rounded")},
            {"qat.b<bits>", text("trained aware of 4, 3 and 2 bits: its weights before they are rounded")}}};
}

} // namespace bitstill
