#include "engine/experiment/spec.h"

#include "engine/experiment/catalogue.h"

#include <cmath>
#include <nlohmann/json.hpp>

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
    std::vector<std::string> ids, keys;
    const ExperimentInfo* info = nullptr;
    for (const ExperimentInfo& e : experiments()) {
        ids.push_back(e.id);
        if (e.id == spec.experiment) info = &e;
    }
    if (!info) {
        const std::string near = nearest(spec.experiment, ids);
        return {{"experiment", "there is no experiment \"" + spec.experiment + "\"",
            near.empty() ? "the experiments are " + joined(ids) : "did you mean " + near + "?"}};
    }
    std::vector<Problem> problems;
    for (const Field& field : info->fields) keys.push_back(field.key);
    for (const auto& [key, value] : spec.values) {
        const Field* field = fieldOf(*info, key);
        if (!field) {
            const std::string near = nearest(key, keys);
            problems.push_back({key, spec.experiment + " has no such field",
                near.empty() ? "the fields are " + joined(keys) : "did you mean " + near + "?"});
            continue;
        }
        const Problem problem = field->validate(value);
        if (!problem.what.empty()) problems.push_back({key, problem.what, problem.hint});
    }
    return problems;
}

json toJson(const Spec& spec)
{
    json fields = json::object();
    for (const auto& [key, value] : spec.values) std::visit([&](const auto& v) { fields[key] = v; }, value);
    return {{"schema", Spec::kSchema}, {"experiment", spec.experiment}, {"seed", spec.seed}, {"fields", fields}};
}

namespace {

Value valueFromJson(const std::string& name, const std::string& key, const json& j, const Field* field)
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
    throw Error(name, "field " + key + " is neither a number, a word nor true or false", "write it as a plain value");
}

} // namespace

void applyContrast(Spec& spec, const std::string& contrast)
{
    const ExperimentInfo& info = experimentInfo(spec.experiment);
    std::vector<std::string> ids;
    for (const Contrast& c : info.contrasts) ids.push_back(c.id);
    const auto found = std::find(ids.begin(), ids.end(), contrast);
    if (found == ids.end())
        throw Error(spec.experiment, "there is no contrast \"" + contrast + "\"",
            ids.empty() ? "this experiment has none" : "its contrasts are " + joined(ids));
    for (const Contrast& c : info.contrasts)
        for (const auto& [key, ignored] : c.values) spec.values[key] = fieldOf(info, key)->initial;
    for (const auto& [key, value] : info.contrasts[static_cast<std::size_t>(found - ids.begin())].values) spec.values[key] = value;
}

Spec specFromJson(const std::string& text, const std::string& name)
{
    const json j = json::parse(text, nullptr, false);
    if (j.is_discarded()) throw Error(name, "this is not a JSON document", "choose a spec.json that Bitstill wrote");
    if (!j.is_object() || !j.contains("experiment") || !j["experiment"].is_string())
        throw Error(name, "this is not an experiment's document (it has no \"experiment\")", "choose a spec.json that Bitstill wrote");
    const json schema = j.value("schema", json(Spec::kSchema));
    if (!schema.is_number_integer() || schema.get<std::int64_t>() < 1)
        throw Error(name, "\"schema\" is not a version number", "choose a spec.json that Bitstill wrote");
    if (schema.get<std::int64_t>() > Spec::kSchema)
        throw Error(name, "the document is of schema " + schema.dump() + ", this Bitstill reads up to " + std::to_string(Spec::kSchema),
            "update Bitstill");
    for (const auto& [key, ignored] : j.items())
        if (key != "schema" && key != "experiment" && key != "seed" && key != "fields")
            throw Error(name, "there is no \"" + key + "\" in a spec", "its parts are schema, experiment, seed, fields");
    Spec spec;
    spec.experiment = j["experiment"].get<std::string>();
    const json seed = j.value("seed", json(1u));
    if (!seed.is_number_unsigned()) throw Error(name, "\"seed\" is not a whole number from 0", "write a number such as 1");
    spec.seed = seed.get<std::uint64_t>();
    const json fields = j.value("fields", json::object());
    if (!fields.is_object()) throw Error(name, "\"fields\" is not an object", "write {\"quant.bits\": 4}");
    const ExperimentInfo* info = nullptr;
    for (const ExperimentInfo& e : experiments())
        if (e.id == spec.experiment) info = &e;
    for (const auto& [key, value] : fields.items())
        spec.values[key] = valueFromJson(name, key, value, info ? fieldOf(*info, key) : nullptr);
    return spec;
}

std::string specHash(const Spec& spec)
{
    std::uint64_t h = 0xcbf29ce484222325u;
    for (const char c : toJson(spec).dump()) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 0; i < 16; ++i) text[15 - i] = kHex[(h >> (4 * i)) & 15];
    return text;
}

} // namespace bitstill
