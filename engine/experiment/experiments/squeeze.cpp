// How small can it get? Teacher, distilled student, quantization-aware student with the teacher still teaching, int8.

#include "engine/experiment/experiments/squeeze.h"

#include "engine/distill/teach.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/foreign_teacher.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/models.h"
#include "engine/experiment/record.h"
#include "engine/experiment/side_by_side.h"
#include "engine/experiment/stopwatch.h"
#include "engine/experiment/teacher.h"
#include "engine/quant/integer_network.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace bitstill {

namespace squeeze_down {

const Stage* Result::find(const std::string& id) const
{
    const auto found = std::ranges::find(stages, id, &Stage::id);
    return found == stages.end() ? nullptr : &*found;
}

Interval Result::gain(const std::string& from, const std::string& to) const
{
    std::vector<double> differences;
    const std::vector<double>&a = stage(from).accuracies, &b = stage(to).accuracies;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) differences.push_back(b[i] - a[i]);
    return meanInterval(differences);
}

Metrics metricsOf(const Result& r)
{
    Metrics metrics;
    for (const Stage& s : r.stages) {
        metrics.emplace_back(metricName({s.id, "accuracy"}), meanInterval(s.accuracies).mean);
        metrics.emplace_back(metricName({s.id, "bytes"}), s.bytes);
        if (s.latency > 0) metrics.emplace_back(metricName({s.id, "latency_us"}), s.latency);
    }
    metrics.emplace_back("squeeze.gain.mean", r.gain("student.alone.qat", "student.taught.qat").mean);
    return metrics;
}

namespace {

/// What is smallest, against what one began with. The same teacher stands beside each seed.
Text headline(const Result& r)
{
    const Stage &teacher = r.stages.front(), &last = r.stage("student.taught.qat");
    std::vector<double> differences;
    for (const double a : last.accuracies) differences.push_back(a - teacher.accuracies.front());
    return text("%1 times smaller, for %2", fixed(teacher.bytes / last.bytes, 0), pointsText(meanInterval(differences), 100, 1));
}

void extend(CurveSeries& series, const Stage& stage)
{
    series.x.push_back(stage.bytes / 1024);
    series.y.push_back(meanInterval(stage.accuracies).mean);
}

/// From the teacher down. What is rounded after training is so low that the rest would lie on one line.
Figure mapFigure(const Result& r)
{
    const std::size_t seeds = r.stage("student.taught.qat").accuracies.size();
    CurveSeries taught{text("taught by the teacher"), Role::Taught, CurveSeries::Style::Solid, {}, {}},
        alone{text("trained alone"), Role::Alone, CurveSeries::Style::Dashed, {}, {}},
        spread{text("95 % interval"), Role::Guide, CurveSeries::Style::Solid, {}, {}};
    CurveSeries dots[]{{text("teacher"), Role::Teacher, CurveSeries::Style::Points, {}, {}},
        {text("student, float32"), Role::Before, CurveSeries::Style::Points, {}, {}},
        {text("student, few bits (QAT)"), Role::After, CurveSeries::Style::Points, {}, {}}};
    for (const Stage& s : r.stages) {
        if (s.id.ends_with(".static")) continue;
        if (s.role != Role::Alone) extend(taught, s);
        if (s.role == Role::Alone) extend(alone, s);
        extend(dots[s.role == Role::Teacher ? 0 : s.id.ends_with(".qat") ? 2 : 1], s);
        const Interval a = meanInterval(s.accuracies);
        if (a.samples < 2) continue;
        const double gap = std::numeric_limits<double>::quiet_NaN();
        spread.x.insert(spread.x.end(), {s.bytes / 1024, s.bytes / 1024, gap});
        spread.y.insert(spread.y.end(), {a.low, a.high, gap});
    }
    Curves map{
        {.title = text("size"), .unit = Text("KiB"), .logarithmic = true}, {.title = text("accuracy"), .percent = true}, {taught, alone}};
    map.series.insert(map.series.end(), std::begin(dots), std::end(dots));
    if (!spread.x.empty()) map.series.push_back(spread);
    return {.id = "map",
        .title = headline(r),
        .caption = seeds == 1 ? text("The way down, from right to left: teacher, student, few bits. Of 1 seed, on the test set.")
                              : text("The way down, from right to left: teacher, student, few bits. Means over %1 seeds, on the test set.",
                                  std::to_string(seeds)),
        .description = text("Accuracy of each stage against its size, with and without a teacher."),
        .body = map,
        .span = 2,
        .place = Place::Top};
}

Figure tableFigure(const Result& r)
{
    Table table;
    table.columns = {text("network"), text("accuracy"), text("bytes"), text("times smaller than the teacher"), text("µs, batch 1")};
    table.result = 1;
    for (const Stage& s : r.stages)
        table.rows.push_back({s.name, Text(shareText(meanInterval(s.accuracies))), Text(grouped(static_cast<std::int64_t>(s.bytes))),
            Text(fixed(r.stages.front().bytes / s.bytes, 1)), s.latency > 0 ? Text(significant(s.latency, 3)) : Text("—")});
    return {.id = "table",
        .title = text("All stages"),
        .caption = text("Students see %1 labelled samples, the teacher sees all. Low-bit networks run in int8, on one thread of %2.",
            grouped(static_cast<std::int64_t>(r.labels)), cpuText()),
        .description = text("Accuracy, size and latency of each stage."),
        .body = table,
        .span = 2,
        .timed = true};
}

Figure verdictFigure(const Result& r)
{
    const Stage &teacher = r.stages.front(), &last = r.stage("student.taught.qat");
    Readout readout;
    readout.items = {{text("smaller than the teacher"), text("%1 times", fixed(teacher.bytes / last.bytes, 0)), true},
        {text("teacher's gain at the last stage"), pointsText(r.gain("student.alone.qat", last.id))},
        {text("QAT recovers"), pointsText(r.gain("student.taught.static", last.id))},
        {text("from the teacher to the last stage"),
            text("%1 points", signedFixed(100 * (meanInterval(last.accuracies).mean - teacher.accuracies.front()), 2))}};
    return {.id = "verdict",
        .title = text("The result"),
        .caption = text("The last stage: low-bit QAT with the teacher still teaching."),
        .description = text("How much smaller the last stage is, and what the teacher and QAT contributed."),
        .body = readout};
}

} // namespace

