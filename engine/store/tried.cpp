#include "engine/store/tried.h"

#include "engine/experiment/catalogue.h"
#include "engine/experiment/record.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace bitstill {

namespace {

constexpr std::string_view kAccuracy = ".accuracy";

struct Run {
    RunId id = 0;
    Spec spec{};
    Metrics metrics{};
    std::string data{};
    Values touched{}; ///< after its end
};

/// Does the field say anything, as the others are set?
bool matters(const Field& field, const Spec& spec)
{
    if (field.visibleWhen.key.empty()) return true;
    const auto found = spec.values.find(field.visibleWhen.key);
    return found == spec.values.end() || field.visibleWhen.holds(found->second);
}

/// "strokes", "strokes data.noise=0.9": all that makes the test set a different one. How many training samples there are does not.
std::string dataOf(const Spec& spec)
{
    const auto set = spec.values.find("data.set");
    std::string data = set == spec.values.end() ? std::string() : describe(set->second);
    for (const Field& field : experimentInfo(spec.experiment).fields) {
        if (!field.key.starts_with("data.") || field.key == "data.set" || field.key == "data.samples" || !matters(field, spec)) continue;
        const auto found = spec.values.find(field.key);
        if (found != spec.values.end() && found->second != field.initial) data += " " + field.key + "=" + describe(found->second);
    }
    return data;
}

/// Of the networks that have an accuracy, the one whose accuracy this metric is; empty for another metric.
std::string networkIn(const std::string& metric)
{
    return metric.ends_with(kAccuracy) ? metric.substr(0, metric.size() - kAccuracy.size()) : std::string();
}

bool hasCost(const Metrics& metrics, const Cost& cost)
{
    return std::ranges::any_of(metrics, [&](const auto& metric) {
        const std::string network = networkIn(metric.first);
        return !network.empty() && std::isfinite(metricIn(metrics, network + "." + cost.metric));
    });
}

bool hasDots(const Metrics& metrics)
{
    return std::ranges::any_of(costs(), [&](const Cost& cost) { return hasCost(metrics, cost); });
}

HistoryQuery finishedRuns(const std::string& experiment, std::int64_t most = -1)
{
    return {.experiment = experiment, .outcome = Outcome::Finished, .limit = most};
}

/// Those whose newest run has dots, the one that was run last first.
std::vector<std::string> experimentsWithDots(History& history)
{
    std::map<RunId, std::string, std::greater<>> newest;
    for (const auto& known : history.experiments())
        if (findExperiment(known.first))
            for (const HistoryEntry& entry : history.find(finishedRuns(known.first, 1)))
                if (hasDots(history.metrics(entry.id))) newest.emplace(entry.id, known.first);
    std::vector<std::string> experiments;
    for (const auto& run : newest) experiments.push_back(run.second);
    return experiments;
}

Run touchedRun(RunId id, Spec spec, const TouchedSettings& touched)
{
    for (const auto& [key, value] : touched.changed) spec.values[key] = value;
    const std::string data = dataOf(spec);
    return {.id = id, .spec = std::move(spec), .metrics = touched.metrics, .data = data, .touched = touched.changed};
}

/// Newest first; what was touched after a run stands behind it.
std::vector<Run> runsOf(History& history, const std::string& experiment)
{
    std::vector<Run> runs;
    const std::map<RunId, std::vector<TouchedSettings>> touched = history.touched(experiment);
    for (const HistoryEntry& entry : history.find(finishedRuns(experiment))) try {
            Run run{.id = entry.id, .spec = settingsAtEnd(history, entry), .metrics = history.metrics(entry.id)};
            run.data = dataOf(run.spec);
            const Spec spec = run.spec;
            if (hasDots(run.metrics)) runs.push_back(std::move(run));
            const auto after = touched.find(entry.id);
            if (after == touched.end()) continue;
            for (auto t = after->second.rbegin(); t != after->second.rend(); ++t) runs.push_back(touchedRun(entry.id, spec, *t));
        } catch (const HistoryDamaged&) {
            throw;
        } catch (const Error&) {
            continue; // somebody has spoilt its settings: nobody knows what was tried
        }
    return runs;
}

std::string chosenOf(const std::string& wanted, const std::vector<std::string>& offered)
{
    if (offered.empty() || std::ranges::count(offered, wanted) > 0) return wanted;
    return offered.front();
}

/// Fields in which the runs differ and which say something, in the order of the form.
std::vector<const Field*> variedFields(const std::vector<Run>& runs)
{
    std::vector<const Field*> varied;
    for (const Field& field : experimentInfo(runs.front().spec.experiment).fields) {
        if (field.key.starts_with("show.")) continue;
        std::set<Value> values;
        for (const Run& run : runs)
            if (const auto found = run.spec.values.find(field.key); found != run.spec.values.end() && matters(field, run.spec))
                values.insert(found->second);
        if (values.size() > 1) varied.push_back(&field);
    }
    return varied;
}

Text settingsOf(const Run& run, const std::vector<const Field*>& varied, bool seeds)
{
    constexpr std::size_t kMost = 6; // more is nothing that a pointer is told
    std::vector<Text> parts;
    for (const Field* field : varied)
        if (const auto found = run.spec.values.find(field->key); found != run.spec.values.end() && matters(*field, run.spec))
            parts.push_back(Text("%1 %2", {field->label, field->words(found->second)}));
    if (parts.size() > kMost) {
        parts.resize(kMost);
        parts.emplace_back("…");
    }
    if (seeds) parts.push_back(Text("%1 %2", {text("Seed"), std::to_string(run.spec.seed)}));
    Text all;
    for (const Text& part : parts) all = all.empty() ? part : Text("%1, %2", {all, part});
    return all;
}

std::vector<TriedDot> dotsOf(const std::vector<Run>& runs, const Cost& cost)
{
    const std::vector<const Field*> varied = variedFields(runs);
    const bool seeds = std::ranges::any_of(runs, [&](const Run& run) { return run.spec.seed != runs.front().spec.seed; });
    std::vector<TriedDot> dots;
    std::map<std::tuple<std::string, double, double>, std::size_t> known;
    for (const Run& run : runs) {
        const Text settings = settingsOf(run, varied, seeds);
        const double samples = metricIn(run.metrics, "test.samples");
        for (const auto& [metric, accuracy] : run.metrics) {
            const std::string network = networkIn(metric);
            const double costs = metricIn(run.metrics, network + "." + cost.metric);
            if (network.empty() || !(accuracy >= 0 && accuracy <= 1) || !std::isfinite(costs) || !(costs > 0)) continue;
            const auto [place, isNew] = known.try_emplace({network, accuracy, costs}, dots.size());
            if (!isNew) {
                if (run.touched.empty()) ++dots[place->second].runs;
                continue;
            }
            const Interval interval = samples >= 1 && samples < 1e12 ? shareInterval(accuracy, static_cast<std::size_t>(samples))
                                                                     : Interval{.mean = accuracy, .low = accuracy, .high = accuracy};
            dots.push_back(
                {.run = run.id, .network = network, .settings = settings, .accuracy = interval, .cost = costs, .touched = run.touched});
        }
    }
    return dots;
}

} // namespace

