#include "engine/experiment/branch.h"

#include "engine/core/error.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/json_text.h"

#include <algorithm>

namespace bitstill {

namespace {

const Mark& markOf(const Record& record, long mark) { return record.marks.at(static_cast<std::size_t>(mark - 1)); }

} // namespace

std::vector<std::string> changeableAt(const Record& run, long mark)
{
    const std::vector<std::string>& open = markOf(run, mark).open;
    std::vector<std::string> keys;
    for (const Field& field : experimentInfo(run.spec.experiment).fields)
        if (field.live || std::ranges::find(open, field.key) != open.end()) keys.push_back(field.key);
    return keys;
}

std::string runHash(const Record& record)
{
    Record itself;
    itself.spec = record.spec;
    itself.knobs = record.knobs;
    const nlohmann::json j = toJson(itself);
    return hexHash(jsonText(j["spec"]) + jsonText(j["knobs"]));
}

long markNamed(const Record& record, const std::string& name)
{
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < record.marks.size(); ++i) {
        const std::string number = std::to_string(i + 1), label = record.marks[i].label.english();
        if (name == number || name == label) return static_cast<long>(i + 1);
        labels.push_back(number + " (" + label + ")");
    }
    throw Error("--branch", text("the run has no moment \"%1\"", name),
        labels.empty() ? text("it kept none: run it again, and branch from that record") : text("its moments are %1", joined(labels)));
}

Spec settingsAt(const Record& record, long mark)
{
    Spec spec = record.spec;
    for (const auto& [key, value] : markOf(record, mark).live) spec.values[key] = value;
    for (const KnobChange& knob : record.knobs)
        if (knob.mark > 0 && knob.mark <= mark) {
            const bool before = knob.mark < mark && markOf(record, mark).live.contains(knob.field);
            if (!before) spec.values[knob.field] = knob.value;
        }
    return spec;
}

Problem openProblem(const Record& run, long mark, const std::string& field)
{
    const std::vector<std::string> keys = changeableAt(run, mark);
    if (std::ranges::find(keys, field) != keys.end()) return {};
    return {field,
        text("it cannot change at the moment \"%1\": what was done before, or the batches, depend on it", markOf(run, mark).label),
        keys.empty() ? text("choose an earlier moment") : text("what can change there: %1", joined(keys))};
}

std::vector<Problem> branchProblems(const Record& parent, long mark, const Values& changes)
{
    Spec spec = settingsAt(parent, mark);
    for (const auto& [key, value] : changes) spec.values[key] = value;
    std::vector<Problem> problems = validate(spec);
    for (const auto& setting : changes) {
        if (!fieldOf(experimentInfo(spec.experiment), setting.first)) continue;
        Problem problem = openProblem(parent, mark, setting.first);
        if (!problem.what.empty()) problems.push_back(std::move(problem));
    }
    return problems;
}

BranchedRun branchOf(const Record& parent, long mark, const Values& changes)
{
    BranchedRun run{.spec = parent.spec,
        .knobs = parent.knobs,
        .point = {.parent = runHash(parent), .mark = mark, .label = markOf(parent, mark).label.english()},
        .settings = settingsAt(parent, mark)};
    for (const auto& [key, value] : changes) {
        run.knobs.push_back({.field = key, .value = value, .mark = mark});
        run.settings.values[key] = value;
    }
    return run;
}

} // namespace bitstill
