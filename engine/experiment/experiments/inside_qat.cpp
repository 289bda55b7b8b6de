// How can one train through rounding? Shadow weights, the codes they fall on, and the gradient that passes where there is none.

#include "engine/experiment/experiments/inside_qat.h"

#include "engine/data/sample.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"
#include "engine/experiment/training_runner.h"
#include "engine/measure/agreement.h"
#include "engine/measure/interval.h"
#include "engine/quant/integer_network.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace bitstill {

namespace inside_qat {

CodeHistory::CodeHistory(std::vector<std::int32_t> first) :
    codes(std::move(first)), changed(codes.size(), -kMemory), direction(codes.size(), 0)
{
}

CodeChanges takeCodes(CodeHistory& history, std::vector<std::int32_t>& fresh, long step)
{
    CodeChanges seen;
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        if (fresh[i] == history.codes[i]) continue;
        const auto direction = static_cast<signed char>(fresh[i] > history.codes[i] ? 1 : -1);
        ++seen.changed;
        seen.returned += history.direction[i] == -direction && step - history.changed[i] <= kMemory;
        history.direction[i] = direction;
        history.changed[i] = step;
    }
    std::swap(history.codes, fresh);
    return seen;
}

std::vector<Trail> nearestToBorders(const Tensor& weights, const QuantParameters& p, std::size_t most)
{
    std::vector<std::pair<double, std::size_t>> nearness;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const double steps = static_cast<double>(weights[i]) / static_cast<double>(p.scale[i / p.blocks.inner % p.scale.size()]);
        if (std::abs(steps) < p.range.high) nearness.emplace_back(std::abs(std::abs(steps - std::nearbyint(steps)) - 0.5), i);
    }
    const std::size_t some = std::min(most, nearness.size());
    std::partial_sort(nearness.begin(), nearness.begin() + static_cast<std::ptrdiff_t>(some), nearness.end());
    std::vector<Trail> trails;
    for (std::size_t i = 0; i < some; ++i) trails.push_back({.index = nearness[i].second});
    return trails;
}

Staircase staircaseOf(int bits, float scale)
{
    QuantParameters p = chooseParameters(bits, Scheme::Symmetric, {1, 1, 1}, {{}});
    p.scale = {scale};
    constexpr std::size_t kPoints = 801;
    const double reach = 1.6 * p.range.high * static_cast<double>(scale);
    std::vector<float> x(kPoints), y(kPoints), up(kPoints, 1), slope(kPoints);
    for (std::size_t i = 0; i < kPoints; ++i) x[i] = static_cast<float>(reach * (2.0 * static_cast<double>(i) / (kPoints - 1) - 1));
    p.blocks = {1, 1, kPoints};
    fakeQuantize(x.data(), p, y.data());
    straightThrough(x.data(), up.data(), p, slope.data());
    Staircase s{{x.begin(), x.end()}, {y.begin(), y.end()}, {}};
    double height = 0; // the integral of the slope that straightThrough reports, through the origin
    for (std::size_t i = 0; i < kPoints; ++i) s.seen.push_back(height += i == 0 ? 0 : static_cast<double>(slope[i] * (x[i] - x[i - 1])));
    const double middle = s.seen[kPoints / 2];
    for (double& v : s.seen) v -= middle;
    return s;
}

Metrics metricsOf(const Result& r)
{
    const auto meanOf = [](const std::vector<double>& values) {
        return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    };
    Metrics metrics{{"float32.accuracy", r.exact}};
    if (!r.gaps.empty()) {
        metrics.emplace_back("qat.simulated.accuracy", r.gaps.back().simulated);
        metrics.emplace_back("qat.accuracy", r.gaps.back().real);
    }
    if (!r.changed.empty()) {
        metrics.emplace_back("codes.changed", meanOf(r.changed));
        metrics.emplace_back("codes.oscillating", meanOf(r.returned));
    }
    return metrics;
}

} // namespace inside_qat

