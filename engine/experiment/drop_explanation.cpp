#include "engine/experiment/drop_explanation.h"

#include "engine/experiment/experiments/before_after.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/training_runner.h"
#include "engine/quant/repair.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr const char* kExperiment = "before-after";

/// Measures variants of one network.
class Examination {
public:
    Examination(
        TrainedNetwork& network, ThreadPool& pool, const std::function<bool()>& keepGoing, const std::function<void(double)>& progress) :
        m_network(network),
        m_pool(pool), m_keepGoing(keepGoing), m_progress(progress), m_options(before_after::optionsOf(network.spec)),
        m_calibration(quantCalibration(network.spec)), m_quantized(calibrated(m_calibration))
    {
        m_parts = 4 + m_quantized.layers().size() + 6; // at most
        Pass pass(network.graph, kEvaluationBatch, Pass::Mode::Inference, pool);
        m_exact = correctIn(pass);
    }

    DropExplanation explain()
    {
        DropExplanation e{.settings = nameOf(m_network.spec), .samples = m_exact.size()};
        m_asSet = measured(m_quantized, m_options);
        e.drop = pairedDifference(m_exact, m_asSet);
        examineParts(e);
        examineLayers(e);
        examineRepairs(e);
        if (m_progress) m_progress(1);
        return e;
    }

private:
    static Text nameOf(const Spec& spec)
    {
        const NumberFormat* format = quantFormat(spec);
        return format ? Text(format->name) : quantName(spec);
    }

    QuantizedNetwork calibrated(const Calibration& calibration) const
    {
        return {m_network.graph, m_network.data, calibration, m_pool, m_keepGoing};
    }

    std::vector<char> correctIn(Pass& pass)
    {
        std::vector<char> correct = correctOnTest(m_network, pass, m_keepGoing);
        ++m_done;
        if (m_progress) m_progress(static_cast<double>(m_done) / static_cast<double>(m_parts));
        return correct;
    }

    std::vector<char> measured(QuantizedNetwork& quantized, const QuantizationOptions& options)
    {
        quantized.quantize(options);
        return correctIn(quantized.pass());
    }

    DropVariant variant(Text name, const QuantizationOptions& options, Values set = {})
    {
        return {.name = std::move(name), .set = std::move(set), .change = pairedDifference(m_exact, measured(m_quantized, options))};
    }

    void examineParts(DropExplanation& e)
    {
        QuantizationOptions weights = m_options, activations = m_options;
        weights.activationBits = 0;
        activations.weightBits = 0;
        if (m_options.activationBits == 0) return;
        e.weights = variant(text("only the weights rounded"), weights, {{"quant.activation_bits", std::string("float")}});
        e.activations = variant(text("only the activations rounded"), activations);
    }

    void examineLayers(DropExplanation& e)
    {
        std::map<std::string, LayerBits> allFloat;
        for (const LayerQuantization& layer : m_quantized.layers()) allFloat[layer.name] = {0, 0};
        std::vector<std::string> inOrder; // measuring makes the list anew
        for (const LayerQuantization& layer : m_quantized.layers()) inOrder.push_back(layer.name);
        for (const std::string& name : inOrder) {
            QuantizationOptions options = m_options;
            options.activationBits = 0;
            options.edgesAt8 = false;
            options.layers = allFloat;
            options.layers[name] = {m_options.weightBits, m_options.activationBits};
            e.layers.push_back(variant(Text(name), options));
        }
    }

    void addRepair(DropExplanation& e, Text name, const std::vector<char>& correct, Values set = {}) const
    {
        e.repairs.push_back({.name = std::move(name),
            .set = std::move(set),
            .change = pairedDifference(m_exact, correct),
            .gain = pairedDifference(m_asSet, correct)});
    }

    void examineRepairs(DropExplanation& e)
    {
        const Spec& spec = m_network.spec;
        if (m_options.granularity.kind != Granularity::Kind::PerChannel && !m_options.weightFormat) {
            QuantizationOptions options = m_options;
            options.granularity.kind = Granularity::Kind::PerChannel;
            addRepair(
                e, text("a scale for each channel"), measured(m_quantized, options), {{"quant.granularity", std::string("per-channel")}});
        }
        if (!m_options.edgesAt8) {
            QuantizationOptions options = m_options;
            options.edgesAt8 = true;
            addRepair(e, text("first and last layer at 8 bits"), measured(m_quantized, options), {{"quant.edges_at_8", true}});
        }
        if (!m_options.weightFormat && m_options.weightBits < before_after::kMostBits) {
            QuantizationOptions options = m_options;
            ++options.weightBits;
            addRepair(e, text("one more bit"), measured(m_quantized, options), {{"quant.bits", std::int64_t{options.weightBits}}});
        }
        m_quantized.quantize(m_options);
        correctBias(m_quantized, m_network.data, m_calibration.samples, m_pool, spec.seed);
        addRepair(e, text("bias correction"), correctIn(m_quantized.pass()));
        if (m_options.activationBits == 0) return;
        if (m_calibration.observer != "mse") {
            Calibration better = m_calibration;
            better.observer = "mse";
            QuantizedNetwork again = calibrated(better);
            addRepair(
                e, text("activation ranges of least squared error"), measured(again, m_options), {{"quant.observer", better.observer}});
        }
        constexpr std::size_t kTimes = 4, kMost = 10'000; // the field's own end
        Calibration more = m_calibration;
        more.samples = std::min({kTimes * m_calibration.samples, m_network.data.train.count(), kMost});
        if (more.samples <= m_calibration.samples) return;
        QuantizedNetwork again = calibrated(more);
        addRepair(e, text("%1 calibration samples instead of %2", std::to_string(more.samples), std::to_string(m_calibration.samples)),
            measured(again, m_options), {{"quant.calibration", static_cast<std::int64_t>(more.samples)}});
    }

    const TrainedNetwork& m_network;
    ThreadPool& m_pool;
    std::function<bool()> m_keepGoing;
    std::function<void(double)> m_progress;
    QuantizationOptions m_options;
    Calibration m_calibration;
    QuantizedNetwork m_quantized;
    std::vector<char> m_exact, m_asSet;
    std::size_t m_done = 0, m_parts = 1;
};

} // namespace

const DropVariant& DropExplanation::worst() const
{
    return *std::ranges::min_element(layers, {}, [](const DropVariant& v) { return v.change.mean; });
}

const DropVariant& DropExplanation::best() const
{
    return *std::ranges::max_element(repairs, {}, [](const DropVariant& v) { return v.gain.mean; });
}

DropExplanation explainDrop(
    TrainedNetwork& network, ThreadPool& pool, const std::function<bool()>& keepGoing, const std::function<void(double)>& progress)
{
    if (network.spec.experiment != kExperiment)
        throw Error("explain", text("a run of %1 has no drop that can be taken apart", network.spec.experiment),
            text("choose a run of %1", kExperiment));
    return Examination(network, pool, keepGoing, progress).explain();
}

} // namespace bitstill
