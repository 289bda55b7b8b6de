// Can a student know a class it never saw? One class is withheld; all it hears of it is what the teacher says of the others.

#include "engine/experiment/experiments/experiments.h"

#include "engine/data/sample.h"
#include "engine/distill/teach.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/teacher.h"
#include "engine/measure/interval.h"
#include "engine/nn/loss.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr std::size_t kProbe = 10000; ///< training samples on which the bias is chosen
constexpr int kBiases = 121;
constexpr double kBiasStep = 0.25, kLowestBias = -5; ///< added to the withheld class's logit

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
        .help = text("Which class the students never see, counted from 0 (in Fashion-MNIST 8 is Bag, 1 Trouser)."),
        .initial = std::int64_t{8},
        .low = 0,
        .high = 999,
        .highest = [](const Values& values) { return knownClasses(values) - 1; },
        .fits = &classProblem};
    return joinFields({dataFields(), teachersFields(), {studentField(), omitted, temperature}, trainFields(5)});
}

/// One student and what a bias for the withheld class does to it.
struct Pupil {
    std::string id;
    Text name;
    Role role;
    Logits probe{}, test{};
    double bias = 0; ///< chosen on the probe
    std::vector<double> recall{}, overall{}; ///< on the test set, by bias
};

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
        Course course(context, m_data);
        m_teacher = trainTeacher(course, 0.5);
        m_probe = sampleOf(m_data, m_data.train, kProbe, spec.seed);
        context.mark(text("teacher trained"));
        TrainOptions options = trainOptions(spec);
        for (std::uint32_t i = 0; i < m_data.train.count(); ++i)
            if (m_data.train.labels[i] != m_omitted) options.subset.push_back(i);
        if (options.subset.empty()) throw Error("data.set", text("every sample is of the withheld class"), text("withhold another one"));
        course.next(0.25, text("training on hard labels"));
        study(course, {.id = "hard", .name = text("hard labels"), .role = Role::Alone}, options);
        course.next(0.25, text("training on soft labels"));
        const DistillSettings settings{.temperature = spec.real("distill.temperature"), .teacherWeight = 1};
        options.loss =
            lossOf({.samples = &m_data.train, .teacher = &m_teacher.training, .settings = &settings, .method = hintonMethod().loss});
        study(course, {.id = "soft", .name = text("soft labels"), .role = Role::Taught}, options);
        showRecall(context);
        showVerdict(context);
        showSweep(context);
        showMistaken(context);
        context.mark(text("students tested"));
        context.progress(1, text("done"));
    }