namespace {

using namespace inside_qat;

constexpr std::size_t kFollowed = 64; ///< single weights that are followed

Problem layerProblem(const Values& values)
{
    const std::vector<std::string> layers = weightLayers(values);
    const std::int64_t chosen = std::get<std::int64_t>(values.at("show.layer"));
    if (layers.empty() || chosen <= static_cast<std::int64_t>(layers.size())) return {};
    return {"show.layer", text("there is no layer %1", std::to_string(chosen)),
        text("choose %1 to %2: %3", "1", std::to_string(layers.size()), joined(layers))};
}

std::vector<Field> fields()
{
    const Text group = text("Quantization");
    Field activations = activationBitsField();
    std::erase_if(activations.choices, [](const Field::Choice& c) { return c.value == "float"; });
    const Field freeze{.key = "quant.freeze",
        .kind = Field::Kind::Real,
        .group = group,
        .label = text("Freeze ranges"),
        .help = text("Fraction of QAT after which the activation ranges are frozen (straight-through only)."),
        .initial = 0.75,
        .low = 0,
        .high = 1,
        .visibleWhen = {"quant.aware_method", {"straight-through"}}};
    const Field layer{.key = "show.layer",
        .kind = Field::Kind::Int,
        .group = text("View"),
        .label = text("Layer"),
        .help = text("The layer whose weights are shown, counted from 1."),
        .initial = std::int64_t{1},
        .low = 1,
        .high = 100,
        .live = true,
        .highest = [](const Values& values) { return static_cast<std::int64_t>(weightLayers(values).size()); },
        .fits = &layerProblem};
    return joinFields({dataFields(), modelFields().with("model.name", std::string("mlp-64-32")), trainFields(3),
        quantFields().without({"quant.scheme"}).with("quant.bits", std::int64_t{3}).with(activations).fixed(),
        awareFields(2).with(freeze).with(layer)});
}

QuantParameters parametersOf(const AwareLayer& l) { return l.quantization->parametersFor(l.shadow->value); }

Watch watching(const AwareLayer& l)
{
    const QuantParameters p = parametersOf(l);
    std::vector<std::int32_t> codes(l.shadow->value.size());
    quantize(l.shadow->value.data(), p, codes.data());
    return {.layer = l, .history = CodeHistory(codes), .fresh = codes, .firstStep = p.scale.front()};
}

Gap compareWithIntegers(TrainingRunner& runner, Graph& aware, const QuantizationOptions& options, int epoch)
{
    const Logits simulated = runner.test(aware);
    const std::unique_ptr<QuantizedNetwork> converted = convert(aware, options, runner.context().pool());
    IntegerNetwork integers(*converted, kEvaluationBatch, runner.context().pool());
    const Logits real = runner.test(evaluated(integers));
    const Samples& test = runner.data().test;
    return {epoch, accuracy(simulated, test), accuracy(real, test), agreement(simulated, real), correctness(real, test)};
}

/// After every step: which codes are others now, and which of them have come back.
void look(Result& result, long step)
{
    result.steps.push_back(static_cast<double>(step));
    std::size_t all = 0;
    CodeChanges sum;
    for (Watch& w : result.watches) {
        const QuantParameters p = parametersOf(w.layer);
        quantize(w.layer.shadow->value.data(), p, w.fresh.data());
        w.step.push_back(static_cast<double>(p.scale.front()) / static_cast<double>(w.firstStep));
        const CodeChanges changes = takeCodes(w.history, w.fresh, step);
        all += w.fresh.size();
        sum.changed += changes.changed;
        sum.returned += changes.returned;
    }
    result.changed.push_back(static_cast<double>(sum.changed) / static_cast<double>(all));
    result.returned.push_back(static_cast<double>(sum.returned) / static_cast<double>(all));
    const Watch& first = result.watches.front();
    const QuantParameters p = parametersOf(first.layer);
    for (Trail& t : result.trails) {
        t.shadow.push_back(static_cast<double>(first.layer.shadow->value[t.index]));
        t.changes += first.history.codes[t.index] != first.fresh[t.index];
        const auto scale = static_cast<double>(p.scale[t.index / p.blocks.inner % p.scale.size()]);
        t.used.push_back(static_cast<double>(first.history.codes[t.index]) * scale);
    }
}

class InsideQat : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        const Spec& spec = context.spec();
        TrainingRunner runner(context, m_data);
        Graph graph = makeModel(spec, m_data);
        runner.next(0.4, text("training in float"));
        runner.trainDrawn(graph, trainOptions(spec));
        m_tested = fingerprintOf(m_data, m_data.test);
        m_floatCorrect = correctness(runner.test(graph), m_data.test);
        m_result.exact = accuracyInterval(m_floatCorrect).mean;
        context.mark(text("trained in float"),
            paceKeys({"train.optimizer", "quant.bits", "quant.granularity", "quant.activation_bits", "quant.aware_epochs",
                "quant.aware_method", "quant.freeze"}));
        m_result.bits = static_cast<int>(spec.integer("quant.bits"));

