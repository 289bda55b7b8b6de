// Where is the damage, and what repairs it? Each layer by itself, then the repair ladder, step by step.

#include "engine/experiment/experiments/experiments.h"

#include "engine/data/sample.h"
#include "engine/experiment/course.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/ladder_figures.h"
#include "engine/experiment/layer_figures.h"
#include "engine/measure/agreement.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/repair.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace bitstill {

namespace {

constexpr std::size_t kQuickSamples = 2000;
constexpr std::size_t kGuardSamples = 2000; ///< of the training set: repairs are chosen by these, and measured on the test set
constexpr std::size_t kErrorSamples = 128;
constexpr std::size_t kRepairSamples = 256;
constexpr std::size_t kRangeSamples = 512;
constexpr int kGuardBatch = 250;

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
            text("Weight ranges that keep the network's answers best, activation ranges with the least squared error.")},
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
        .live = true,
        .fits = [](const Values& values) { return layersProblem(values, "repair.float_layers"); }});
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
        m_floatCorrect = correctness(m_course->test(graph), m_data.test);
        chooseSamples(graph);
        context.mark(text("trained in float"));
        m_course->next(0.05, text("calibrating"));
        m_folded.emplace(foldBatchNorm(graph));
        const std::vector<LayerError> errors = layerErrors(network(0), m_data, kErrorSamples, context.pool(), spec.seed);
        showLayerErrors(context, errors, std::min(kErrorSamples, m_data.test.count()));
        m_course->next(0.1, text("one layer at a time"));
        measureLayers();
        showLayers(context);
        showChannelRanges(context, network(0).layers()[worst()]);
        context.mark(text("one layer at a time"));
        climb(context);
        showSentence(context);
        m_climbed = true;
        retune(context);
        context.progress(1, text("done"));
    }

    Text unanswered() const override { return m_climbed ? Text() : text("A change shows as soon as the repair ladder has been climbed."); }

    /// The mix that the fields name now.
    void retune(Context& context) override
    {
        if (!m_climbed) return; // not that far yet
        const Spec& spec = context.spec();
        Taken taken = 0;
        std::vector<Text> names;
        for (std::size_t i = 0; i < steps().size(); ++i)
            if (spec.flag(steps()[i].key)) {
                taken |= Taken{1} << i;
                names.push_back(steps()[i].name);
            }
        const std::set<std::string> left = wordsOf(spec.word("repair.float_layers"));
        const Text stepsTaken = names.empty() ? text("none") : Text(std::to_string(names.size()));
        const Text floats = left.empty() ? text("none") : Text(joined({left.begin(), left.end()}));
        showMix(context,
            {{text("change from float"), Text("…"), true}, {text("steps taken"), stepsTaken}, {text("layers left float"), floats}},
            text("Being measured."));
        showLayers(context);
        context.progress(1, text("measuring your mix"));
        const Rounded now = measure(taken, left);
        const QuantizedNetwork& q = network(taken);
        Readout r;
        r.items.push_back({text("change from float"),
            text("%1 ± %2 points", signedFixed(100 * now.change.mean, 2), fixed(100 * now.change.halfWidth(), 2)), true});
        r.items.push_back({text("accuracy"), Text(percent(accuracyInterval(now.correct).mean))});
        r.items.push_back({text("model size"), text("%1 (float %2)", bytesText(q.quantizedBytes()), bytesText(q.floatBytes()))});
        r.items.push_back({text("steps taken"), stepsTaken});
        r.items.push_back({text("layers left float"), floats});
        showMix(context, r.items, text("Take steps on the right, or click a layer to leave it float."));
        context.metric("mix.accuracy", accuracyInterval(now.correct).mean);
        context.progress(1, text("done"));
    }

