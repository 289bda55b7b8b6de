// How can one train through rounding? Shadow weights, the codes they fall on, and the gradient that passes where there is none.

#include "engine/experiment/experiments/experiments.h"

#include "engine/core/decimate.h"
#include "engine/experiment/course.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/weights_figure.h"
#include "engine/measure/agreement.h"
#include "engine/quant/integer_network.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitstill {

namespace {

constexpr int kTestBatch = 250;
constexpr std::size_t kFollowed = 64, kTrails = 3; ///< single weights that are followed, and drawn of them
constexpr int kMemory = 50; ///< steps within which a weight that comes back counts as oscillating

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
    std::vector<Field> model = modelFields(), quant = quantFields(), aware = awareFields(2);
    model.front().initial = std::string("mlp-64-32");
    std::erase_if(quant, [](const Field& f) { return f.key == "quant.scheme"; });
    quant.push_back(activationBitsField());
    std::erase_if(quant.back().choices, [](const Field::Choice& c) { return c.value == "float"; });
    for (Field& f : quant) f.live = false;
    quant.front().initial = std::int64_t{3};
    aware.push_back({.key = "quant.freeze",
        .kind = Field::Kind::Real,
        .group = group,
        .label = text("Freeze ranges"),
        .help = text("Share of the aware training after which activation ranges stay (straight-through only)."),
        .initial = 0.75,
        .low = 0,
        .high = 1});
    aware.push_back({.key = "show.layer",
        .kind = Field::Kind::Int,
        .group = text("Look at"),
        .label = text("Layer"),
        .help = text("Which layer's weights are drawn, counted from 1."),
        .initial = std::int64_t{1},
        .low = 1,
        .high = 100,
        .live = true,
        .highest = [](const Values& values) { return static_cast<std::int64_t>(weightLayers(values).size()); },
        .fits = &layerProblem});
    return joinFields({dataFields(), model, trainFields(3), quant, aware});
}

double meanOf(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// What the codes of one layer did so far.
struct Watch {
    AwareLayer layer;
    std::vector<std::int32_t> codes, fresh;
    std::vector<long> changed; ///< step of the last change
    std::vector<signed char> direction; ///< of the last change
    std::vector<double> step{}; ///< learned step relative to its start, by look
    float firstStep = 0;
};

class InsideQat : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        const Spec& spec = context.spec();
        Course course(context, m_data);
        Graph graph = makeModel(spec, m_data);
        course.next(0.4, text("training in float"));
        course.trainDrawn(graph, trainOptions(spec));
        m_float = accuracy(course.test(graph), m_data.test);

        QuantizedNetwork quantized(graph, m_data, {}, context.pool(), course.keepGoing());
        quantized.quantize({.weightBits = static_cast<int>(spec.integer("quant.bits")),
            .granularity = quantGranularity(spec),
            .activationBits = quantActivationBits(spec)});
        m_aware.emplace(makeQuantizationAware(quantized, quantAwareMethod(spec)));
        for (const AwareLayer& l : awareLayers(*m_aware)) startWatching(l);
        chooseTrails();
        compareWithIntegers(context, course, quantized.options(), 0);
        retune(context);
        context.mark(text("rounded, not yet trained aware"));

        course.next(0.6, text("training with the rounding"));
        const TrainOptions options = awareOptions(spec);
        course.train(*m_aware, options, [&](const StepReport& r) {
            course.judge(*m_aware); // looking at codes takes numbers
            look(r);
            if (static_cast<double>(r.step) >= spec.real("quant.freeze") * static_cast<double>(r.steps)) freezeRanges(*m_aware);
            if (r.epochEnds) {
                compareWithIntegers(context, course, quantized.options(), r.epoch + 1);
                retune(context);
                context.mark(text("aware epoch %1", std::to_string(r.epoch + 1)));
            } else if (context.wanted()) {
                retune(context);
            }
            return true;
        });
        context.keepModel("qat", *m_aware);
        retune(context);
        context.progress(1, text("done"));
    }

    void retune(Context& context) override
    {
        if (m_watches.empty()) return;
        showWeights(context);
        showCodes(context);
        showTrails(context);
        showGradient(context);
        showSteps(context);
        showGap(context);
    }

    /// What retune() shows is always of this moment.
    void halt(Context& context, Halt) override { retune(context); }

    Text unanswered() const override
    {
        return m_watches.empty() ? text("A change shows as soon as the training is aware of the rounding.") : Text();
    }

