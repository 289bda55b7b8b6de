// Which knowledge helps? The same students taught in every way there is, and the controls that have no teacher.

#include "engine/experiment/experiments/experiments.h"

#include "engine/core/error.h"
#include "engine/distill/taps.h"
#include "engine/distill/teach.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/teacher.h"
#include "engine/measure/agreement.h"
#include "engine/measure/interval.h"
#include "engine/nn/zoo.h"

#include <algorithm>
#include <chrono>

namespace bitstill {

namespace {

std::vector<Field> fields() { return joinFields({dataFields(), teachersFields(), comparedStudentFields(), trainFields(60)}); }

/// One way of teaching, measured over seeds; alone is the first.
struct Way {
    DistillMethod method{};
    Text unfit{}; ///< why it cannot serve this pair
    std::vector<double> accuracies{}, agreements{}, microseconds{};
    double share = 0; ///< of the gradient that comes from the method, early in training
    bool isAlone() const { return method.name == "alone"; }
};

class WaysToDistil : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        const Spec& spec = context.spec();
        m_settings = distillSettings(spec);
        Course course(context, m_data);
        m_chosen = labelOrder(spec, m_data);
        m_chosen.resize(labelCount(spec, m_data));
        m_ways.push_back({.method = {.name = "alone", .source = DistillMethod::Source::Nobody}});
        for (const DistillMethod& m : distillMethods()) m_ways.push_back({.method = m});
        findUnfit(spec);
        m_teacher = trainTeacher(course, 0.4);

        const std::int64_t seeds = spec.integer("distill.seeds");
        double trainings = 0;
        for (const Way& w : m_ways) trainings += trainingsOf(w);
        m_share = 0.6 / static_cast<double>(seeds) / trainings;
        for (std::int64_t i = 0; i < seeds; ++i) {
            for (Way& w : m_ways) {
                if (w.unfit.empty())
                    study(course, w, spec.seed + static_cast<std::uint64_t>(i),
                        text("%1, seed %2 of %3", w.method.name, std::to_string(i + 1), std::to_string(seeds)));
            }
            showAll(context);
            context.mark(text("seed %1", std::to_string(i + 1)));
        }
        context.progress(1, text("done"));
    }

private:
    static double trainingsOf(const Way& w)
    {
        return !w.unfit.empty() ? 0 : w.method.source == DistillMethod::Source::Peer || needsPreparation(w.method) ? 2 : 1;
    }

    void findUnfit(const Spec& spec)
    {
        const Graph student = makeModel(spec, m_data),
                    teacher = buildModel(spec.word("distill.teacher"), m_data.shape, m_data.classCount());
        for (Way& w : m_ways) {
            if (!w.method.features) continue;
            try {
                chooseTaps(w.method, student, teacher, "auto", "auto");
            } catch (const Error& e) {
                w.unfit = text("no maps");
            }
        }
    }

    void study(Course& course, Way& way, std::uint64_t seed, const Text& doing)
    {
        const Spec& spec = course.context().spec();
        TrainOptions options = trainOptions(spec);
        options.seed = seed;
        options.subset = m_chosen;
        const Logits heard = knowledgeFor(course, way.method, m_teacher, options, m_settings, m_share);
        Graph graph = makeModel(spec, m_data);
        graph.initialize(seed);
        course.next(m_share * (way.method.source == DistillMethod::Source::Peer ? 2 : 1), doing);
        m_settings.warmUp = 0;
        LessonLog log(m_data.train.count());
        const bool logs = way.method.loss && way.accuracies.empty();
        const auto start = std::chrono::steady_clock::now();
        long steps = 0;
        course.teach(graph, options,
            {.method = way.method,
                .lesson = {.samples = &m_data.train, .teacher = &heard, .settings = &m_settings, .log = logs ? &log : nullptr},
                .teacher = &m_teacher.networks.front()},
            [&](const StepReport& r) {
                steps = r.step;
                m_settings.warmUp = warmUpAt(r.step, r.steps);
                if (logs && r.step == std::max(1L, r.steps / 10)) way.share = log.means().teacherShare;
                return true;
            });
        const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
        way.microseconds.push_back(spent.count() / static_cast<double>(std::max(1L, steps)));
        if (way.accuracies.empty()) course.context().keepModel("student." + way.method.name, graph);
        const Logits logits = course.test(graph);
        way.accuracies.push_back(accuracy(logits, m_data.test));
        way.agreements.push_back(agreement(m_teacher.test, logits));
    }

