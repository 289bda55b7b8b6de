// Where is the damage, and what repairs it? Each layer by itself, then the repair ladder, step by step.

#include "engine/experiment/experiments/which_layer.h"

#include "engine/data/sample.h"
#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/given_weights.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/ladder_figures.h"
#include "engine/experiment/layer_figures.h"
#include "engine/experiment/models.h"
#include "engine/experiment/training_runner.h"
#include "engine/measure/agreement.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/repair.h"

#include <algorithm>
#include <map>
#include <optional>

namespace bitstill {

namespace which_layer {

std::size_t Layers::worst() const
{
    const auto most = std::ranges::max_element(layers, {}, &LayerDamage::divergence);
    return static_cast<std::size_t>(most - layers.begin());
}

std::string toggled(std::set<std::string> floats, const std::string& layer)
{
    if (!floats.erase(layer)) floats.insert(layer);
    std::string words;
    for (const std::string& w : floats) words += (words.empty() ? "" : " ") + w;
    return words;
}

} // namespace which_layer

namespace {

using namespace which_layer;

constexpr std::size_t kQuickSamples = 2000;
constexpr std::size_t kGuardSamples = 2000; ///< of the training set: repairs are chosen by these, and measured on the test set
constexpr std::size_t kErrorSamples = 128;
constexpr std::size_t kRepairSamples = 256;
constexpr std::size_t kRangeSamples = 512;

struct Step {
    const char* key;
    Text name;
    Text help;
};

/// The ladder, in the order in which its steps are tried.
const std::vector<Step>& steps()
{
    static const std::vector<Step> all{
        {"repair.equalize", text("equalization"),
            text("Balances the ranges of the channels so that one scale fits the layer; ReLU6 becomes ReLU.")},
        {"repair.calibration", text("better ranges"),
            text("Weight ranges that best preserve the network's outputs; activation ranges with the least squared error.")},
        {"repair.adaround", text("AdaRound"),
            text("Decides for each weight whether to round up or down, so that the layer's output changes least.")},
        {"repair.bias", text("bias correction"), text("Removes the shift that rounding adds to each channel's mean.")},
        {"repair.per_channel", text("per channel"), text("One scale per output channel instead of one per layer.")},
        {"repair.mixed", text("mixed precision"),
            text("Eight bits for the most sensitive layers, growing the weights by at most a quarter.")},
    };
    return all;
}

std::vector<Field> fields()
{
    Fields repair{};
    for (const Step& s : steps())
        repair = repair.with({.key = s.key,
            .kind = Field::Kind::Flag,
            .group = text("Repair"),
            .label = s.name,
            .help = s.help,
            .initial = false,
            .live = true});
    repair = repair.with({.key = "repair.float_layers",
        .kind = Field::Kind::Name,
        .group = text("Repair"),
        .label = text("Layers kept in float"),
        .help = text("Layer names, separated by spaces; click a layer's bar to add or remove it."),
        .initial = std::string(),
        .live = true,
        .fits = [](const Values& values) { return layersProblem(values, "repair.float_layers"); }});
    return joinFields({dataFields(), modelFields().with("model.name", std::string("dwcnn")), {weightsField()},
        trainFields(2).with("train.learning_rate", 0.1).visibleWhen(withoutWeights()),
        quantFields().only({"quant.bits"}).with(activationBitsField()).fixed(), // granularity is a step of the ladder
        calibrationFields(), repair});
}

/// One bit for each of steps().
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
        m_tested = fingerprintOf(m_data, m_data.test);
        m_runner.emplace(context, m_data);
        const Spec& spec = context.spec();
        Graph graph = floatNetwork(context);
        m_floatCorrect = correctness(m_runner->test(graph), m_data.test);
        chooseSamples(graph);
        context.mark(text("trained in float"),
            {"quant.bits", "quant.activation_bits", "quant.observer", "quant.calibration", "quant.profile", "quant.edges_at_8"});
        m_runner->next(0.05, text("calibrating"));
        m_folded.emplace(foldBatchNorm(graph));
        const std::vector<LayerError> errors = layerErrors(network(0), m_data, kErrorSamples, context.pool(), spec.seed);
        showAll(context, figuresOf(errors, std::min(kErrorSamples, m_data.test.count())));
        tellAll(context, metricsOf(errors));
        m_runner->next(0.1, text("one layer at a time"));
        m_layers = measureLayers();
        showLayers(context);
        context.show(channelsFigure(worstLayer()));
        context.mark(text("one layer at a time"));
        climbLadder(context);
        context.show(storyFigure(m_layers, *m_ladder, story()));
        retune(context);
        context.progress(1, text("done"));
    }

