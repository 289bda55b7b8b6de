// Where is the damage, and what repairs it? Each layer by itself, then the repair ladder, step by step.

#include "engine/experiment/experiments/experiments.h"

#include "engine/experiment/course.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/layer_figures.h"
#include "engine/measure/agreement.h"
#include "engine/measure/interval.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/repair.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace bitstill {

namespace {

constexpr std::size_t kQuickSamples = 2000;
constexpr std::size_t kErrorSamples = 128;
constexpr std::size_t kRepairSamples = 256;

struct Step {
    const char* key;
    Text name;
    Text help;
};

/// The ladder, in the order in which it is climbed.
const std::vector<Step>& steps()
{
    static const std::vector<Step> all{
        {"repair.equalize", text("equalization"),
            text("Moves range from channel to channel so that one scale fits a layer; ReLU6 becomes ReLU.")},
        {"repair.calibration", text("better ranges"),
            text("Ranges with the smallest mean squared error instead of the smallest and largest value.")},
        {"repair.adaround", text("AdaRound"),
            text("Chooses for every weight whether it goes up or down, so that the layer's output stays.")},
        {"repair.bias", text("bias correction"), text("Takes back what rounding moved the mean of each channel by.")},
        {"repair.per_channel", text("per channel"), text("One scale for each output channel instead of one for the layer.")},
        {"repair.mixed", text("mixed precision"), text("Eight bits for the layers that suffer most, at most a quarter more bytes in all.")},
    };
    return all;
}

std::vector<Field> fields()
{
    std::vector<Field> model = modelFields(), training = trainFields(2), quant = quantFields(), repair;
    model.front().initial = std::string("dwcnn");
    for (Field& f : training)
        if (f.key == "train.learning_rate") f.initial = 0.1;
    std::erase_if(quant, [](const Field& f) { return f.key != "quant.bits"; }); // granularity is a step of the ladder
    quant.push_back(activationBitsField());
    for (Field& f : quant) f.live = false;
    for (const Step& s : steps())
        repair.push_back({.key = s.key,
            .kind = Field::Kind::Flag,
            .group = text("Repair"),
            .label = s.name,
            .help = s.help,
            .initial = false,
            .live = true});
    repair.push_back({.key = "repair.float_layers",
        .kind = Field::Kind::Name,
        .group = text("Repair"),
        .label = text("Layers left float"),
        .help = text("Names with spaces between; a click on a layer's bar adds it or takes it away."),
        .initial = std::string(),
        .live = true});
    return joinFields({dataFields(), model, training, quant, calibrationFields(), repair});
}

/// Which repairs are taken, one bit for each of steps().
using Taken = unsigned;
enum : Taken { kEqualize = 1, kCalibrate = 2, kAdaRound = 4, kBias = 8, kPerChannel = 16, kMixed = 32 };

std::set<std::string> wordsOf(const std::string& text)
{
    std::set<std::string> words;
    for (const std::string& w : split(text, ' '))
        if (!w.empty()) words.insert(w);
    return words;
}

struct Measured {
    std::vector<char> correct;
    Interval change; ///< against float, paired
};

class WhichLayer : public Experiment {
public:
    void run(Context& context) override
    {
        context.progress(0, text("loading the data"));
        m_data = loadData(context);
        m_course.emplace(context, m_data);
        const Spec& spec = context.spec();
        Graph graph = makeModel(spec, m_data);
        m_course->next(0.55, text("training in float"));
        m_course->trainDrawn(graph, trainOptions(spec));
        context.keepModel("float32", graph);
        m_float = m_course->test(graph);
        m_floatCorrect = correctness(m_float, m_data.test);
        m_course->next(0.05, text("calibrating"));
        m_folded.emplace(foldBatchNorm(graph));
        m_errors = layerErrors(network(0), m_data, kErrorSamples, context.pool());
        showLayerErrors(context, m_errors, kErrorSamples);
        m_course->next(0.1, text("one layer at a time"));
        measureLayers();
        showLayers(context);
        showChannelRanges(context, network(0).layers()[worst()]);
        climb(context);
        showSentence(context);
        retune(context);
        context.progress(1, text("done"));
    }

