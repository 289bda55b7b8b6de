// What happens to a trained network's weights? Trains one, then rounds its weights and activations, and measures again.

#include "engine/experiment/experiments/experiments.h"

#include "engine/core/decimate.h"
#include "engine/data/sample.h"
#include "engine/experiment/context.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/smoothed.h"
#include "engine/experiment/weights_figure.h"
#include "engine/measure/interval.h"
#include "engine/nn/evaluate.h"
#include "engine/quant/quantized_network.h"

#include <cmath>
#include <limits>
#include <optional>

namespace bitstill {

namespace {

constexpr std::size_t kQuickSamples = 1000;
constexpr int kEvaluationBatch = 250;

std::vector<Field> fields()
{
    std::vector<Field> quant = quantFields();
    for (Field& f : quant) f.visibleWhen = {"quant.format", {kIntegerFormat}};
    quant.insert(quant.begin(), formatField());
    quant.insert(quant.begin() + 2, activationBitsField());
    std::vector<Field> calibration = calibrationFields();
    calibration.back().live = true;
    return joinFields({dataFields(), modelFields(), trainFields(5), quant, calibration});
}

QuantizationOptions options(const Spec& spec)
{
    return {.weightBits = static_cast<int>(spec.integer("quant.bits")),
        .weightScheme = quantScheme(spec),
        .granularity = quantGranularity(spec),
        .activationBits = quantActivationBits(spec),
        .profile = quantProfile(spec),
        .weightFormat = quantFormat(spec),
        .edgesAt8 = spec.flag("quant.edges_at_8")};
}

Text weightsName(const Spec& spec) { return quantFormat(spec) ? Text(quantFormat(spec)->name) : quantName(spec); }

class BeforeAfter : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_quickRows = sampledRows(m_data.test.count(), kQuickSamples, context.spec().seed);
        m_quick = rowsOf(m_data, m_data.test, m_quickRows);
        m_graph.emplace(makeModel(context.spec(), m_data));
        m_evaluator.emplace(*m_graph, kEvaluationBatch, Pass::Mode::Inference, context.pool());
        m_last = measured(context, 0, text("Untrained."));
        context.mark(text("untrained"));

        const TrainOutcome outcome = train(
            *m_graph, m_data, trainOptions(context.spec()), context.pool(), [&](const StepReport& r) { return afterStep(context, r); });
        m_rests = true;
        if (outcome == TrainOutcome::Diverged) throw Diverged{divergenceAdvice(context.spec(), m_step)};

        context.progress(1, text("done"));
    }

    /// The weights of the last epoch's end, or of this moment when the training rests, under the new settings: the picture at once,
    /// accuracy on 1,000 samples, then on all.
    void retune(Context& context) override
    {
        if (!m_last) return;
        moment().quantized.quantize(options(context.spec()));
        showWeights(context);
        std::vector<char> quick;
        for (const std::uint32_t row : m_quickRows) quick.push_back(moment().floatCorrect[row]);
        measure(context, m_quick, quick);
        if (!m_rests) return;
        context.progress(1, text("measuring on the whole test set"));
        m_mayBeOvertaken = true;
        measure(context, m_data.test, moment().floatCorrect);
        m_mayBeOvertaken = false;
        context.progress(1, text("done"));
    }

    void halt(Context& context, Halt) override
    {
        if (!m_last) return;
        m_present.reset();
        m_rests = m_halts = true;
        m_mayBeOvertaken = false;
        if (m_last->step != m_step) // or measured as the epoch ended
            m_present = measured(context, m_epochs.back(), text("After step %1.", std::to_string(m_step)));
        m_halts = false;
    }

    void proceed() override
    {
        m_present.reset();
        m_rests = m_halts = false;
    }

    Text unanswered() const override { return m_last ? Text() : text("A change shows as soon as the first network is there."); }

private:
    /// A network of the training, float and quantized, as figures show it.
    struct Moment {
        Moment(const Graph& graph, const Dataset& data, const Spec& spec, Context& context) :
            quantized(graph, data, quantCalibration(spec), context.pool(), [&context] { return !context.stopping(); })
        {
            quantized.quantize(options(spec));
        }