    Interval gain(const Way& way) const
    {
        std::vector<double> differences;
        for (std::size_t i = 0; i < way.accuracies.size(); ++i) differences.push_back(way.accuracies[i] - m_ways.front().accuracies[i]);
        return meanInterval(differences);
    }

    void showAll(Context& context) const
    {
        const bool several = m_ways.front().accuracies.size() > 1;
        Bars gains{{.title = text("gain"), .unit = text("points")}, {}, {{text("against alone"), Role::Taught, {}, {}}}};
        Bars shares{{.title = text("share of the gradient"), .range = AxisRange{0, 1}, .percent = true}, {},
            {{text("the method's"), Role::Teacher, {}, {}}}};
        Table table;
        table.columns = {text("method"), text("accuracy"), text("gain"), text("agrees with the teacher"), text("µs a step")};
        table.result = 2;
        for (const Way& w : m_ways) {
            const std::string& name = w.method.name;
            if (!w.unfit.empty()) {
                table.rows.push_back({Text(name), w.unfit, Text("—"), Text("—"), Text("—")});
                continue;
            }
            const Interval a = meanInterval(w.accuracies), g = gain(w);
            context.metric(w.isAlone() ? "student.alone.accuracy" : "method." + name + ".accuracy", a.mean);
            table.rows.push_back({w.isAlone() ? text("alone") : Text(name), Text(percent(a.mean)),
                w.isAlone() ? Text("—") : Text(signedFixed(100 * g.mean, 2) + (several ? " ± " + fixed(100 * g.halfWidth(), 2) : "")),
                Text(percent(meanInterval(w.agreements).mean)), Text(significant(meanInterval(w.microseconds).mean, 3))});
            if (w.isAlone()) continue;
            context.metric("method." + name + ".gain", g.mean);
            gains.categories.push_back(Text(name));
            gains.series[0].values.push_back(100 * g.mean);
            if (several) gains.series[0].intervals.push_back({100 * g.low, 100 * g.high});
            if (!w.method.loss) continue;
            shares.categories.push_back(Text(name));
            shares.series[0].values.push_back(w.share);
        }
        const bool unfit = std::any_of(m_ways.begin(), m_ways.end(), [](const Way& w) { return !w.unfit.empty(); });
        context.show({.id = "gains",
            .title = text("Which knowledge helps"),
            .caption = text("Gain over the same student alone, paired over %1 seeds; lines: 95 % interval. The last two have no teacher.",
                std::to_string(m_ways.front().accuracies.size())),
            .description = text("Gain in accuracy by each method."),
            .body = gains,
            .span = 2});
        context.show({.id = "shares",
            .title = text("Who pulls how hard"),
            .caption =
                text("Share of the gradient's length that is the method's, a tenth of the way into training; the labels have the rest."),
            .description = text("Share of the gradient that comes from each method."),
            .body = shares});
        context.show({.id = "table",
            .title = text("Every way"),
            .caption = unfit ? text("Means over seeds, ± 95 % interval; %1 labelled samples. A method without maps to compare is left out.",
                           grouped(static_cast<std::int64_t>(m_chosen.size())))
                             : text("Means over seeds, ± 95 % interval; %1 labelled samples, all methods on the same batches.",
                                 grouped(static_cast<std::int64_t>(m_chosen.size()))),
            .description = text("Accuracy, gain, agreement and cost of each method."),
            .body = table,
            .span = 2,
            .timed = true});
    }

    Dataset m_data;
    Teacher m_teacher;
    DistillSettings m_settings;
    std::vector<std::uint32_t> m_chosen;
    std::vector<Way> m_ways;
    double m_share = 0; ///< of one training in all the work
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
            {"student.alone", text("the first seed's student, alone")},
            {"student.<method>", text("the first seed's student, taught by this method")}}};
}

} // namespace bitstill
