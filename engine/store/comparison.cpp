#include "engine/store/comparison.h"

#include "engine/core/error.h"
#include "engine/core/order.h"
#include "engine/experiment/catalogue.h"
#include "engine/store/comparison_figures.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace bitstill {

namespace {

using Records = std::vector<std::shared_ptr<const Record>>;

constexpr const char* kSeed = "seed";

/// As a person reads it; empty where the run's experiment has no such field, or an older version did not know it.
Text valueOf(const Record& record, const std::string& key)
{
    if (key == kSeed) return Text(std::to_string(record.spec.seed));
    const auto found = record.spec.values.find(key);
    if (found == record.spec.values.end()) return {};
    Value value = found->second;
    for (const KnobChange& knob : record.knobs)
        if (knob.mark > 0 && knob.field == key) value = knob.value; // what a branch is about
    const ExperimentInfo* info = findExperiment(record.spec.experiment);
    const Field* field = info ? fieldOf(*info, key) : nullptr;
    return field ? field->words(value) : Text(describe(value));
}

Text labelOf(const Records& records, const std::string& key)
{
    if (key == kSeed) return text("Seed");
    for (const auto& record : records)
        if (const ExperimentInfo* info = findExperiment(record->spec.experiment))
            if (const Field* field = fieldOf(*info, key)) return field->label;
    return Text(key);
}

/// In the order of the first run's form, then those that only others have, the seed last.
std::vector<std::string> keysOf(const Records& records)
{
    std::vector<std::string> keys;
    std::set<std::string> known;
    const auto add = [&](const std::string& key) {
        if (known.insert(key).second) keys.push_back(key);
    };
    for (const auto& record : records) {
        if (const ExperimentInfo* info = findExperiment(record->spec.experiment))
            for (const Field& field : info->fields) add(field.key);
        for (const auto& setting : record->spec.values) add(setting.first);
    }
    add(kSeed);
    return keys;
}

std::vector<std::string> keysThatDiffer(const Records& records)
{
    std::vector<std::string> keys;
    for (const std::string& key : keysOf(records)) {
        const Text first = valueOf(*records.front(), key);
        if (std::ranges::any_of(records, [&](const auto& record) { return !(valueOf(*record, key) == first); })) keys.push_back(key);
    }
    return keys;
}

bool ofOneExperiment(const Records& records)
{
    return std::ranges::all_of(records, [&](const auto& r) { return r->spec.experiment == records.front()->spec.experiment; });
}

Text titleOf(const std::string& experiment)
{
    const ExperimentInfo* info = findExperiment(experiment);
    return info ? info->title : Text(experiment);
}

Text nameOf(const Records& records, std::size_t run, const std::vector<std::string>& keys)
{
    constexpr std::size_t kMost = 3; // more is a sentence, not a name
    Text name;
    const auto add = [&name](const Text& words) { name = name.empty() ? words : Text("%1, %2", {name, words}); };
    if (!ofOneExperiment(records)) add(titleOf(records[run]->spec.experiment));
    for (std::size_t i = 0; i < std::min(keys.size(), kMost); ++i)
        if (const Text value = valueOf(*records[run], keys[i]); !value.empty()) add(Text("%1 %2", {labelOf(records, keys[i]), value}));
    return name;
}

Figure settingsFigure(const std::vector<ComparedRun>& runs, const Records& records)
{
    const std::vector<std::string> keys = keysThatDiffer(records);
    Table table;
    table.columns.push_back(text("setting"));
    for (const ComparedRun& run : runs) table.columns.push_back(run.name);
    const auto addRow = [&](const Text& label, const auto& valueIn) {
        std::vector<Text>& row = table.rows.emplace_back(std::vector<Text>{label});
        for (const auto& record : records) {
            const Text value = valueIn(*record);
            row.push_back(value.empty() ? Text("–") : value);
        }
    };
    if (!ofOneExperiment(records)) addRow(text("Experiment"), [](const Record& r) { return titleOf(r.spec.experiment); });
    for (const std::string& key : keys) addRow(labelOf(records, key), [&](const Record& r) { return valueOf(r, key); });
    if (std::ranges::any_of(records, [&](const auto& r) { return r->version != records.front()->version; }))
        addRow(text("Version"), [](const Record& r) { return Text(r.version); });
    const Text caption = table.rows.empty() ? text("All settings are the same.") : text("Only the settings that differ.");
    return {.id = "compare.settings",
        .title = text("What differs"),
        .caption = caption,
        .description = text("The settings in which the runs differ, a column for each run."),
        .body = std::move(table),
        .place = Place::Top};
}

std::vector<std::string> sharedMetrics(const Records& records)
{
    std::vector<std::string> names;
    for (const auto& record : records)
        for (const auto& [name, value] : record->metrics) {
            if (std::ranges::find(names, name) != names.end()) continue;
            const auto has = [&key = name](const auto& r) { return !std::isnan(r->metric(key)); };
            if (std::ranges::count_if(records, has) > 1) names.push_back(name);
        }
    return names;
}

constexpr int kDigits = 4, kChangeDigits = 3, kHalfDigits = 2;

/// Of its magnitude: a sign in front is a true one.
std::string readable(double value, int digits)
{
    const double magnitude = std::abs(value);
    return isWhole(magnitude) ? shortest(magnitude) : significant(magnitude, digits);
}

Text numberText(double value) { return Text(std::isnan(value) ? "–" : (value < 0 ? "−" : "") + readable(value, kDigits)); }

/// "+0.0123 ± 0.0083"
std::string changeText(double change, const std::optional<Interval>& paired)
{
    const std::string alone = differenceText(change, kChangeDigits);
    return paired ? alone + " ± " + readable(paired->halfWidth(), kHalfDigits) : alone;
}

/// What the intervals of a table are, and why some differences have none.
struct Pairing {
    std::set<std::size_t> samples{}; ///< how many, of each test
    std::set<std::size_t> elsewhere{}; ///< runs that were tested on others
    bool untold = false; ///< an accuracy without the answers behind it

