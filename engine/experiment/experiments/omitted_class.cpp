// Can a student know a class it never saw? One class is withheld; all it hears of it is what the teacher says of the others.

#include "engine/experiment/experiments/omitted_class.h"

#include "engine/data/sample.h"
#include "engine/distill/teach.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/models.h"
#include "engine/experiment/picture.h"
#include "engine/experiment/side_by_side.h"
#include "engine/experiment/teacher.h"
#include "engine/measure/interval.h"
#include "engine/nn/loss.h"

#include <algorithm>

namespace bitstill {

namespace omitted_class {

std::vector<std::uint32_t> withoutClass(const Samples& samples, std::int32_t omitted)
{
    std::vector<std::uint32_t> others;
    for (std::uint32_t i = 0; i < samples.count(); ++i)
        if (samples.labels[i] != omitted) others.push_back(i);
    return others;
}

std::size_t Biased::choice(std::size_t sample, double bias) const
{
    std::vector<float> row(logits.row(sample), logits.row(sample) + logits.classes);
    row[static_cast<std::size_t>(omitted)] += static_cast<float>(bias);
    return argmax(row.data(), row.size());
}

double Biased::accuracy(double bias) const
{
    std::size_t right = 0;
    for (std::size_t i = 0; i < logits.count; ++i) right += choice(i, bias) == static_cast<std::size_t>(labels[i]);
    return logits.count == 0 ? 0 : static_cast<double>(right) / static_cast<double>(logits.count);
}

std::vector<char> Biased::recalled(double bias) const
{
    std::vector<char> right;
    for (std::size_t i = 0; i < logits.count; ++i)
        if (labels[i] == omitted) right.push_back(choice(i, bias) == static_cast<std::size_t>(omitted));
    return right;
}

double Biased::recall(double bias) const
{
    const std::vector<char> right = recalled(bias);
    return right.empty() ? 0 : static_cast<double>(std::ranges::count(right, 1)) / static_cast<double>(right.size());
}

std::vector<std::size_t> Biased::first(std::size_t most) const
{
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < logits.count && rows.size() < most; ++i)
        if (labels[i] == omitted) rows.push_back(i);
    return rows;
}

std::vector<double> Biased::takenFor() const
{
    std::vector<double> shares(logits.classes, 0.0);
    std::size_t all = 0;
    for (std::size_t i = 0; i < logits.count; ++i)
        if (labels[i] == omitted) {
            ++all;
            shares[choice(i, 0)] += 1;
        }
    for (double& v : shares) v /= static_cast<double>(std::max<std::size_t>(all, 1));
    return shares;
}

std::vector<double> biases()
{
    std::vector<double> tried;
    for (int i = 0; i <= 120; ++i) tried.push_back(-5 + i * 0.25);
    return tried;
}

double bestBias(const Biased& probe)
{
    double best = -1, chosen = 0;
    for (const double bias : biases()) {
        const double reached = probe.accuracy(bias);
        if (reached <= best) continue;
        best = reached;
        chosen = bias;
    }
    return chosen;
}

Student measured(Student s, const Biased& probe, const Biased& test)
{
    s.probes = probe.logits.count;
    s.bias = bestBias(probe);
    for (const double bias : biases()) {
        s.recall.push_back(test.recall(bias));
        s.overall.push_back(test.accuracy(bias));
    }
    s.recalledPlain = test.recalled(0);
    s.recalledCorrected = test.recalled(s.bias);
    s.accuracy = test.accuracy(s.bias);
    s.takenFor = test.takenFor();
    return s;
}

Metrics metricsOf(const Result& r)
{
    Metrics metrics;
    for (const Student& s : r.students) {
        metrics.emplace_back(metricName({"student", s.id, "recall"}), accuracyInterval(s.recalledPlain).mean);
        metrics.emplace_back(metricName({"student", s.id, "recall", "corrected"}), accuracyInterval(s.recalledCorrected).mean);
        metrics.emplace_back(metricName({"student", s.id, "accuracy"}), s.accuracy);
    }
    return metrics;
}

} // namespace omitted_class

