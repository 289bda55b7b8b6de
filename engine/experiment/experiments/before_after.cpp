// What happens to a trained network's weights? Trains one, then rounds its weights and activations, and measures again.

#include "engine/experiment/experiments/before_after.h"

#include "engine/data/sample.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/given_weights.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/models.h"
#include "engine/experiment/training_runner.h"
#include "engine/nn/evaluate.h"

#include <cmath>
#include <optional>
#include <utility>

namespace bitstill {

namespace before_after {

QuantizationOptions optionsOf(const Spec& spec)
{
    return {.weightBits = static_cast<int>(spec.integer("quant.bits")),
        .weightScheme = quantScheme(spec),
        .granularity = quantGranularity(spec),
        .activationBits = quantActivationBits(spec),
        .profile = quantProfile(spec),
        .weightFormat = quantFormat(spec),
        .edgesAt8 = spec.flag("quant.edges_at_8")};
}

Comparison compared(const std::vector<char>& before, const std::vector<char>& after, const QuantizedNetwork& network)
{
    return {.before = accuracyInterval(before),
        .after = accuracyInterval(after),
        .change = pairedDifference(before, after),
        .samples = after.size(),
        .bytesBefore = network.floatBytes(),
        .bytesAfter = network.quantizedBytes(),
        .operationsBefore = network.floatBitOperations(),
        .operationsAfter = network.quantizedBitOperations()};
}

} // namespace before_after

namespace {

using namespace before_after;

constexpr std::size_t kQuickSamples = 1000;

std::vector<Field> fields()
{
    const Field shared{.key = "show.shared_axis",
        .kind = Field::Kind::Flag,
        .group = text("View"),
        .label = text("One axis for all layers"),
        .help = text("Draws the weights of all layers on the axis of the widest; otherwise each has its own."),
        .initial = false,
        .live = true};
    return joinFields({dataFields(), modelFields(), {weightsField()}, trainFields(5).visibleWhen(withoutWeights()), {formatField()},
        quantFields()
            .with("quant.bits", std::int64_t{3})
            .visibleWhen({"quant.format", {kIntegerFormat}})
            .withAfter("quant.bits", activationBitsField()),
        calibrationFields().live("quant.edges_at_8"), {shared}});
}

Rounding roundingOf(const Spec& spec)
{
    const NumberFormat* format = quantFormat(spec);
    const auto bits = static_cast<int>(spec.integer("quant.bits"));
    return {.weights = format ? Text(format->name) : quantName(spec),
        .kind = format ? format->name : "int" + std::to_string(bits),
        .activations = spec.word("quant.activation_bits"),
        .metricPart = format ? format->name : bitsPart(bits)};
}

class BeforeAfter : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_tested = fingerprintOf(m_data, m_data.test);
        m_quickRows = sampledRows(m_data.test.count(), kQuickSamples, context.spec().seed);
        m_quick = rowsOf(m_data, m_data.test, m_quickRows);
        std::optional<Graph> given = givenNetwork(context, m_data);
        m_rests = given.has_value();
        m_graph.emplace(given ? *std::move(given) : makeModel(context.spec(), m_data));
        m_course = {.epochs = static_cast<int>(context.spec().integer("train.epochs")),
            .trainSamples = m_data.train.count(),
            .testSamples = m_data.test.count()};
        m_evaluator.emplace(*m_graph, kEvaluationBatch, Pass::Mode::Inference, context.pool());
        m_last = measured(context, 0, m_rests ? text("As in the file.") : text("Untrained."));
        if (!m_rests) trainMeasured(context);
        context.progress(1, text("measuring every number of bits"));
        if (!m_last->wholly) measure(context, *m_last, m_data.test, m_last->floatCorrect);
        measureCliff(context, *m_last, m_data.test, m_last->floatCorrect);
        context.progress(1, text("done"));
    }