private:
    static void showMix(Context& context, std::vector<Readout::Item> items, const Text& caption)
    {
        context.show({.id = "mix",
            .title = text("Your mix"),
            .caption = caption,
            .description = text("Accuracy and size with the repairs that are taken now."),
            .body = Readout{std::move(items)}});
    }

    void chooseSamples(Graph& graph)
    {
        const std::uint64_t seed = m_course->context().spec().seed;
        m_quickRows = sampledRows(m_data.test.count(), kQuickSamples, seed);
        m_quick = rowsOf(m_data, m_data.test, m_quickRows);
        m_guard = sampleOf(m_data, m_data.train, kGuardSamples, seed);
        Pass pass(graph, kGuardBatch, Pass::Mode::Inference, m_course->context().pool());
        m_guardFloat = m_course->over(pass, m_guard);
    }

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
        if (taken & kMixed) o.layers = m_mixed;
        for (const std::string& name : floats) o.layers[name] = {0, 0};
        return o;
    }

    /// The network with these repairs.
    QuantizedNetwork& repaired(Taken taken, const std::set<std::string>& floats)
    {
        Context& context = m_course->context();
        const std::uint64_t seed = context.spec().seed;
        const QuantizationOptions o = options(taken, floats);
        QuantizedNetwork& q = network(taken);
        q.quantize(o);
        if (taken & kCalibrate) q.quantize(o, fitWeightScales(q, m_data, kRangeSamples, seed, context.pool(), m_course->keepGoing()));
        if (taken & kAdaRound) adaRound(q, m_data, {.samples = kRepairSamples, .seed = seed}, context.pool(), m_course->keepGoing());
        if (taken & kBias) correctBias(q, m_data, kRepairSamples, context.pool(), seed);
        return q;
    }

    Rounded measure(Taken taken, const std::set<std::string>& floats)
    {
        Rounded r{correctness(m_course->test(repaired(taken, floats).pass()), m_data.test), {}};
        r.change = pairedDifference(m_floatCorrect, r.correct);
        return r;
    }

    /// The same on some of the test samples, for what is asked of every layer.
    Rounded measureQuickly(const std::set<std::string>& floats)
    {
        Rounded r{correctness(m_course->over(repaired(0, floats).pass(), m_quick), m_quick), {}};
        r.change = pairedDifference(onQuick(m_floatCorrect), r.correct);
        return r;
    }
    std::vector<char> onQuick(const std::vector<char>& correct) const
    {
        std::vector<char> some;
        for (const std::uint32_t row : m_quickRows) some.push_back(correct[row]);
        return some;
    }

    /// KL of the network as it is now from float.
    double divergence(QuantizedNetwork& q) { return klDivergence(m_guardFloat, m_course->over(q.pass(), m_guard)); }

    std::vector<std::string> layerNames()
    {
        std::vector<std::string> names;
        for (const LayerQuantization& l : network(0).layers()) names.push_back(l.name);
        return names;
    }

    void measureLayers()
    {
        const std::vector<std::string> names = layerNames();
        for (const std::string& name : names) {
            std::set<std::string> others(names.begin(), names.end());
            others.erase(name);
            m_only.push_back(measureQuickly(others));
            m_damage.push_back(divergence(network(0)));
            m_allBut.push_back(measureQuickly({name}));
        }
        network(0).quantize(options(0, {})); // every layer rounded again
        const std::int64_t bytes = network(0).quantizedBytes();
        m_mixed =
            mixedPrecision(network(0), m_damage, static_cast<int>(m_course->context().spec().integer("quant.bits")), 8, bytes * 5 / 4);
    }

    void climb(Context& context)
    {
        m_ladder.rounded = measure(0, {});
        m_ladder.guards = m_guard.count();
        Taken taken = 0;
        double reached = divergence(network(0));
        for (std::size_t i = 0; i < steps().size(); ++i) {
            m_course->next(0.3 / static_cast<double>(steps().size()), text("repairing: %1", steps()[i].name));
            const Taken step = Taken{1} << i;
            Rung rung{.id = std::string(steps()[i].key).substr(std::string_view("repair.").size()), .name = steps()[i].name};
            rung.alone = measure(step, {});
            rung.before = reached;
            rung.climbed = taken ? measure(taken | step, {}) : rung.alone;
            rung.after = divergence(network(taken | step));
            if (rung.taken()) {
                taken |= step;
                reached = rung.after;
            } else {
                rung.climbed = m_ladder.top();
            }
            m_ladder.rungs.push_back(std::move(rung));
            showLadder(context, m_ladder);
            context.mark(text("+ %1", steps()[i].name));
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

    /// All that is said of the layer is measured on the samples of the figure "layers".
    void showSentence(Context& context)
    {
        const std::size_t w = worst();
        const std::string name = layerNames()[w], samples = grouped(static_cast<std::int64_t>(m_quickRows.size()));
        const double alone = m_only[w].change.mean,
                     lostThere = pairedDifference(onQuick(m_floatCorrect), onQuick(m_ladder.rounded.correct)).mean;
        std::vector<double> ranges = channelRanges(network(0).layers()[w]);
        const auto largest = std::max_element(ranges.begin(), ranges.end());
        const std::string channel = std::to_string(largest - ranges.begin());
        const double most = *largest;
        std::nth_element(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(ranges.size() / 2), ranges.end());
        const double times = most / std::max(ranges[ranges.size() / 2], 1e-12);
        const double lost = m_ladder.rounded.change.mean;
        const Rung& best = m_ladder.best();
        const double back = best.alone.change.mean - lost;
        Readout r;
        r.items = {{text("lost in all"), text("%1 points", signedFixed(100 * lost, 1)), true},
            {text("%1 alone, on %2 samples", name, samples), text("%1 points", signedFixed(100 * alone, 1))},
            {text("best single repair"), text("%1: %2 points", best.name, signedFixed(100 * back, 1)), true},
            {text("all steps that help"), text("%1 points", signedFixed(100 * m_ladder.top().change.mean, 1))}};
        context.show({.id = "sentence",
            .title = text("What happened"),
            .caption = text(
                "On %1 test samples all layers change accuracy by %2 points, %3 alone by %4: its channel %5 is %6× the median channel.",
                samples, signedFixed(100 * lostThere, 1), name, signedFixed(100 * alone, 1), channel, fixed(times, 1)),
            .description = text("The drop explained by what was measured."),
            .body = r});
    }

    Dataset m_data;
    std::optional<Course> m_course;
    std::optional<Graph> m_folded;
    std::unique_ptr<QuantizedNetwork> m_networks[4];
    std::vector<char> m_floatCorrect;
    std::vector<std::uint32_t> m_quickRows; ///< of the test set
    Samples m_quick, m_guard;
    Logits m_guardFloat;
    std::vector<Rounded> m_only, m_allBut; ///< by layer
    std::vector<double> m_damage; ///< by layer: KL from float when it alone is rounded
    std::map<std::string, LayerBits> m_mixed;
    Ladder m_ladder;
    bool m_climbed = false;
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
