// Which knowledge helps? The same students taught in every way there is, and the controls that have no teacher.

#include "engine/experiment/experiments/ways_to_distil.h"

#include "engine/core/error.h"
#include "engine/distill/taps.h"
#include "engine/distill/teach.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/foreign_teacher.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/models.h"
#include "engine/experiment/side_by_side.h"
#include "engine/experiment/teacher.h"
#include "engine/measure/agreement.h"

#include <algorithm>
#include <chrono>

namespace bitstill {

namespace ways_to_distil {

Interval Result::gain(const Way& way) const
{
    std::vector<double> differences;
    for (std::size_t i = 0; i < way.accuracies.size(); ++i) differences.push_back(way.accuracies[i] - ways.front().accuracies[i]);
    return meanInterval(differences);
}

std::vector<const Way*> Result::ranking() const
{
    std::vector<const Way*> ranked;
    for (const Way& w : ways)
        if (!w.isAlone() && w.unfit.empty()) ranked.push_back(&w);
    std::ranges::stable_sort(ranked, std::greater{}, [&](const Way* w) { return gain(*w).mean; });
    return ranked;
}

Metrics metricsOf(const Result& r)
{
    Metrics metrics;
    for (const Way& w : r.ways) {
        if (!w.unfit.empty()) continue;
        const std::string id = w.isAlone() ? "student.alone" : metricName({"method", w.method.name});
        metrics.emplace_back(metricName({id, "accuracy"}), meanInterval(w.accuracies).mean);
        if (!w.isAlone()) metrics.emplace_back(metricName({id, "gain"}), r.gain(w).mean);
    }
    return metrics;
}

namespace {

Text headline(const Result& r)
{
    const std::vector<const Way*> ranked = r.ranking();
    if (ranked.empty()) return text("Which knowledge helps");
    const Interval best = r.gain(*ranked.front());
    const Text name(ranked.front()->method.name);
    return r.seeds() < 2 || best.low > 0 ? text("%1 helps most: %2", name, pointsText(best, 100, 1))
                                         : text("Nothing helps for certain; %1 gives %2", name, pointsText(best, 100, 1));
}

/// "hints *", "label-smoothing (no teacher)"
Text marked(const Result& r, const Way& w)
{
    const Interval g = r.gain(w);
    const bool certain = r.seeds() > 1 && (g.low > 0 || g.high < 0);
    const Text name = certain ? Text("%1 *", {Text(w.method.name)}) : Text(w.method.name);
    return w.method.source == DistillMethod::Source::Nobody ? text("%1 (no teacher)", name) : name;
}

Text gainsCaption(std::size_t seeds)
{
    if (seeds == 1) return text("Gain over the same student trained alone, of 1 seed, which has no interval.");
    return hasDrawnInterval(seeds)
        ? text("Gain over the same student trained alone, paired over %1 seeds. Lines: 95 % interval. *: the interval leaves out 0.",
            std::to_string(seeds))
        : text(
            "Gain over the same student trained alone, paired over %1 seeds: too few to draw their 95 % interval, which the table has. *: it leaves out 0.",
            std::to_string(seeds));
}

Figure gainsFigure(const Result& r)
{
    Bars gains{{.title = text("gain"), .unit = text("points")}, {}, {{text("compared with alone"), Role::Taught, {}, {}}}};
    for (const Way* w : r.ranking()) {
        const Interval g = r.gain(*w);
        gains.categories.push_back(marked(r, *w));
        gains.series[0].values.push_back(100 * g.mean);
        if (hasDrawnInterval(r.seeds())) gains.series[0].intervals.push_back({100 * g.low, 100 * g.high});
    }
    return {.id = "gains",
        .title = headline(r),
        .caption = gainsCaption(r.seeds()),
        .description = text("Accuracy gain of each method, the largest first."),
        .body = gains,
        .span = 2,
        .place = Place::Top};
}

/// In the order of the gains, to stand beside them.
Figure costFigure(const Result& r)
{
    Bars cost{{.title = text("time per step"), .unit = Text("µs")}, {}, {{text("time per step"), Role::Train, {}, {}}}};
    for (const Way* w : r.ranking()) {
        cost.categories.push_back(Text(w->method.name));
        cost.series[0].values.push_back(meanInterval(w->microseconds).mean);
    }
    cost.guide = meanInterval(r.ways.front().microseconds).mean;
    return {.id = "cost",
        .title = text("What each method costs"),
        .caption = text(
            "Time of a training step while others train beside it, in the order of the gains. Dashed: the student alone. The teacher's own training is not in it."),
        .description = text("Time of a training step of each method."),
        .body = cost,
        .timed = true,
        .place = Place::Top};
}

Figure sharesFigure(const Result& r)
{
    Bars shares{{.title = text("share of the gradient"), .range = AxisRange{0, 1}, .percent = true}, {},
        {{text("the method's share"), Role::Teacher, {}, {}}}};
    for (const Way& w : r.ways) {
        if (w.isAlone() || !w.unfit.empty() || !w.method.loss) continue;
        shares.categories.push_back(Text(w.method.name));
        shares.series[0].values.push_back(w.share);
    }
    return {.id = "shares",
        .title = text("Share of the gradient"),
        .caption = text("The method's share of the gradient norm a tenth of the way into training; the rest is the labels'."),
        .description = text("Each method's share of the gradient."),
        .body = shares};
}

std::vector<Text> rowOf(const Result& r, const Way& w)
{
    const Text name = w.isAlone() ? text("alone") : Text(w.method.name), none("—");
    if (!w.unfit.empty()) return {name, w.unfit, none, none, none};
    return {name, Text(percent(meanInterval(w.accuracies).mean)), w.isAlone() ? none : Text(changeText(r.gain(w))),
        Text(percent(meanInterval(w.agreements).mean)), Text(significant(meanInterval(w.microseconds).mean, 3))};
}

Figure tableFigure(const Result& r)
{
    Table table;
    table.columns = {text("method"), text("accuracy"), text("gain"), text("agrees with the teacher"), text("µs per step")};
    table.result = 2;
    for (const Way& w : r.ways) table.rows.push_back(rowOf(r, w));
    const bool unfit = std::ranges::any_of(r.ways, [](const Way& w) { return !w.unfit.empty(); });
    const std::string labels = grouped(static_cast<std::int64_t>(r.labels));
    return {.id = "table",
        .title = text("All methods"),
        .caption = unfit
            ? text("Means over seeds, ± 95 % interval; %1 labelled samples. Methods without feature maps to compare are left out.", labels)
            : text("Means over seeds, ± 95 % interval; %1 labelled samples, all methods on the same batches.", labels),
        .description = text("Accuracy, gain, agreement and cost of each method."),
        .body = table,
        .span = 2,
        .timed = true};
}

} // namespace

std::vector<Figure> figuresOf(const Result& r) { return {gainsFigure(r), costFigure(r), sharesFigure(r), tableFigure(r)}; }

} // namespace ways_to_distil

namespace {

using namespace ways_to_distil;

std::vector<Field> fields() { return joinFields({dataFields(), teachersFields(), comparedStudentFields(), trainFields(60)}); }

class WaysToDistil : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        const Spec& spec = context.spec();
        TrainingRunner runner(context, m_data);
        m_chosen = labelOrder(spec, m_data);
        m_chosen.resize(labelCount(spec, m_data));
        m_result.labels = m_chosen.size();
        m_result.ways.push_back({.method = {.name = "alone", .source = DistillMethod::Source::Nobody}});
        for (const DistillMethod& m : distillMethods()) m_result.ways.push_back({.method = m});
        findUnfit(spec);
        m_teacher = trainTeacher(runner, 0.4);
        context.mark(text("teacher trained"),
            paceKeys({"train.epochs", "train.optimizer", "distill.seeds", "distill.temperature", "distill.teacher_weight",
                "distill.feature_weight", "distill.assistant"}));
        m_settings = distillSettings(spec);
        studyAll(runner);
        context.progress(1, text("done"));
    }

private:
    static double trainingsOf(const Way& w)
    {
        return !w.unfit.empty() ? 0 : w.method.source == DistillMethod::Source::Peer || needsPreparation(w.method) ? 2 : 1;
    }

