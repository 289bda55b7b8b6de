// Your own model: which layer breaks at which bits, what repairs it, and what is left of it when it is small.

#include "engine/experiment/experiments/own_model.h"

#include "engine/experiment/experiments/experiments.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/models.h"
#include "engine/experiment/training_curve.h"
#include "engine/experiment/training_runner.h"
#include "engine/models/cut.h"
#include "engine/models/export/export.h"
#include "engine/models/onnx/read.h"
#include "engine/models/open.h"
#include "engine/models/understand.h"

#include <algorithm>
#include <bit>
#include <filesystem>

namespace bitstill {

namespace {

using namespace own_model;

class OwnModel : public Experiment {
public:
    void run(Context& context) override
    {
        m_context = &context;
        open();
        showAll(context, figuresOf(m_source));
        requireWhole();
        if (!m_source.isFile)
            context.mark(
                text("trained in float"), {"quant.scheme", "quant.observer", "quant.calibration", "quant.profile", "quant.edges_at_8"});
        checkpoint(0.3, text("calibrating"));
        const Spec& spec = context.spec();
        const auto data = [this] { return m_data.shape.size() > 1 ? m_data : loadData(*m_context); };
        feed(m_source, spec, data);
        m_shrinker.emplace(std::move(m_source), spec, context.pool(), [this] { return !m_context->stopping(); });
        m_tested = fingerprintOf(m_shrinker->source());
        m_shrinker->learnFrom([this, data] { return practiceFor(m_shrinker->source(), m_context->spec(), data); },
            [this](const StepReport& r) { return learns(r); });
        openTheirs();
        m_before = m_shrinker->taken(spec) & kLearn ? 0.45 : 0.8;
        m_shrinker->measureSensitivity([this](double share) { checkpoint(0.35 + (m_before - 0.35) * share, text("one layer at a time")); });
        m_samples = m_shrinker->sensitivity()->weights[0][0].noise.size();
        context.show(sensitivityFigure(*m_shrinker, m_samples));
        tellAll(context, metricsOf(*m_shrinker));
        context.mark(text("one layer at a time"), {"repair.samples", "repair.epochs", "repair.learning_rate"});
        m_ready = true;
        retune(context);
        m_running = false;
    }

    Text whyNoEffect() const override { return m_ready ? Text() : text("Changes take effect once every layer has been measured."); }

    void retune(Context& context) override
    {
        if (!m_ready) return;
        ++m_answers;
        try {
            answer(context);
        } catch (const Overtaken&) {
        }
    }

    /// What it had learned when it was stopped.
    void interrupted(Context& context, Interruption why) override
    {
        std::optional<foreign::Quantized> unfinished;
        if (why == Interruption::Stop && m_shrinker) unfinished = m_shrinker->unfinished();
        if (!unfinished || !m_selects) return;
        showNetwork(context.spec(), *unfinished);
        measureLearned(*unfinished);
        tell(context);
        showVerdict(context.spec(), false);
    }

private:
    /// A newer answer came while one was on its way.
    struct Overtaken { };

    void checkpoint(double progress, const Text& doing, bool epochEnds = false)
    {
        const long mine = m_answers;
        m_context->progress(progress, doing);
        m_context->checkpoint(m_running ? m_steps++ : m_steps, epochEnds);
        if (m_answers != mine) throw Overtaken{};
    }

    /// Of an answer, in measurements of a network.
    double progressAt(double done) const { return m_before + (1 - m_before) * std::min(1.0, done / m_work); }

    void answer(Context& context)
    {
        const Spec spec = context.spec(); // what changes meanwhile is answered after this
        const Taken taken = m_shrinker->taken(spec);
        m_selects = false; // what is overtaken may have been learning
        if (!(taken & kLearn)) forgetLearning(context);
        m_done = 0;
        m_work = 2.0 * static_cast<double>(repairs().size()) + (taken & kLearn ? 3 * kLearning : 0);
        const foreign::Quantized quantized = m_shrinker->quantized(taken & ~Taken{kLearn}, spec);
        showNetwork(spec, quantized);
        showVerdict(spec, true);
        checkpoint(progressAt(m_done++), text("measuring your selection"));
        m_measured = m_shrinker->measured(quantized);
        if (taken & kLearn) {
            tell(context);
            showVerdict(spec, false);
            m_selects = true;
            const foreign::Quantized learned = m_shrinker->quantized(taken, spec);
            m_selects = false;
            m_done += kLearning;
            showNetwork(spec, learned);
            measureLearned(learned);
            context.metric("repair.learn.samples", static_cast<double>(m_shrinker->lessons()));
        }
        showVerdict(spec, false);
        if (m_theirs) context.show(theirsFigure(*m_shrinker, *m_theirs, m_measured, bitsIn(spec)));
        tell(context);
        Values settings = settingsOf(spec);
        settings["repair.learn"] = (taken & kLearn) != 0;
        if (settings != m_climbedWith) {
            climb(spec, taken & kLearn);
            m_climbedWith = settings;
        }
        context.progress(1, text("done"));
    }

