#include "engine/core/text.h"

#include <algorithm>
#include <array>

namespace bitstill {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = " … ";

/// Bytes of the well-formed character at the front (Unicode 15, table 3-7), which it stores in `code`; 0 when there is none.
std::size_t characterAt(std::string_view s, char32_t& code)
{
    const auto byte = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return code = lead, 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    code = lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
        code = code << 6 | (byte(i) & 0x3F);
    }
    static constexpr std::array<char32_t, 5> kLowest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    return code < kLowest[length] || code > 0x10FFFF || surrogate ? 0 : length;
}

/// Moves the cursor, starts a line, turns the direction of reading, or is nothing to see.
bool controls(char32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E)
        || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

std::string escaped(char32_t c)
{
    if (c == '\n') return "\\n";
    if (c == '\t') return "\\t";
    if (c == '\r') return "\\r";
    static constexpr char kHex[] = "0123456789abcdef";
    const int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
    std::string text = digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
    for (int d = digits - 1; d >= 0; --d) text += kHex[c >> (4 * d) & 15];
    return text;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

} // namespace

bool isUtf8(std::string_view text)
{
    char32_t code = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = characterAt(text.substr(i), code);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

std::string printable(std::string_view text, std::size_t most)
{
    std::string shown;
    char32_t code = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = characterAt(text.substr(i), code);
        if (length == 0)
            shown += kReplacement;
        else if (controls(code))
            shown += escaped(code);
        else
            shown += text.substr(i, length);
        i += std::max<std::size_t>(length, 1);
    }
    if (shown.size() <= most) return shown;
    const std::size_t kept = most - std::min(most, kEllipsis.size());
    std::size_t front = kept / 2, back = shown.size() - (kept - front);
    while (front > 0 && continues(shown[front])) --front;
    while (back < shown.size() && continues(shown[back])) ++back;
    return shown.substr(0, front).append(kEllipsis).append(shown.substr(back));
}

Text printableText(const Text& sentence)
{
    Text shown = sentence;
    if (shown.args.empty()) shown.pattern = printable(shown.pattern);
    for (Text& arg : shown.args) arg = printableText(arg);
    return shown;
}

} // namespace bitstill
