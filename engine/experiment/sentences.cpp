#include "engine/experiment/sentences.h"

#include "engine/io/json_place.h"

#include <algorithm>
#include <optional>

namespace bitstill {

using nlohmann::json;

namespace {

json toJson(const Text& text)
{
    const auto& [pattern, args, context, one, count, isData] = text;
    if (isData) return pattern;
    json j{{"text", pattern}};
    for (const Text& arg : args) j["args"].push_back(toJson(arg));
    if (!context.empty()) j["context"] = context;
    if (count >= 0) j.update({{"one", one}, {"count", count}});
    return j;
}

/// `left`: of the parts that a sentence may have, since everything that stands for it is copied.
Text textFrom(const JsonPlace& place, int& left)
{
    if (--left < 0) place.refuse(text("is a sentence of too many parts"));
    if (place.value().is_string()) return place.word();
    Text text(place["text"].word(), std::vector<Text>());
    if (place.has("args"))
        for (const JsonPlace& arg : place["args"].list()) text.args.push_back(textFrom(arg, left));
    if (place.has("context")) text.context = place["context"].word();
    if (place.has("count")) {
        text.count = place["count"].whole(0, INT64_MAX);
        text.one = place["one"].word();
    }
    return text;
}

/// Text::english(), or nothing where it might be long: placeholders in placeholders multiply.
std::optional<std::string> shortEnglish(const Text& text)
{
    constexpr std::size_t kLongest = 100'000;
    std::vector<std::string> args;
    std::size_t longest = 0;
    for (const Text& arg : text.args) {
        std::optional<std::string> english = shortEnglish(arg);
        if (!english) return std::nullopt;
        longest = std::max(longest, english->size());
        args.push_back(*std::move(english));
    }
    const std::string& pattern = text.count == 1 ? text.one : text.pattern;
    const auto placeholders = static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '%'));
    if (pattern.size() + placeholders * longest > kLongest) return std::nullopt;
    return Text::fill(pattern, args);
}

} // namespace

Sentences::Sentences(const JsonPlace& table)
{
    constexpr int kMostParts = 200;
    for (const auto& [english, place] : table.members()) {
        int left = kMostParts;
        if (Text text = textFrom(place, left); shortEnglish(text) == english) m_byEnglish.emplace(english, std::move(text));
    }
}

std::string Sentences::write(const Text& text)
{
    std::string english = text.english();
    if (english.empty() || !isUtf8(english)) return english; // that would be written as another one
    const auto [known, isNew] = m_byEnglish.emplace(english, text);
    const bool sameSense = known->second.isData == text.isData && known->second.context == text.context;
    if (!isNew && !sameSense) known->second = english;
    return english;
}

json Sentences::table() const
{
    json table = json::object();
    for (const auto& [english, text] : m_byEnglish)
        if (!text.isData) table[english] = toJson(text);
    return table;
}

Text Sentences::read(const std::string& english) const
{
    const auto found = m_byEnglish.find(english);
    return found == m_byEnglish.end() ? Text(english) : found->second;
}

} // namespace bitstill
