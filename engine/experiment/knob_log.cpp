#include "engine/experiment/record.h"

#include "engine/experiment/catalogue.h"
#include "engine/io/json_place.h"
#include "engine/io/json_text.h"

namespace bitstill {

using nlohmann::json;

namespace {

/// Later than any run lasts is a lie, and sums would overflow.
constexpr long kMostCounted = 1'000'000'000'000;

/// A count as the session counts.
long countOf(const json& change, const char* key, long lowest, const std::string& name)
{
    const json count = change.value(key, json(nullptr));
    if (!count.is_number_integer() || count < lowest || count > kMostCounted)
        throw Error(name, text("its knob log has a change without a proper \"%1\"", key), text("choose a record.json that Bitstill wrote"));
    return count.get<long>();
}

KnobChange changeFrom(const json& change, const std::string& name, const ExperimentInfo& info)
{
    const json key = change.is_object() ? change.value("field", json(nullptr)) : json(nullptr);
    const Field* field = key.is_string() ? fieldOf(info, key.get<std::string>()) : nullptr;
    if (!field || !change.contains("value"))
        throw Error(name, text("its knob log does not fit %1", info.id), text("replay the record of the same experiment"));
    const bool atMark = change.contains("mark");
    if (!field->live && !atMark)
        throw Error(name, text("its knob log changes %1, which cannot change while %2 runs", field->key, info.id),
            text("replay the record of the same experiment"));
    KnobChange knob{countOf(change, "step", 0, name), field->key, valueFromJson(change["value"], name, field->key, field)};
    if (change.contains("moment")) knob.moment = countOf(change, "moment", -1, name);
    if (atMark) knob.mark = countOf(change, "mark", 1, name);
    const Problem problem = field->validate(knob.value);
    if (!problem.what.empty()) throw Error(name, text("its knob log sets %1: %2", field->key, problem.what), problem.hint);
    return knob;
}

} // namespace

std::vector<KnobChange> knobsFromJson(const json& list, const std::string& name, const Spec& spec)
{
    if (!list.is_array())
        throw Error(name, text("this is not a record (it has no knob log)"), text("choose a record.json that Bitstill wrote"));
    std::vector<KnobChange> knobs;
    for (const json& change : list) {
        const KnobChange knob = changeFrom(change, name, experimentInfo(spec.experiment));
        if (!knobs.empty() && knob.moment >= 0 && knob.moment < knobs.back().moment)
            throw Error(name, text("its knob log goes back in time"), text("choose a record.json that Bitstill wrote"));
        knobs.push_back(knob);
    }
    return knobs;
}

std::vector<KnobChange> knobLogFrom(const std::string& document, const std::string& name, const Spec& spec)
{
    const json record = parseJson(document, name, {.only = "knobs"});
    return knobsFromJson(record.is_object() ? record.value("knobs", json()) : json(), name, spec);
}

std::optional<BranchPoint> branchPointFrom(const std::string& document, const std::string& name)
{
    const json record = parseJson(document, name, {.only = "branch"});
    if (!record.is_object() || !record.contains("branch")) return {};
    return branchPointFrom(JsonPlace(record, name)["branch"]);
}

BranchPoint branchPointFrom(const JsonPlace& place)
{
    BranchPoint point{.parent = place["parent"].word(), .mark = place["mark"].whole(1, kMostCounted)};
    if (place.has("label")) point.label = place["label"].word();
    return point;
}

} // namespace bitstill