    Text whyNoEffect() const override { return m_ladder ? Text() : text("Changes take effect once every repair has been measured."); }

    /// The mix that the fields name now.
    void retune(Context& context) override
    {
        if (!m_ladder) return; // not that far yet
        const Spec& spec = context.spec();
        Taken taken = 0;
        Mix mix{.floats = wordsOf(spec.word("repair.float_layers"))};
        for (std::size_t i = 0; i < steps().size(); ++i)
            if (spec.flag(steps()[i].key)) {
                taken |= Taken{1} << i;
                ++mix.steps;
            }
        context.show(mixFigure(mix, true));
        showLayers(context);
        context.progress(1, text("measuring your selection"));
        mix.measured = measure(taken, mix.floats);
        mix.bytes = network(taken).quantizedBytes();
        mix.floatBytes = network(taken).floatBytes();
        context.show(mixFigure(mix, false));
        context.metric("mix.accuracy", accuracyInterval(mix.measured.correct).mean);
        context.answers("mix.accuracy", m_tested, mix.measured.correct);
        context.progress(1, text("done"));
    }

private:
    Graph floatNetwork(Context& context)
    {
        if (std::optional<Graph> given = givenNetwork(context, m_data)) return *std::move(given);
        Graph graph = makeModel(context.spec(), m_data);
        m_runner->next(0.55, text("training in float"));
        m_runner->trainDrawn(graph, trainOptions(context.spec()));
        context.keepModel("float32", graph);
        return graph;
    }

    void chooseSamples(Graph& graph)
    {
        const std::uint64_t seed = m_runner->context().spec().seed;
        m_quickRows = sampledRows(m_data.test.count(), kQuickSamples, seed);
        m_quick = rowsOf(m_data, m_data.test, m_quickRows);
        m_guard = sampleOf(m_data, m_data.train, kGuardSamples, seed);
        Pass pass(graph, kEvaluationBatch, Pass::Mode::Inference, m_runner->context().pool());
        m_guardFloat = m_runner->over(pass, m_guard);
    }

    /// Calibrated networks: plain or equalized, with min-max or least-squares ranges; made when first asked for.
    QuantizedNetwork& network(Taken taken)
    {
        const std::size_t index = taken & (kEqualize | kCalibrate);
        if (m_networks[index]) return *m_networks[index];
        Calibration calibration = quantCalibration(m_runner->context().spec());
        if (taken & kCalibrate) calibration.observer = "mse";
        const Graph source = taken & kEqualize ? equalize(*m_folded) : *m_folded;
        m_networks[index] =
            std::make_unique<QuantizedNetwork>(source, m_data, calibration, m_runner->context().pool(), m_runner->keepGoing());
        m_networks[index]->quantize(options(taken, {}));
        return *m_networks[index];
    }

    const LayerQuantization& worstLayer() { return network(0).layers()[m_layers.worst()]; }

    QuantizationOptions options(Taken taken, const std::set<std::string>& floats) const
    {
        const Spec& spec = m_runner->context().spec();
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
        Context& context = m_runner->context();
        const std::uint64_t seed = context.spec().seed;
        const QuantizationOptions o = options(taken, floats);
        QuantizedNetwork& q = network(taken);
        q.quantize(o);
        if (taken & kCalibrate) {
            WeightScales& scales = m_scales[{taken & ~(kAdaRound | kBias), floats}];
            if (scales.empty()) scales = fitWeightScales(q, m_data, kRangeSamples, seed, context.pool(), m_runner->keepGoing());
            q.quantize(o, scales);
        }
        if (taken & kAdaRound) adaRound(q, m_data, {.samples = kRepairSamples, .seed = seed}, context.pool(), m_runner->keepGoing());
        if (taken & kBias) correctBias(q, m_data, kRepairSamples, context.pool(), seed);
        return q;
    }

    Rounded measure(Taken taken, const std::set<std::string>& floats)
    {
        Rounded r{correctness(m_runner->test(repaired(taken, floats).pass()), m_data.test), {}};
        r.change = pairedDifference(m_floatCorrect, r.correct);
        return r;
    }

