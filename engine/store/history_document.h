#pragma once

#include "engine/experiment/record.h"

#include <nlohmann/json_fwd.hpp>

namespace bitstill {

/// What the history's tables say of a record.
struct RecordFacts {
    std::string experiment{}, specHash{}, version{};
    std::uint64_t seed = 1;
    std::string spec{}; ///< its document
    std::string changed{}; ///< JSON: the settings at its end that differ from their defaults or from its spec; all of an experiment that
                           ///< is not known here
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

/// Of a column that holds them as JSON; what somebody else has put there is nothing.
Values valuesInColumn(const std::string& experiment, const std::string& column);
Metrics metricsInColumn(const std::string& column);

/// a-z for A-Z; other letters have no case here. What `search` and its words are compared in.
std::string lowered(std::string text);

/// "student.taught": letters, digits, dots, dashes and underscores, beginning with none of the last three, as they become names of files.
bool isNetworkName(const std::string& name);

} // namespace bitstill
