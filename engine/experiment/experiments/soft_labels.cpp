// What does temperature reveal? A trained network's soft labels for one image and over the whole test set, live with T.

#include "engine/experiment/experiments/experiments.h"

#include "engine/data/sample.h"
#include "engine/distill/method.h"
#include "engine/distill/soft_labels.h"
#include "engine/experiment/course.h"
#include "engine/experiment/groups.h"
#include "engine/nn/loss.h"
#include "engine/nn/zoo.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace bitstill {

namespace {

constexpr std::size_t kSweep = 41; ///< temperatures from 0.1 to 50
constexpr int kTestBatch = 250;
constexpr std::size_t kGradientSamples = 1000;

std::vector<Field> fields()
{
    const Field image{.key = "show.image",
        .kind = Field::Kind::Int,
        .group = text("Look at"),
        .label = text("Test image"),
        .help = text("Which image of the test set is looked at, counted from 1; behind the last one it starts again."),
        .initial = std::int64_t{1},
        .low = 1,
        .high = 10000,
        .drawn = true,
        .live = true,
        .highest = &knownTestSamples};
    std::vector<Field> training = trainFields(3);
    std::erase_if(training, [](const Field& f) { return f.key == "train.epochs"; }); // the teacher has its own
    return joinFields({dataFields(), teacherFields(), training, {temperatureField(4), image}});
}

double sweepTemperature(std::size_t i) { return 0.1 * std::pow(500.0, static_cast<double>(i) / (kSweep - 1)); }

class SoftLabels : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_course.emplace(context, m_data);
        const Spec& spec = context.spec();
        m_gradientRows = sampledRows(m_data.test.count(), kGradientSamples, spec.seed);
        m_graph.emplace(buildModel(spec.word("distill.teacher"), m_data.shape, m_data.classCount()));
        m_graph->initialize(spec.seed);
        m_course->next(0.9, text("training the teacher"));
        const TrainOptions options = teacherOptions(spec);
        m_pass.emplace(*m_graph, kTestBatch, Pass::Mode::Inference, context.pool());
        m_course->trainAnswering(*m_graph, options, [&](const StepReport& r) {
            m_steps = r.step;
            const long perEpoch = std::max(1L, r.steps / options.epochs), early = std::max(1L, perEpoch / 10);
            if (r.step != early && !r.epochEnds && r.step % std::max(1L, perEpoch / 4) != 0) return true;
            look(context, r.step == early);
            if (r.epochEnds) context.mark(text("epoch %1", std::to_string(r.epoch + 1)));
            return true;
        });
        context.keepModel("teacher", *m_graph);
        m_course->next(0.1, text("measuring on the whole test set"));
        look(context, false);
        context.metric("teacher.accuracy", accuracy(m_seen.teacher, m_data.test));
        context.progress(1, text("done"));
    }

    void halt(Context& context, Halt) override
    {
        if (m_seen.gradient.empty() || m_seen.step == m_steps) return;
        if (!m_before) m_before = m_seen;
        look(context, false);
    }

    void proceed() override
    {
        if (m_before) m_seen = std::move(*m_before);
        m_before.reset();
        m_shown = false;
    }

    Text unanswered() const override
    {
        return m_seen.gradient.empty() ? text("A change shows as soon as the teacher has begun to learn.") : Text();
    }

    void retune(Context& context) override
    {
        if (m_seen.gradient.empty()) return; // not trained far enough
        const Spec& spec = context.spec();
        m_t = spec.real("distill.temperature");
        const std::size_t image = (static_cast<std::size_t>(spec.integer("show.image")) - 1) % m_seen.teacher.count;
        // What does not follow the temperature stays as it is: the slider must not wait for it to be drawn again.
        if (image != m_image || !m_shown) showImage(context, image);
        showLabels(context);
        showRanks(context);
        showTail(context);
        SoftLabelStatistics statistics = softLabelStatistics(m_seen.teacher, m_data.test.labels, m_t);
        showEntropy(context, std::exp(statistics.meanEntropy));
        showSimilarity(context, std::move(statistics.similarity));
        if (!m_shown) showGradient(context);
        showReadout(context);
        m_shown = true;
    }

