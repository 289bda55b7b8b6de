#include "engine/core/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace bitstill {

std::string Text::english() const
{
    std::vector<std::string> filled;
    for (const Text& arg : args) filled.push_back(arg.english());
    return fill(count == 1 ? one : pattern, filled);
}

std::string Text::fill(std::string_view pattern, const std::vector<std::string>& args)
{
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool placeholder = pattern[i] == '%' && i + 1 < pattern.size() && pattern[i + 1] >= '1' && pattern[i + 1] <= '9';
        const std::size_t index = placeholder ? static_cast<std::size_t>(pattern[i + 1] - '1') : 0;
        if (!placeholder || index >= args.size()) {
            out += pattern[i];
            continue;
        }
        out += args[index];
        ++i;
    }
    return out;
}

namespace {

template <class... Format> std::string converted(Format... format)
{
    std::array<char, 512> buffer;
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), format...);
    return std::string(buffer.data(), result.ptr);
}

} // namespace

namespace {

/// As few digits as read back exactly; without an exponent where people would not write one.
template <class Real> std::string shortestOf(Real value)
{
    const Real magnitude = std::abs(value);
    return magnitude >= Real(1e-5) && magnitude < Real(1e15) ? converted(value, std::chars_format::fixed) : converted(value);
}

} // namespace

std::string shortest(double value) { return shortestOf(value); }
std::string shortest(float value) { return shortestOf(value); }

namespace {

/// What stands where there is no number to show.
std::string withoutDigits(double value) { return std::isnan(value) ? "—" : value < 0 ? "−∞" : "∞"; }

} // namespace

std::string fixed(double value, int decimals)
{
    if (!std::isfinite(value)) return withoutDigits(value);
    constexpr double kMost = 1e12; // nobody reads more digits than that
    if (std::abs(value) >= kMost) return converted(value, std::chars_format::scientific, 3);
    std::string text = converted(value, std::chars_format::fixed, decimals);
    const bool isZero = text.find_first_not_of("-0.") == std::string::npos;
    return isZero && text.front() == '-' ? text.substr(1) : text;
}

std::string signedFixed(double value, int decimals)
{
    if (std::isnan(value)) return withoutDigits(value);
    std::string magnitude = fixed(std::abs(value), decimals);
    if (magnitude.find_first_not_of("0.") == std::string::npos) return magnitude;
    return (value < 0 ? "−" : "+") + magnitude;
}

std::string significant(double value, int digits)
{
    if (!std::isfinite(value)) return withoutDigits(value);
    if (value == 0) return "0"; // without a sign
    const double magnitude = std::abs(value);
    if (magnitude < 1e-4 || magnitude >= 1e7) return converted(value, std::chars_format::scientific, digits - 1);
    const int decimals = std::max(0, digits - 1 - static_cast<int>(std::floor(std::log10(magnitude))));
    return fixed(value, decimals);
}

std::string grouped(std::int64_t value)
{
    std::string digits = std::to_string(value);
    const std::ptrdiff_t first = value < 0 ? 1 : 0;
    for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > first; i -= 3)
        digits.insert(static_cast<std::size_t>(i), ",");
    return digits;
}

std::string percent(double fraction, int decimals) { return fixed(fraction * 100, decimals) + " %"; }

std::string bytesText(std::int64_t bytes)
{
    const double b = static_cast<double>(bytes);
    if (b < 1024) return std::to_string(bytes) + " B";
    if (b < 1024 * 1024) return fixed(b / 1024, 1) + " KiB";
    return fixed(b / (1024 * 1024), 2) + " MiB";
}

namespace {

std::size_t editDistance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

} // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& candidates)
{
    std::string best;
    std::size_t bestDistance = std::max<std::size_t>(2, word.size() / 2) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = editDistance(word, candidate);
        if (distance < bestDistance) {
            bestDistance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : ", ") + word;
    return line;
}

std::vector<std::string> split(const std::string& line, char separator)
{
    std::vector<std::string> words;
    if (line.empty()) return words;
    std::size_t start = 0;
    for (std::size_t end; (end = line.find(separator, start)) != std::string::npos; start = end + 1)
        words.push_back(line.substr(start, end - start));
    words.push_back(line.substr(start));
    return words;
}

} // namespace bitstill