std::vector<Figure> figuresOf(const Result& r) { return {mapFigure(r), verdictFigure(r), tableFigure(r)}; }

} // namespace squeeze_down

namespace {

using namespace squeeze_down;

constexpr double kSecondsPerLatency = 0.1;

std::vector<Field> fields()
{
    return joinFields({dataFields(), teachersFields(), comparedStudentFields().without({"distill.feature_weight", "distill.assistant"}),
        trainFields(60), quantFields().without({"quant.scheme"}).with("quant.bits", std::int64_t{2}).fixed(), awareFields(20)});
}

class Squeeze : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_watch.emplace(m_data, kSecondsPerLatency);
        const Spec& spec = context.spec();
        TrainingRunner runner(context, m_data);
        if (hasForeignTeacher(spec))
            throw Error("distill.teacher_file", text("bytes and time of a teacher from elsewhere are not compared here"),
                text("choose ways-to-distil or teacher-student for it"));
        m_teacher = trainTeacher(runner, 0.5);
        const auto networks = static_cast<double>(m_teacher.networks.size());
        add({.id = "teacher", .name = text("teacher"), .role = Role::Teacher}, m_teacher.accuracy(m_data),
            4 * networks * static_cast<double>(m_teacher.networks.front().parameterCount()),
            [this, networks] { return networks * m_watch->of(m_teacher.networks.front(), 1); });
        measureSpeed();
        context.mark(text("teacher trained"),
            paceKeys({"train.epochs", "train.optimizer", "distill.seeds", "distill.temperature", "distill.teacher_weight", "quant.bits",
                "quant.granularity", "quant.aware_epochs", "quant.aware_method"}));
        m_settings = distillSettings(spec);
        m_chosen = labelOrder(spec, m_data);
        m_chosen.resize(labelCount(spec, m_data));
        m_result.labels = m_chosen.size();
        descendAll(runner);
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

    /// The students of all seeds, alone and taught.
    void descendAll(TrainingRunner& runner)
    {
        Context& context = runner.context();
        const Spec& spec = context.spec();
        SideBySide students(runner, 2 * static_cast<std::size_t>(spec.integer("distill.seeds")), 1 - runner.done());
        std::int64_t added = 0;
        for (std::int64_t i = 0; i < spec.integer("distill.seeds"); ++i) {
            for (; added < spec.integer("distill.seeds"); ++added)
                for (const bool taught : {false, true})
                    students.add([this, taught, number = added](SideBySide::Piece& piece) { descend(piece, number, taught); });
            for (; added > spec.integer("distill.seeds"); --added) students.dropLast(2);
            students.next();
            students.next();
            if (i + 1 == spec.integer("distill.seeds")) measureSpeed();
            show(context);
            context.mark(text("seed %1", std::to_string(i + 1)), {"distill.seeds"});
        }
        const auto seeds = static_cast<std::size_t>(spec.integer("distill.seeds")), measured = m_result.stages.back().accuracies.size();
        if (m_latencies.empty() && measured == seeds) return;
        measureSpeed(); // a branch wants no more seeds than there are, perhaps fewer
        for (Stage& s : m_result.stages) s.accuracies.resize(std::min(seeds, s.accuracies.size()));
        show(context);
    }

