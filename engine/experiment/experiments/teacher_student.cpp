// Does a teacher help? A student alone and the same student taught: same start, same samples, same steps, over several seeds.

#include "engine/experiment/experiments/teacher_student.h"

#include "engine/distill/dark_knowledge.h"
#include "engine/distill/taps.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/foreign_teacher.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"
#include "engine/experiment/teacher.h"
#include "engine/experiment/teacher_cache.h"
#include "engine/measure/agreement.h"

#include <algorithm>
#include <utility>

namespace bitstill {

namespace teacher_student {

void StudentRun::measure(const Logits& logits, const Logits& teacher, const Samples& test)
{
    accuracy = bitstill::accuracy(logits, test);
    agreement = bitstill::agreement(teacher, logits);
    second = secondChoiceAgreement(teacher, logits);
    divergence = klDivergence(teacher, logits);
    reliability = bitstill::reliability(logits, test.labels);
}

bool alike(const DistillSettings& a, const DistillSettings& b)
{
    return a.temperature == b.temperature && a.teacherWeight == b.teacherWeight && a.featureWeight == b.featureWeight;
}

std::vector<Pair> Result::counted() const
{
    std::vector<Pair> some;
    std::ranges::copy_if(pairs, std::back_inserter(some), [&](const Pair& p) { return alike(p.settings, settings); });
    return some;
}

Interval over(const std::vector<Pair>& pairs, const OfPair& get)
{
    std::vector<double> values;
    for (const Pair& p : pairs) values.push_back(get(p));
    return meanInterval(values);
}

std::vector<double> gains(const std::vector<Pair>& pairs)
{
    std::vector<double> points;
    for (const Pair& p : pairs) points.push_back(100 * (p.taught.accuracy - p.alone.accuracy));
    return points;
}

Verdict verdictOf(const Result& r)
{
    const std::vector<Pair> pairs = r.counted();
    if (r.again && pairs.size() < r.pairs.size()) return Verdict::Open;
    if (pairs.size() < 2) return Verdict::TooFewSeeds;
    const Interval gain = meanInterval(gains(pairs));
    return gain.low > 0 ? Verdict::Better : gain.high < 0 ? Verdict::Worse : Verdict::NoDifference;
}

Metrics metricsOf(const Result& r)
{
    const std::vector<Pair> pairs = r.counted();
    if (pairs.empty()) return {};
    const Interval gain = meanInterval(gains(pairs));
    Metrics metrics{{"student.alone.accuracy", over(pairs, [](const Pair& p) { return p.alone.accuracy; }).mean},
        {"student.taught.accuracy", over(pairs, [](const Pair& p) { return p.taught.accuracy; }).mean}, {"gain.mean", gain.mean / 100}};
    if (pairs.front().hard)
        metrics.emplace_back(
            "gain.hard.mean", over(pairs, [](const Pair& p) { return 100 * (p.hard->accuracy - p.alone.accuracy); }).mean / 100);
    if (pairs.size() < 2) return metrics;
    metrics.emplace_back("gain.low", gain.low / 100);
    metrics.emplace_back("gain.high", gain.high / 100);
    return metrics;
}

} // namespace teacher_student

namespace {

using namespace teacher_student;

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
        {"shuffled", text("Shuffled"), text("The teacher's confidence stays; its values for the other classes are shuffled."),
            {{"distill.knowledge", word("shuffled")}}},
        {"flattened", text("Flattened"), text("The teacher's confidence stays; the other classes share the rest equally."),
            {{"distill.knowledge", word("flattened")}}},
        {"hard", text("Hard labels"), text("Only the class that the teacher picks."), {{"distill.knowledge", word("hard")}}},
        {"same-data", text("Same data"), text("The teacher trains on the student's data only."), {{"distill.teacher_data", word("same")}}},
        {"pool", text("Unlabelled pool"), text("The taught student also learns from the teacher on all other images."),
            {{"distill.pool", true}}},
    };
}

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
        describe(spec);
        for (std::int64_t i = 0; i < spec.integer("distill.seeds"); ++i) {
            const std::int64_t seeds = spec.integer("distill.seeds");
            const std::string number = std::to_string(i + 1);
            const double share = 0.6 / static_cast<double>(seeds);
            runner.stand(0.4 + share * static_cast<double>(i));
            m_share = share / (trainingsOfTaught() + 1);
            Pair pair{.number = static_cast<std::size_t>(i)};
            runner.next(m_share, text("student %1 of %2, alone", number, std::to_string(seeds)));
            pair.alone = study(runner, Way::Alone, pair);
            m_result.pairs.push_back(taught(runner, std::move(pair), static_cast<std::size_t>(seeds)));
            show(context);
            context.mark(text("seed %1", number), {"distill.seeds"});
        }
        m_share = 0;
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
        m_share = 1.0 / (static_cast<double>(m_result.pairs.size()) * trainingsOfTaught());
        teachAgain(runner);
        keepGain(context);
        context.progress(1, text("done"));
    }

    /// The pairs that a stop has left are complete.
    void interrupted(Context& context, Interruption how) override
    {
        if (how != Interruption::Stop) return;
        m_through = true;
        if (std::exchange(m_result.again, false)) context.show(verdictFigure(m_result));
    }

    Text whyNoEffect() const override
    {
        return m_through && !m_result.pairs.empty()
            ? Text()
            : text("The next student that is taught takes a change; those taught with other values are taught again at the end.");
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

    /// What the student of this seed hears: the same for all, unless something has to be trained for it first.
    void prepare(TrainingRunner& runner, std::uint64_t seed)
    {
        const Spec& spec = runner.context().spec();
        if (!needsPreparation(m_result.method) && !m_heard.values.empty()) return;
        m_heard = knowledgeFor(runner, m_result.method, m_teacher, lessons(spec, seed, Way::Alone), m_result.settings, m_share);
        const std::string kind = knowledge(spec);
        if (isFromTeachersLogits())
            changeKnowledge(m_heard,
                kind == "shuffled"        ? DarkKnowledge::Shuffled
                    : kind == "flattened" ? DarkKnowledge::Flattened
                                          : DarkKnowledge::Intact,
                spec.seed);
    }

    /// The pair with its student taught. The settings are those of its first step: a live field that moves meanwhile is for the next
    /// one, or a verdict would mix what cannot be compared.
    Pair taught(TrainingRunner& runner, Pair pair, std::size_t pairs)
    {
        const Spec& spec = runner.context().spec();
        const std::string number = std::to_string(pair.number + 1), all = std::to_string(pairs);
        m_result.settings = pair.settings = distillSettings(spec);
        m_result.spec = spec;
        prepare(runner, spec.seed + pair.number);
        runner.next(m_share, text("student %1 of %2, taught", number, all));
        pair.taught = study(runner, Way::Taught, pair);
        if (m_comparesHard) {
            runner.next(m_share, text("student %1 of %2, taught hard labels", number, all));
            pair.hard = study(runner, Way::Hard, pair);
        }
        return pair;
    }

    /// Teaches again whoever was not taught with the values of now, until all are alike. Whether there were any.
    bool teachAgain(TrainingRunner& runner)
    {
        Context& context = runner.context();
        bool any = false;
        const auto other = [&] {
            m_result.settings = distillSettings(context.spec());
            return std::ranges::find_if(m_result.pairs, [&](const Pair& p) { return !alike(p.settings, m_result.settings); });
        };
        for (auto pair = other(); pair != m_result.pairs.end(); pair = other()) {
            if (!any) runner.next(0, text("retraining the students"));
            any = m_result.again = true;
            context.show(verdictFigure(m_result));
            *pair = taught(runner, *pair, m_result.pairs.size());
            show(context);
        }
        m_result.again = false;
        m_result.trials.push_back(
            {m_result.settings, 100 * (m_result.pairs.front().taught.accuracy - m_result.pairs.front().alone.accuracy)});
        context.show(trialsFigure(m_result));
        context.metric("trial.gain", m_result.trials.back().gain / 100);
        return any;
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

    Teaching teaching(const Spec& spec, Way way, const DistillSettings& settings, DistillLog& log) const
    {
        return {.method = m_result.method,
            .loss = {.samples = &m_data.train,
                .teacher = &m_heard,
                .labelled = &m_labelled,
                .settings = &settings,
                .hardLabels = way == Way::Hard || (isFromTeachersLogits() && knowledge(spec) == "hard"),
                .log = &log},
            .teacher = m_teacher.inside(),
            .studentTap = spec.word("distill.student_tap"),
            .teacherTap = spec.word("distill.teacher_tap")};
    }

    /// Trains a student of the pair and measures it, also on its way.
    StudentRun study(TrainingRunner& runner, Way way, const Pair& pair)
    {
        Context& context = runner.context();
        const std::uint64_t seed = context.spec().seed + pair.number;
        StudentRun student;
        Graph graph = makeModel(context.spec(), m_data, seed);
        DistillSettings settings = pair.settings;
        settings.warmUp = 0;
        Pass pass(graph, kEvaluationBatch, Pass::Mode::Inference, context.pool());
        DistillLog log(m_data.train.count());
        const StepObserver look = [&](const StepReport& r) {
            settings.warmUp = warmUpAt(r.step, r.steps);
            if (way == Way::Taught && (r.step % std::max(1L, r.steps / kParts) == 0 || r.step == r.steps)) {
                student.heard.add(r.step, log.means());
                if (!m_result.pairs.empty()) showAll(context, heardFigures(m_result, student)); // the first pair's verdict comes before
            }
            if (r.step % std::max(1L, r.steps / kLooks) != 0 && r.step != r.steps) return true;
            student.steps.push_back(static_cast<double>(r.step));
            student.accuracies.push_back(accuracy(runner.over(pass, m_raceSample), m_raceSample));
            if (way == Way::Alone) context.show(raceFigure(m_result, student, nullptr));
            if (way == Way::Taught) context.show(raceFigure(m_result, pair.alone, &student));
            return true;
        };
        const TrainOptions options = lessons(context.spec(), seed, way);
        if (way == Way::Alone)
            runner.train(graph, options, look);
        else
            runner.teach(graph, options, teaching(context.spec(), way, settings, log), look);
        if (pair.number == 0)
            context.keepModel(way == Way::Alone ? "student.alone" : way == Way::Taught ? "student.taught" : "student.hard", graph);
        student.measure(runner.test(pass), m_teacher.test, m_data.test);
        return student;
    }

    /// For the runs that come after it.
    void keepGain(Context& context) const
    {
        if (TeacherCache* known = context.teachers(); known && known->gains())
            known->gains()->keep({context.spec(), meanInterval(gains(m_result.pairs))});
    }

    void show(Context& context)
    {
        if (TeacherCache* known = context.teachers(); known && known->gains()) m_result.earlier = known->gains()->all();
        showAll(context, figuresOf(m_result));
        tellAll(context, metricsOf(m_result));
    }

    Dataset m_data;
    Samples m_raceSample; ///< of the test set
    Teacher m_teacher;
    bool m_comparesHard = false; ///< with a pool the teacher's hard labels may do as well: measured beside
    double m_share = 0; ///< of one training in all the work
    Logits m_heard;
    std::vector<std::uint32_t> m_order; ///< training samples; the first m_labels have labels
    std::vector<char> m_labelled; ///< by sample
    std::size_t m_labels = 0;
    Result m_result;
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