    void add(std::size_t run, const Record& from, const Record& to, const std::string& metric, const std::optional<Interval>& paired)
    {
        if (paired)
            samples.insert(paired->samples);
        else if (from.answers.contains(metric) && to.answers.contains(metric))
            elsewhere.insert(run);
        else if (metric.ends_with("accuracy"))
            untold = true;
    }

    Text told(const std::vector<ComparedRun>& runs) const
    {
        Text all = text("Differences from %1, the baseline.", runs.front().name);
        const auto add = [&all](const Text& sentence) { all = Text("%1 %2", {all, sentence}); };
        std::vector<std::string> counts;
        for (const std::size_t count : samples) counts.push_back(grouped(static_cast<std::int64_t>(count)));
        if (!samples.empty())
            add(text("± is a 95 % interval, paired on the same %1 test samples; another seed may differ by more.", joined(counts)));
        for (const std::size_t run : elsewhere) add(text("%1 was tested on other samples: no interval.", runs[run].name));
        if (untold)
            add(text("Accuracies without ± are not known sample by sample in both runs: means over seeds, or of an older version."));
        return all;
    }
};

Figure metricsFigure(const std::vector<ComparedRun>& runs, const Records& records)
{
    Table table;
    Pairing pairing;
    table.columns = {text("metric"), runs.front().name};
    for (std::size_t i = 1; i < runs.size(); ++i) {
        table.columns.push_back(runs[i].name);
        table.columns.push_back(text("difference"));
    }
    for (const std::string& name : sharedMetrics(records)) {
        const double baseline = records.front()->metric(name);
        std::vector<Text>& row = table.rows.emplace_back(std::vector<Text>{Text(name), numberText(baseline)});
        for (std::size_t i = 1; i < runs.size(); ++i) {
            const double value = records[i]->metric(name);
            row.push_back(numberText(value));
            if (std::isnan(value - baseline)) {
                row.push_back(Text("–"));
                continue;
            }
            const std::optional<Interval> paired = pairedChange(*records.front(), *records[i], name);
            pairing.add(i, *records.front(), *records[i], name, paired);
            row.push_back(Text(changeText(value - baseline, paired)));
        }
    }
    return {.id = "compare.metrics",
        .title = text("Metrics"),
        .caption = pairing.told(runs),
        .description = text("Metrics that the runs have in common, and by how much each differs from the baseline."),
        .body = std::move(table),
        .span = 2,
        .place = Place::Top};
}

} // namespace

std::vector<Text> namesOf(const Records& records)
{
    if (records.empty()) return {};
    const std::vector<std::string> keys = keysThatDiffer(records);
    std::vector<Text> names;
    for (std::size_t i = 0; i < records.size(); ++i) names.push_back(nameOf(records, i, keys));
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto same = std::ranges::count_if(names, [&](const Text& n) { return n.english() == names[i].english(); });
        if (same < 2 && !names[i].empty()) continue;
        for (std::size_t k = 0; k < names.size(); ++k) {
            const Text number = text("run %1", std::to_string(k + 1));
            names[k] = names[k].empty() ? number : Text("%1, %2", {names[k], number});
        }
        break;
    }
    return names;
}

std::string differenceText(double change, int digits)
{
    if (std::isnan(change)) return "–";
    if (change == 0) return "0";
    return (change < 0 ? "−" : "+") + readable(change, digits);
}

std::optional<Interval> pairedChange(const Record& from, const Record& to, const std::string& metric)
{
    const auto a = from.answers.find(metric), b = to.answers.find(metric);
    if (a == from.answers.end() || b == to.answers.end()) return {};
    const Answers &before = a->second, &after = b->second;
    if (before.samples != after.samples || before.correct.size() != after.correct.size() || before.correct.size() < 2) return {};
    return pairedDifference(before.flags(), after.flags());
}

std::vector<Figure> comparisonOf(const std::vector<ComparedRun>& runs)
{
    if (runs.size() < 2 || runs.size() > kMostCompared)
        throw Error("compare", text("%1 runs cannot be compared", std::to_string(runs.size())),
            text("choose two to %1", std::to_string(kMostCompared)));
    Records records;
    for (const ComparedRun& run : runs) records.push_back(run.record);
    std::vector<Figure> figures{settingsFigure(runs, records), metricsFigure(runs, records)};
    for (const FigurePointer& figure : records.front()->figures) {
        std::vector<NamedFigure> same{{runs.front().name, figure}};
        for (std::size_t i = 1; i < runs.size(); ++i)
            for (const FigurePointer& other : records[i]->figures)
                if (isSameFigure(*figure, *other)) same.push_back({runs[i].name, other});
        if (same.size() < 2) continue;
        for (Figure& together : together(same)) figures.push_back(std::move(together));
    }
    return figures;
}

} // namespace bitstill
