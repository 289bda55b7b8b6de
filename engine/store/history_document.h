#pragma once

#include "engine/experiment/record.h"

#include <nlohmann/json_fwd.hpp>

namespace bitstill {

/// Among the words of a run whose settings at its end are not those of its spec: who needs them reads its record.
inline constexpr const char* kChangedOnTheWay = "changed-live";

/// What the history's tables say of a record.
struct RecordFacts {
    std::string experiment{}, specHash{}, version{};
    std::uint64_t seed = 1;
    std::string spec{}; ///< its document
    std::string changed{}; ///< JSON: the settings that differ from their defaults; all of an experiment that is not known here; of a
                           ///< branch, with what it changed
    Outcome outcome = Outcome::Finished;
    double seconds = 0;
    Metrics metrics{};
    std::string noted{}; ///< JSON: those of them that a list shows, accuracies first
    std::string identity{}; ///< equal for two copies of one record, whatever the language of its texts
    std::string words{}; ///< that find it, in lower case
};

/// Of a record.json that was read. Throws Error, naming `name`, when it is no record, or one of a run that has not ended.
RecordFacts factsOf(const nlohmann::json& record, const std::string& name);
/// Of a run that begins: no outcome, no metrics, no identity.
RecordFacts factsOf(const Spec& spec);

/// a-z for A-Z; other letters have no case here. What `search` and its words are compared in.
std::string lowered(std::string text);

/// "student.taught": letters, digits, dots, dashes and underscores, beginning with none of the last three, as they become names of files.
bool isNetworkName(const std::string& name);

} // namespace bitstill