    void findUnfit(const Spec& spec)
    {
        const Graph student = makeModel(spec, m_data), teacher = resolveModel(spec, m_data, "distill.teacher");
        for (Way& w : m_result.ways) {
            if (!w.method.features) continue;
            if (hasForeignTeacher(spec)) { // of which only the logits are known
                w.unfit = text("no feature maps");
                continue;
            }
            try {
                chooseTaps(w.method, student, teacher, "auto", "auto");
            } catch (const Error& e) {
                w.unfit = text("no feature maps");
            }
        }
    }

    void studyAll(TrainingRunner& runner)
    {
        Context& context = runner.context();
        const Spec& spec = context.spec();
        const auto fit = static_cast<std::size_t>(std::ranges::count_if(m_result.ways, [](const Way& w) { return w.unfit.empty(); }));
        SideBySide students(runner, fit, 1 - runner.done());
        std::int64_t added = 0;
        for (std::int64_t i = 0; i < spec.integer("distill.seeds"); ++i) {
            while (added < spec.integer("distill.seeds")) addAll(students, added++);
            for (; added > spec.integer("distill.seeds"); --added) students.dropLast(fit);
            for (std::size_t k = 0; k < fit; ++k) students.next();
            show(context);
            context.mark(text("seed %1", std::to_string(i + 1)), {"distill.seeds"});
        }
        keepSeeds(context, static_cast<std::size_t>(spec.integer("distill.seeds")));
    }