namespace {

using namespace omitted_class;

constexpr std::size_t kProbe = 10000; ///< training samples on which the bias is chosen
constexpr std::size_t kPictures = 8;

Problem noSuchClass(std::int64_t classes)
{
    return {"distill.omitted", text("there are only %1 classes", std::to_string(classes)),
        text("choose %1 to %2", "0", std::to_string(classes - 1))};
}

Problem classProblem(const Values& values)
{
    const std::int64_t classes = knownClasses(values);
    return classes > 0 && std::get<std::int64_t>(values.at("distill.omitted")) >= classes ? noSuchClass(classes) : Problem{};
}

std::vector<Field> fields()
{
    Field temperature = temperatureField(4);
    temperature.live = false;
    const Field omitted{.key = "distill.omitted",
        .kind = Field::Kind::Int,
        .group = text("Student"),
        .label = text("Withheld class"),
        .help = text("The class hidden from the students, counted from 0 (in Fashion-MNIST 8 is Bag, 1 Trouser)."),
        .initial = std::int64_t{8},
        .low = 0,
        .high = 999,
        .highest = [](const Values& values) { return knownClasses(values) - 1; },
        .fits = &classProblem};
    return joinFields({dataFields(), teachersFields(), {studentField(), omitted, temperature}, trainFields(5)});
}

class OmittedClass : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        const Spec& spec = context.spec();
        if (spec.integer("distill.omitted") >= m_data.classCount()) {
            const Problem problem = noSuchClass(m_data.classCount());
            throw Error(problem.field, problem.what, problem.hint);
        }
        m_omitted = static_cast<std::int32_t>(spec.integer("distill.omitted"));
        TrainingRunner runner(context, m_data);
        const Teacher teacher = trainTeacher(runner, 0.5);
        m_probe = sampleOf(m_data, m_data.train, kProbe, spec.seed);
        context.mark(text("teacher trained"), paceKeys({"train.epochs", "train.optimizer", "distill.temperature"}));
        TrainOptions options = trainOptions(spec);
        options.subset = withoutClass(m_data.train, m_omitted);
        if (options.subset.empty()) throw Error("data.set", text("every sample is of the withheld class"), text("withhold another class"));
        Result result{.className = className(m_data, static_cast<std::size_t>(m_omitted)),
            .teacherRecall = Biased{teacher.test, m_data.test.labels, m_omitted}.recall(0)};
        for (std::size_t c = 0; c < m_data.classes.size(); ++c) result.classes.push_back(className(m_data, c));
        TrainOptions taught = options;
        const DistillSettings settings{.temperature = spec.real("distill.temperature"), .teacherWeight = 1};
        taught.loss =
            lossOf({.samples = &m_data.train, .teacher = &teacher.training, .settings = &settings, .method = hintonMethod().loss});
        result.students = {{.id = "hard", .name = text("hard labels"), .role = Role::Alone},
            {.id = "soft", .name = text("soft labels"), .role = Role::Taught}};
        SideBySide students(runner, 2, 1 - runner.done());
        students.add([&](SideBySide::Piece& piece) {
            piece.runner().next(1, text("training on hard labels"));
            study(piece.runner(), result.students[0], options, nullptr);
        });
        students.add([&](SideBySide::Piece& piece) {
            piece.runner().next(1, text("training on soft labels"));
            study(piece.runner(), result.students[1], taught, &result.images);
        });
        students.next();
        students.next();
        showAll(context, figuresOf(result));
        tellAll(context, metricsOf(result));
        context.mark(text("students evaluated"));
        context.progress(1, text("done"));
    }

private:
    /// `images` take what the student says of the first images of the class.
    void study(TrainingRunner& runner, Student& student, const TrainOptions& options, std::vector<ImageTile>* images) const
    {
        Graph graph = makeModel(runner.context().spec(), m_data);
        runner.train(graph, options);
        runner.context().keepModel(metricName({"student", student.id}), graph);
        Pass pass(graph, kEvaluationBatch, Pass::Mode::Inference, runner.context().pool());
        const Logits probe = runner.over(pass, m_probe), test = runner.test(pass);
        const Biased onTest{test, m_data.test.labels, m_omitted};
        student = measured(std::move(student), {probe, m_probe.labels, m_omitted}, onTest);
        if (images && isPicture(m_data))
            for (const std::size_t row : onTest.first(kPictures))
                images->push_back(pictureOf(m_data, m_data.test, row, Text(className(m_data, onTest.choice(row, student.bias)))));
    }

    Dataset m_data;
    Samples m_probe; ///< of the training set
    std::int32_t m_omitted = 0;
};

} // namespace

ExperimentInfo omittedClass()
{
    return {.id = "omitted-class",
        .title = text("The omitted class"),
        .question = text("Can a student know a class it never saw?"),
        .group = text("Distil"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<OmittedClass>()); },
        .networks = {{"student.soft", text("the student trained on soft labels")},
            {"student.hard", text("the student trained on hard labels")}, {"teacher", text("the teacher")},
            {"teacher.<number>", text("the other teachers of an ensemble")}},
        .expected = {{"recall", text("The withheld class: how much of it is recognised"), Bars{}},
            {"images", text("Images of the withheld class"), Images{}}, {"verdict", text("What the soft labels conveyed"), Readout{}},
            {"sweep", text("Recall against bias"), Curves{}}}};
}

} // namespace bitstill
