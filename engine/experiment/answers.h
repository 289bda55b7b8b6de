#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace bitstill {

class JsonPlace;

/// Which test samples were answered right: what is behind a metric that is the share of them. Two runs can be compared sample by sample
/// where `samples` is the same.
struct Answers {
    std::uint64_t samples = 0; ///< fingerprintOf() those that they are of
    std::vector<bool> correct{}; ///< by sample, one at least
    bool operator==(const Answers&) const = default;

    /// As pairedDifference() takes them.
    std::vector<char> flags() const { return {correct.begin(), correct.end()}; }
};

using AnswersByMetric = std::map<std::string, Answers>;

/// Of more samples than this a record has none: 25 kB as text, and the interval would be narrower than what is written of it.
inline constexpr std::size_t kMostAnswers = 100'000;

/// What docs/file-formats.md says: a bit for each sample, as hexadecimal digits.
nlohmann::json toJson(const Answers& answers);
/// Throws Error, naming the place, for what toJson() does not write.
Answers answersFromJson(const JsonPlace& place);

} // namespace bitstill