    void show(Context& context) const
    {
        showAll(context, figuresOf(m_result));
        tellAll(context, metricsOf(m_result));
    }

    /// A branch may want fewer than the moment has at which it begins.
    void keepSeeds(Context& context, std::size_t count)
    {
        if (m_result.seeds() <= count) return;
        for (Way& w : m_result.ways)
            for (std::vector<double>* values : {&w.accuracies, &w.agreements, &w.microseconds})
                if (w.unfit.empty()) values->resize(count);
        show(context);
    }

    /// The students of all ways, from a seed.
    void addAll(SideBySide& students, std::int64_t seed)
    {
        for (Way& way : m_result.ways) {
            if (!way.unfit.empty()) continue;
            const Text doing = text("%1, seed %2", way.method.name, std::to_string(seed + 1));
            students.add(
                [this, &way, seed, doing](SideBySide::Piece& piece) {
                    const Studied s = study(piece.runner(), way.method, seed, doing);
                    piece.inTurn([&way, s] { take(way, s); });
                },
                trainingsOf(way));
        }
    }

    struct Studied {
        double accuracy = 0, agreement = 0, microseconds = 0;
        std::optional<double> share{}; ///< of the gradient, of the first seed
    };

    static void take(Way& way, const Studied& s)
    {
        way.accuracies.push_back(s.accuracy);
        way.agreements.push_back(s.agreement);
        way.microseconds.push_back(s.microseconds);
        if (s.share) way.share = *s.share;
    }

    Studied study(TrainingRunner& runner, const DistillMethod& method, std::int64_t number, const Text& doing) const
    {
        const Spec& spec = runner.context().spec();
        Studied studied;
        DistillSettings settings = m_settings;
        TrainOptions options = trainOptions(spec);
        options.seed = spec.seed + static_cast<std::uint64_t>(number);
        options.subset = m_chosen;
        const Logits heard = knowledgeFor(runner, method, m_teacher, options, settings, 0.5);
        Graph graph = makeModel(spec, m_data, options.seed);
        runner.next(needsPreparation(method) ? 0.5 : 1, doing);
        settings.warmUp = 0;
        DistillLog log(m_data.train.count());
        const bool logs = method.loss && number == 0;
        const auto start = std::chrono::steady_clock::now();
        long steps = 0;
        runner.teach(graph, options,
            {.method = method,
                .loss = {.samples = &m_data.train, .teacher = &heard, .settings = &settings, .log = logs ? &log : nullptr},
                .teacher = m_teacher.inside()},
            [&](const StepReport& r) {
                steps = r.step;
                settings.warmUp = warmUpAt(r.step, r.steps);
                if (logs && r.step == std::max(1L, r.steps / 10)) studied.share = log.means().teacherShare;
                return true;
            });
        const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
        studied.microseconds = spent.count() / static_cast<double>(std::max(1L, steps));
        if (number == 0) runner.context().keepModel(metricName({"student", method.name}), graph);
        const Logits logits = runner.test(graph);
        studied.accuracy = accuracy(logits, m_data.test);
        studied.agreement = agreement(m_teacher.test, logits);
        return studied;
    }

    Dataset m_data;
    Teacher m_teacher;
    DistillSettings m_settings;
    std::vector<std::uint32_t> m_chosen;
    Result m_result;
};

} // namespace

ExperimentInfo waysToDistil()
{
    return {.id = "ways-to-distil",
        .title = text("Ways to distil"),
        .question = text("Which knowledge helps?"),
        .group = text("Distil"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<WaysToDistil>()); },
        .networks = {{"teacher", text("the teacher")}, {"teacher.<number>", text("the other teachers of an ensemble")},
            {"student.alone", text("the student trained alone, first seed")},
            {"student.<method>", text("the student taught by this method, first seed")}},
        .expected = {{"gains", text("Gain of each method"), Bars{}, 2}, {"cost", text("What each method costs"), Bars{}},
            {"shares", text("Share of the gradient"), Bars{}}, {"table", text("All methods"), Table{}, 2}}};
}

} // namespace bitstill