private:
    void startWatching(const AwareLayer& l)
    {
        const std::size_t n = l.shadow->value.size();
        Watch w{
            l, std::vector<std::int32_t>(n), std::vector<std::int32_t>(n), std::vector<long>(n, -kMemory), std::vector<signed char>(n, 0)};
        const QuantParameters p = l.quantization->parametersFor(l.shadow->value);
        w.firstStep = p.scale.front();
        quantize(l.shadow->value.data(), p, w.codes.data());
        m_watches.push_back(std::move(w));
    }

    const Watch& watched(const Context& context) const
    {
        const auto chosen = static_cast<std::size_t>(context.spec().integer("show.layer"));
        return m_watches[std::min(chosen, m_watches.size()) - 1];
    }

    /// The weights of the first layer that start nearest to the border between two codes.
    void chooseTrails()
    {
        const AwareLayer& l = m_watches.front().layer;
        const Tensor& w = l.shadow->value;
        const QuantParameters p = l.quantization->parametersFor(w);
        const std::size_t inner = p.blocks.inner;
        std::vector<std::pair<double, std::size_t>> nearness;
        for (std::size_t i = 0; i < w.size(); ++i) {
            const double steps = static_cast<double>(w[i]) / static_cast<double>(p.scale[i / inner % p.scale.size()]);
            if (std::abs(steps) < p.range.high) nearness.emplace_back(std::abs(std::abs(steps - std::nearbyint(steps)) - 0.5), i);
        }
        const std::size_t some = std::min(kFollowed, nearness.size());
        std::partial_sort(nearness.begin(), nearness.begin() + static_cast<std::ptrdiff_t>(some), nearness.end());
        for (std::size_t i = 0; i < some; ++i) m_trails.push_back({nearness[i].second, 0, {}, {}});
    }

    /// After every step: which codes are others now, and which of them have come back.
    void look(const StepReport& r)
    {
        m_steps.push_back(static_cast<double>(r.step));
        std::size_t all = 0, changes = 0, returns = 0;
        for (Watch& w : m_watches) {
            const Tensor& shadow = w.layer.shadow->value;
            const QuantParameters p = w.layer.quantization->parametersFor(shadow);
            quantize(shadow.data(), p, w.fresh.data());
            w.step.push_back(static_cast<double>(p.scale.front()) / static_cast<double>(w.firstStep));
            all += w.codes.size();
            for (std::size_t i = 0; i < w.codes.size(); ++i) {
                if (w.fresh[i] == w.codes[i]) continue;
                const auto direction = static_cast<signed char>(w.fresh[i] > w.codes[i] ? 1 : -1);
                ++changes;
                returns += w.direction[i] == -direction && r.step - w.changed[i] <= kMemory;
                w.direction[i] = direction;
                w.changed[i] = r.step;
            }
            std::swap(w.codes, w.fresh);
            if (&w != &m_watches.front()) continue;
            for (Trail& t : m_trails) {
                t.shadow.push_back(static_cast<double>(shadow[t.index]));
                t.changes += w.codes[t.index] != w.fresh[t.index];
                const std::size_t c = t.index / p.blocks.inner % p.scale.size();
                t.used.push_back(static_cast<double>(w.codes[t.index]) * static_cast<double>(p.scale[c]));
            }
        }
        m_changed.push_back(static_cast<double>(changes) / static_cast<double>(all));
        m_returned.push_back(static_cast<double>(returns) / static_cast<double>(all));
    }

    void compareWithIntegers(Context& context, Course& course, const QuantizationOptions& options, int epoch)
    {
        const Logits simulated = course.test(*m_aware);
        const std::unique_ptr<QuantizedNetwork> converted = convert(*m_aware, options, context.pool());
        IntegerNetwork integers(*converted, kTestBatch, context.pool());
        const Logits real = course.test(evaluated(integers));
        m_gap.push_back({epoch, accuracy(simulated, m_data.test), accuracy(real, m_data.test), agreement(simulated, real)});
        context.metric("qat.simulated.accuracy", m_gap.back().simulated);
        context.metric("qat.accuracy", m_gap.back().real);
        context.metric("float32.accuracy", m_float);
    }

    void showWeights(Context& context) const
    {
        const Watch& w = watched(context);
        const Tensor& shadow = w.layer.shadow->value;
        const QuantParameters p = w.layer.quantization->parametersFor(shadow);
        Tensor used = shadow;
        fakeQuantize(shadow.data(), p, used.data());
        Histogram h = beforeAfterHistogram(shadow, used, p, symmetricRange({&shadow}));
        h.x.title = text("weight");
        h.series[0].name = text("shadow weights, trained");
        h.series[1].name = text("rounded weights, computed with");
        context.show({.id = "weights",
            .title = text("Two kinds of weights in %1", w.layer.name),
            .caption = text("%1 After %2 aware steps.",
                text("The float shadow is what the optimizer moves; the network only ever computes with what it rounds to."),
                grouped(static_cast<std::int64_t>(m_steps.size()))),
            .description = text("Histogram of the shadow weights and of the rounded weights of one layer."),
            .body = h,
            .span = 2});
    }

    void showCodes(Context& context) const
    {
        const Points changed = decimate(m_steps, m_changed), returned = decimate(m_steps, m_returned);
        context.show({.id = "codes",
            .title = text("Codes that change in a step"),
            .caption = text("Oscillating: back to where it was less than %1 steps ago. Late in training most changes are such.",
                std::to_string(kMemory)),
            .description = text("Share of weights whose code changes in a step, and share of those that come back."),
            .body = Curves{{.title = text("step")}, {.title = text("share of weights"), .percent = true},
                {{text("changed"), Role::Before, CurveSeries::Style::Solid, changed.x, changed.y},
                    {text("oscillating"), Role::Teacher, CurveSeries::Style::Solid, returned.x, returned.y}}}});
        if (!m_changed.empty()) {
            context.metric("codes.changed", meanOf(m_changed));
            context.metric("codes.oscillating", meanOf(m_returned));
        }
    }

    void showTrails(Context& context) const
    {
        Curves curves{{.title = text("step")}, {.title = text("weight")}, {}};
        const Role roles[] = {Role::Before, Role::After, Role::Train};
        std::vector<const Trail*> liveliest;
        for (const Trail& t : m_trails) liveliest.push_back(&t);
        std::stable_sort(liveliest.begin(), liveliest.end(), [](const Trail* a, const Trail* b) { return a->changes > b->changes; });
        for (std::size_t i = 0; i < std::min(kTrails, liveliest.size()); ++i) {
            const Points shadow = decimate(m_steps, liveliest[i]->shadow), used = decimate(m_steps, liveliest[i]->used);
            curves.series.push_back({text("shadow %1", std::to_string(i + 1)), roles[i], CurveSeries::Style::Dashed, shadow.x, shadow.y});
            curves.series.push_back({text("rounded %1", std::to_string(i + 1)), roles[i], CurveSeries::Style::Solid, used.x, used.y});
        }
        context.show({.id = "trails",
            .title = text("Three weights on the border"),
            .caption =
                text("Of the weights of the first layer that started between two codes, the three that have changed code most often."),
            .description = text("Shadow and rounded value of three weights at every step."),
            .body = curves});
    }

    /// Rounding is flat, its true slope 0; the estimator lets the gradient pass inside the range.
    void showGradient(Context& context) const
    {
        const Watch& w = watched(context);
        const QuantParameters all = w.layer.quantization->parametersFor(w.layer.shadow->value);
        QuantParameters p = chooseParameters(w.layer.quantization->bits, Scheme::Symmetric, {1, 1, 1}, {{}});
        p.scale = {all.scale.front()};
        constexpr std::size_t kPoints = 801;
        const double reach = 1.6 * p.range.high * static_cast<double>(p.scale[0]);
        std::vector<float> x(kPoints), y(kPoints), up(kPoints, 1), slope(kPoints);
        for (std::size_t i = 0; i < kPoints; ++i) x[i] = static_cast<float>(reach * (2.0 * static_cast<double>(i) / (kPoints - 1) - 1));
        p.blocks = {1, 1, kPoints};
        fakeQuantize(x.data(), p, y.data());
        straightThrough(x.data(), up.data(), p, slope.data());
        CurveSeries stairs{
            text("computed: the staircase"), Role::After, CurveSeries::Style::Solid, {x.begin(), x.end()}, {y.begin(), y.end()}};
        CurveSeries seen{text("what the gradient sees"), Role::Teacher, CurveSeries::Style::Dashed, stairs.x, {}};
        double height = 0; // the integral of the slope that straightThrough reports, through the origin
        for (std::size_t i = 0; i < kPoints; ++i)
            seen.y.push_back(height += i == 0 ? 0 : static_cast<double>(slope[i] * (x[i] - x[i - 1])));
        const double middle = seen.y[kPoints / 2];
        for (double& v : seen.y) v -= middle;
        context.show({.id = "gradient",
            .title = text("The gradient through the rounding"),
            .caption = text(
                "The staircase has slope 0 nearly everywhere, so its slope is replaced: 1 inside the range, 0 where values are clipped."),
            .description = text("The rounding staircase and the line whose slope the straight-through estimator uses."),
            .body = Curves{{.title = text("shadow weight")}, {.title = text("weight computed with")}, {stairs, seen}}});
    }

    void showSteps(Context& context) const
    {
        Curves curves{{.title = text("step")}, {.title = text("step size, relative to the start")}, {}};
        const Role roles[] = {Role::Before, Role::After, Role::Train, Role::Test, Role::Teacher, Role::Taught, Role::Alone};
        for (std::size_t i = 0; i < m_watches.size(); ++i) {
            const Points s = decimate(m_steps, m_watches[i].step);
            curves.series.push_back({Text(m_watches[i].layer.name), roles[i % std::size(roles)], CurveSeries::Style::Solid, s.x, s.y});
        }
        const bool learned = quantAwareMethod(context.spec()) == AwareMethod::LearnedStep;
        context.show({.id = "steps",
            .title = learned ? text("Learned step sizes") : text("Step sizes"),
            .caption = learned ? text("The step size of each layer's weights is trained by gradient descent, like a weight (LSQ).")
                               : text("The step size of each layer follows its largest weight."),
            .description = text("Step size of each layer against training steps."),
            .body = curves});
    }

    void showGap(Context& context) const
    {
        Table table;
        table.columns = {text("aware epoch"), text("simulated"), text("integers"), text("gap"), text("same answer")};
        table.result = 3;
        for (const Gap& g : m_gap)
            table.rows.push_back({Text(std::to_string(g.epoch)), Text(percent(g.simulated)), Text(percent(g.real)),
                text("%1 points", signedFixed(100 * (g.real - g.simulated), 2)), Text(percent(g.agreement))});
        context.show({.id = "gap",
            .title = text("Simulated and really converted"),
            .caption = text("Training simulates the rounding in float; the integers are the converted network, run in int8. Float: %1.",
                percent(m_float)),
            .description = text("Accuracy of the simulated and of the converted network after each aware epoch."),
            .body = table});
    }

    struct Trail {
        std::size_t index;
        int changes; ///< of its code
        std::vector<double> shadow, used;
    };
    struct Gap {
        int epoch;
        double simulated, real, agreement;
    };

    Dataset m_data;
    std::optional<Graph> m_aware;
    std::vector<Watch> m_watches;
    std::vector<Trail> m_trails;
    std::vector<double> m_steps, m_changed, m_returned; ///< by step
    std::vector<Gap> m_gap;
    double m_float = 0;
};

} // namespace

ExperimentInfo insideQat()
{
    return {.id = "inside-qat",
        .title = text("Inside aware training"),
        .question = text("How can one train through rounding?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<InsideQat>()); },
        .networks = {{"qat", text("trained aware: its weights before they are rounded")}}};
}

} // namespace bitstill