        QuantizedNetwork quantized(graph, m_data, {}, context.pool(), runner.keepGoing());
        quantized.quantize({.weightBits = static_cast<int>(spec.integer("quant.bits")),
            .granularity = quantGranularity(spec),
            .activationBits = quantActivationBits(spec)});
        m_aware.emplace(makeQuantizationAware(quantized, quantAwareMethod(spec)));
        for (const AwareLayer& l : awareLayers(*m_aware)) m_result.watches.push_back(watching(l));
        const AwareLayer& first = m_result.watches.front().layer;
        m_result.trails = nearestToBorders(first.shadow->value, parametersOf(first), kFollowed);
        const auto epochEnded = [&](int epoch, const Text& name) {
            m_result.gaps.push_back(compareWithIntegers(runner, *m_aware, quantized.options(), epoch));
            retune(context);
            context.mark(name, paceKeys({"quant.aware_epochs"}));
        };
        epochEnded(0, text("quantized, before QAT"));

        runner.next(0.6, text("quantization-aware training"));
        runner.train(*m_aware, followed(context, awareOptions), [&](const StepReport& r) {
            runner.requireFinite(*m_aware); // looking at codes takes numbers
            look(m_result, r.step);
            if (static_cast<double>(r.step) >= spec.real("quant.freeze") * static_cast<double>(r.steps)) freezeRanges(*m_aware);
            if (r.epochEnds)
                epochEnded(r.epoch + 1, text("QAT epoch %1", std::to_string(r.epoch + 1)));
            else if (context.wanted())
                retune(context);
            return true;
        });
        context.keepModel("qat", *m_aware);
        retune(context);
        context.progress(1, text("done"));
    }

    void retune(Context& context) override
    {
        if (m_result.watches.empty()) return;
        const Spec& spec = context.spec();
        const auto chosen = std::min(static_cast<std::size_t>(spec.integer("show.layer")), m_result.watches.size());
        showAll(context, figuresOf(m_result, chosen - 1, quantAwareMethod(spec)));
        tellAll(context, metricsOf(m_result));
        context.answers("float32.accuracy", m_tested, m_floatCorrect);
        if (!m_result.gaps.empty()) context.answers("qat.accuracy", m_tested, m_result.gaps.back().correct);
    }

    /// What retune() shows is always of this moment.
    void interrupted(Context& context, Interruption) override { retune(context); }

    Text whyNoEffect() const override
    {
        return m_result.watches.empty() ? text("Changes take effect once quantization-aware training has started.") : Text();
    }

private:
    Dataset m_data;
    std::uint64_t m_tested = 0; ///< fingerprint of the test set
    std::vector<char> m_floatCorrect; ///< by test sample
    std::optional<Graph> m_aware;
    Result m_result;
};

} // namespace

ExperimentInfo insideQat()
{
    return {.id = "inside-qat",
        .title = text("Inside QAT"),
        .question = text("How can a network train through rounding?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<InsideQat>()); },
        .networks = {{"qat", text("after QAT: its weights before quantization")}},
        .expected = {{"gradient", text("One weight on the staircase"), Curves{}},
            {"trails", text("Three weights at a rounding boundary"), Curves{}},
            {"weights", text("Shadow and quantized weights"), Histogram{}, 2}, {"codes", text("Codes changing per step"), Curves{}}}};
}

} // namespace bitstill
