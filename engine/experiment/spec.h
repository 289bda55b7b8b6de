#pragma once

#include "engine/experiment/field.h"

#include <map>
#include <nlohmann/json_fwd.hpp>

namespace bitstill {

/// What to do: an experiment, a seed, and a value for each of its fields. The document that is saved and shared.
struct Spec {
    static constexpr int kSchema = 1;

    std::string experiment;
    std::uint64_t seed = 1;
    std::map<std::string, Value> values;

    bool operator==(const Spec&) const = default;

    std::int64_t integer(const std::string& key) const { return std::get<std::int64_t>(values.at(key)); }
    double real(const std::string& key) const { return std::get<double>(values.at(key)); }
    bool flag(const std::string& key) const { return std::get<bool>(values.at(key)); }
    const std::string& word(const std::string& key) const { return std::get<std::string>(values.at(key)); }
};

/// All defaults of an experiment. Throws Error for an unknown id, naming the nearest.
Spec defaultSpec(const std::string& experiment);

/// All problems at once: unknown experiment, unknown keys (with the nearest known one), values that do not fit.
/// Fields that are missing are no problem for a document, see withDefaults.
std::vector<Problem> validate(const Spec& spec);
/// The spec with the default of each field that it does not name.
Spec withDefaults(Spec spec);

/// Sets the fields of one of the experiment's contrasts, and all others on which the comparison depends to their defaults; an empty id
/// only does the latter: the way back. Throws Error for an id that is none.
void applyContrast(Spec& spec, const std::string& contrast);

/// What one experiment takes from the settings of another.
struct CarriedOver {
    Spec spec; ///< its defaults, with the seed and the values of all fields that both have
    std::vector<Text> left{}; ///< names of fields that were no longer at their defaults and that it lacks or cannot take
};
CarriedOver carriedOver(const Spec& from, const std::string& experiment);

/// {"schema": 1, "experiment": ..., "seed": ..., "fields": {...}}, keys sorted: equal specs give equal text.
nlohmann::json toJson(const Spec& spec);
/// Throws Error when the document `name` is of a newer schema, or of none.
void demandSchema(const nlohmann::json& document, const std::string& name);
/// Throws Error when the document is not JSON, not a spec, or of a newer schema. Values are not checked; validate does.
Spec specFromJson(const std::string& document, const std::string& name);
/// One value of the document `name`, as near to the field's kind as JSON's numbers allow (4.0 may be a whole number, 1 a real);
/// `field` may be null. Throws Error for an array, object or null.
Value valueFromJson(const nlohmann::json& value, const std::string& name, const std::string& key, const Field* field);
/// FNV-1a as 16 hex digits.
std::string hexHash(std::string_view bytes);
/// That of the document: the provenance printed into every export.
std::string specHash(const Spec& spec);

} // namespace bitstill
