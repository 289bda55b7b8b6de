#include "app/cli/language.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

// The dictionary of the window, in the program itself: there is no other file to look for.
extern const char g_korean[], g_koreanEnd[];
asm(R"(.pushsection .rodata
.global g_korean
g_korean: .incbin ")" BITSTILL_KOREAN R"("
.global g_koreanEnd
g_koreanEnd: .byte 0
.popsection
)");

namespace bitstill::cli {

namespace {

bool isKorean()
{
    for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (const char* language = std::getenv(variable); language && *language) {
            const std::string name = language;
            return name.starts_with("ko") && (name.size() == 2 || name[2] == '_' || name[2] == '.' || name[2] == '@');
        }
    return false;
}

/// Empty in English.
const nlohmann::json& dictionary()
{
    static const nlohmann::json korean =
        isKorean() ? nlohmann::json::parse(g_korean, g_koreanEnd, nullptr, false) : nlohmann::json::object();
    return korean;
}

} // namespace

std::string said(const Text& sentence)
{
    if (sentence.isData) return sentence.pattern;
    std::string pattern = sentence.count == 1 && !sentence.one.empty() ? sentence.one : sentence.pattern;
    if (const auto entry = dictionary().find(sentence.pattern); entry != dictionary().end()) {
        // A word that means several things has an entry for each context.
        const nlohmann::json korean = entry->is_object() ? entry->value(sentence.context, entry->value("", nlohmann::json())) : *entry;
        if (korean.is_string()) pattern = korean.get<std::string>();
    }
    std::vector<std::string> args;
    for (const Text& arg : sentence.args) args.push_back(said(arg));
    return Text::fill(pattern, args);
}

} // namespace bitstill::cli