const std::vector<Cost>& costs()
{
    constexpr double kKib = 1024;
    static const std::vector<Cost> all{{"bytes", "bytes", {.title = text("size"), .unit = Text("KiB"), .logarithmic = true}, kKib},
        {"latency", "latency_us", {.title = text("latency of one sample"), .unit = Text("µs"), .logarithmic = true}},
        {"bytes-moved", "bytes_moved", {.title = text("bytes moved for one sample"), .unit = Text("KiB"), .logarithmic = true}, kKib},
        {"bit-operations", "bit_operations", {.title = text("bit operations for one sample"), .unit = text("million"), .logarithmic = true},
            1e6}};
    return all;
}

const Cost& costOf(const std::string& id)
{
    std::vector<std::string> known;
    for (const Cost& cost : costs()) {
        if (cost.id == id) return cost;
        known.push_back(cost.id);
    }
    throw Error("pareto", text("there is no cost called \"%1\"", id), text("choose one of %1", joined(known)));
}

Spec settingsAtEnd(History& history, const HistoryEntry& run)
{
    Spec spec = withDefaults(history.spec(run.id));
    for (const auto& [key, value] : run.changed) spec.values[key] = value;
    return spec;
}

std::optional<TouchedSettings> touchedBy(const Record& run, const Record& before, const Record& after)
{
    const Spec end = settingsAtEnd(run), now = settingsAtEnd(after);
    TouchedSettings touched;
    for (const auto& [key, value] : now.values)
        if (const auto was = end.values.find(key); was == end.values.end() || was->second != value) touched.changed.emplace(key, value);
    for (const auto& metric : after.metrics) {
        const std::string network = networkIn(metric.first);
        if (network.empty()) continue;
        Metrics own{metric};
        for (const Cost& cost : costs())
            if (const double value = after.metric(network + "." + cost.metric); std::isfinite(value))
                own.emplace_back(network + "." + cost.metric, value);
        const bool isAsBefore = std::ranges::all_of(own, [&](const auto& m) { return before.metric(m.first) == m.second; });
        if (!isAsBefore && own.size() > 1) touched.metrics.insert(touched.metrics.end(), own.begin(), own.end());
    }
    if (touched.changed.empty() || touched.metrics.empty()) return {};
    if (const double samples = after.metric("test.samples"); std::isfinite(samples)) touched.metrics.emplace_back("test.samples", samples);
    return touched;
}

Tried triedOf(History& history, const TriedChoice& choice)
{
    Tried tried{.chosen = choice, .experiments = experimentsWithDots(history)};
    if (!choice.cost.empty()) costOf(choice.cost);
    if (tried.chosen.experiment.empty()) tried.chosen.experiment = chosenOf({}, tried.experiments);
    if (!findExperiment(tried.chosen.experiment)) return tried;
    std::vector<Run> runs = runsOf(history, tried.chosen.experiment);
    for (const Run& run : runs)
        if (std::ranges::count(tried.dataSets, run.data) == 0) tried.dataSets.push_back(run.data);
    tried.chosen.data = chosenOf(tried.chosen.data, tried.dataSets);
    std::erase_if(runs, [&](const Run& run) { return run.data != tried.chosen.data; });
    for (const Cost& cost : costs())
        if (std::ranges::any_of(runs, [&](const Run& run) { return hasCost(run.metrics, cost); })) tried.costs.push_back(cost.id);
    tried.chosen.cost = chosenOf(tried.chosen.cost, tried.costs);
    for (const Run& run : runs)
        if (run.touched.empty()) tried.runs.push_back(run.id);
    if (!runs.empty()) tried.dots = dotsOf(runs, costOf(tried.chosen.cost));
    return tried;
}

std::vector<std::size_t> frontierOf(const std::vector<TriedDot>& dots)
{
    std::vector<std::size_t> order(dots.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        return dots[a].cost != dots[b].cost ? dots[a].cost < dots[b].cost : dots[a].accuracy.mean > dots[b].accuracy.mean;
    });
    std::vector<std::size_t> frontier;
    for (const std::size_t i : order)
        if (frontier.empty() || dots[i].accuracy.mean > dots[frontier.back()].accuracy.mean) frontier.push_back(i);
    return frontier;
}

} // namespace bitstill