private:
    /// The network as it was tested last, and what it does at every temperature.
    struct Seen {
        Logits teacher, student;
        std::vector<double> temperatures, entropy, gradient;
        long step = 0;
    };

    /// Tests the network of this moment and shows it. Live fields are answered meanwhile, with the test before.
    void look(Context& context, bool isStudent)
    {
        Seen now{m_course->testAnswering(*m_pass), m_seen.student, {}, {}, {}, m_steps};
        if (isStudent) now.student = now.teacher; // one that knows less: the same network early on
        for (std::size_t i = 0; i < kSweep; ++i) {
            now.temperatures.push_back(sweepTemperature(i));
            now.entropy.push_back(meanEntropy(now.teacher, now.temperatures.back()));
            now.gradient.push_back(gradientSize(now, now.temperatures.back()));
            context.answer(m_steps);
        }
        m_seen = std::move(now);
        m_shown = false;
        retune(context);
    }

    /// Mean length of the gradient of the soft part of the loss, without the T² of the method.
    double gradientSize(const Seen& seen, double temperature) const
    {
        if (seen.student.count == 0) return 0; // paused before there was one
        const std::size_t k = seen.teacher.classes;
        std::vector<float> gradient(k);
        double total = 0;
        for (const std::uint32_t i : m_gradientRows) {
            hintonMethod().loss(seen.student.row(i), seen.teacher.row(i), k, 0, {.temperature = temperature}, gradient.data());
            double square = 0;
            for (const float g : gradient) square += static_cast<double>(g) * static_cast<double>(g);
            total += std::sqrt(square) / (temperature * temperature);
        }
        return total / static_cast<double>(m_gradientRows.size());
    }

    std::vector<double> labelsAt(double temperature) const
    {
        std::vector<double> p(m_seen.teacher.classes);
        softLabels(m_seen.teacher.row(m_image), m_seen.teacher.classes, temperature, p.data());
        return p;
    }

    std::string className(std::size_t c) const { return m_data.classes[c].empty() ? std::to_string(c) : m_data.classes[c]; }

    void showImage(Context& context, std::size_t image)
    {
        m_image = image;
        const auto label = static_cast<std::size_t>(m_data.test.labels[m_image]);
        const std::size_t choice = argmax(m_seen.teacher.row(m_image), m_seen.teacher.classes);
        Images images;
        if (m_data.shape.height > 1 && (m_data.shape.channels == 1 || m_data.shape.channels == 3)) {
            std::vector<float> x(m_data.shape.size());
            m_data.read(m_data.test, m_image, x.data());
            const auto [low, high] = std::minmax_element(x.begin(), x.end());
            ImageTile tile{Text(className(label)), m_data.shape.width, m_data.shape.height, m_data.shape.channels, {}};
            for (const float v : x)
                tile.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * (v - *low) / std::max(*high - *low, 1e-9f))));
            images.tiles.push_back(std::move(tile));
        }
        context.show({.id = "image",
            .title = text("Test image %1", std::to_string(m_image + 1)),
            .caption = choice == label ? text("It is %1, and the network says so.", className(label))
                                       : text("It is %1; the network says %2.", className(label), className(choice)),
            .description = text("The image whose soft labels are shown."),
            .body = images});
    }

    void showLabels(Context& context) const
    {
        const std::vector<double> now = labelsAt(m_t), plain = labelsAt(1);
        Bars bars{{.title = text("probability"), .range = AxisRange{0, 1}}, {},
            {{text("T = %1", significant(m_t)), Role::Teacher, now, {}}, {text("T = 1"), Role::Alone, plain, {}}}};
        for (std::size_t c = 0; c < now.size(); ++c) bars.categories.push_back(Text(className(c)));
        bars.guide = 1 / static_cast<double>(now.size());
        context.show({.id = "labels",
            .title = text("Soft labels"),
            .caption = text("Softmax of the logits divided by T. Dashed: what each of %1 classes would get if the network knew nothing.",
                std::to_string(now.size())),
            .description = text("Probability of each class at this temperature and at 1."),
            .body = bars});
    }

    void showTail(Context& context) const
    {
        const std::vector<double> now = labelsAt(m_t), plain = labelsAt(1);
        std::vector<std::size_t> order(now.size());
        for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
        std::stable_sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return m_seen.teacher.row(m_image)[a] > m_seen.teacher.row(m_image)[b]; });
        Table table;
        table.columns = {text("class"), text("logit"), text("at T = 1"), text("at T = %1", significant(m_t))};
        table.result = 3;
        for (const std::size_t c : order)
            table.rows.push_back({Text(className(c)), Text(fixed(static_cast<double>(m_seen.teacher.row(m_image)[c]), 2)),
                Text(significant(plain[c])), Text(significant(now[c]))});
        context.show({.id = "tail",
            .title = text("However small"),
            .caption = text("The ranking never changes with T; what changes is how much of it can be seen."),
            .description = text("Logit and probability of each class, largest first."),
            .body = table});
    }

    /// The same on a logarithmic axis, where the small ones have room.
    void showRanks(Context& context) const
    {
        const auto ranked = [this](double temperature) {
            std::vector<double> p = labelsAt(temperature), logs;
            std::sort(p.rbegin(), p.rend());
            for (const double v : p) logs.push_back(v > 0 ? std::log10(v) : std::numeric_limits<double>::quiet_NaN());
            return logs;
        };
        std::vector<double> ranks;
        for (std::size_t c = 1; c <= m_seen.teacher.classes; ++c) ranks.push_back(static_cast<double>(c));
        const double k = static_cast<double>(m_seen.teacher.classes), even = -std::log10(k);
        context.show({.id = "ranks",
            .title = text("The tail, by rank"),
            .caption = text("Logarithmic: each step down is ten times less. The slope is the dark knowledge; T makes it gentler."),
            .description = text("Logarithm of the probabilities, largest first, at this temperature and at 1."),
            .body = Curves{{.title = text("rank of the class"), .range = AxisRange{1, k}}, {.title = text("log₁₀ of the probability")},
                {{text("T = %1", significant(m_t)), Role::Teacher, CurveSeries::Style::Solid, ranks, ranked(m_t)},
                    {text("T = 1"), Role::Alone, CurveSeries::Style::Dashed, ranks, ranked(1)},
                    {text("knows nothing"), Role::Guide, CurveSeries::Style::Dashed, {1, k}, {even, even}}}}});
    }

    void showEntropy(Context& context, double here) const
    {
        std::vector<double> logT;
        for (const double t : m_seen.temperatures) logT.push_back(std::log2(t));
        std::vector<double> effective;
        for (const double h : m_seen.entropy) effective.push_back(std::exp(h));
        context.metric("effective_classes", here);
        context.show({.id = "entropy",
            .title = text("How many classes a label names"),
            .caption = text("exp of the mean entropy over %1 test images: %2 classes at this temperature.",
                grouped(static_cast<std::int64_t>(m_seen.teacher.count)), significant(here)),
            .description = text("Effective number of classes against temperature, with the present one as a point."),
            .body = Curves{{.title = text("log₂ of the temperature")},
                {.title = text("effective classes"), .range = AxisRange{1, static_cast<double>(m_seen.teacher.classes)}},
                {{text("all test images"), Role::Teacher, CurveSeries::Style::Solid, logT, effective},
                    {text("now"), Role::After, CurveSeries::Style::Points, {std::log2(m_t)}, {here}}}}});
    }

    void showSimilarity(Context& context, std::vector<double> similarity) const
    {
        const std::size_t k = m_seen.teacher.classes;
        Heatmap map{{.title = text("given")}, {.title = text("true")}, {}, {}, std::move(similarity), {}};
        double most = 0; // among the others: the true class itself would outshine them
        for (std::size_t i = 0; i < k; ++i) {
            map.columns.push_back(Text(className(i)));
            map.rows.push_back(Text(className(i)));
            for (std::size_t c = 0; c < k; ++c)
                if (c != i) most = std::max(most, map.values[i * k + c]);
        }
        map.range = AxisRange{0, std::max(most, 1e-12)};
        context.show({.id = "similarity",
            .title = text("What it finds alike"),
            .caption = text("Mean soft label of the images of each true class. Off the diagonal stands what a label alone would not tell."),
            .description = text("Heat map of mean soft labels by true class."),
            .body = map,
            .span = 2});
    }

    void showGradient(Context& context) const
    {
        std::vector<double> logT, plain, scaled;
        for (std::size_t i = 0; i < m_seen.temperatures.size(); ++i) {
            logT.push_back(std::log2(m_seen.temperatures[i]));
            plain.push_back(m_seen.gradient[i]);
            scaled.push_back(m_seen.gradient[i] * m_seen.temperatures[i] * m_seen.temperatures[i]);
        }
        context.show({.id = "gradient",
            .title = text("Why T² stands in the loss"),
            .caption = text("Mean gradient that a young student (the same network, a tenth of an epoch old) gets from these soft labels."),
            .description = text("Size of the gradient against temperature, with and without the factor T²."),
            .body = Curves{{.title = text("log₂ of the temperature")}, {.title = text("gradient")},
                {{text("without T²"), Role::Alone, CurveSeries::Style::Dashed, logT, plain},
                    {text("times T²"), Role::Teacher, CurveSeries::Style::Solid, logT, scaled}}}});
    }

    void showReadout(Context& context) const
    {
        const std::vector<double> now = labelsAt(m_t);
        const double h = entropy(now.data(), now.size());
        Readout r;
        r.items = {{text("temperature"), Text(significant(m_t, 3)), true}, {text("entropy of this label"), text("%1 nat", significant(h))},
            {text("classes it names"), Text(significant(std::exp(h)))},
            {text("teacher's accuracy"), Text(percent(accuracy(m_seen.teacher, m_data.test)))},
            {text("training steps it has had"), Text(grouped(m_seen.step))}};
        context.show({.id = "readout",
            .title = text("This image, this temperature"),
            .caption = text("Teacher: %1, trained on %2 images.", context.spec().word("distill.teacher"),
                grouped(static_cast<std::int64_t>(m_data.train.count()))),
            .description = text("Temperature, entropy and effective number of classes."),
            .body = r});
    }

    Dataset m_data;
    std::vector<std::uint32_t> m_gradientRows; ///< of the test set
    std::optional<Course> m_course;
    std::optional<Graph> m_graph;
    std::optional<Pass> m_pass;
    Seen m_seen;
    std::optional<Seen> m_before; ///< what a pause took the place of
    double m_t = 1;
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
        .networks = {{"teacher", text("the teacher")}}};
}

} // namespace bitstill