        QuantizedNetwork quantized;
        std::vector<char> floatCorrect;
        Text name;
        long step = 0;
        double epoch = 0;
    };

    Moment& moment() const { return m_present ? *m_present : *m_last; }

    bool afterStep(Context& context, const StepReport& r)
    {
        m_step = r.step;
        const double perEpoch = static_cast<double>(r.steps) / static_cast<double>(context.spec().integer("train.epochs"));
        m_epochs.push_back(static_cast<double>(r.step) / perEpoch);
        m_loss.push_back(r.loss);
        m_trainAccuracies.add(r.accuracy);
        const bool early = r.epoch == 0
            && (r.step == std::lround(perEpoch / 8) || r.step == std::lround(perEpoch / 4) || r.step == std::lround(perEpoch / 2));
        if (early) addToCurve(m_epochs.back(), measureTest(context));
        if (r.epochEnds) {
            m_last = measured(context, m_epochs.back(), text("After epoch %1.", std::to_string(r.epoch + 1)));
            context.keepModel("float32", *m_graph); // a run that is stopped has this one
            context.mark(text("epoch %1", std::to_string(r.epoch + 1)));
        } else if (context.wanted()) {
            showTraining(context);
        }
        context.progress(static_cast<double>(r.step) / static_cast<double>(r.steps),
            text("training, epoch %1 of %2", std::to_string(r.epoch + 1), std::to_string(context.spec().integer("train.epochs"))));
        context.checkpoint(r.step, r.epochEnds);
        return true;
    }

    Logits run(Context& context, Pass& pass, const Samples& samples) const
    {
        Logits logits = evaluate(pass, m_data, samples, samples.count(), [&] {
            if (m_halts) context.answer(m_step);
            return !context.stopping() && !(m_mayBeOvertaken && context.outdated());
        });
        if (context.stopping()) throw Stopped{};
        refuseNonsense(logits, context.spec());
        return logits;
    }

    std::vector<char> measureTest(Context& context)
    {
        if (!allFinite(*m_graph)) throw Diverged{divergenceAdvice(context.spec(), m_step)};
        return correctness(run(context, *m_evaluator, m_data.test), m_data.test);
    }

    void addToCurve(double epoch, const std::vector<char>& correct)
    {
        m_testEpochs.push_back(epoch);
        m_testAccuracies.push_back(accuracyInterval(correct).mean);
    }

    /// The network as it is now, float and quantized. Cards stand in the order in which they are first shown here.
    std::unique_ptr<Moment> measured(Context& context, double epoch, Text name)
    {
        std::vector<char> correct = measureTest(context);
        if (!m_rests) addToCurve(epoch, correct);
        auto now = std::make_unique<Moment>(*m_graph, m_data, context.spec(), context);
        now->floatCorrect = std::move(correct);
        now->name = std::move(name);
        now->step = m_step;
        now->epoch = epoch;
        std::swap(m_present, now); // what is shown belongs to it
        showLayer(context, m_present->quantized.layers().front(), sharedRange(), 2);
        measure(context, m_data.test, m_present->floatCorrect);
        showTraining(context);
        showWeights(context);
        return std::move(m_present);
    }

    AxisRange sharedRange() const
    {
        std::vector<const Tensor*> tensors;
        for (const LayerQuantization& l : moment().quantized.layers()) tensors.push_back(&l.before);
        return symmetricRange(tensors);
    }

