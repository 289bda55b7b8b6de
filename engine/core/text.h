#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitstill {

/// A sentence for a person that can still be translated: an English pattern with %1, %2, ... and what
/// stands for them. The window looks the pattern up in its dictionary; everyone else calls english().
struct Text {
    std::string pattern;
    std::vector<Text> args; ///< sentences themselves: a phrase put into another is translated too

    Text() = default;
    Text(const char* p) : pattern(p) { }
    Text(std::string p) : pattern(std::move(p)) { }
    Text(std::string p, std::vector<Text> a) : pattern(std::move(p)), args(std::move(a)) { }

    bool empty() const { return pattern.empty(); }
    std::string english() const;
    bool operator==(const Text& other) const { return pattern == other.pattern && args == other.args; }

    /// `pattern` with %1 ... %9 replaced; a placeholder without an argument stays as it is.
    static std::string fill(std::string_view pattern, const std::vector<std::string>& args);
};

/// A pattern and its arguments. Every pattern passed here stands in resources/translations (tested).
template <class... Args> Text text(const char* pattern, Args&&... args)
{
    return Text(pattern, std::vector<Text>{Text(std::forward<Args>(args))...});
}

/// Shortest text that reads back to the same double ("0.1", "3", "1e-09"); locale-free.
std::string shortest(double value);
/// As `shortest` for a float: the fewest digits that read back to the same float.
std::string shortest(float value);
/// Fixed number of decimals, locale-free: fixed(0.12345, 2) is "0.12".
std::string fixed(double value, int decimals);
/// Signed fixed, with a true minus: "+0.20", "−0.56".
std::string signedFixed(double value, int decimals);
/// About `digits` significant digits, never "0" for a number that is not 0: "0.00012", "1.2e-09".
std::string significant(double value, int digits = 3);
/// Thousands apart: 200704 is "200,704".
std::string grouped(std::int64_t value);
/// "89.53 %"
std::string percent(double fraction, int decimals = 2);
/// "918.5 KiB"
std::string bytesText(std::int64_t bytes);

/// Is this well-formed UTF-8? JSON, and with it everything that is written, is nothing else.
bool isUtf8(std::string_view text);
/// For terminal and window, whatever the bytes are: control characters, marks of direction and invisible ones as "\\x1b" or "\\u202e", what
/// is not UTF-8 as U+FFFD, and what is longer than `most` bytes without its middle. Doing it twice changes nothing.
std::string printable(std::string_view text, std::size_t most = 500);
/// The same for everything that stands in a sentence.
Text printableText(const Text& sentence);

/// The candidate that `word` most likely meant, or empty when none is close (edit distance).
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);
/// "a, b, c"
std::string joined(const std::vector<std::string>& words);
/// The words between `separator`s; an empty input gives no words.
std::vector<std::string> split(const std::string& line, char separator);

} // namespace bitstill