    void trainMeasured(Context& context)
    {
        context.mark(text("untrained"), paceKeys({"train.epochs", "train.optimizer"}));
        const TrainOutcome outcome = train(
            *m_graph, m_data, followed(context, trainOptions), context.pool(), [&](const StepReport& r) { return afterStep(context, r); });
        m_rests = true;
        if (outcome == TrainOutcome::Diverged) throw Diverged{divergenceAdvice(context.spec(), m_step)};
    }

    /// The weights of the last epoch's end, or of this moment when the training rests, under the new settings: the picture at once,
    /// accuracy on 1,000 samples, then on all, then at every number of bits, unless that is known.
    void retune(Context& context) override
    {
        if (!m_last) return;
        const bool polled = std::exchange(m_polls, false); // one answer at a time
        Moment& now = m_present ? *m_present : *m_last;
        answerQuickly(context, now);
        if (m_rests) {
            context.progress(1, text("measuring on the whole test set"));
            m_cutsShort = true;
            measure(context, now, m_data.test, now.floatCorrect);
            measureCliff(context, now, m_data.test, now.floatCorrect);
            m_cutsShort = false;
            context.progress(1, text("done"));
        }
        m_polls = polled;
    }

    void interrupted(Context& context, Interruption how) override
    {
        if (!m_last) return;
        m_present.reset();
        m_rests = true;
        m_cutsShort = false;
        if (m_last->step != m_step) // or measured as the epoch ended
            m_present = measured(context, m_course.at.back(), text("After step %1.", std::to_string(m_step)));
        else if (how == Interruption::Stop && !m_last->wholly)
            measureWholly(context, *m_last);
        showTraining(context);
    }

    void resumed() override
    {
        m_present.reset();
        m_rests = m_polls = false;
    }

    Text whyNoEffect() const override { return m_last ? Text() : text("Changes take effect once the first network is ready."); }

private:
    /// A network of the training, float and quantized, as figures show it.
    struct Moment {
        Moment(const Graph& graph, const Dataset& data, const Spec& spec, Context& context) :
            quantized(graph, data, quantCalibration(spec), context.pool(), [&context] { return !context.stopping(); })
        {
            quantized.quantize(optionsOf(spec));
        }

        QuantizedNetwork quantized;
        std::vector<char> floatCorrect;
        Text name;
        long step = 0;
        double epoch = 0;
        bool wholly = false; ///< measured on all test samples, as it is rounded
        Cliff cliff;
        Values cliffOf; ///< its settings
    };

    /// Live fields are answered meanwhile.
    void measureWholly(Context& context, Moment& now)
    {
        m_polls = true;
        measure(context, now, m_data.test, now.floatCorrect);
        m_polls = false;
    }

    bool afterStep(Context& context, const StepReport& r)
    {
        m_step = r.step;
        m_course.epochs = r.epochs;
        const double perEpoch = static_cast<double>(r.steps) / m_course.epochs;
        m_course.at.push_back(static_cast<double>(r.step) / perEpoch);
        m_course.loss.push_back(r.loss);
        m_course.accuracies.add(r.accuracy);
        const bool early = r.epoch == 0
            && (r.step == std::lround(perEpoch / 8) || r.step == std::lround(perEpoch / 4) || r.step == std::lround(perEpoch / 2));
        if (early) addToCurve(m_course.at.back(), measureTest(context));
        if (r.epochEnds) {
            m_last = measured(context, m_course.at.back(), text("After epoch %1.", std::to_string(r.epoch + 1)));
            context.keepModel("float32", *m_graph); // a run that is stopped has this one
            context.mark(text("epoch %1", std::to_string(r.epoch + 1)), paceKeys({"train.epochs"}));
        } else if (context.wanted()) {
            showTraining(context);
        }
        context.progress(static_cast<double>(r.step) / static_cast<double>(r.steps),
            text("training, epoch %1 of %2", std::to_string(r.epoch + 1), std::to_string(m_course.epochs)));
        context.checkpoint(r.step, r.epochEnds);
        return true;
    }