    /// The mix that the fields name now.
    void retune(Context& context) override
    {
        if (m_ladder.empty()) return; // not that far yet
        const Spec& spec = context.spec();
        Taken taken = 0;
        std::vector<Text> names;
        for (std::size_t i = 0; i < steps().size(); ++i)
            if (spec.flag(steps()[i].key)) {
                taken |= Taken{1} << i;
                names.push_back(steps()[i].name);
            }
        const std::set<std::string> left = wordsOf(spec.word("repair.float_layers"));
        const Measured now = measure(taken, left, m_data.test.count());
        const QuantizedNetwork& q = network(taken);
        Readout r;
        r.items.push_back({text("change from float"),
            text("%1 ± %2 points", signedFixed(100 * now.change.mean, 2), fixed(100 * now.change.halfWidth(), 2)), true});
        r.items.push_back({text("accuracy"), Text(percent(accuracyInterval(now.correct).mean))});
        r.items.push_back({text("model size"), text("%1 (float %2)", bytesText(q.quantizedBytes()), bytesText(q.floatBytes()))});
        r.items.push_back({text("steps taken"), names.empty() ? text("none") : Text(std::to_string(names.size()))});
        r.items.push_back({text("layers left float"), left.empty() ? text("none") : Text(joined({left.begin(), left.end()}))});
        context.show({.id = "mix",
            .title = text("Your mix"),
            .caption = text("Take steps on the right, or click a layer to leave it float."),
            .description = text("Accuracy and size with the repairs that are taken now."),
            .body = r});
        context.metric("mix.accuracy", accuracyInterval(now.correct).mean);
        showLayers(context);
    }

private:
    /// Calibrated networks: plain or equalized, with min-max or least-squares ranges; made when first asked for.
    QuantizedNetwork& network(Taken taken)
    {
        const std::size_t index = taken & (kEqualize | kCalibrate);
        if (m_networks[index]) return *m_networks[index];
        Calibration calibration = quantCalibration(m_course->context().spec());
        if (taken & kCalibrate) calibration.observer = "mse";
        const Graph source = taken & kEqualize ? equalize(*m_folded) : *m_folded;
        m_networks[index] =
            std::make_unique<QuantizedNetwork>(source, m_data, calibration, m_course->context().pool(), m_course->keepGoing());
        m_networks[index]->quantize(options(taken, {}));
        return *m_networks[index];
    }

    QuantizationOptions options(Taken taken, const std::set<std::string>& floats) const
    {
        const Spec& spec = m_course->context().spec();
        QuantizationOptions o{.weightBits = static_cast<int>(spec.integer("quant.bits")),
            .activationBits = quantActivationBits(spec),
            .profile = quantProfile(spec),
            .edgesAt8 = spec.flag("quant.edges_at_8")};
        if (taken & kPerChannel) o.granularity.kind = Granularity::Kind::PerChannel;
        if (taken & kCalibrate) o.weightObserver = "mse";
        if (taken & kMixed) o.layers = m_mixed;
        for (const std::string& name : floats) o.layers[name] = {0, 0};
        return o;
    }

    Measured measure(Taken taken, const std::set<std::string>& floats, std::size_t count)
    {
        Context& context = m_course->context();
        QuantizedNetwork& q = network(taken);
        q.quantize(options(taken, floats));
        if (taken & kAdaRound) adaRound(q, m_data, {.samples = kRepairSamples}, context.pool(), m_course->keepGoing());
        if (taken & kBias) correctBias(q, m_data, kRepairSamples, context.pool());
        Measured m{correctness(m_course->test(q.pass(), count), m_data.test), {}};
        const std::vector<char> before(m_floatCorrect.begin(), m_floatCorrect.begin() + static_cast<std::ptrdiff_t>(m.correct.size()));
        m.change = pairedDifference(before, m.correct);
        return m;
    }

    std::vector<std::string> layerNames()
    {
        std::vector<std::string> names;
        for (const LayerQuantization& l : network(0).layers()) names.push_back(l.name);
        return names;
    }

