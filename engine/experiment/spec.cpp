#include "engine/experiment/spec.h"

#include "engine/core/fnv.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/json_text.h"

#include <cmath>

namespace bitstill {

using nlohmann::json;

Spec defaultSpec(const std::string& experiment)
{
    Spec spec;
    spec.experiment = experimentInfo(experiment).id;
    return withDefaults(spec);
}

Spec withDefaults(Spec spec)
{
    for (const Field& field : experimentInfo(spec.experiment).fields) spec.values.emplace(field.key, field.initial);
    return spec;
}

std::vector<Problem> validate(const Spec& spec)
{
    const ExperimentInfo* info = findExperiment(spec.experiment);
    if (!info) return {unknownExperiment(spec.experiment)};
    std::vector<std::string> keys;
    std::vector<Problem> problems;
    for (const Field& field : info->fields) keys.push_back(field.key);
    for (const auto& [key, value] : spec.values) {
        const Field* field = fieldOf(*info, key);
        if (!field) {
            const std::string near = nearest(key, keys);
            problems.push_back({key, text("%1 has no such field", spec.experiment),
                near.empty() ? text("the fields are %1", joined(keys)) : text("did you mean %1?", near)});
            continue;
        }
        const Problem problem = field->validate(value);
        if (!problem.what.empty()) problems.push_back({key, problem.what, problem.hint});
    }
    if (!problems.empty()) return problems;
    const Spec whole = withDefaults(spec);
    for (const Field& field : info->fields) {
        const Problem problem = field.fits ? field.fits(whole.values) : Problem{};
        if (!problem.what.empty()) problems.push_back({field.key, problem.what, problem.hint});
    }
    return problems;
}

json toJson(const Spec& spec)
{
    json fields = json::object();
    for (const auto& [key, value] : spec.values) std::visit([&fields, &name = key](const auto& v) { fields[name] = v; }, value);
    return {{"schema", Spec::kSchema}, {"experiment", spec.experiment}, {"seed", spec.seed}, {"fields", fields}};
}

Value valueFromJson(const json& j, const std::string& name, const std::string& key, const Field* field)
{
    const bool wantsReal = field && field->kind == Field::Kind::Real;
    if (j.is_boolean()) return j.get<bool>();
    if (j.is_number() && (wantsReal || j.is_number_float())) {
        const double real = j.get<double>();
        const bool wantsInt = field && field->kind == Field::Kind::Int;
        if (wantsInt && real == std::floor(real) && std::abs(real) < 1e15) return static_cast<std::int64_t>(real);
        return real;
    }
    if (j.is_number_unsigned() && j.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return j.get<double>();
    if (j.is_number_integer()) return j.get<std::int64_t>();
    if (j.is_string()) return j.get<std::string>();
    throw Error(name, text("field %1 is neither a number, a word nor true or false", key), text("write it as a plain value"));
}

std::set<std::string> contrastedFields(const ExperimentInfo& info)
{
    std::set<std::string> keys(info.comparedAt.begin(), info.comparedAt.end());
    for (const Contrast& c : info.contrasts)
        for (const auto& [key, ignored] : c.values) keys.insert(key);
    return keys;
}

void applyContrast(Spec& spec, const std::string& contrast)
{
    const ExperimentInfo& info = experimentInfo(spec.experiment);
    std::vector<std::string> ids;
    for (const Contrast& c : info.contrasts) ids.push_back(c.id);
    const auto found = std::find(ids.begin(), ids.end(), contrast);
    if (found == ids.end() && !contrast.empty())
        throw Error(spec.experiment, text("there is no contrast \"%1\"", contrast),
            ids.empty() ? text("this experiment has none") : text("its contrasts are %1", joined(ids)));
    for (const std::string& key : contrastedFields(info)) spec.values[key] = fieldOf(info, key)->initial;
    if (contrast.empty()) return;
    for (const auto& [key, value] : info.contrasts[static_cast<std::size_t>(found - ids.begin())].values) spec.values[key] = value;
}

CarriedOver carriedOver(const Spec& from, const std::string& experiment)
{
    Spec spec = defaultSpec(experiment);
    const Spec defaults = spec;
    spec.seed = from.seed;
    for (auto& [key, value] : spec.values)
        if (const auto before = from.values.find(key); before != from.values.end()) value = before->second;
    // What does not fit the field by itself hides what does not fit the others.
    for (int round = 0; round < 2; ++round)
        for (const Problem& p : validate(spec)) spec.values[p.field] = defaults.values.at(p.field);
    std::vector<Text> left;
    for (const Field& field : experimentInfo(from.experiment).fields) {
        const Value& value = from.values.at(field.key);
        const auto taken = spec.values.find(field.key);
        const bool isTaken = taken != spec.values.end() && taken->second == value;
        if (!isTaken && !(value == field.initial) && !field.key.starts_with("show.")) left.push_back(field.label);
    }
    return {std::move(spec), std::move(left)};
}

void demandSchema(const json& j, const std::string& name)
{
    const json schema = j.value("schema", json(Spec::kSchema));
    if (!schema.is_number_integer() || schema < 1)
        throw Error(name, text("\"schema\" is not a version number"), text("choose a spec.json that Bitstill wrote"));
    if (schema > Spec::kSchema)
        throw Error(name,
            text("the document is of schema %1, this Bitstill reads up to %2", jsonText(schema), std::to_string(Spec::kSchema)),
            text("update Bitstill"));
}

Spec specFromJson(const std::string& document, const std::string& name)
{
    const json j = parseJson(document, name);
    if (!j.is_object() || !j.contains("experiment") || !j["experiment"].is_string())
        throw Error(
            name, text("this is not an experiment's document (it has no \"experiment\")"), text("choose a spec.json that Bitstill wrote"));
    demandSchema(j, name);
    for (const auto& [key, ignored] : j.items())
        if (key != "schema" && key != "experiment" && key != "seed" && key != "fields")
            throw Error(name, text("there is no \"%1\" in a spec", key), text("its parts are schema, experiment, seed, fields"));
    Spec spec;
    spec.experiment = j["experiment"].get<std::string>();
    const json seed = j.value("seed", json(1u));
    if (!seed.is_number_unsigned()) throw Error(name, text("\"seed\" is not a whole number from 0"), text("write a number such as 1"));
    spec.seed = seed.get<std::uint64_t>();
    const json fields = j.value("fields", json::object());
    if (!fields.is_object()) throw Error(name, text("\"fields\" is not an object"), text("write %1", R"({"quant.bits": 4})"));
    const ExperimentInfo* info = findExperiment(spec.experiment);
    for (const auto& [key, value] : fields.items())
        spec.values[key] = valueFromJson(value, name, key, info ? fieldOf(*info, key) : nullptr);
    return spec;
}

std::string hexHash(std::string_view bytes)
{
    const std::uint64_t h = fnv1a(bytes);
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 0; i < 16; ++i) text[15 - i] = kHex[(h >> (4 * i)) & 15];
    return text;
}

std::string specHash(const Spec& spec) { return hexHash(jsonText(toJson(spec))); }

} // namespace bitstill
