#include "engine/store/sweep_table.h"

#include "engine/experiment/metric_name.h"
#include "engine/measure/interval.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace bitstill {

namespace {

/// Of a run that finished; NaN elsewhere.
double metricOf(const RunStatus& status, const std::string& name)
{
    return status.state == RunState::Finished ? metricIn(status.result->metrics, name) : std::nan("");
}

DataCell words(const std::string& data) { return {.words = data, .number = std::nullopt}; }
DataCell finite(double number) { return std::isfinite(number) ? DataCell{.words = {}, .number = number} : DataCell{}; }

DataCell cellOf(const Value& value)
{
    const std::optional<double> number = numberIn(value);
    return number ? finite(*number) : words(describe(value));
}

/// What a key may be asked for: the value that the word means for its field. Throws Error for what is none.
Value valueFor(const Sweep& sweep, const std::string& key, const std::string& word)
{
    const ExperimentInfo& info = experimentInfo(sweep.grids.front().base.experiment);
    const Field seed{.key = "seed", .kind = Field::Kind::Int, .initial = std::int64_t{1}};
    const Field* const field = key == "seed" ? &seed : fieldOf(info, key);
    return field ? field->parse(word) : Value(word);
}

[[noreturn]] void refuseValue(const Sweep& sweep, const std::string& key, const std::string& word)
{
    std::set<Value> values;
    for (const PlannedRun& run : sweep.runs) values.insert(valueOf(run.spec, key));
    std::vector<std::string> known;
    constexpr std::size_t kMost = 20;
    for (const Value& value : values)
        if (known.size() < kMost) known.push_back(describe(value));
    if (values.size() > kMost) known.emplace_back("...");
    throw Error(printable(key), text("no run has the value %1", printable(word)), text("choose one of %1", joined(known)));
}

SweepTable runTable(const Sweep& sweep, const std::vector<RunStatus>& statuses, const TableChoice& choice)
{
    SweepTable table{.note = {}, .columns = sweep.varied, .rows = {}};
    const std::vector<std::string> metrics = metricsOf(statuses, choice.metrics);
    for (const char* name : {"seed", "state"}) table.columns.emplace_back(name);
    table.columns.insert(table.columns.end(), metrics.begin(), metrics.end());
    for (const char* name : {"seconds", "threads", "version", "host", "spec"}) table.columns.emplace_back(name);
    for (const std::size_t i : chosenRuns(sweep, choice.where)) {
        std::vector<DataCell> row;
        for (const std::string& key : sweep.varied) row.push_back(cellOf(valueOf(sweep.runs[i].spec, key)));
        row.push_back(cellOf(valueOf(sweep.runs[i].spec, "seed")));
        row.push_back(words(nameOf(statuses[i].state)));
        for (const std::string& metric : metrics) row.push_back(finite(metricOf(statuses[i], metric)));
        const RunResult result = statuses[i].result.value_or(RunResult{});
        const bool done = statuses[i].result.has_value();
        row.push_back(done ? finite(result.seconds) : DataCell{});
        row.push_back(done ? finite(result.threads) : DataCell{});
        row.push_back(words(result.version));
        row.push_back(words(result.host));
        row.push_back(words(sweep.runs[i].hash));
        table.rows.push_back(std::move(row));
    }
    return table;
}

/// Runs that differ in nothing but `over`.
struct Group {
    std::vector<Value> key; ///< values of the grouping columns
    std::map<Value, std::size_t> runs; ///< by the value of `over`
};

struct Comparison {
    PairedT test{.change = {}, .p = std::nan("")};
    double corrected = std::nan("");
};

/// Of b − a over the values of `over` that both have.
PairedT compared(const Group& a, const Group& b, const std::vector<RunStatus>& statuses, const std::string& metric)
{
    std::vector<double> differences;
    for (const auto& [value, run] : b.runs) {
        const auto other = a.runs.find(value);
        if (other == a.runs.end()) continue;
        const double d = metricOf(statuses[run], metric) - metricOf(statuses[other->second], metric);
        if (std::isfinite(d)) differences.push_back(d);
    }
    return pairedT(differences);
}

class Groups {
public:
    Groups(const Sweep& sweep, const std::vector<RunStatus>& statuses, const TableChoice& choice) :
        m_sweep(sweep), m_statuses(statuses), m_choice(choice)
    {
        for (const std::string& key : sweep.varied)
            if (key != choice.over) m_keys.push_back(key);
        if (choice.over != "seed") m_keys.emplace_back("seed");
        for (const std::size_t i : chosenRuns(sweep, choice.where)) {
            const Spec& spec = sweep.runs[i].spec;
            std::vector<Value> key;
            for (const std::string& name : m_keys) key.push_back(valueOf(spec, name));
            auto found = m_places.find(key);
            if (found == m_places.end()) {
                found = m_places.emplace(key, m_groups.size()).first;
                m_groups.push_back({.key = key, .runs = {}});
            }
            m_groups[found->second].runs.emplace(valueOf(spec, choice.over), i);
        }
        if (choice.against.empty()) return;
        m_reference = valueFor(sweep, choice.against, choice.reference);
        const auto at = std::find(m_keys.begin(), m_keys.end(), choice.against) - m_keys.begin();
        const bool any = std::any_of(m_groups.begin(), m_groups.end(),
            [&](const Group& group) { return group.key.at(static_cast<std::size_t>(at)) == m_reference; });
        if (!any) refuseValue(sweep, choice.against, choice.reference);
    }