    void show(Context& context) const
    {
        showAll(context, figuresOf(m_result));
        tellAll(context, metricsOf(m_result));
        context.metric("test.samples", static_cast<double>(m_data.test.count()));
    }

    /// Float student, rounded, trained aware; with or without the teacher all the way.
    void descend(SideBySide::Piece& piece, std::int64_t number, bool taught)
    {
        TrainingRunner& runner = piece.runner();
        Context& context = runner.context();
        const Spec& spec = context.spec();
        const std::string one = std::to_string(number + 1);
        const Text doing = taught ? text("student %1, taught", one) : text("student %1, alone", one);
        const std::uint64_t seed = spec.seed + static_cast<std::uint64_t>(number);
        const Text how = taught ? text("taught") : text("alone");
        const std::string id = taught ? "student.taught" : "student.alone";
        const Role role = taught ? Role::Taught : Role::Alone;
        const std::string bits = std::to_string(spec.integer("quant.bits"));
        const auto graph = std::make_shared<Graph>(makeModel(spec, m_data, seed));
        runner.next(0.75, doing);
        runner.train(*graph, lessons(trainOptions(spec), seed, taught));
        const double reached = accuracy(runner.test(*graph), m_data.test);
        piece.inTurn([this, stage = Stage{.id = id, .name = text("student %1, float32", how), .role = role}, reached, graph] {
            add(stage, reached, 4.0 * static_cast<double>(graph->parameterCount()), [this, graph] { return m_watch->of(*graph, 1); });
        });
        if (number == 0) context.keepModel(id, *graph);

        const auto rounded = std::make_shared<QuantizedNetwork>(*graph, m_data, Calibration{}, context.pool(), runner.keepGoing());
        rounded->quantize({.weightBits = static_cast<int>(spec.integer("quant.bits")), .granularity = quantGranularity(spec)});
        addIntegers(piece, rounded, {.id = id + ".static", .name = text("student %1, %2-bit", how, bits), .role = role});
        Graph aware = makeQuantizationAware(*rounded, quantAwareMethod(spec));
        runner.next(0.25, doing);
        runner.train(aware, lessons(awareOptions(spec), seed, taught));
        if (number == 0) context.keepModel(id + ".qat", aware);
        addIntegers(piece, convert(aware, rounded->options(), context.pool()),
            {.id = id + ".qat", .name = text("student %1, %2-bit QAT", how, bits), .role = role});
    }

    void addIntegers(SideBySide::Piece& piece, const std::shared_ptr<const QuantizedNetwork>& network, const Stage& stage)
    {
        IntegerNetwork integers(*network, kEvaluationBatch, piece.runner().context().pool());
        const double reached = accuracy(piece.runner().test(evaluated(integers)), m_data.test);
        piece.inTurn([this, stage, reached, network] {
            add(stage, reached, static_cast<double>(network->quantizedBytes()), [this, network] { return m_watch->of(*network, 1); });
        });
    }

    /// Adds a measurement to the stage of this id; of the first of them the latency will be measured.
    void add(const Stage& stage, double reached, double bytes, const std::function<double()>& latency)
    {
        std::vector<Stage>& stages = m_result.stages;
        auto found = std::ranges::find(stages, stage.id, &Stage::id);
        if (found == stages.end()) {
            found = stages.insert(stages.end(), stage);
            found->bytes = bytes;
            m_latencies[stage.id] = latency;
        }
        found->accuracies.push_back(reached);
    }

    /// Of all that came since it was measured last, when nobody trains beside it.
    void measureSpeed()
    {
        for (Stage& s : m_result.stages)
            if (const auto latency = m_latencies.find(s.id); latency != m_latencies.end()) s.latency = latency->second();
        m_latencies.clear();
    }

    Dataset m_data;
    std::optional<Stopwatch> m_watch;
    Teacher m_teacher;
    DistillSettings m_settings;
    std::vector<std::uint32_t> m_chosen; ///< the students' samples
    Result m_result;
    std::map<std::string, std::function<double()>> m_latencies; ///< still to be measured, by stage
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
        .networks = {{"student.taught", text("the student taught by the teacher, first seed")},
            {"student.taught.qat", text("the same network after QAT: its weights before quantization")},
            {"student.alone", text("the student trained alone, first seed")},
            {"student.alone.qat", text("the same network after QAT: its weights before quantization")}, {"teacher", text("the teacher")},
            {"teacher.<number>", text("the other teachers of an ensemble")}},
        .expected = {{"map", text("Accuracy against size"), Curves{}, 2}, {"verdict", text("The result"), Readout{}},
            {"table", text("All stages"), Table{}, 2}}};
}

} // namespace bitstill
