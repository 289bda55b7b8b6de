// Does a teacher help? A student alone and the same student taught: same start, same samples, same steps, over several seeds.

#include "engine/experiment/experiments/teacher_student.h"

#include "engine/distill/dark_knowledge.h"
#include "engine/distill/taps.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/foreign_teacher.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"
#include "engine/experiment/side_by_side.h"
#include "engine/experiment/teacher.h"
#include "engine/experiment/teacher_cache.h"

#include <algorithm>
#include <utility>

namespace bitstill {

namespace {

using namespace teacher_student;

constexpr int kLooks = 12; ///< how often a student is tested on its way
constexpr int kParts = 60; ///< how often it is asked what it hears
constexpr std::size_t kRaceSamples = 2000;

std::vector<Field> fields() { return joinFields({dataFields(), teachersFields(), {teacherDataField()}, studentFields(), trainFields(60)}); }

class TeacherStudent : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        const Spec& spec = context.spec();
        TrainingRunner runner(context, m_data);
        m_raceSample = runner.testSample(kRaceSamples);
        chooseSamples(spec);
        m_result.method = distillMethod(spec.word("distill.method"));
        refuseUnfit(spec);
        m_teacher = trainTeacher(runner, 0.4, labelledSamples());
        context.mark(
            text("teacher trained"), paceKeys({"train.epochs", "train.optimizer", "distill.knowledge", "distill.pool", "distill.seeds"}));
        m_comparesHard = spec.flag("distill.pool") && knowledge(spec) != "hard" && isFromTeachersLogits();
        if (!needsPreparation(m_result.method)) m_heard = knowledgeOfTeacher(spec);
        describe(spec);
        const int ofPair = trainingsOfTaught() + 1;
        m_trained = ofPair * static_cast<double>(spec.integer("distill.seeds")) * runner.done() / (1 - runner.done());
        for (std::int64_t i = 0; i < spec.integer("distill.seeds"); ++i) {
            const auto pairs = static_cast<double>(spec.integer("distill.seeds") - i),
                       again = static_cast<double>(pairsToTeach(spec).size());
            plan(runner, ofPair * pairs + trainingsOfTaught() * again);
            m_result.pairs.push_back(newPair(runner, {.number = static_cast<std::size_t>(i)}));
            show(context);
            context.mark(text("seed %1", std::to_string(i + 1)), {"distill.seeds"});
        }
        if (const auto seeds = static_cast<std::size_t>(spec.integer("distill.seeds")); m_result.pairs.size() > seeds) {
            m_result.pairs.resize(seeds); // a branch wants fewer than there are
            takeSettings(spec);
            show(context);
        }
        if (teachAgain(runner)) context.mark(text("all taught alike"));
        m_through = true;
        keepGain(context);
        context.progress(1, text("done"));
    }

    /// Afterwards all are taught once more, so that every figure but what has been tried is that of a run with these values.
    void retune(Context& context) override
    {
        if (!m_through || m_result.pairs.empty()) return;
        TrainingRunner runner(context, m_data);
        m_trained = 0;
        teachAgain(runner);
        keepGain(context);
        context.progress(1, text("done"));
    }

    /// The pairs that a stop has left are complete. What the record says is of those that were taught with its settings; the moments
    /// keep the others.
    void interrupted(Context& context, Interruption how) override
    {
        if (how != Interruption::Stop || m_result.pairs.empty()) return;
        m_through = true;
        m_result.again = false;
        takeSettings(context.spec());
        if (m_result.counted().empty()) dropPairs(context);
        show(context);
    }

    Text whyNoEffect() const override
    {
        return m_through && !m_result.pairs.empty()
            ? Text()
            : text("The next pair takes a change; students taught with other values are taught again at the end.");
    }

private:
    enum class Way { Alone, Taught, Hard };

