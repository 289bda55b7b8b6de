#include "engine/store/tried_search.h"

#include "engine/experiment/experiments/before_after.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/training_runner.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr const char* kSearched = "float32"; ///< the network of before-after

/// A way to quantize, and how many bytes it takes.
struct Way {
    Values set{};
    Spec spec{};
    std::int64_t bytes = 0;
};

class Search {
public:
    Search(TrainedNetwork& network, const Budget& budget, ThreadPool& pool, const std::function<bool()>& keepGoing) :
        m_network(network), m_budget(budget), m_pool(pool), m_keepGoing(keepGoing)
    {
        Pass pass(network.graph, kEvaluationBatch, Pass::Mode::Inference, pool);
        m_exact = correctOnTest(network, pass, keepGoing);
    }

    SearchResult run(const std::function<void(const SearchStep&, double)>& seen)
    {
        SearchResult result;
        const std::vector<Way> plan = waysInPlan();
        for (const Way& way : plan) {
            result.steps.push_back(measured(way));
            const std::size_t newest = result.steps.size() - 1;
            if (keepsTo(result, newest)) result.answer = newest;
            if (seen) seen(result.steps.back(), static_cast<double>(result.steps.size()) / static_cast<double>(plan.size()));
            if (m_budget.bytes == 0 && result.answer) break;
        }
        return result;
    }

private:
    /// The smallest first; those that do not fit are left out.
    std::vector<Way> waysInPlan()
    {
        std::vector<std::string> observers{m_network.spec.word("quant.observer")};
        const bool roundsActivations = m_network.spec.word("quant.activation_bits") != "float";
        if (observers.front() != "mse" && roundsActivations) observers.emplace_back("mse");
        std::vector<Way> plan;
        for (int bits = before_after::kFewestBits; bits <= before_after::kMostBits; ++bits)
            for (const char* granularity : {"per-tensor", "per-channel"})
                for (const std::string& observer : observers) {
                    Way way{.set = {{"quant.format", std::string(kIntegerFormat)}, {"quant.bits", std::int64_t{bits}},
                                {"quant.granularity", std::string(granularity)}, {"quant.observer", observer}},
                        .spec = m_network.spec};
                    for (const auto& [key, value] : way.set) way.spec.values[key] = value;
                    way.bytes = quantized(way.spec).quantizedBytes();
                    if (m_budget.bytes == 0 || way.bytes <= m_budget.bytes) plan.push_back(std::move(way));
                }
        std::ranges::stable_sort(plan, {}, &Way::bytes);
        return plan;
    }

    QuantizedNetwork& quantized(const Spec& spec)
    {
        const Calibration calibration = quantCalibration(spec);
        std::unique_ptr<QuantizedNetwork>& network = m_quantized[calibration.observer];
        if (!network) network = std::make_unique<QuantizedNetwork>(m_network.graph, m_network.data, calibration, m_pool, m_keepGoing);
        network->quantize(before_after::optionsOf(spec));
        return *network;
    }

    SearchStep measured(const Way& way)
    {
        const std::vector<char> correct = correctOnTest(m_network, quantized(way.spec).pass(), m_keepGoing);
        const Text settings("%1, %2", {quantName(way.spec), Text(way.spec.word("quant.observer"))});
        return {.set = way.set,
            .dot = {.network = metricName({"static", bitsPart(static_cast<int>(way.spec.integer("quant.bits")))}),
                .settings = settings,
                .accuracy = accuracyInterval(correct),
                .cost = static_cast<double>(way.bytes)},
            .change = pairedDifference(m_exact, correct)};
    }

    /// Is the step a better answer than the one so far?
    bool keepsTo(const SearchResult& result, std::size_t step) const
    {
        const SearchStep& s = result.steps[step];
        if (m_budget.bytes == 0) return losesAtMost(s.change, m_budget.points);
        return !result.answer || s.dot.accuracy.mean > result.steps[*result.answer].dot.accuracy.mean;
    }

    TrainedNetwork& m_network;
    const Budget& m_budget;
    ThreadPool& m_pool;
    std::function<bool()> m_keepGoing;
    std::vector<char> m_exact;
    std::map<std::string, std::unique_ptr<QuantizedNetwork>> m_quantized; ///< by observer
};

} // namespace

bool losesAtMost(const Interval& change, double points)
{
    constexpr double kPoints = 100, kRounding = 1e-9;
    return -kPoints * change.mean <= points + kRounding;
}

Spec specOf(const SearchStep& step, Spec spec)
{
    for (const auto& [key, value] : step.set) spec.values[key] = value;
    return spec;
}

RunToSearch runToSearch(History& history, const std::vector<RunId>& runs)
{
    const std::string network = kSearched;
    for (const RunId run : runs) {
        const std::vector<std::string> kept = history.modelNames(run);
        if (std::ranges::find(kept, network) != kept.end())
            return {settingsAtEnd(history, history.entry(run)), history.model(run, network)};
    }
    throw Error("search", text("none of these runs has kept its network"), text("run Before and after again in the window"));
}

SearchResult findWithin(TrainedNetwork& network, const Budget& budget, ThreadPool& pool, const std::function<bool()>& keepGoing,
    const std::function<void(const SearchStep&, double)>& seen)
{
    if (network.spec.experiment != "before-after")
        throw Error("search", text("a network of %1 is not searched", network.spec.experiment), text("choose a run of %1", "before-after"));
    return Search(network, budget, pool, keepGoing).run(seen);
}

Text sentenceOf(const SearchResult& result, const Budget& budget)
{
    const Text measured = counted(static_cast<std::int64_t>(result.steps.size()), "%1 way measured.", "%1 ways measured.");
    if (!result.answer && budget.bytes > 0)
        return Text("%1 %2", {text("No quantized network fits into %1.", bytesText(budget.bytes)), measured});
    if (!result.answer) return Text("%1 %2", {text("None loses as little as %1 points.", significant(budget.points)), measured});
    const SearchStep& found = result.steps[*result.answer];
    const Text answer = text("%1: %2 in %3, %4 against float.", found.dot.settings, shareText(found.dot.accuracy),
        bytesText(static_cast<std::int64_t>(found.dot.cost)), pointsText(found.change));
    return Text("%1 %2", {answer, measured});
}

} // namespace bitstill