    void measureLayers()
    {
        const std::vector<std::string> names = layerNames();
        const Logits exact{m_float.values, std::min(kQuickSamples, m_float.count), m_float.classes};
        for (const std::string& name : names) {
            std::set<std::string> others(names.begin(), names.end());
            others.erase(name);
            m_only.push_back(measure(0, others, kQuickSamples));
            m_damage.push_back(klDivergence(exact, m_course->test(network(0).pass(), kQuickSamples)));
            m_allBut.push_back(measure(0, {name}, kQuickSamples));
        }
        network(0).quantize(options(0, {})); // every layer rounded again
        const std::int64_t bytes = network(0).quantizedBytes();
        m_mixed =
            mixedPrecision(network(0), m_damage, static_cast<int>(m_course->context().spec().integer("quant.bits")), 8, bytes * 5 / 4);
    }

    void climb(Context& context)
    {
        m_ladder.push_back(measure(0, {}, m_data.test.count()));
        Taken taken = 0;
        for (std::size_t i = 0; i < steps().size(); ++i) {
            m_course->next(0.3 / static_cast<double>(steps().size()), text("repairing: %1", steps()[i].name));
            taken |= Taken{1} << i;
            m_alone.push_back(measure(Taken{1} << i, {}, m_data.test.count()));
            m_ladder.push_back(measure(taken, {}, m_data.test.count()));
            showLadder(context);
            showLadderTable(context);
        }
    }

    void showLayers(Context& context)
    {
        const std::vector<std::string> names = layerNames();
        const std::set<std::string> left = wordsOf(context.spec().word("repair.float_layers"));
        Bars bars{{.title = text("change in accuracy"), .unit = text("points")}, {},
            {{text("only this layer rounded"), Role::Before, {}, {}}, {text("all but this layer rounded"), Role::After, {}, {}}}};
        bars.field = "repair.float_layers";
        for (std::size_t i = 0; i < names.size(); ++i) {
            bars.categories.push_back(left.contains(names[i]) ? text("%1 (float)", names[i]) : Text(names[i]));
            bars.series[0].values.push_back(100 * m_only[i].change.mean);
            bars.series[1].values.push_back(100 * m_allBut[i].change.mean);
            std::set<std::string> toggled = left;
            if (!toggled.erase(names[i])) toggled.insert(names[i]);
            std::string words;
            for (const std::string& w : toggled) words += (words.empty() ? "" : " ") + w;
            bars.choices.push_back(words);
            context.metric("layer." + names[i] + ".only.change", m_only[i].change.mean);
        }
        context.show({.id = "layers",
            .title = text("Which layer hurts"),
            .caption = text(
                "Change from float on %1 test samples, %2-bit weights, one scale for each layer. Click a layer to leave it float.",
                grouped(static_cast<std::int64_t>(m_only.front().correct.size())), std::to_string(context.spec().integer("quant.bits"))),
            .description = text("Change of accuracy when a single layer is rounded, and when all others are."),
            .body = bars,
            .span = 2});
    }

    std::size_t worst() const
    {
        std::size_t w = 0;
        for (std::size_t i = 1; i < m_only.size(); ++i)
            if (m_damage[i] > m_damage[w]) w = i;
        return w;
    }

    void showLadder(Context& context) const
    {
        Bars bars{{.title = text("change from float"), .unit = text("points")}, {text("rounded")},
            {{text("this step alone"), Role::Before, {100 * m_ladder.front().change.mean}, {interval(m_ladder.front())}},
                {text("with all steps above"), Role::After, {100 * m_ladder.front().change.mean}, {interval(m_ladder.front())}}}};
        context.metric("ladder.rounded.change", m_ladder.front().change.mean);
        for (std::size_t i = 0; i < m_alone.size(); ++i) {
            bars.categories.push_back(text("+ %1", steps()[i].name));
            bars.series[0].values.push_back(100 * m_alone[i].change.mean);
            bars.series[0].intervals.push_back(interval(m_alone[i]));
            bars.series[1].values.push_back(100 * m_ladder[i + 1].change.mean);
            bars.series[1].intervals.push_back(interval(m_ladder[i + 1]));
            const std::string name = std::string(steps()[i].key).substr(7);
            context.metric("repair." + name + ".change", m_alone[i].change.mean);
            context.metric("ladder." + name + ".change", m_ladder[i + 1].change.mean);
        }
        context.show({.id = "ladder",
            .title = text("The repair ladder"),
            .caption = text("Change from float on %1 test samples; lines: 95 % interval, paired. Nothing is trained again.",
                grouped(static_cast<std::int64_t>(m_data.test.count()))),
            .description = text("Change of accuracy after each repair, alone and on top of those before."),
            .body = bars,
            .span = 2});
    }

