// How small can it get? Teacher, distilled student, quantization-aware student with the teacher still teaching, int8.

#include "engine/experiment/experiments/experiments.h"

#include "engine/distill/teach.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/record.h"
#include "engine/experiment/teacher.h"
#include "engine/measure/interval.h"
#include "engine/measure/latency.h"
#include "engine/quant/integer_network.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr int kTestBatch = 250;
constexpr double kSecondsPerLatency = 0.1;

std::vector<Field> fields()
{
    std::vector<Field> quant = quantFields();
    std::erase_if(quant, [](const Field& f) { return f.key == "quant.scheme"; });
    quant.front().initial = std::int64_t{2};
    for (Field& f : quant) f.live = false;
    std::vector<Field> student = comparedStudentFields();
    std::erase_if(student, [](const Field& f) { return f.key == "distill.feature_weight" || f.key == "distill.assistant"; });
    return joinFields({dataFields(), teachersFields(), student, trainFields(60), quant, awareFields(20)});
}

/// A network on the way down, measured over seeds.
struct Stage {
    std::string id; ///< metric prefix
    Text name;
    Role role = Role::Neutral;
    std::vector<double> accuracies{};
    double bytes = 0, latency = 0; ///< latency of one sample in µs, of the first seed
};

class Squeeze : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        const Spec& spec = context.spec();
        m_settings = distillSettings(spec);
        Course course(context, m_data);
        m_teacher = trainTeacher(course, 0.5);
        const auto networks = static_cast<double>(m_teacher.networks.size());
        add({.id = "teacher", .name = text("teacher"), .role = Role::Teacher}, m_teacher.accuracy(m_data),
            4 * networks * static_cast<double>(m_teacher.networks.front().parameterCount()),
            [&] { return networks * latencyOf(m_teacher.networks.front()); });
        context.mark(text("teacher trained"));
        m_chosen = labelOrder(spec, m_data);
        m_chosen.resize(labelCount(spec, m_data));
        const std::int64_t seeds = spec.integer("distill.seeds");
        for (std::int64_t i = 0; i < seeds; ++i)
            for (const bool taught : {false, true}) {
                course.next(0.25 / static_cast<double>(seeds),
                    taught ? text("student %1 of %2, taught", std::to_string(i + 1), std::to_string(seeds))
                           : text("student %1 of %2, alone", std::to_string(i + 1), std::to_string(seeds)));
                descend(context, course, spec.seed + static_cast<std::uint64_t>(i), taught);
                if (!taught) continue;
                showAll(context);
                context.mark(text("seed %1", std::to_string(i + 1)));
            }
        context.progress(1, text("done"));
    }

