// Does a teacher help? A student alone and the same student taught: same start, same samples, same steps, over several seeds.

#include "engine/experiment/experiments/experiments.h"

#include "engine/distill/dark_knowledge.h"
#include "engine/distill/taps.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/lesson_figures.h"
#include "engine/experiment/pupils.h"
#include "engine/experiment/reliability_figure.h"
#include "engine/experiment/teacher.h"
#include "engine/measure/interval.h"
#include "engine/nn/zoo.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr int kTestBatch = 250;
constexpr int kLooks = 12; ///< how often a student is tested on its way
constexpr int kParts = 60; ///< how often it is asked what it hears
constexpr std::size_t kRaceSamples = 2000;

std::vector<Field> fields() { return joinFields({dataFields(), teachersFields(), {teacherDataField()}, studentFields(), trainFields(60)}); }

std::vector<Contrast> contrasts()
{
    const auto word = [](const char* w) { return Value(std::string(w)); };
    return {
        {"all-labels", text("All labels"), text("The student has every label too: what is left to teach?"),
            {{"distill.labels", std::int64_t{100000}}, {"train.epochs", std::int64_t{5}}}},
        {"longer", text("Ten times longer"), text("The same labels, ten times the steps, for both students."),
            {{"train.epochs", std::int64_t{600}}}},
        {"shuffled", text("Shuffled"), text("As sure as before, but what it says of the other classes changes places."),
            {{"distill.knowledge", word("shuffled")}}},
        {"flattened", text("Flattened"), text("As sure as before, but all other classes get the same."),
            {{"distill.knowledge", word("flattened")}}},
        {"hard", text("Hard labels"), text("Of the teacher only its choice."), {{"distill.knowledge", word("hard")}}},
        {"same-data", text("Same data"), text("The teacher has seen no more than the student."), {{"distill.teacher_data", word("same")}}},
        {"pool", text("Unlabelled pool"), text("The taught student hears the teacher on all other images too."), {{"distill.pool", true}}},
    };
}

class TeacherStudent : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        const Spec& spec = context.spec();
        Course course(context, m_data);
        m_raceSample = course.testSample(kRaceSamples);
        chooseSamples(spec);
        m_method = distillMethod(spec.word("distill.method"));
        refuseUnfit(spec);
        m_teacher = trainTeacher(course, 0.4, labelledSamples());
        m_comparesHard = spec.flag("distill.pool") && knowledge(spec) != "hard" && isFromTeachersLogits();
        const std::int64_t seeds = spec.integer("distill.seeds");
        const double trainings = (m_comparesHard ? 3 : 2) + (needsPreparation(m_method) ? 1 : 0);
        m_share = 0.6 / static_cast<double>(seeds) / trainings;
        for (std::int64_t i = 0; i < seeds; ++i) {
            const std::string number = std::to_string(i + 1);
            prepare(course, spec.seed + static_cast<std::uint64_t>(i));
            course.next(m_share, text("student %1 of %2, alone", number, std::to_string(seeds)));
            study(context, course, spec.seed + static_cast<std::uint64_t>(i), m_alone, Way::Alone);
            studyTaught(context, course, static_cast<std::size_t>(i), static_cast<std::size_t>(seeds));
            context.mark(text("seed %1", number));
        }
        addTrial(m_taught.front().accuracy);
        showTrials(context);
        m_pairs = m_alone.size();
        context.progress(1, text("done"));
    }

    /// While it runs the students take the new knobs with their next step; afterwards all are taught once more with them, so that
    /// every figure but what has been tried is that of a run with these values.
    void retune(Context& context) override
    {
        if (m_pairs == 0) return;
        Course course(context, m_data);
        const std::size_t trainings = m_pairs * ((m_comparesHard ? 2 : 1) + (needsPreparation(m_method) ? 1 : 0));
        m_share = 1.0 / static_cast<double>(trainings);
        m_taught.clear();
        m_hard.clear();
        if (needsPreparation(m_method)) m_heard.clear();
        m_settings = distillSettings(context.spec());
        showVerdict(context);
        course.next(0, text("teaching again"));
        for (std::size_t i = 0; i < m_pairs; ++i) {
            if (needsPreparation(m_method)) prepare(course, context.spec().seed + i);
            studyTaught(context, course, i, m_pairs);
        }
        addTrial(m_taught.front().accuracy);
        showTrials(context);
        context.progress(1, text("done"));
    }

    /// The pairs that a stop has left are complete.
    void halt(Context&, Halt how) override
    {
        if (how != Halt::Stop) return;
        m_pairs = m_complete;
        m_alone.resize(m_pairs);
        m_taught.resize(m_pairs);
        if (m_comparesHard) m_hard.resize(m_pairs);
    }

    Text unanswered() const override
    {
        return m_pairs > 0
            ? Text()
            : text("Students take a change with their next step; when all are taught, they are taught again with each change.");
    }

