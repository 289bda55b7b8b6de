#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bitstill {

/// What a JSON document may be made of, in Bitstill: a level is an object or array, a value anything in it.
struct JsonLimits {
    int depth = 32;
    std::size_t values = 1'000'000;
    /// When it is not empty, only this member of the outermost object is kept; the rest is read past, without memory.
    std::string_view only{};
};

/// The document, wherever it came from: all JSON that others may have written is read with this. Throws Error, naming `name`, for what is
/// not UTF-8, not JSON, deeper or larger than `limits`, or says a member of an object twice.
nlohmann::json parseJson(std::string_view text, const std::string& name, const JsonLimits& limits = {});

/// The document as text. What is not UTF-8 in it becomes U+FFFD: a name must not cost the result it stands beside.
std::string jsonText(const nlohmann::json& document, int indent = -1);

} // namespace bitstill
