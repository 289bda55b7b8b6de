#include "engine/store/history_document.h"

#include "engine/core/sha256.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/json_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

using nlohmann::json;

namespace {

[[noreturn]] void noRecord(const std::string& name)
{
    throw Error(name, text("this is not a record of a run"), text("choose a record.json that Bitstill wrote"));
}

std::string wordIn(const json& document, const char* key)
{
    const auto found = document.find(key);
    return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Outcome outcomeIn(const json& record, const std::string& name)
{
    const std::string word = wordIn(record, "outcome");
    for (const Outcome o : {Outcome::Finished, Outcome::Stopped, Outcome::Diverged, Outcome::Failed})
        if (word == nameOf(o)) return o;
    noRecord(name);
}

/// Those of `end` that are not the default or not as at the start.
Values changedOf(const Spec& start, const Spec& end)
{
    const ExperimentInfo* info = findExperiment(end.experiment);
    Values changed;
    for (const auto& [key, value] : end.values) {
        const Field* field = info ? fieldOf(*info, key) : nullptr;
        const auto before = start.values.find(key);
        if (!field || field->initial != value || (before != start.values.end() && before->second != value)) changed.emplace(key, value);
    }
    return changed;
}

/// The few that a list has room for: no layer's own, accuracies before the rest.
json notedOf(const Metrics& metrics)
{
    constexpr std::size_t kMost = 8;
    Metrics noted;
    for (const bool accuracies : {true, false})
        for (const auto& metric : metrics)
            if (metric.first.ends_with("accuracy") == accuracies && !metric.first.starts_with("layer.") && std::isfinite(metric.second)
                && noted.size() < kMost)
                noted.push_back(metric);
    json document = json::object();
    for (const auto& [key, value] : noted) document[key] = value;
    return document;
}

std::string identityOf(const json& record)
{
    json itself = json::object();
    for (const char* part : {"spec", "knobs", "outcome", "seconds", "version", "build", "cpu", "threads", "metrics"})
        itself[part] = record.value(part, json());
    return sha256(jsonText(itself));
}

/// Says in list and words with which settings a run ended.
void tellSettings(RecordFacts& facts, const Spec& start, const Spec& end)
{
    json changed = json::object();
    facts.words = start.experiment + " " + facts.specHash + " seed=" + std::to_string(start.seed);
    for (const auto& setting : changedOf(start, end)) {
        std::visit([&](const auto& value) { changed[setting.first] = value; }, setting.second);
        facts.words += " " + setting.first + "=" + describe(setting.second);
    }
    facts.changed = jsonText(changed);
    facts.words = lowered(std::move(facts.words));
}

/// As its knob log left them; what of the log nobody can read changes nothing.
Spec settingsAtEnd(const json& record, const Spec& start, const std::string& name)
{
    Spec settings = start;
    const ExperimentInfo* info = findExperiment(settings.experiment);
    for (const json& knob : record.value("knobs", json::array())) {
        const std::string key = wordIn(knob, "field");
        if (key.empty() || !knob.contains("value") || knob["value"].is_structured() || knob["value"].is_null()) continue;
        settings.values[key] = valueFromJson(knob["value"], name, key, info ? fieldOf(*info, key) : nullptr);
    }
    return settings;
}

/// An object, or an empty one.
json documentOf(const std::string& column)
{
    try {
        const json document = parseJson(column, "history", {.depth = 4, .values = 10'000});
        return document.is_object() ? document : json::object();
    } catch (const Error&) {
        return json::object();
    }
}

} // namespace

Values valuesInColumn(const std::string& experiment, const std::string& column)
{
    const ExperimentInfo* info = findExperiment(experiment);
    Values values;
    const json document = documentOf(column);
    for (const auto& [key, value] : document.items())
        if (value.is_primitive() && !value.is_null())
            values.emplace(key, valueFromJson(value, "history", key, info ? fieldOf(*info, key) : nullptr));
    return values;
}

Metrics metricsInColumn(const std::string& column)
{
    Metrics metrics;
    const json document = documentOf(column);
    for (const auto& [name, value] : document.items())
        if (value.is_number()) metrics.emplace_back(name, value.get<double>());
    return metrics;
}

std::string lowered(std::string text)
{
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

RecordFacts factsOf(const Spec& spec)
{
    RecordFacts facts{.experiment = spec.experiment, .specHash = specHash(spec), .version = versionText(), .seed = spec.seed};
    facts.spec = jsonText(toJson(spec));
    tellSettings(facts, spec, spec);
    facts.noted = "{}";
    facts.outcome = Outcome::Running;
    return facts;
}

RecordFacts factsOf(const json& record, const std::string& name)
{
    if (!record.is_object() || !record.contains("spec")) noRecord(name);
    const Spec start = specFromJson(jsonText(record["spec"]), name);
    RecordFacts facts = factsOf(start);
    tellSettings(facts, start, settingsAtEnd(record, start, name));
    facts.outcome = outcomeIn(record, name);
    const json metrics = record.value("metrics", json()), seconds = record.value("seconds", json());
    if (!metrics.is_object()) noRecord(name);
    facts.seconds = seconds.is_number() && seconds.get<double>() >= 0 ? seconds.get<double>() : 0;
    facts.version = wordIn(record, "version");
    for (const auto& [key, value] : metrics.items())
        facts.metrics.emplace_back(key, value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
    facts.noted = jsonText(notedOf(facts.metrics));
    facts.identity = identityOf(record);
    facts.words += lowered(" " + std::string(nameOf(facts.outcome)) + " " + facts.version);
    if (record.contains("branch")) facts.words += " branch";
    return facts;
}

bool isNetworkName(const std::string& name)
{
    constexpr std::size_t kLongest = 100;
    const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= kLongest && isLetter(name.front())
        && std::ranges::all_of(name, [&](char c) { return isLetter(c) || c == '.' || c == '-' || c == '_'; });
}

} // namespace bitstill