private:
    enum class Way { Alone, Taught, Hard };

    static std::string knowledge(const Spec& spec) { return spec.word("distill.knowledge"); }
    bool isFromTeachersLogits() const { return m_method.source == DistillMethod::Source::Teacher && m_method.loss; }

    /// A method that cannot serve this pair says so before anything is trained.
    void refuseUnfit(const Spec& spec) const
    {
        if (!m_method.features) return;
        const Graph teacher = buildModel(spec.word("distill.teacher"), m_data.shape, m_data.classCount());
        chooseTaps(m_method, makeModel(spec, m_data), teacher, spec.word("distill.student_tap"), spec.word("distill.teacher_tap"));
    }

    /// What this seed's student will hear.
    void prepare(Course& course, std::uint64_t seed)
    {
        const Spec& spec = course.context().spec();
        if (!needsPreparation(m_method) && !m_heard.empty()) return;
        m_settings = distillSettings(spec);
        m_heard.push_back(knowledgeFor(course, m_method, m_teacher, lessons(spec, seed, Way::Alone), m_settings, m_share));
        const std::string kind = knowledge(spec);
        if (isFromTeachersLogits())
            changeKnowledge(m_heard.back(),
                kind == "shuffled"        ? DarkKnowledge::Shuffled
                    : kind == "flattened" ? DarkKnowledge::Flattened
                                          : DarkKnowledge::Intact,
                spec.seed);
    }

    std::vector<std::uint32_t> labelledSamples() const
    {
        return {m_order.begin(), m_order.begin() + static_cast<std::ptrdiff_t>(m_labels)};
    }

    Teaching teaching(const Spec& spec, Way way, std::size_t pair) const
    {
        return {.method = m_method,
            .lesson = {.samples = &m_data.train,
                .teacher = &m_heard[std::min(pair, m_heard.size() - 1)],
                .labelled = &m_labelled,
                .settings = &m_settings,
                .hardLabels = way == Way::Hard || (isFromTeachersLogits() && knowledge(spec) == "hard")},
            .teacher = &m_teacher.networks.front(),
            .studentTap = spec.word("distill.student_tap"),
            .teacherTap = spec.word("distill.teacher_tap")};
    }

    /// The taught student of a pair whose other one has been taught nothing; then everything is shown.
    void studyTaught(Context& context, Course& course, std::size_t pair, std::size_t pairs)
    {
        const std::uint64_t seed = context.spec().seed + pair;
        const std::string number = std::to_string(pair + 1), all = std::to_string(pairs);
        course.next(m_share, text("student %1 of %2, taught", number, all));
        study(context, course, seed, m_taught, Way::Taught);
        if (m_comparesHard) {
            course.next(m_share, text("student %1 of %2, taught hard labels", number, all));
            study(context, course, seed, m_hard, Way::Hard);
        }
        showAll(context);
        m_complete = pair + 1;
    }

    void chooseSamples(const Spec& spec)
    {
        m_order = labelOrder(spec, m_data);
        m_labels = labelCount(spec, m_data);
        m_labelled.assign(m_order.size(), 0);
        for (std::size_t i = 0; i < m_labels; ++i) m_labelled[m_order[i]] = 1;
    }

    TrainOptions lessons(const Spec& spec, std::uint64_t seed, Way way) const
    {
        const bool taught = way != Way::Alone;
        TrainOptions options = trainOptions(spec);
        options.seed = seed;
        const bool pool = spec.flag("distill.pool");
        options.subset = pool && taught ? m_order : labelledSamples();
        if (!pool) return options;
        // As many steps with the pool as without it.
        const long batch = options.batch, alone = (static_cast<long>(m_labels) + batch - 1) / batch;
        const long perPool = (static_cast<long>(m_order.size()) + batch - 1) / batch,
                   epochs = std::max(1L, alone * options.epochs / perPool);
        options.epochs = static_cast<int>(taught ? epochs : std::max(1L, epochs * perPool / alone));
        return options;
    }

    void study(Context& context, Course& course, std::uint64_t seed, std::vector<Pupil>& pupils, Way way)
    {
        Pupil& pupil = pupils.emplace_back();
        Graph graph = makeModel(context.spec(), m_data);
        graph.initialize(seed);
        m_settings = distillSettings(context.spec());
        m_settings.warmUp = 0;
        const TrainOptions options = lessons(context.spec(), seed, way);
        Pass pass(graph, kTestBatch, Pass::Mode::Inference, context.pool());
        LessonLog log(m_data.train.count());
        const StepObserver look = [&](const StepReport& r) {
            m_settings = distillSettings(context.spec());
            m_settings.warmUp = warmUpAt(r.step, r.steps);
            if (way == Way::Taught && (r.step % std::max(1L, r.steps / kParts) == 0 || r.step == r.steps)) {
                pupil.heard.add(r.step, log.means());
                if (!m_taught.front().reliability.share.empty()) showHeard(context); // the first pair's verdict comes before
            }
            if (r.step % std::max(1L, r.steps / kLooks) != 0 && r.step != r.steps) return true;
            pupil.steps.push_back(static_cast<double>(r.step));
            pupil.accuracies.push_back(accuracy(course.over(pass, m_raceSample), m_raceSample));
            if (way != Way::Hard) showRace(context);
            return true;
        };
        if (way == Way::Alone) {
            course.train(graph, options, look);
        } else {
            Teaching how = teaching(context.spec(), way, pupils.size() - 1);
            how.lesson.log = &log;
            course.teach(graph, options, how, look);
        }
        if (pupils.size() == 1)
            context.keepModel(way == Way::Alone ? "student.alone" : way == Way::Taught ? "student.taught" : "student.hard", graph);
        pupil.measure(course.test(pass), m_teacher.test, m_data.test);
    }

    void showAll(Context& context) const
    {
        showVerdict(context);
        context.show(pairsFigure(m_alone, m_taught));
        context.show(pupilsTable({m_alone.begin(), m_alone.begin() + static_cast<std::ptrdiff_t>(m_taught.size())}, m_taught, m_hard));
        showHeard(context);
        context.show(reliabilityFigure(m_alone[m_taught.size() - 1].reliability, m_taught.back().reliability));
        showSeen(context);
    }

    void showHeard(Context& context) const
    {
        context.show(lossPartsFigure(m_taught.back().heard, m_method));
        if (m_method.loss) context.show(gradientShareFigure(m_taught.back().heard));
    }

    void showRace(Context& context) const
    {
        Curves curves{{.title = text("step")}, {.title = text("accuracy"), .percent = true}, {}};
        const bool taughtNow = m_taught.size() == m_alone.size() || m_pairs > 0; // again, beside those that stay as they are
        const Pupil& alone = m_pairs > 0 && !m_taught.empty() ? m_alone[m_taught.size() - 1] : m_alone.back();
        curves.series.push_back({text("alone"), Role::Alone, CurveSeries::Style::Solid, alone.steps, alone.accuracies});
        if (taughtNow && !m_taught.empty())
            curves.series.push_back(
                {text("taught"), Role::Taught, CurveSeries::Style::Solid, m_taught.back().steps, m_taught.back().accuracies});
        context.show({.id = "race",
            .title = text("Alone and taught"),
            .caption = text("The pair that trains now or has trained last, on %1 test samples.",
                grouped(static_cast<std::int64_t>(m_raceSample.count()))),
            .description = text("Test accuracy of both students against steps."),
            .body = curves});
    }

    void showVerdict(Context& context) const
    {
        const std::vector<double> points = gains(m_taught, m_alone);
        const std::vector<Pupil> alone(m_alone.begin(), m_alone.begin() + static_cast<std::ptrdiff_t>(points.size()));
        const Interval gain = meanInterval(points);
        const bool again = points.size() < m_pairs;
        const bool several = points.size() > 1;
        Readout r;
        r.items.push_back({text("the teacher's gain"),
            points.empty() ? Text("…")
                : several  ? text("%1 ± %2 points", signedFixed(gain.mean, 2), fixed(gain.halfWidth(), 2))
                           : text("%1 points", signedFixed(gain.mean, 2)),
            true});
        r.items.push_back({text("verdict"),
            again               ? Text("…")
                : !several      ? text("needs two seeds or more")
                : gain.low > 0  ? text("better")
                : gain.high < 0 ? text("worse")
                                : text("no difference seen"),
            several});
        r.items.push_back({text("teacher"), Text(percent(accuracy(m_teacher.test, m_data.test)))});
        r.items.push_back({text("student alone"),
            points.empty() ? Text("…") : Text(percent(over(alone, [](const Pupil& p) { return p.accuracy; }).mean))});
        r.items.push_back({text("student taught"),
            points.empty() ? Text("…") : Text(percent(over(m_taught, [](const Pupil& p) { return p.accuracy; }).mean))});
        if (m_comparesHard && !points.empty()) {
            const Interval hard = meanInterval(gains(m_hard, m_alone));
            r.items.push_back({text("gain by its hard labels"),
                several ? text("%1 ± %2 points", signedFixed(hard.mean, 2), fixed(hard.halfWidth(), 2))
                        : text("%1 points", signedFixed(hard.mean, 2))});
            context.metric("gain.hard.mean", hard.mean / 100);
        }
        context.show({.id = "verdict",
            .title = text("Does the teacher help?"),
            .caption = again ? text("The students are being taught again with the new values: %1 of %2 pairs so far.",
                           std::to_string(points.size()), std::to_string(m_pairs))
                             : text("Paired over %1 seeds; ± is a 95 % interval.", std::to_string(points.size())),
            .description = text("Gain in accuracy by the teacher, with its interval."),
            .body = r});
        if (points.empty()) return;
        context.metric("student.alone.accuracy", over(alone, [](const Pupil& p) { return p.accuracy; }).mean);
        context.metric("student.taught.accuracy", over(m_taught, [](const Pupil& p) { return p.accuracy; }).mean);
        context.metric("gain.mean", gain.mean / 100);
        if (!several) return;
        context.metric("gain.low", gain.low / 100);
        context.metric("gain.high", gain.high / 100);
    }

    void addTrial(double reached)
    {
        m_trials.push_back({text("weight %1", fixed(m_settings.teacherWeight, 2)), std::log2(m_settings.temperature),
            100 * (reached - m_alone.front().accuracy), Role::Taught, {}});
    }

    void showTrials(Context& context) const
    {
        context.show({.id = "trials",
            .title = text("What you have tried"),
            .caption = text(
                "Gain of the first pair. Move the temperature or the teacher's weight: the students are taught again from their starts."),
            .description = text("Gain of the first pair for each temperature tried."),
            .body = Scatter{{.title = text("log₂ of the temperature")}, {.title = text("gain"), .unit = text("points")}, m_trials}});
        context.metric("trial.gain", m_trials.back().y / 100);
    }

    void showSeen(Context& context) const
    {
        const std::string all = grouped(static_cast<std::int64_t>(m_data.train.count())),
                          some = grouped(static_cast<std::int64_t>(m_labels));
        const bool pool = context.spec().flag("distill.pool");
        Readout r;
        const bool same = context.spec().word("distill.teacher_data") == "same" && context.spec().word("distill.teacher_file").empty();
        r.items = {{text("teacher"), text("%1 labelled", same ? some : all)}, {text("student alone"), text("%1 labelled", some)},
            {text("student taught"),
                pool ? text("%1 labelled, %2 unlabelled", some, grouped(static_cast<std::int64_t>(m_data.train.count() - m_labels)))
                     : text("%1 labelled", some)},
            {text("temperature"), Text(significant(m_settings.temperature))},
            {text("weights: teacher, labels"), text("%1, %2", fixed(m_settings.teacherWeight, 2), fixed(1 - m_settings.teacherWeight, 2))}};
        context.show({.id = "seen",
            .title = text("Who has seen what"),
            .caption =
                text("A teacher that has seen more than its student can pass that on; one that has not can only pass on its softness."),
            .description = text("Number of samples that teacher and students were trained on."),
            .body = r});
    }

    Dataset m_data;
    Samples m_raceSample; ///< of the test set
    Teacher m_teacher;
    DistillMethod m_method;
    bool m_comparesHard = false; ///< with a pool the teacher's hard labels may do as well: measured beside
    double m_share = 0; ///< of one training in all the work
    std::vector<Logits> m_heard; ///< by seed, or once where all hear the same
    std::vector<std::uint32_t> m_order; ///< training samples; the first m_labels have labels
    std::vector<char> m_labelled; ///< by sample
    std::size_t m_labels = 0;
    DistillSettings m_settings;
    std::vector<Pupil> m_alone, m_taught, m_hard; ///< by seed
    std::vector<ScatterPoint> m_trials; ///< of the first pair
    std::size_t m_complete = 0; ///< pairs of which both students are through
    std::size_t m_pairs = 0; ///< once all are alone and taught: those that live fields teach again
};

} // namespace

ExperimentInfo teacherStudent()
{
    return {.id = "teacher-student",
        .title = text("Teacher and student"),
        .question = text("Does a teacher help?"),
        .group = text("Distil"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<TeacherStudent>()); },
        .contrasts = contrasts(),
        .comparedAt = {"distill.method", "distill.temperature", "distill.teacher_weight", "distill.feature_weight", "distill.student_tap",
            "distill.teacher_tap"},
        .networks = {{"student.taught", text("the first seed's student, taught")},
            {"student.alone", text("the first seed's student, alone")},
            {"student.hard", text("the first seed's student, taught hard labels, where that is compared")},
            {"teacher", text("the teacher")}, {"teacher.<number>", text("the other teachers of an ensemble")}}};
}

} // namespace bitstill