    static std::string knowledge(const Spec& spec) { return spec.word("distill.knowledge"); }
    bool isFromTeachersLogits() const { return m_result.method.source == DistillMethod::Source::Teacher && m_result.method.loss; }
    int trainingsOfTaught() const { return (m_comparesHard ? 2 : 1) + (needsPreparation(m_result.method) ? 1 : 0); }

    /// A method that cannot serve this pair says so before anything is trained.
    void refuseUnfit(const Spec& spec) const
    {
        if (!m_result.method.features) return;
        if (hasForeignTeacher(spec))
            throw Error("distill.method",
                text("%1 compares features, and of a teacher from elsewhere only the logits are known", m_result.method.name),
                text("choose a method on logits, such as hinton"));
        const Graph teacher = resolveModel(spec, m_data, "distill.teacher");
        chooseTaps(m_result.method, makeModel(spec, m_data), teacher, spec.word("distill.student_tap"), spec.word("distill.teacher_tap"));
    }

    void describe(const Spec& spec)
    {
        m_result.teacher = m_teacher.accuracy(m_data);
        m_result.trainSamples = m_data.train.count();
        m_result.labels = m_labels;
        m_result.raceSamples = m_raceSample.count();
        m_result.pool = spec.flag("distill.pool");
        m_result.sameData = spec.word("distill.teacher_data") == "same" && spec.word("distill.teacher_file").empty();
    }

    void chooseSamples(const Spec& spec)
    {
        m_order = labelOrder(spec, m_data);
        m_labels = labelCount(spec, m_data);
        m_labelled.assign(m_order.size(), 0);
        for (std::size_t i = 0; i < m_labels; ++i) m_labelled[m_order[i]] = 1;
    }

    std::vector<std::uint32_t> labelledSamples() const
    {
        return {m_order.begin(), m_order.begin() + static_cast<std::ptrdiff_t>(m_labels)};
    }

    /// What all students hear, unless something has to be trained for each first.
    Logits knowledgeOfTeacher(const Spec& spec) const
    {
        Logits heard = m_teacher.training;
        const std::string kind = knowledge(spec);
        if (isFromTeachersLogits())
            changeKnowledge(heard,
                kind == "shuffled"        ? DarkKnowledge::Shuffled
                    : kind == "flattened" ? DarkKnowledge::Flattened
                                          : DarkKnowledge::Intact,
                spec.seed);
        return heard;
    }

    /// Both students. The settings are those of the first step: a live field that moves meanwhile is for the next pair, or a verdict would
    /// mix what cannot be compared.
    Pair newPair(TrainingRunner& runner, Pair pair)
    {
        takeSettings(runner.context().spec());
        pair.settings = m_result.settings;
        SideBySide students(runner, m_comparesHard ? 3 : 2, (trainingsOfTaught() + 1) * m_share);
        add(students, Way::Alone, pair);
        addTaught(students, pair);
        for (int i = 0; i < (m_comparesHard ? 3 : 2); ++i) students.next();
        m_trained += trainingsOfTaught() + 1;
        return pair;
    }

    void takeSettings(const Spec& spec)
    {
        m_result.settings = distillSettings(spec);
        m_result.spec = spec;
    }

    void addTaught(SideBySide& students, Pair& pair)
    {
        add(students, Way::Taught, pair);
        if (m_comparesHard) add(students, Way::Hard, pair);
    }

    /// Whose turn leaves the student in the pair.
    void add(SideBySide& students, Way way, Pair& pair)
    {
        const std::string number = std::to_string(pair.number + 1);
        const Text doing = way == Way::Alone ? text("student %1, alone", number)
            : way == Way::Taught             ? text("student %1, taught", number)
                                             : text("student %1, taught hard labels", number);
        students.add(
            [this, way, &pair, doing](SideBySide::Piece& piece) {
                const StudentRun student = study(piece, way, pair, doing);
                piece.inTurn([way, &pair, student] {
                    (way == Way::Alone ? pair.alone : way == Way::Taught ? pair.taught : pair.hard.emplace()) = student;
                });
            },
            prepares(way) ? 2 : 1);
    }