    void showTraining(Context& context) const
    {
        const Points loss = decimate(m_epochs, m_loss), seen = decimate(m_epochs, m_trainAccuracies.values());
        const Axis epochs{.title = text("epoch"), .range = AxisRange{0, static_cast<double>(context.spec().integer("train.epochs"))}};
        std::vector<double> testEpochs = m_testEpochs, testAccuracies = m_testAccuracies;
        if (m_rests && m_present) {
            testEpochs.push_back(m_present->epoch);
            testAccuracies.push_back(accuracyInterval(m_present->floatCorrect).mean);
        }
        context.show({.id = "accuracy",
            .title = text("Accuracy while training"),
            .caption = text("%1 training samples; test measured on %2 samples.", grouped(static_cast<std::int64_t>(m_data.train.count())),
                grouped(static_cast<std::int64_t>(m_data.test.count()))),
            .description = text("Accuracy on training batches (smoothed) and on the test set against epochs."),
            .body = Curves{epochs, {.title = text("accuracy"), .percent = true},
                {{text("training, smoothed"), Role::Train, CurveSeries::Style::Dashed, seen.x, seen.y},
                    {text("test"), Role::Test, CurveSeries::Style::Solid, testEpochs, testAccuracies}}}});
        context.show({.id = "loss",
            .title = text("Loss while training"),
            .caption = text("Cross-entropy of each training batch."),
            .description = text("Loss of each training batch against epochs."),
            .body = Curves{epochs, {.title = text("loss"), .unit = Text("nat")},
                {{text("training"), Role::Train, CurveSeries::Style::Solid, loss.x, loss.y}}}});
    }

    void showWeights(Context& context)
    {
        const std::vector<LayerQuantization>& layers = moment().quantized.layers();
        const AxisRange range = sharedRange();
        for (const LayerQuantization& l : layers) showLayer(context, l, range, &l == &layers.front() ? 2 : 1);
        showLayers(context);
    }

    /// Figures say which network they show.
    Text ofThisMoment(const Text& caption) const { return Text("%1 %2", {caption, moment().name}); }

    void showLayer(Context& context, const LayerQuantization& l, AxisRange range, int span) const
    {
        Histogram h = beforeAfterHistogram(l.before, l.after, l.parameters, range);
        h.x.title = text("weight");
        const std::string count = grouped(static_cast<std::int64_t>(l.before.size())), levels = std::to_string(l.parameters.range.codes()),
                          sqnr = fixed(l.sqnrDb, 1);
        const bool perTensor = l.parameters.scale.size() == 1;
        context.show({.id = "weights." + l.name,
            .title = text("Weights of %1, before and after", l.name),
            .caption = ofThisMoment(l.format ? text("%1 weights as %2, %3 bits each with their scales; SQNR %4 dB.", count, l.format->name,
                                        fixed(l.format->bits(l.before.size()) / static_cast<double>(l.before.size()), 2), sqnr)
                    : perTensor ? text("%1 weights use %2 of %3 levels; SQNR %4 dB.", count, std::to_string(l.codesUsed), levels, sqnr)
                                : text("%1 weights, %3 levels for each of %2 channels; SQNR %4 dB.", count,
                                    std::to_string(l.parameters.scale.size()), levels, sqnr)),
            .description = text("Histogram of the layer's weights before and after quantization, on the axis that all layers share."),
            .body = h,
            .span = span});
        context.metric("layer." + l.name + ".sqnr_db", l.sqnrDb);
    }

    void showLayers(Context& context) const
    {
        BarSeries sqnr{text("SQNR"), Role::After, {}, {}}, used{text("codes used"), Role::After, {}, {}};
        std::vector<Text> names;
        for (const LayerQuantization& l : moment().quantized.layers()) {
            names.push_back(Text(l.name));
            sqnr.values.push_back(std::isfinite(l.sqnrDb) ? l.sqnrDb : 0);
            used.values.push_back(l.format ? 0 : static_cast<double>(l.codesUsed) / l.parameters.range.codes());
        }
        context.show({.id = "sqnr",
            .title = text("Signal to quantization noise"),
            .caption = ofThisMoment(text("Weights of each layer, %1; higher is better, 6 dB is one bit.", weightsName(context.spec()))),
            .description = text("SQNR of each layer's weights in dB."),
            .body = Bars{{.title = text("SQNR"), .unit = Text("dB")}, names, {sqnr}}});
        if (moment().quantized.options().weightFormat) return context.drop("codes");
        context.show({.id = "codes",
            .title = text("Codes used of codes available"),
            .caption = ofThisMoment(text("%1 codes are available; unused ones are bits that carry nothing.",
                std::to_string(moment().quantized.layers().front().parameters.range.codes()))),
            .description = text("Share of the available codes that each layer's weights use."),
            .body = Bars{{.title = text("codes used"), .range = AxisRange{0, 1}, .percent = true}, names, {used}}});
    }