    SweepTable table() const;

private:
    /// The group that differs from this one in `against` alone; null for those it is made of.
    const Group* referenceOf(const Group& group) const;
    std::vector<Comparison> comparisonsOf(const std::string& metric) const;

    const Sweep& m_sweep;
    const std::vector<RunStatus>& m_statuses;
    const TableChoice& m_choice;
    Value m_reference{}; ///< that `against` is to have
    std::vector<std::string> m_keys;
    std::vector<Group> m_groups;
    std::map<std::vector<Value>, std::size_t> m_places;
};

const Group* Groups::referenceOf(const Group& group) const
{
    const auto at = static_cast<std::size_t>(std::find(m_keys.begin(), m_keys.end(), m_choice.against) - m_keys.begin());
    if (at == m_keys.size() || group.key[at] == m_reference) return nullptr;
    std::vector<Value> wanted = group.key;
    wanted[at] = m_reference;
    const auto found = m_places.find(wanted);
    return found == m_places.end() ? nullptr : &m_groups[found->second];
}

std::vector<Comparison> Groups::comparisonsOf(const std::string& metric) const
{
    std::vector<Comparison> comparisons(m_groups.size());
    std::vector<std::size_t> tested;
    std::vector<double> p;
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        const Group* const reference = referenceOf(m_groups[g]);
        if (!reference) continue;
        comparisons[g].test = compared(*reference, m_groups[g], m_statuses, metric);
        if (std::isnan(comparisons[g].test.p)) continue;
        tested.push_back(g);
        p.push_back(comparisons[g].test.p);
    }
    const std::vector<double> corrected = holmCorrected(p);
    for (std::size_t i = 0; i < tested.size(); ++i) comparisons[tested[i]].corrected = corrected[i];
    return comparisons;
}

void add(std::vector<DataCell>& row, const Interval& interval)
{
    row.push_back(finite(static_cast<double>(interval.samples)));
    const bool any = interval.samples > 0;
    for (const double v : {interval.mean, interval.low, interval.high}) row.push_back(any ? finite(v) : DataCell{});
}

SweepTable Groups::table() const
{
    SweepTable table{.note = {}, .columns = m_keys, .rows = {}};
    for (const Group& group : m_groups) {
        std::vector<DataCell> row;
        for (const Value& value : group.key) row.push_back(cellOf(value));
        table.rows.push_back(std::move(row));
    }
    for (const std::string& metric : metricsOf(m_statuses, m_choice.metrics)) {
        for (const char* part : {".n", ".mean", ".low", ".high"}) table.columns.push_back(metric + part);
        for (std::size_t g = 0; g < m_groups.size(); ++g) {
            std::vector<double> values;
            for (const auto& run : m_groups[g].runs)
                if (const double v = metricOf(m_statuses[run.second], metric); std::isfinite(v)) values.push_back(v);
            add(table.rows[g], meanInterval(values));
        }
        if (m_choice.against.empty()) continue;
        for (const char* part : {".change.n", ".change.mean", ".change.low", ".change.high", ".change.p", ".change.p_holm"})
            table.columns.push_back(metric + part);
        const std::vector<Comparison> comparisons = comparisonsOf(metric);
        for (std::size_t g = 0; g < m_groups.size(); ++g) {
            add(table.rows[g], comparisons[g].test.change);
            table.rows[g].push_back(finite(comparisons[g].test.p));
            table.rows[g].push_back(finite(comparisons[g].corrected));
        }
    }
    return table;
}

} // namespace

