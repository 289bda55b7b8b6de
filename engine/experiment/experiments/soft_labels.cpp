// What does temperature reveal? A trained network's soft labels for one image and over the whole test set, live with T.

#include "engine/experiment/experiments/soft_labels.h"

#include "engine/data/sample.h"
#include "engine/distill/method.h"
#include "engine/distill/soft_labels.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"
#include "engine/experiment/teacher.h"
#include "engine/experiment/training_runner.h"

#include <cmath>
#include <optional>

namespace bitstill {

namespace soft_labels {

std::vector<double> sweptTemperatures()
{
    constexpr std::size_t kCount = 41;
    std::vector<double> temperatures;
    for (std::size_t i = 0; i < kCount; ++i) temperatures.push_back(0.1 * std::pow(500.0, static_cast<double>(i) / (kCount - 1)));
    return temperatures;
}

double gradientSize(const Logits& student, const Logits& teacher, const std::vector<std::uint32_t>& rows, double temperature)
{
    if (student.count == 0) return 0; // paused before there was one
    std::vector<float> gradient(teacher.classes);
    double total = 0;
    for (const std::uint32_t i : rows) {
        hintonMethod().loss(student.row(i), teacher.row(i), teacher.classes, 0, {.temperature = temperature}, gradient.data());
        double square = 0;
        for (const float g : gradient) square += static_cast<double>(g) * static_cast<double>(g);
        total += std::sqrt(square) / (temperature * temperature);
    }
    return total / static_cast<double>(rows.size());
}

std::vector<double> View::labelsAt(double t) const
{
    std::vector<double> p(seen.teacher.classes);
    softLabels(seen.teacher.row(image), seen.teacher.classes, t, p.data());
    return p;
}

} // namespace soft_labels

namespace {

using namespace soft_labels;

constexpr std::size_t kGradientSamples = 1000;

std::vector<Field> fields()
{
    const Field image{.key = "show.image",
        .kind = Field::Kind::Int,
        .group = text("View"),
        .label = text("Test image"),
        .help = text("The test image to look at, counted from 1; starts over after the last one."),
        .initial = std::int64_t{1},
        .low = 1,
        .high = 10000,
        .drawn = true,
        .live = true,
        .highest = &knownTestSamples};
    return joinFields({dataFields(), teacherFields(), trainFields(3).without({"train.epochs"}), // the teacher has its own
        {temperatureField(4), image}});
}

class SoftLabels : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_runner.emplace(context, m_data);
        const Spec& spec = context.spec();
        m_gradientRows = sampledRows(m_data.test.count(), kGradientSamples, spec.seed);
        m_graph.emplace(resolveModel(spec, m_data, "distill.teacher"));
        m_graph->initialize(spec.seed);
        m_runner->next(0.9, text("training the teacher"));
        const TrainOptions options = followed(context, teacherOptions);
        m_pass.emplace(*m_graph, kEvaluationBatch, Pass::Mode::Inference, context.pool());
        m_runner->trainPolling(*m_graph, options, [&](const StepReport& r) {
            m_steps = r.step;
            const long perEpoch = std::max(1L, r.steps / r.epochs), early = std::max(1L, perEpoch / 10);
            if (r.step != early && !r.epochEnds && r.step % std::max(1L, perEpoch / 4) != 0) return true;
            look(context, r.step == early);
            if (r.epochEnds) context.mark(text("epoch %1", std::to_string(r.epoch + 1)), paceKeys({"distill.teacher_epochs"}));
            return true;
        });
        context.keepModel("teacher", *m_graph);
        m_runner->next(0.1, text("measuring on the whole test set"));
        look(context, false);
        tellTeacher(context, m_seen.teacher, m_data);
        context.progress(1, text("done"));
    }

    void interrupted(Context& context, Interruption) override
    {
        if (m_seen.gradient.empty() || m_seen.step == m_steps) return;
        if (!m_before) m_before = m_seen;
        look(context, false);
    }

    void resumed() override
    {
        if (m_before) m_seen = std::move(*m_before);
        m_before.reset();
        m_shown = false;
    }

    Text whyNoEffect() const override
    {
        return m_seen.gradient.empty() ? text("Changes take effect once the teacher has started training.") : Text();
    }

    void retune(Context& context) override
    {
        if (m_seen.gradient.empty()) return; // not trained far enough
        const Spec& spec = context.spec();
        const View view{m_data, m_seen, (static_cast<std::size_t>(spec.integer("show.image")) - 1) % m_seen.teacher.count,
            spec.real("distill.temperature")};
        // What does not follow the temperature stays as it is: the slider must not wait for it to be drawn again.
        if (view.image != m_image || !m_shown) context.show(imageFigure(view));
        m_image = view.image;
        SoftLabelStatistics statistics = softLabelStatistics(m_seen.teacher, m_data.test.labels, view.temperature);
        showAll(context, labelFigures(view, statistics.others));
        const double effective = std::exp(statistics.meanEntropy);
        context.metric("effective_classes", effective);
        context.show(entropyFigure(view, effective));
        context.show(similarityFigure(view, std::move(statistics.similarity)));
        if (!m_shown) context.show(gradientFigure(m_seen));
        context.show(readoutFigure(view, spec.word("distill.teacher")));
        m_shown = true;
    }

private:
    /// Tests the network of this moment and shows it. Live fields are answered meanwhile, with the test before.
    void look(Context& context, bool isStudent)
    {
        Seen now{.teacher = m_runner->testPolling(*m_pass),
            .student = m_seen.student,
            .temperatures = sweptTemperatures(),
            .step = m_steps,
            .classes = classPictures(m_data)};
        if (isStudent) now.student = now.teacher; // one that knows less
        for (const double t : now.temperatures) {
            now.entropy.push_back(meanEntropy(now.teacher, t));
            now.gradient.push_back(gradientSize(now.student, now.teacher, m_gradientRows, t));
            context.pollLiveFields(m_steps);
        }
        m_seen = std::move(now);
        m_shown = false;
        retune(context);
    }

    Dataset m_data;
    std::vector<std::uint32_t> m_gradientRows; ///< of the test set
    std::optional<TrainingRunner> m_runner;
    std::optional<Graph> m_graph;
    std::optional<Pass> m_pass;
    Seen m_seen;
    std::optional<Seen> m_before; ///< what a pause took the place of
    long m_steps = 0;
    std::size_t m_image = 0;
    bool m_shown = false; ///< what stays the same while only the temperature changes
};

} // namespace

ExperimentInfo softLabels()
{
    return {.id = "soft-labels",
        .title = text("Soft labels"),
        .question = text("What does temperature reveal?"),
        .group = text("Distil"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<SoftLabels>()); },
        .networks = {{"teacher", text("the teacher")}},
        .expected = {{"image", text("A test image"), Images{}}, {"labels", text("Soft labels"), Bars{}},
            {"entropy", text("Effective number of classes"), Curves{}}, {"similarity", text("Class similarity"), Heatmap{}, 2}},
        .next = {{"teacher-student", text("Teach a student with it"),
            text("The same teacher, with a student that learns from its soft labels.")}}};
}

} // namespace bitstill
