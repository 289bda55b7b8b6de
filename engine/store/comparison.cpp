#include "engine/store/comparison.h"

#include "engine/core/error.h"
#include "engine/experiment/catalogue.h"
#include "engine/store/comparison_figures.h"
#include "engine/store/comparison_metrics.h"

#include <algorithm>
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
        if (knob.field == key) value = knob.value; // metrics and figures are those of its end
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

std::vector<Figure> comparisonOf(const std::vector<ComparedRun>& runs)
{
    if (runs.size() < 2 || runs.size() > kMostCompared)
        throw Error("compare", text("%1 runs cannot be compared", std::to_string(runs.size())),
            text("choose two to %1", std::to_string(kMostCompared)));
    Records records;
    for (const ComparedRun& run : runs) records.push_back(run.record);
    std::vector<Figure> figures{settingsFigure(runs, records), metricsFigure(runs)};
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