    bool prepares(Way way) const { return way != Way::Alone && needsPreparation(m_result.method); }

    /// So many trainings are to come, those that a change of settings asks for anew among them.
    void plan(TrainingRunner& runner, double toCome)
    {
        m_share = 1 / (m_trained + toCome);
        runner.stand(m_trained * m_share);
    }

    /// Teaches again whoever was not taught with the values of now, until all are alike. Whether there were any.
    bool teachAgain(TrainingRunner& runner)
    {
        Context& context = runner.context();
        bool any = false;
        for (std::vector<Pair> others = pairsToTeach(context.spec()); !others.empty(); others = pairsToTeach(context.spec())) {
            plan(runner, trainingsOfTaught() * static_cast<double>(others.size()));
            if (!any) runner.next(0, text("retraining the students"));
            any = m_result.again = true;
            context.show(verdictFigure(m_result));
            teachAll(runner, std::move(others));
        }
        m_result.again = false;
        if (!m_result.trials.empty() && alike(m_result.trials.back().settings, m_result.settings)) m_result.trials.pop_back();
        m_result.trials.push_back(
            {m_result.settings, 100 * (m_result.pairs.front().taught.accuracy - m_result.pairs.front().alone.accuracy)});
        context.show(trialsFigure(m_result));
        context.metric("trial.gain", m_result.trials.back().gain / 100);
        return any;
    }

    /// Those that were taught with other values than those of now, which they are given.
    std::vector<Pair> pairsToTeach(const Spec& spec)
    {
        takeSettings(spec);
        std::vector<Pair> others;
        std::ranges::copy_if(
            m_result.pairs, std::back_inserter(others), [&](const Pair& p) { return !alike(p.settings, m_result.settings); });
        for (Pair& p : others) p.settings = m_result.settings;
        return others;
    }