    void showLadderTable(Context& context) const
    {
        Table table;
        table.columns = {text("step"), text("alone"), text("with all steps above"), text("this step adds")};
        table.result = 2;
        const auto change = [](const Measured& m) {
            return Text(signedFixed(100 * m.change.mean, 2) + " ± " + fixed(100 * m.change.halfWidth(), 2));
        };
        table.rows.push_back({text("rounded"), change(m_ladder.front()), change(m_ladder.front()), Text("—")});
        for (std::size_t i = 0; i < m_alone.size(); ++i) {
            const Interval gain = pairedDifference(m_ladder[i].correct, m_ladder[i + 1].correct);
            table.rows.push_back({text("+ %1", steps()[i].name), change(m_alone[i]), change(m_ladder[i + 1]),
                Text(signedFixed(100 * gain.mean, 2) + " ± " + fixed(100 * gain.halfWidth(), 2))});
        }
        context.show({.id = "ladder.table",
            .title = text("The ladder in numbers"),
            .caption = text("Points against float with 95 % intervals; the last column compares with the step above."),
            .description = text("Change of accuracy after each repair as a table."),
            .body = table});
    }

    static AxisRange interval(const Measured& m) { return {100 * m.change.low, 100 * m.change.high}; }

    void showSentence(Context& context)
    {
        const std::size_t w = worst();
        const std::vector<std::string> names = layerNames();
        const std::string& name = names[w];
        std::set<std::string> others(names.begin(), names.end());
        others.erase(name);
        const double alone = measure(0, others, m_data.test.count()).change.mean;
        std::vector<double> ranges = channelRanges(network(0).layers()[w]);
        const auto largest = std::max_element(ranges.begin(), ranges.end());
        const std::string channel = std::to_string(largest - ranges.begin());
        const double most = *largest;
        std::nth_element(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(ranges.size() / 2), ranges.end());
        const double times = most / std::max(ranges[ranges.size() / 2], 1e-12);
        std::size_t best = 0;
        for (std::size_t i = 1; i < m_alone.size(); ++i)
            if (m_alone[i].change.mean > m_alone[best].change.mean) best = i;
        const double lost = m_ladder.front().change.mean, back = m_alone[best].change.mean - lost;
        const auto points = [](double share) { return fixed(std::abs(100 * share), 1); };
        Readout r;
        r.items = {{text("lost in all"), text("%1 points", signedFixed(100 * lost, 1)), true},
            {text("%1 alone", name), text("%1 points", signedFixed(100 * alone, 1))},
            {text("best single repair"), text("%1: %2 points back", steps()[best].name, points(back)), true},
            {text("all steps together"), text("%1 points", signedFixed(100 * m_ladder.back().change.mean, 1))}};
        context.show({.id = "sentence",
            .title = text("What happened"),
            .caption = text("%1 of %2 points are lost by %3 alone: its channel %4 is %5× the median channel; %6 gives back %7.",
                points(alone), points(lost), name, channel, fixed(times, 1), steps()[best].name, points(back)),
            .description = text("The drop explained by what was measured."),
            .body = r});
    }

    Dataset m_data;
    std::optional<Course> m_course;
    std::optional<Graph> m_folded;
    std::unique_ptr<QuantizedNetwork> m_networks[4];
    Logits m_float;
    std::vector<char> m_floatCorrect;
    std::vector<LayerError> m_errors;
    std::vector<Measured> m_only, m_allBut; ///< by layer
    std::vector<double> m_damage; ///< by layer: KL from float when it alone is rounded
    std::map<std::string, LayerBits> m_mixed;
    std::vector<Measured> m_alone, m_ladder; ///< by step; the ladder starts with the rounded network
};

} // namespace

ExperimentInfo whichLayer()
{
    return {.id = "which-layer",
        .title = text("Which layer"),
        .question = text("Where is the damage, and what repairs it?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<WhichLayer>()); },
        .networks = {{"float32", text("trained, before anything is rounded")}}};
}

} // namespace bitstill