    static void forgetLearning(Context& context)
    {
        context.drop("learning");
        for (const char* name : {"change.mean", "change.low", "change.high", "samples"})
            context.dropMetric(metricName({"repair.learn", name}));
    }

    /// Beside what was measured of it before it learned.
    void measureLearned(const foreign::Quantized& network)
    {
        const std::vector<char> before = std::move(m_measured.correct);
        m_measured = m_shrinker->measured(network);
        m_measured.learned = pairedDifference(before, m_measured.correct);
    }

    void tell(Context& context) const
    {
        tellAll(context, metricsOf(*m_shrinker, m_measured));
        if (m_shrinker->hasLabels()) context.answers("float.accuracy", m_tested, m_shrinker->floatCorrect());
        context.answers(m_shrinker->hasLabels() ? "accuracy" : "agreement", m_tested, m_measured.correct);
    }

    bool learns(const StepReport& r)
    {
        if (r.step == 1) m_curve = {};
        m_curve.add(r);
        if (r.epochEnds || m_context->wanted()) m_context->show(learningFigure(*m_shrinker, m_curve));
        checkpoint(progressAt(m_done + kLearning * static_cast<double>(r.step) / static_cast<double>(r.steps)), text("learning again"),
            r.epochEnds);
        return true;
    }

    void open()
    {
        const Spec& spec = m_context->spec();
        const std::string& file = spec.word("model.file");
        m_context->progress(0, text("opening the model"));
        if (file.empty()) return train();
        m_source.network = openedAndCut(spec);
        m_source.name = Text(printable(std::filesystem::path(file).filename().string()));
    }

    void openTheirs()
    {
        const std::string& file = m_context->spec().word("own.theirs");
        if (file.empty()) return;
        m_theirs = m_shrinker->measured(foreign::openNetwork(file));
        m_theirs->bytes = static_cast<std::int64_t>(std::filesystem::file_size(file));
        tellAll(*m_context, theirMetrics(*m_shrinker, *m_theirs));
        m_context->answers(m_shrinker->hasLabels() ? "theirs.accuracy" : "theirs.agreement", m_tested, m_theirs->correct);
    }

    /// Without a file: a network of the zoo, which comes back as any other ONNX file would.
    void train()
    {
        const Spec& spec = m_context->spec();
        m_data = loadData(*m_context);
        TrainingRunner runner(*m_context, m_data);
        Graph graph = makeModel(spec, m_data);
        runner.next(0.3, text("training in float"));
        runner.train(graph, trainOptions(spec));
        m_steps = runner.steps() + 1;
        m_context->keepModel("float32", graph);
        m_source.network = foreign::readOnnxBytes(onnxBytes(graph, {}), "trained.onnx");
        m_source.name = Text(spec.word("model.name"));
        m_source.isFile = false;
    }

    void requireWhole() const
    {
        const foreign::Reach reach = foreign::reachOf(m_source.network);
        if (reach.kind == foreign::Reach::Kind::Whole) return;
        const foreign::Node& node = m_source.network.nodes[static_cast<std::size_t>(reach.node)];
        const std::string where = foreign::whereToCut(m_source.network, reach);
        throw Error("model.file",
            text("%1 of %2 nodes run; then comes %3: %4", std::to_string(reach.node), std::to_string(m_source.network.nodes.size()),
                node.name.empty() ? node.op : node.name, reach.why),
            where.empty() ? text("its weights are shown; nothing can be measured that needs the whole network")
                          : text("its weights are shown; to measure what comes before, set \"End behind node\" to %1", where));
    }

    static int bitsIn(const Spec& spec) { return static_cast<int>(spec.integer("quant.bits")); }

    void climb(const Spec& spec, bool learns)
    {
        std::vector<RepairStep> steps;
        for (const RepairInfo& r : repairs())
            if (learns || r.key != "repair.learn") steps.push_back({r.key.substr(std::string_view("repair.").size()), r.name});
        std::map<Taken, Measured> found;
        double judged = 0;
        const auto measure = [&](Taken taken) {
            checkpoint(progressAt(m_done++), text("measuring the repairs"));
            const foreign::Quantized network = m_shrinker->quantized(taken, spec);
            if (taken & kLearn) m_done += kLearning;
            judged = m_shrinker->judged(network);
            found.insert_or_assign(taken, m_shrinker->measured(network));
            const Measured& m = found.at(taken);
            return Rounded{m.correct, m.correct.empty() ? Interval{} : pairedDifference(m_shrinker->floatCorrect(), m.correct)};
        };
        const Ladder ladder = tryRepairs(steps, {.measure = measure, .divergence = [&](Taken) { return judged; }}, m_shrinker->judgedOn());
        showLadder(ladder, found);
    }