    /// Until the values change again.
    void teachAll(TrainingRunner& runner, std::vector<Pair> pairs)
    {
        Context& context = runner.context();
        const int ofPair = trainingsOfTaught();
        SideBySide students(runner, pairs.size() * (m_comparesHard ? 2 : 1), ofPair * static_cast<double>(pairs.size()) * m_share);
        for (Pair& p : pairs) addTaught(students, p);
        for (const Pair& p : pairs) {
            students.next();
            if (m_comparesHard) students.next();
            m_result.pairs[p.number] = p;
            m_trained += ofPair;
            show(context);
            if (!alike(p.settings, distillSettings(context.spec()))) return;
        }
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

    /// Trains a student of the pair and measures it, also on its way.
    StudentRun study(SideBySide::Piece& piece, Way way, const Pair& pair, const Text& doing)
    {
        TrainingRunner& runner = piece.runner();
        const Spec& spec = runner.context().spec();
        StudentRun student;
        const TrainOptions options = lessons(spec, spec.seed + pair.number, way);
        const Logits prepared = prepares(way)
            ? knowledgeFor(runner, m_result.method, m_teacher, lessons(spec, options.seed, Way::Alone), pair.settings, 0.5)
            : Logits{};
        runner.next(prepares(way) ? 0.5 : 1, doing);
        Graph graph = makeModel(spec, m_data, options.seed);
        DistillSettings settings = pair.settings;
        settings.warmUp = 0;
        Pass pass(graph, kEvaluationBatch, Pass::Mode::Inference, runner.context().pool());
        DistillLog log(m_data.train.count());
        const StepObserver look = [&](const StepReport& r) {
            settings.warmUp = warmUpAt(r.step, r.steps);
            if (way == Way::Taught && (r.step % std::max(1L, r.steps / kParts) == 0 || r.step == r.steps)) {
                student.heard.add(r.step, log.means());
                piece.inTurn([this, student, &context = runner.context()] { showHeard(context, student); });
            }
            if (r.step % std::max(1L, r.steps / kLooks) != 0 && r.step != r.steps) return true;
            student.steps.push_back(static_cast<double>(r.step));
            student.accuracies.push_back(accuracy(runner.over(pass, m_raceSample), m_raceSample));
            piece.inTurn([this, way, student, &pair, &context = runner.context()] { showRace(context, way, student, pair); });
            return true;
        };
        if (way == Way::Alone)
            runner.train(graph, options, look);
        else
            runner.teach(graph, options,
                {.method = m_result.method,
                    .loss = {.samples = &m_data.train,
                        .teacher = prepares(way) ? &prepared : &m_heard,
                        .labelled = &m_labelled,
                        .settings = &settings,
                        .hardLabels = way == Way::Hard || (isFromTeachersLogits() && knowledge(spec) == "hard"),
                        .log = &log},
                    .teacher = m_teacher.inside(),
                    .studentTap = spec.word("distill.student_tap"),
                    .teacherTap = spec.word("distill.teacher_tap")},
                look);
        if (pair.number == 0)
            runner.context().keepModel(way == Way::Alone ? "student.alone" : way == Way::Taught ? "student.taught" : "student.hard", graph);
        student.measure(runner.test(pass), m_teacher.test, m_data.test);
        return student;
    }

    void showHeard(Context& context, const StudentRun& student) const
    {
        if (!m_result.pairs.empty()) showAll(context, heardFigures(m_result, student)); // the first pair's verdict comes before
    }

    void showRace(Context& context, Way way, const StudentRun& student, const Pair& pair) const
    {
        if (way == Way::Alone) context.show(raceFigure(m_result, student, nullptr));
        if (way == Way::Taught) context.show(raceFigure(m_result, pair.alone, &student));
    }

    /// For the runs that come after it.
    void keepGain(Context& context) const
    {
        if (TeacherCache* known = context.teachers(); known && known->gains())
            known->gains()->keep({context.spec(), meanInterval(gains(m_result.pairs))});
    }

    void dropPairs(Context& context) const
    {
        Result before = m_result;
        before.settings = before.pairs.back().settings;
        for (const Figure& f : figuresOf(before)) context.drop(f.id);
        context.show(contrastsFigure(m_result));
        context.show(verdictFigure(m_result));
    }

    void show(Context& context)
    {
        if (TeacherCache* known = context.teachers(); known && known->gains()) m_result.earlier = known->gains()->all();
        showAll(context, figuresOf(m_result));
        tellInstead(context, m_told, metricsOf(m_result));
    }

    Dataset m_data;
    Samples m_raceSample; ///< of the test set
    Teacher m_teacher;
    bool m_comparesHard = false; ///< with a pool the teacher's hard labels may do as well: measured beside
    double m_trained = 0; ///< done so far, in trainings of one student; the teacher's work among them
    double m_share = 0; ///< of one training in all the work
    Logits m_heard;
    std::vector<std::uint32_t> m_order; ///< training samples; the first m_labels have labels
    std::vector<char> m_labelled; ///< by sample
    std::size_t m_labels = 0;
    Result m_result;
    Metrics m_told; ///< those that are shown
    bool m_through = false; ///< all pairs are there: live fields teach again
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
        .networks = {{"student.taught", text("the student taught by the teacher, first seed")},
            {"student.alone", text("the student trained alone, first seed")},
            {"student.hard", text("the student taught hard labels, first seed, where that is compared")}, {"teacher", text("the teacher")},
            {"teacher.<number>", text("the other teachers of an ensemble")}},
        .expected = {{"contrasts", text("Gain under each contrast"), Bars{}, 2}, {"verdict", text("Does the teacher help?"), Readout{}},
            {"pairs", text("Each pair"), Bars{}}, {"race", text("Alone and taught"), Curves{}}}};
}

} // namespace bitstill