    Logits run(Context& context, Pass& pass, const Samples& samples) const
    {
        Logits logits = evaluate(pass, m_data, samples, samples.count(), [&] {
            if (m_polls) context.pollLiveFields(m_step);
            return !context.stopping() && !(m_cutsShort && context.superseded());
        });
        if (context.stopping()) throw Stopped{};
        refuseNonsense(logits, context.spec());
        return logits;
    }

    std::vector<char> measureTest(Context& context)
    {
        if (!allFinite(*m_graph)) throw Diverged{divergenceAdvice(context.spec(), m_step)};
        m_polls = true;
        const Logits logits = run(context, *m_evaluator, m_data.test);
        m_polls = false;
        return correctness(logits, m_data.test);
    }

    void addToCurve(double epoch, const std::vector<char>& correct)
    {
        m_course.testAt.push_back(epoch);
        m_course.testAccuracies.push_back(accuracyInterval(correct).mean);
    }

    /// The network as it is now, float and quantized. Cards stand in the order in which they are first shown here. What changes
    /// meanwhile is answered with the network before.
    std::unique_ptr<Moment> measured(Context& context, double epoch, Text name)
    {
        std::vector<char> correct = measureTest(context);
        if (!m_rests) addToCurve(epoch, correct);
        const Values settings = context.spec().values;
        auto now = std::make_unique<Moment>(*m_graph, m_data, context.spec(), context);
        now->floatCorrect = std::move(correct);
        now->name = std::move(name);
        now->step = m_step;
        now->epoch = epoch;
        const LayerQuantization& first = now->quantized.layers().front();
        context.show(weightsFigure(first, axisOf(context, *now, first), now->name, 2));
        measureWholly(context, *now);
        m_polls = true;
        measureCliff(context, *now, m_quick, onQuick(now->floatCorrect));
        m_polls = false;
        if (!m_rests) showTraining(context);
        if (context.spec().values == settings)
            showWeights(context, *now);
        else
            answerQuickly(context, *now);
        return now;
    }

    /// The picture at once, then the accuracy on 1,000 samples, at every number of bits unless that is known.
    void answerQuickly(Context& context, Moment& now)
    {
        now.quantized.quantize(optionsOf(context.spec()));
        showWeights(context, now);
        showCliff(context, now);
        const std::vector<char> quick = onQuick(now.floatCorrect);
        measure(context, now, m_quick, quick);
        if (!m_rests) measureCliff(context, now, m_quick, quick);
    }

    /// A pause adds the network of this moment to the curve; the run goes on without it.
    void showTraining(Context& context) const
    {
        if (m_rests && m_course.at.empty()) return; // it was not trained here
        if (!m_rests || !m_present) return showAll(context, figuresOf(m_course));
        Course now = m_course;
        now.testAt.push_back(m_present->epoch);
        now.testAccuracies.push_back(accuracyInterval(m_present->floatCorrect).mean);
        showAll(context, figuresOf(now));
    }

    static void showWeights(Context& context, const Moment& now)
    {
        const std::vector<LayerQuantization>& layers = now.quantized.layers();
        for (const LayerQuantization& l : layers)
            context.show(weightsFigure(l, axisOf(context, now, l), now.name, &l == &layers.front() ? 2 : 1));
        tellAll(context, metricsOf(layers));
        context.show(sqnrFigure(layers, roundingOf(context.spec()), now.name));
        if (now.quantized.options().weightFormat) return context.drop("codes");
        context.show(codesFigure(layers, now.name));
    }

    static AxisRange axisOf(const Context& context, const Moment& now, const LayerQuantization& layer)
    {
        return context.spec().flag("show.shared_axis") ? rangeOf(now.quantized.layers()) : rangeOf({&layer, 1});
    }

    std::vector<char> onQuick(const std::vector<char>& correct) const
    {
        std::vector<char> some;
        for (const std::uint32_t row : m_quickRows) some.push_back(correct[row]);
        return some;
    }

    /// All that the accuracies by bits depend on.
    static Values settingsOf(const Spec& spec)
    {
        Values values = spec.values;
        values.erase("quant.bits");
        values.erase("show.shared_axis");
        return values;
    }