    /// The same on some of the test samples, for what is asked of every layer.
    Interval measureQuickly(const std::set<std::string>& floats)
    {
        return pairedDifference(onQuick(m_floatCorrect), correctness(m_runner->over(repaired(0, floats).pass(), m_quick), m_quick));
    }
    std::vector<char> onQuick(const std::vector<char>& correct) const
    {
        std::vector<char> some;
        for (const std::uint32_t row : m_quickRows) some.push_back(correct[row]);
        return some;
    }

    /// KL of the network as it is now from float.
    double divergence(QuantizedNetwork& q) { return klDivergence(m_guardFloat, m_runner->over(q.pass(), m_guard)); }

    Layers measureLayers()
    {
        std::vector<std::string> names;
        for (const LayerQuantization& l : network(0).layers()) names.push_back(l.name);
        Layers measured{.samples = m_quick.count()};
        for (const std::string& name : names) {
            std::set<std::string> others(names.begin(), names.end());
            others.erase(name);
            LayerDamage damage{.name = name, .only = measureQuickly(others)};
            damage.divergence = divergence(network(0));
            damage.allBut = measureQuickly({name});
            measured.layers.push_back(damage);
        }
        network(0).quantize(options(0, {})); // every layer rounded again
        return measured;
    }

    std::map<std::string, LayerBits> mixedBits()
    {
        std::vector<double> damage;
        for (const LayerDamage& d : m_layers.layers) damage.push_back(d.divergence);
        const std::int64_t bytes = network(0).quantizedBytes();
        const int low = static_cast<int>(m_runner->context().spec().integer("quant.bits"));
        return mixedPrecision(network(0).layers(), damage, low, 8, network(0).options().activationBits, bytes * 5 / 4);
    }

    void climbLadder(Context& context)
    {
        m_mixed = mixedBits();
        std::vector<RepairStep> repairs;
        for (const Step& s : steps()) repairs.push_back({std::string(s.key).substr(std::string_view("repair.").size()), s.name});
        m_ladder = tryRepairs(repairs,
            {.measure = [this](Taken taken) { return measure(taken, {}); },
                .divergence = [this](Taken taken) { return divergence(network(taken)); },
                .starts =
                    [&](const RepairStep& step) {
                        m_runner->next(0.3 / static_cast<double>(repairs.size()), text("measuring the repair: %1", step.name));
                    },
                .combined =
                    [&](const Ladder& ladder) {
                        showAll(context, figuresOf(ladder));
                        tellAll(context, metricsOf(ladder));
                        context.mark(text("+ %1", ladder.results.back().name));
                    }},
            m_guard.count());
    }

    /// All that is said of the layer is measured on the samples of the figure "layers".
    Story story()
    {
        const WidestChannel widest = widestChannel(worstLayer());
        return {.lost = m_ladder->rounded.change,
            .lostOnSample = pairedDifference(onQuick(m_floatCorrect), onQuick(m_ladder->rounded.correct)).mean,
            .channel = widest.channel,
            .timesMedian = widest.timesMedian};
    }

    void showLayers(Context& context) const
    {
        const Spec& spec = context.spec();
        context.show(layersFigure(m_layers, static_cast<int>(spec.integer("quant.bits")), wordsOf(spec.word("repair.float_layers"))));
        tellAll(context, metricsOf(m_layers));
    }

    Dataset m_data;
    std::uint64_t m_tested = 0; ///< fingerprint of the test set
    std::optional<TrainingRunner> m_runner;
    std::optional<Graph> m_folded;
    std::unique_ptr<QuantizedNetwork> m_networks[4];
    using WeightScales = std::map<std::string, std::vector<float>>;
    std::map<std::pair<Taken, std::set<std::string>>, WeightScales> m_scales; ///< fitted, with the repairs that come before them
    std::vector<char> m_floatCorrect;
    std::vector<std::uint32_t> m_quickRows; ///< of the test set
    Samples m_quick, m_guard;
    Logits m_guardFloat;
    Layers m_layers;
    std::map<std::string, LayerBits> m_mixed;
    std::optional<Ladder> m_ladder; ///< once all have been tried
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
        .networks = {{"float32", text("trained in float, before quantization")}},
        .expected = {{"layers", text("Which layer hurts"), Bars{}, 2}, {"mix", text("Your selection"), Readout{}},
            {"errors", text("Output error of each layer"), Bars{}}, {"ladder", text("The repair ladder"), Bars{}}},
        .next = {{"inside-qat", text("Go on with QAT"), text("The same network, trained further with rounding in every step.")}}};
}

} // namespace bitstill