private:
    TrainOptions lessons(TrainOptions options, std::uint64_t seed, bool taught) const
    {
        options.seed = seed;
        options.subset = m_chosen;
        if (taught)
            options.loss =
                lossOf({.samples = &m_data.train, .teacher = &m_teacher.training, .settings = &m_settings, .method = hintonMethod().loss});
        return options;
    }

    /// Float student, rounded, trained aware; with or without the teacher all the way.
    void descend(Context& context, Course& course, std::uint64_t seed, bool taught)
    {
        const Spec& spec = context.spec();
        const Text how = taught ? text("taught") : text("alone");
        const std::string id = taught ? "student.taught" : "student.alone";
        const Role role = taught ? Role::Taught : Role::Alone;
        const std::string bits = std::to_string(spec.integer("quant.bits"));
        Graph graph = makeModel(spec, m_data);
        graph.initialize(seed);
        course.train(graph, lessons(trainOptions(spec), seed, taught));
        add({.id = id, .name = text("student %1, float32", how), .role = role}, accuracy(course.test(graph), m_data.test),
            4.0 * static_cast<double>(graph.parameterCount()), [&] { return latencyOf(graph); });
        const bool first = seed == spec.seed;
        if (first) context.keepModel(id, graph);

        QuantizedNetwork rounded(graph, m_data, {}, context.pool(), course.keepGoing());
        rounded.quantize({.weightBits = static_cast<int>(spec.integer("quant.bits")), .granularity = quantGranularity(spec)});
        addIntegers(context, course, rounded, {.id = id + ".static", .name = text("student %1, %2 bits", how, bits), .role = role});
        Graph aware = makeQuantizationAware(rounded, quantAwareMethod(spec));
        course.train(aware, lessons(awareOptions(spec), seed, taught));
        if (first) context.keepModel(id + ".qat", aware);
        const std::unique_ptr<QuantizedNetwork> converted = convert(aware, rounded.options(), context.pool());
        addIntegers(context, course, *converted, {.id = id + ".qat", .name = text("student %1, %2 bits aware", how, bits), .role = role});
    }

    void addIntegers(Context& context, Course& course, const QuantizedNetwork& network, Stage stage)
    {
        IntegerNetwork integers(network, kTestBatch, context.pool());
        add(std::move(stage), accuracy(course.test(evaluated(integers)), m_data.test), static_cast<double>(network.quantizedBytes()), [&] {
            IntegerNetwork one(network, 1, m_alone);
            return latencyMicroseconds(kSecondsPerLatency, evaluated(one), firstSample());
        });
    }

    double latencyOf(Graph& graph) const
    {
        Pass pass(graph, 1, Pass::Mode::Inference, m_alone);
        return latencyMicroseconds(kSecondsPerLatency, evaluated(pass), firstSample());
    }

    std::vector<float> firstSample() const
    {
        std::vector<float> x(m_data.shape.size());
        m_data.read(m_data.test, 0, x.data());
        return x;
    }

    /// Adds a measurement to the stage of this id; latency is measured once.
    template <class Latency> void add(Stage stage, double reached, double bytes, const Latency& latency)
    {
        auto found = std::find_if(m_stages.begin(), m_stages.end(), [&](const Stage& s) { return s.id == stage.id; });
        if (found == m_stages.end()) {
            stage.bytes = bytes;
            stage.latency = latency();
            found = m_stages.insert(m_stages.end(), std::move(stage));
        }
        found->accuracies.push_back(reached);
    }

    const Stage& stage(const std::string& id) const
    {
        return *std::find_if(m_stages.begin(), m_stages.end(), [&](const Stage& s) { return s.id == id; });
    }

    void showAll(Context& context) const
    {
        Scatter map{{.title = text("bytes"), .logarithmic = true}, {.title = text("accuracy"), .percent = true}, {}};
        Table table;
        table.columns = {text("network"), text("accuracy"), text("bytes"), text("times smaller than the teacher"), text("µs, batch 1")};
        table.result = 1;
        for (const Stage& s : m_stages) {
            const Interval a = meanInterval(s.accuracies);
            const bool several = s.accuracies.size() > 1;
            if (!s.id.ends_with(".static")) // so low that the rest would lie on one line
                map.points.push_back(
                    {s.name, s.bytes, a.mean, s.role, several ? std::optional(AxisRange{a.low, a.high}) : std::nullopt});
            table.rows.push_back({s.name, Text(percent(a.mean) + (several ? " ± " + fixed(100 * a.halfWidth(), 2) : "")),
                Text(grouped(static_cast<std::int64_t>(s.bytes))), Text(fixed(m_stages.front().bytes / s.bytes, 1)),
                Text(significant(s.latency, 3))});
            context.metric(s.id + ".accuracy", a.mean);
            context.metric(s.id + ".bytes", s.bytes);
            context.metric(s.id + ".latency_us", s.latency);
        }
        context.show({.id = "map",
            .title = text("Accuracy against bytes"),
            .caption = text("Grey: alone all the way down; blue: taught. Lines: 95 % interval over seeds. Rounded only: see the table."),
            .description = text("Accuracy of each stage against its size, with and without a teacher."),
            .body = map,
            .span = 2});
        context.show({.id = "table",
            .title = text("Every stage"),
            .caption = text("Students see %1 labelled samples, the teacher all. Few bits run in int8; one thread of %2.",
                grouped(static_cast<std::int64_t>(m_chosen.size())), cpuText()),
            .description = text("Accuracy, size and latency of each stage."),
            .body = table,
            .span = 2,
            .timed = true});
        const Interval kept = gain("student.alone.qat", "student.taught.qat"), back = gain("student.taught.static", "student.taught.qat");
        const auto points = [](const Interval& i) {
            return i.samples > 1 ? text("%1 ± %2 points", signedFixed(100 * i.mean, 2), fixed(100 * i.halfWidth(), 2))
                                 : text("%1 points", signedFixed(100 * i.mean, 2));
        };
        Readout r;
        r.items = {{text("smaller than the teacher"),
                       text("%1 times", fixed(m_stages.front().bytes / stage("student.taught.qat").bytes, 0)), true},
            {text("teacher's gain at the end"), points(kept), true}, {text("aware training gives back"), points(back)},
            {text("from the teacher to the end"),
                text("%1 points",
                    signedFixed(
                        100 * (meanInterval(stage("student.taught.qat").accuracies).mean - m_stages.front().accuracies.front()), 2))}};
        context.show({.id = "verdict",
            .title = text("What is left"),
            .caption = text("The last stage: few bits, trained aware, the teacher still teaching."),
            .description = text("How much smaller the last stage is and what the teacher and aware training gave it."),
            .body = r});
        context.metric("squeeze.gain.mean", kept.mean);
    }

    /// Paired over seeds.
    Interval gain(const std::string& from, const std::string& to) const
    {
        std::vector<double> differences;
        const std::vector<double>&a = stage(from).accuracies, &b = stage(to).accuracies;
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) differences.push_back(b[i] - a[i]);
        return meanInterval(differences);
    }

    Dataset m_data;
    mutable ThreadPool m_alone{1}; ///< latency is measured on one thread
    Teacher m_teacher;
    DistillSettings m_settings;
    std::vector<std::uint32_t> m_chosen; ///< the students' samples
    std::vector<Stage> m_stages;
};

} // namespace

ExperimentInfo squeeze()
{
    return {.id = "squeeze",
        .title = text("Squeeze"),
        .question = text("How small can it get?"),
        .group = text("Distil"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<Squeeze>()); },
        .networks = {{"student.taught", text("the first seed's student, taught")},
            {"student.taught.qat", text("the same, trained aware: its weights before they are rounded")},
            {"student.alone", text("the first seed's student, alone")},
            {"student.alone.qat", text("the same, trained aware: its weights before they are rounded")}, {"teacher", text("the teacher")},
            {"teacher.<number>", text("the other teachers of an ensemble")}}};
}

} // namespace bitstill