    /// Where it is known.
    static void showCliff(Context& context, const Moment& now)
    {
        const Spec& spec = context.spec();
        if (quantFormat(spec)) return context.drop("bits");
        if (now.cliff.samples > 0 && now.cliffOf == settingsOf(spec))
            context.show(cliffFigure(now.cliff, static_cast<int>(spec.integer("quant.bits")), now.name));
    }

    /// At every number of bits, on these test samples, as `measure`.
    void measureCliff(Context& context, Moment& now, const Samples& samples, const std::vector<char>& before)
    {
        QuantizationOptions tried = optionsOf(context.spec());
        if (tried.weightFormat) return;
        const Values settings = settingsOf(context.spec());
        if (now.cliff.samples >= samples.count() && now.cliffOf == settings) return showCliff(context, now);
        Cliff cliff{.exact = accuracyInterval(before).mean, .samples = samples.count()};
        for (tried.weightBits = kFewestBits; tried.weightBits <= kMostBits; ++tried.weightBits) {
            now.quantized.quantize(tried);
            const std::vector<char> after = correctness(run(context, now.quantized.pass(), samples), samples);
            if (after.size() < samples.count()) return; // the next change is here already, and rounds again first
            cliff.after.push_back(accuracyInterval(after).mean);
            cliff.changes.push_back(pairedDifference(before, after));
        }
        now.quantized.quantize(optionsOf(context.spec()));
        now.cliff = std::move(cliff);
        now.cliffOf = settings;
        showCliff(context, now);
    }

    /// Accuracy of the quantized network on these test samples, and of the float one, which answered `before`.
    void measure(Context& context, Moment& now, const Samples& samples, const std::vector<char>& before)
    {
        const Rounding rounding = roundingOf(context.spec());
        const std::vector<char> after = correctness(run(context, now.quantized.pass(), samples), samples);
        if (after.size() < samples.count()) return; // the next change is here already
        now.wholly = &samples == &m_data.test;
        const Comparison comparison = compared(before, after, now.quantized);
        context.show(resultFigure(comparison, rounding, now.name));
        if (samples.count() != m_data.test.count()) return;
        tellAll(context, metricsOf(comparison, rounding));
        if (&samples != &m_data.test) return; // all of them, but in another order
        context.answers("float32.accuracy", m_tested, before);
        context.answers(metricName({"static", rounding.metricPart, "accuracy"}), m_tested, after);
    }

    Dataset m_data;
    std::uint64_t m_tested = 0; ///< fingerprint of the test set
    std::vector<std::uint32_t> m_quickRows; ///< of the test set: what is measured while a slider moves
    Samples m_quick;
    std::optional<Graph> m_graph;
    std::optional<Pass> m_evaluator;
    std::unique_ptr<Moment> m_last; ///< when an epoch ended
    std::unique_ptr<Moment> m_present; ///< while it is measured, and as long as the training rests in the middle of an epoch
    Course m_course;
    bool m_rests = false; ///< paused, stopped or through
    bool m_polls = false; ///< live fields are answered between two batches of what is being measured
    bool m_cutsShort = false; ///< answering a live field: a newer one cuts the long measurement short
    long m_step = 0;
};

} // namespace

ExperimentInfo beforeAfter()
{
    return {.id = "before-after",
        .title = text("Before and after"),
        .question = text("What happens to a trained network's weights?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<BeforeAfter>()); },
        .networks = {{"float32", text("trained in float, before quantization")}},
        .expected = {{"bits", text("Accuracy against bits"), Curves{}},
            {"weights.", text("Weights of each layer, before and after"), Histogram{}, 2}, {"result", text("Cost and gain"), Table{}},
            {"sqnr", text("Signal-to-quantization-noise ratio"), Bars{}}},
        .next = {{"inside-qat", text("Go on with QAT"), text("The same network, trained further with rounding in every step.")},
            {"which-layer", text("See which layer hurts"), text("The same network, each layer rounded by itself.")},
            {"teacher-student", text("Give it a teacher"), text("The same network as a student, alone and taught by a larger one.")}}};
}

} // namespace bitstill