Value valueOf(const Spec& spec, const std::string& key)
{
    if (key == "seed") return static_cast<std::int64_t>(spec.seed);
    const auto found = spec.values.find(key);
    return found == spec.values.end() ? Value(std::string()) : found->second;
}

std::string settingOf(const Spec& spec, const std::string& key) { return describe(valueOf(spec, key)); }

void requireVaried(const Sweep& sweep, const std::string& key)
{
    std::vector<std::string> keys = sweep.varied;
    keys.emplace_back("seed");
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return;
    const std::string near = nearest(key, keys);
    throw Error(printable(key), text("this does not vary in the sweep"),
        near.empty() ? text("what varies is %1", joined(keys)) : text("did you mean %1?", near));
}

std::vector<std::string> metricsOf(const std::vector<RunStatus>& statuses, const std::vector<std::string>& wanted)
{
    std::set<std::string> all;
    for (const RunStatus& status : statuses)
        if (status.state == RunState::Finished)
            for (const auto& metric : status.result->metrics) all.insert(metric.first);
    std::vector<std::string> known(all.begin(), all.end());
    if (wanted.empty()) return known;
    for (const std::string& metric : wanted) {
        if (all.contains(metric)) continue;
        const std::string near = nearest(metric, known);
        throw Error(printable(metric), text("no run has this metric"),
            near.empty() ? text("the metrics are %1", joined(known)) : text("did you mean %1?", near));
    }
    return wanted;
}

std::vector<std::size_t> chosenRuns(const Sweep& sweep, const std::vector<std::pair<std::string, std::string>>& where)
{
    std::vector<std::pair<std::string, Value>> wanted;
    for (const auto& [key, word] : where) {
        requireVaried(sweep, key);
        wanted.emplace_back(key, valueFor(sweep, key, word));
        const auto has = [&wanted](const PlannedRun& run) { return valueOf(run.spec, wanted.back().first) == wanted.back().second; };
        if (std::none_of(sweep.runs.begin(), sweep.runs.end(), has)) refuseValue(sweep, key, word);
    }
    std::vector<std::size_t> chosen;
    std::vector<std::vector<Value>> keys(sweep.runs.size());
    for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
        const Spec& spec = sweep.runs[i].spec;
        if (!std::all_of(wanted.begin(), wanted.end(), [&](const auto& c) { return valueOf(spec, c.first) == c.second; })) continue;
        for (const std::string& key : sweep.varied) keys[i].push_back(valueOf(spec, key));
        keys[i].push_back(valueOf(spec, "seed"));
        chosen.push_back(i);
    }
    if (chosen.empty()) throw Error("--where", text("no run has all of these settings"), text("leave out some of them"));
    std::stable_sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
    return chosen;
}

std::vector<RunStatus> comparable(const Sweep& sweep, std::vector<RunStatus> statuses)
{
    if (std::find(sweep.varied.begin(), sweep.varied.end(), "quant.bits") == sweep.varied.end()) return statuses;
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        if (!statuses[i].result) continue;
        const std::string part = "." + bitsPart(static_cast<int>(sweep.runs[i].spec.integer("quant.bits"))) + ".";
        for (auto& metric : statuses[i].result->metrics)
            if (const std::size_t at = metric.first.find(part); at != std::string::npos) metric.first.erase(at, part.size() - 1);
    }
    return statuses;
}

SweepTable tableOf(const Sweep& sweep, const std::vector<RunStatus>& all, const TableChoice& choice)
{
    const std::vector<RunStatus> statuses = comparable(sweep, all);
    if (!choice.over.empty()) requireVaried(sweep, choice.over);
    if (!choice.against.empty()) requireVaried(sweep, choice.against);
    if (!choice.against.empty() && choice.against == choice.over)
        throw Error(printable(choice.against), text("runs that differ in it become one row, so they cannot be compared by it"),
            text("compare by another field"));
    SweepTable table = choice.over.empty() ? runTable(sweep, statuses, choice) : Groups(sweep, statuses, choice).table();
    table.note = summaryOf(countsOf(statuses)).english();
    return table;
}

} // namespace bitstill
