#include "engine/data/cell.h"

#include "engine/core/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

namespace bitstill {

namespace {

std::string lowered(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

bool isMissing(std::string_view text)
{
    if (text.size() > 8) return false;
    static constexpr std::array<std::string_view, 14> kWords{
        "", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "?", "-", ".", "#value!", "#div/0!", "missing"};
    return std::ranges::find(kWords, lowered(text)) != kWords.end();
}

/// Of a number outside the doubles: is it closer to 0 than all of them, rather than larger?
bool isTiny(std::string_view digits)
{
    const std::size_t e = digits.find_first_of("eE");
    if (e != std::string_view::npos) return digits.substr(e + 1).starts_with('-');
    return digits.find_first_not_of('0') == digits.find('.');
}

} // namespace

Cell readCell(std::string_view text, bool commaSeparates)
{
    const bool isDigit = !text.empty() && text[0] >= '0' && text[0] <= '9'; // most cells, and no word begins so
    if (!isDigit && isMissing(text)) return {.kind = Cell::Kind::Missing};
    if (const std::string lower = !isDigit && text.size() <= 5 ? lowered(text) : std::string(); lower == "true" || lower == "false")
        return {.kind = Cell::Kind::Number, .value = lower == "true" ? 1.0 : 0.0};
    Cell cell;
    const bool negative = text.starts_with('-');
    std::string digits(negative || text.starts_with('+') ? text.substr(1) : text);
    if (const std::size_t comma = digits.find(','); !commaSeparates && comma != std::string::npos) {
        if (digits.find_first_of(",.", comma + 1) != std::string::npos || digits.find('.') != std::string::npos) return cell;
        digits[comma] = '.';
        cell.mark = Cell::Mark::Comma;
    } else if (digits.find('.') != std::string::npos) {
        cell.mark = Cell::Mark::Point;
    }
    // from_chars reads a sign of its own and words such as inf too.
    if (digits.empty() || !(digits[0] == '.' || (digits[0] >= '0' && digits[0] <= '9'))) return cell;
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (end != digits.data() + digits.size()) return cell;
    if (error == std::errc::result_out_of_range && !isTiny(digits)) return cell;
    cell.kind = Cell::Kind::Number;
    cell.value = error != std::errc{} ? 0 : negative ? -value : value;
    return cell;
}

std::int32_t ClassNames::add(std::string_view label, bool commaSeparates)
{
    Class added{.name = std::string(label), .isNumber = false, .value = 0};
    // Beyond this a double is no name of a whole number any more.
    constexpr double kExact = 9007199254740992.0;
    if (const Cell cell = readCell(label, commaSeparates); cell.kind == Cell::Kind::Number && std::abs(cell.value) < kExact) {
        const bool isWord = label.find_first_of("0123456789") == std::string_view::npos; // "true" stays a name
        added.isNumber = !isWord;
        added.value = cell.value + 0.0; // -0 is 0
        if (!isWord) added.name = shortest(added.value);
    }
    for (char& c : added.name)
        if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    added.name = printable(added.name);
    const auto place = std::ranges::lower_bound(m_byName, added.name, {}, &std::pair<std::string, std::int32_t>::first);
    if (place != m_byName.end() && place->first == added.name) return place->second;
    const auto index = static_cast<std::int32_t>(std::min(m_classes.size(), kMost));
    if (m_classes.size() > kMost) return index;
    m_byName.insert(place, {added.name, index});
    m_classes.push_back(std::move(added));
    return index;
}

std::vector<std::string> ClassNames::sorted(std::vector<std::int32_t>& labels) const
{
    std::vector<std::size_t> order(m_classes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t i, std::size_t j) {
        const Class &a = m_classes[i], &b = m_classes[j];
        if (a.isNumber != b.isNumber) return a.isNumber;
        return a.isNumber ? a.value < b.value : a.name < b.name;
    });
    std::vector<std::int32_t> place(order.size());
    std::vector<std::string> names;
    for (std::size_t i = 0; i < order.size(); ++i) {
        place[order[i]] = static_cast<std::int32_t>(i);
        names.push_back(m_classes[order[i]].name);
    }
    for (std::int32_t& label : labels) label = place[static_cast<std::size_t>(label)];
    return names;
}

bool ClassNames::areNumbers() const { return std::ranges::all_of(m_classes, &Class::isNumber); }

bool ClassNames::areFractions() const
{
    return areNumbers() && std::ranges::any_of(m_classes, [](const Class& c) { return c.value != std::floor(c.value); });
}

} // namespace bitstill