private:
    void study(Course& course, Pupil pupil, const TrainOptions& options)
    {
        Graph graph = makeModel(course.context().spec(), m_data);
        course.train(graph, options);
        course.context().keepModel("student." + pupil.id, graph);
        Pass pass(graph, 250, Pass::Mode::Inference, course.context().pool());
        pupil.probe = course.over(pass, m_probe);
        pupil.test = course.test(pass);
        double best = -1;
        for (int i = 0; i < kBiases; ++i) {
            const double bias = kLowestBias + i * kBiasStep;
            const double reached = share(pupil.probe, m_probe, bias, false);
            if (reached > best) {
                best = reached;
                pupil.bias = bias;
            }
            pupil.recall.push_back(share(pupil.test, m_data.test, bias, true));
            pupil.overall.push_back(share(pupil.test, m_data.test, bias, false));
        }
        m_pupils.push_back(std::move(pupil));
    }

    std::size_t choice(const Logits& logits, std::size_t i, double bias) const
    {
        std::vector<float> row(logits.row(i), logits.row(i) + logits.classes);
        row[static_cast<std::size_t>(m_omitted)] += static_cast<float>(bias);
        return argmax(row.data(), row.size());
    }

    /// Right answers with this bias, as a share of all samples or of those of the withheld class.
    double share(const Logits& logits, const Samples& samples, double bias, bool omittedOnly) const
    {
        std::size_t right = 0, all = 0;
        for (std::size_t i = 0; i < logits.count; ++i) {
            if (omittedOnly && samples.labels[i] != m_omitted) continue;
            ++all;
            right += choice(logits, i, bias) == static_cast<std::size_t>(samples.labels[i]);
        }
        return all == 0 ? 0 : static_cast<double>(right) / static_cast<double>(all);
    }

    /// Right answers on the withheld class's test samples, sample by sample.
    std::vector<char> recalled(const Logits& logits, double bias) const
    {
        std::vector<char> right;
        for (std::size_t i = 0; i < logits.count; ++i)
            if (m_data.test.labels[i] == m_omitted) right.push_back(choice(logits, i, bias) == static_cast<std::size_t>(m_omitted));
        return right;
    }

    std::string className(std::size_t c) const { return m_data.classes[c].empty() ? std::to_string(c) : m_data.classes[c]; }
    std::string omittedName() const { return className(static_cast<std::size_t>(m_omitted)); }

    void showRecall(Context& context) const
    {
        Bars bars{{.title = text("recognised"), .range = AxisRange{0, 1}, .percent = true}, {},
            {{text("as trained"), Role::Alone, {}, {}}, {text("with one bias corrected"), Role::Taught, {}, {}}}};
        for (const Pupil& p : m_pupils) {
            bars.categories.push_back(p.name);
            for (const int corrected : {0, 1}) {
                const Interval i = accuracyInterval(recalled(p.test, corrected ? p.bias : 0));
                bars.series[static_cast<std::size_t>(corrected)].values.push_back(i.mean);
                bars.series[static_cast<std::size_t>(corrected)].intervals.push_back({i.low, i.high});
                context.metric("student." + p.id + (corrected ? ".recall.corrected" : ".recall"), i.mean);
            }
            context.metric("student." + p.id + ".accuracy", share(p.test, m_data.test, p.bias, false));
        }
        context.show({.id = "recall",
            .title = text("%1, never seen", omittedName()),
            .caption = text("Share of the withheld class's test images that are recognised; lines: 95 % interval."),
            .description = text("Recall of the withheld class with hard and with soft labels, before and after the bias correction."),
            .body = bars});
    }

    void showVerdict(Context& context) const
    {
        const Interval gain = pairedDifference(recalled(m_pupils[0].test, m_pupils[0].bias), recalled(m_pupils[1].test, m_pupils[1].bias));
        Readout r;
        r.items = {{text("soft labels recognise more by"),
                       text("%1 ± %2 points", signedFixed(100 * gain.mean, 1), fixed(100 * gain.halfWidth(), 1)), true},
            {text("bias added, hard labels"), Text(signedFixed(m_pupils[0].bias, 2))},
            {text("bias added, soft labels"), Text(signedFixed(m_pupils[1].bias, 2))},
            {text("the teacher recognises"), Text(percent(share(m_teacher.test, m_data.test, 0, true)))}};
        context.show({.id = "verdict",
            .title = text("What soft labels carried over"),
            .caption = text("The students saw not one image of %1. The one number added to its logit was chosen on %2 training images.",
                omittedName(), grouped(static_cast<std::int64_t>(m_pupils[0].probe.count))),
            .description = text("Difference in recall between soft and hard labels after the bias correction."),
            .body = r});
    }

    void showSweep(Context& context) const
    {
        Curves curves{{.title = text("bias added to the withheld class")},
            {.title = text("share of right answers"), .range = AxisRange{0, 1}, .percent = true}, {}};
        std::vector<double> biases;
        for (int i = 0; i < kBiases; ++i) biases.push_back(kLowestBias + i * kBiasStep);
        for (const Pupil& p : m_pupils) {
            curves.series.push_back({text("%1: withheld class", p.name), p.role, CurveSeries::Style::Solid, biases, p.recall});
            curves.series.push_back({text("%1: all classes", p.name), p.role, CurveSeries::Style::Dashed, biases, p.overall});
        }
        context.show({.id = "sweep",
            .title = text("One number turns it up"),
            .caption =
                text("More bias finds more of the withheld class, until it swallows the others. Good knowledge leaves room between."),
            .description = text("Recall of the withheld class and accuracy on all against the bias."),
            .body = curves});
    }

    /// What the students take the withheld class for before the correction.
    void showMistaken(Context& context) const
    {
        Bars bars{{.title = text("share"), .range = AxisRange{0, 1}, .percent = true}, {}, {}};
        for (const Pupil& p : m_pupils) {
            BarSeries s{p.name, p.role, std::vector<double>(p.test.classes, 0.0), {}};
            std::size_t all = 0;
            for (std::size_t i = 0; i < p.test.count; ++i)
                if (m_data.test.labels[i] == m_omitted) {
                    ++all;
                    s.values[choice(p.test, i, 0)] += 1;
                }
            for (double& v : s.values) v /= static_cast<double>(std::max<std::size_t>(all, 1));
            bars.series.push_back(std::move(s));
        }
        for (std::size_t c = 0; c < m_teacher.training.classes; ++c) bars.categories.push_back(Text(className(c)));
        context.show({.id = "mistaken",
            .title = text("What they take it for"),
            .caption = text("Answers to the test images of %1 before the correction.", omittedName()),
            .description = text("Share of each answer to the withheld class's images."),
            .body = bars});
    }

    Dataset m_data;
    Samples m_probe; ///< of the training set
    Teacher m_teacher;
    std::int32_t m_omitted = 0;
    std::vector<Pupil> m_pupils; ///< hard, soft
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
        .networks = {{"student.soft", text("the student that hears soft labels")},
            {"student.hard", text("the student that hears hard labels")}, {"teacher", text("the teacher")},
            {"teacher.<number>", text("the other teachers of an ensemble")}}};
}

} // namespace bitstill
