#include "engine/core/order.h"

#include <cmath>

namespace bitstill {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// The digits that `word` begins with, without zeros in front; they are taken from it.
std::string_view numberFrom(std::string_view& word)
{
    std::size_t end = 0, from = 0;
    while (end < word.size() && isDigit(word[end])) ++end;
    while (from + 1 < end && word[from] == '0') ++from;
    const std::string_view number = word.substr(from, end - from);
    word.remove_prefix(end);
    return number;
}

} // namespace

bool isNaturallyBefore(std::string_view a, std::string_view b)
{
    while (!a.empty() && !b.empty()) {
        if (isDigit(a[0]) && isDigit(b[0])) {
            const std::string_view m = numberFrom(a), n = numberFrom(b);
            if (m != n) return m.size() != n.size() ? m.size() < n.size() : m < n;
            continue;
        }
        if (a[0] != b[0]) return a[0] < b[0];
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return a.size() < b.size();
}

bool isWhole(double value)
{
    constexpr double kLargest = 9007199254740992; // 2^53
    return std::abs(value) <= kLargest && value == std::floor(value);
}

} // namespace bitstill