    /// Accuracy of the quantized network on these test samples, and of the float one, which answered `before`.
    void measure(Context& context, const Samples& samples, const std::vector<char>& before)
    {
        const Spec& spec = context.spec();
        const std::size_t count = samples.count();
        const std::vector<char> quantized = correctness(run(context, moment().quantized.pass(), samples), samples);
        if (quantized.size() < count) return; // the next change is here already
        const Interval a = accuracyInterval(before), b = accuracyInterval(quantized), change = pairedDifference(before, quantized);
        const std::int64_t bytesBefore = moment().quantized.floatBytes(), bytesAfter = moment().quantized.quantizedBytes();
        const std::string bits = std::to_string(spec.integer("quant.bits")), activations = spec.word("quant.activation_bits");
        const std::string plusMinus = " ± ";
        Table table;
        const std::string weights = quantFormat(spec) ? quantFormat(spec)->name : "int" + bits;
        table.columns = {Text(), text("float32"),
            activations == "float" ? text("weights %1", weights) : text("weights %1, activations int%2", weights, activations),
            text("change")};
        table.rows = {
            {text("accuracy"), Text(percent(a.mean)), Text(percent(b.mean)),
                text("%1 points", signedFixed(100 * change.mean, 2) + plusMinus + fixed(100 * change.halfWidth(), 2))},
            {text("model size"), Text(bytesText(bytesBefore)), Text(bytesText(bytesAfter)),
                text("%1× smaller", fixed(static_cast<double>(bytesBefore) / static_cast<double>(bytesAfter), 1))},
            {text("bytes"), Text(grouped(bytesBefore)), Text(grouped(bytesAfter)), Text()},
        };
        table.result = 3;
        context.show({.id = "result",
            .title = text("What it cost, what it gained"),
            .caption = ofThisMoment(text("%1. Both on the same %2 test samples; ± is a 95 % interval.", weightsName(spec),
                grouped(static_cast<std::int64_t>(count)))),
            .description = text("Accuracy and size of the network before and after quantization."),
            .body = table});
        if (count < m_data.test.count()) return;
        const std::string suffix = quantFormat(spec) ? "." + weights : spec.integer("quant.bits") == 8 ? "" : ".b" + bits;
        context.metric("float32.accuracy", a.mean);
        context.metric("float32.bytes", static_cast<double>(bytesBefore));
        context.metric("static" + suffix + ".accuracy", b.mean);
        context.metric("static" + suffix + ".bytes", static_cast<double>(bytesAfter));
        context.metric("static" + suffix + ".change.mean", change.mean);
        context.metric("static" + suffix + ".change.low", change.low);
        context.metric("static" + suffix + ".change.high", change.high);
    }

    Dataset m_data;
    std::vector<std::uint32_t> m_quickRows; ///< of the test set: what is measured while a slider moves
    Samples m_quick;
    std::optional<Graph> m_graph;
    std::optional<Pass> m_evaluator;
    std::unique_ptr<Moment> m_last; ///< when an epoch ended
    std::unique_ptr<Moment> m_present; ///< while it is measured, and as long as the training rests in the middle of an epoch
    std::vector<double> m_epochs, m_loss, m_testEpochs, m_testAccuracies;
    Smoothed m_trainAccuracies;
    bool m_rests = false; ///< paused, stopped or through
    bool m_halts = false; ///< is being measured because it rests
    bool m_mayBeOvertaken = false; ///< answering a live field: a newer one cuts the long measurement short
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
        .networks = {{"float32", text("trained, before anything is rounded")}}};
}

} // namespace bitstill