    void showLadder(const Ladder& ladder, const std::map<Taken, Measured>& found)
    {
        const auto rung = [&](const Text& name, Taken alone, Taken combined) {
            const Measured& all = found.at(combined);
            return Rung{.name = name,
                .alone = found.at(alone).deviation.sqnrDb(),
                .combined = all.deviation.sqnrDb(),
                .share = all.correct.empty() ? Interval{} : accuracyInterval(all.correct)};
        };
        std::vector<Rung> rungs{rung(text("quantized"), 0, 0)};
        Taken taken = 0;
        for (std::size_t i = 0; i < ladder.results.size(); ++i) {
            const RepairResult& r = ladder.results[i];
            if (r.taken()) taken |= Taken{1} << i;
            rungs.push_back(rung(r.name, Taken{1} << i, taken));
            rungs.back().before = r.before;
            rungs.back().after = r.after;
            rungs.back().taken = r.taken();
        }
        showAll(*m_context, figuresOf(rungs, *m_shrinker));
        tellAll(*m_context, metricsOf(rungs));
        if (rungs.size() > repairs().size()) return;
        for (const char* name : {"sqnr_db", "taken"}) m_context->dropMetric(metricName({"ladder.learn", name}));
    }

    void showNetwork(const Spec& spec, const foreign::Quantized& quantized)
    {
        const std::vector<std::string>& colours = colourNames();
        const auto colour = static_cast<Colour>(std::ranges::find(colours, spec.word("own.colour")) - colours.begin());
        const std::size_t layer = chosenLayer(*m_shrinker, spec.word("own.layer"), bitsIn(spec));
        m_context->show(mapFigure(*m_shrinker, quantized, colour, bitsIn(spec), m_shrinker->names()[layer]));
        m_context->show(weightsFigure(*m_shrinker, quantized, layer));
        m_context->show(channelsFigure(*m_shrinker, quantized, layer));
        showAll(*m_context, tablesOf(*m_shrinker, quantized));
    }

    void showVerdict(const Spec& spec, bool measuring)
    {
        const auto count = static_cast<std::size_t>(std::popcount(m_shrinker->taken(spec)));
        const Text whyNot = spec.flag("repair.learn") ? m_shrinker->whyNotLearning(spec) : Text();
        m_context->show(verdictFigure(*m_shrinker, m_measured, m_theirs ? &*m_theirs : nullptr, bitsIn(spec), count, measuring,
            m_shrinker->unknownLayers(spec), whyNot));
    }

    Context* m_context = nullptr;
    Source m_source; ///< until the shrinker has it
    Dataset m_data; ///< that a network was trained on here
    std::optional<Shrinker> m_shrinker;
    std::uint64_t m_tested = 0; ///< fingerprint of the test samples
    std::size_t m_samples = 0;
    Measured m_measured;
    std::optional<Measured> m_theirs; ///< their own quantized file
    long m_steps = 1;
    bool m_running = true, m_ready = false; ///< run() is under way; there is something to change
    Values m_climbedWith; ///< settings of the ladder in view
    static constexpr double kLearning = 10; ///< measurements that learning takes as long as
    double m_before = 0.8; ///< share of the run that is over before the first answer
    double m_done = 0, m_work = 1; ///< of an answer, see progressAt()
    long m_answers = 0; ///< begun
    bool m_selects = false; ///< what is chosen is learning, not a step of the ladder
    TrainingCurve m_curve;
};

} // namespace

ExperimentInfo ownModel()
{
    return {.id = "own-model",
        .title = text("Your own model"),
        .question = text("Which layer of your model breaks at which bits, and what repairs it?"),
        .group = text("Quantize"),
        .instant = false,
        .fields = own_model::fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<OwnModel>()); },
        .networks = {{"float32", text("trained in float, before quantization")}},
        .expected = {{"verdict", text("What is left of the network"), Readout{}, 2}, {"map", text("The network"), NetworkMap{}, 2},
            {"sensitivity", text("Which layer breaks at which bits"), Heatmap{}, 2}, {"ladder", text("The repair ladder"), Bars{}, 2}}};
}

} // namespace bitstill
