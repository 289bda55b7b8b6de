#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitstill {

/// Thousands apart: 200704 is "200,704".
std::string grouped(std::int64_t value);

/// What a person reads, with its type. A *sentence* is an English pattern with %1, %2, ... and what stands for them; the window looks the
/// pattern up in its dictionary, everyone else calls english(). *Data* (a class called "true", a file, a column) is never translated.
/// A sentence is made by text(), textIn() or counted(); every other string is data.
struct Text {
    std::string pattern; ///< of a counted sentence: for any count but 1
    std::vector<Text> args{}; ///< sentences themselves: a phrase put into another is translated too
    std::string context{}; ///< tells two meanings of one English word apart: "step" of a staircase and "step" of the training
    std::string one{}; ///< of a counted sentence: English for exactly one
    std::int64_t count = -1; ///< what a counted sentence counts; -1: nothing
    bool isData = false;

    Text() = default;
    Text(const char* data) : Text(std::string(data)) { }
    Text(std::string data) : pattern(std::move(data)), isData(true) { }
    Text(std::string p, std::vector<Text> a) : pattern(std::move(p)), args(std::move(a)) { }

    bool empty() const { return pattern.empty(); }
    std::string english() const;
    bool operator==(const Text& other) const = default;

    /// `pattern` with %1 ... %9 replaced; a placeholder without an argument stays as it is.
    static std::string fill(std::string_view pattern, const std::vector<std::string>& args);
};

/// A sentence. Every pattern passed here stands in resources/translations (tested).
template <class... Args> Text text(const char* pattern, Args&&... args)
{
    return Text(pattern, std::vector<Text>{Text(std::forward<Args>(args))...});
}

/// A sentence whose words mean something else elsewhere: textIn("axis", "step"). The dictionary has one entry for each context.
template <class... Args> Text textIn(const char* context, const char* pattern, Args&&... args)
{
    Text sentence = text(pattern, std::forward<Args>(args)...);
    sentence.context = context;
    return sentence;
}

/// A sentence about `count` things, its %1: counted(n, "%1 row", "%1 rows"). The dictionary has the form for many; a language with other
/// plurals than English chooses by `count`.
template <class... Args> Text counted(std::int64_t count, const char* one, const char* many, Args&&... args)
{
    Text sentence = text(many, grouped(count), std::forward<Args>(args)...);
    sentence.one = one;
    sentence.count = count;
    return sentence;
}

/// Shortest text that reads back to the same double ("0.1", "3", "1e-09"); locale-free.
std::string shortest(double value);
/// As `shortest` for a float: the fewest digits that read back to the same float.
std::string shortest(float value);
/// Fixed number of decimals, locale-free: fixed(0.12345, 2) is "0.12". From 1e12 on with an exponent instead: "1.235e+12".
std::string fixed(double value, int decimals);
/// Signed fixed, with a true minus: "+0.20", "−0.56".
std::string signedFixed(double value, int decimals);
/// About `digits` significant digits, never "0" for a number that is not 0: "0.00012", "1.2e-09".
std::string significant(double value, int digits = 3);
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
