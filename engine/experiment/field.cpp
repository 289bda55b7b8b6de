#include "engine/experiment/field.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace bitstill {

std::string describe(const Value& value)
{
    if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const double* real = std::get_if<double>(&value)) return shortest(*real);
    return std::get<std::string>(value);
}

std::optional<double> numberIn(const Value& value)
{
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    return std::nullopt;
}

namespace {

Text kindWord(Field::Kind kind)
{
    switch (kind) {
    case Field::Kind::Int: return text("a whole number");
    case Field::Kind::Real: return text("a number");
    case Field::Kind::Choice:
    case Field::Kind::Name: return text("a name");
    case Field::Kind::Flag: return text("true or false");
    case Field::Kind::File: return text("a path");
    }
    return {};
}

std::string quoted(const std::string& value) { return "\"" + value + "\""; }

std::size_t alternativeOf(Field::Kind kind)
{
    switch (kind) {
    case Field::Kind::Flag: return 0;
    case Field::Kind::Int: return 1;
    case Field::Kind::Real: return 2;
    default: return 3;
    }
}

Problem choiceProblem(const Field& field, const std::string& value)
{
    std::vector<std::string> values;
    for (const Field::Choice& c : field.choices) {
        if (c.value == value) return {};
        values.push_back(c.value);
    }
    const std::string near = nearest(value, values);
    return {field.key, text("there is no %1", quoted(value)),
        near.empty() ? text("choose one of %1", joined(values)) : text("did you mean %1? choose one of %2", near, joined(values))};
}

template <class Number> bool readWhole(const std::string& text, Number& value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

bool Field::Condition::holds(const Value& value) const { return (std::ranges::count(values, describe(value)) > 0) != isOther; }

Problem Field::validate(const Value& value) const
{
    if (value.index() != alternativeOf(kind))
        return {key, text("%1 is not %2", quoted(describe(value)), kindWord(kind)), text("the default is %1", describe(initial))};
    if (const auto* word = std::get_if<std::string>(&value); word && !isUtf8(*word))
        return {key, text("%1 is not UTF-8, as the files of a run must be", quoted(*word)),
            kind == Kind::File ? text("rename the file or folder") : text("save it as UTF-8")};
    if (kind == Kind::Choice) return choiceProblem(*this, std::get<std::string>(value));
    if (kind == Kind::Name || kind == Kind::File) return check ? check(std::get<std::string>(value)) : Problem{};
    if (kind == Kind::Flag) return {};
    const auto* whole = std::get_if<std::int64_t>(&value);
    const long double number = whole ? static_cast<long double>(*whole) : std::get<double>(value); // a double rounds beyond 2^53
    if (std::isfinite(number) && number >= low && number <= high) return {};
    return {key, text("%1 is out of range", describe(value)),
        text("choose %1 to %2", shortest(low), shortest(high) + (unit.empty() ? "" : " " + unit))};
}

Value Field::parse(const std::string& text) const
{
    switch (kind) {
    case Kind::Flag:
        if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
        if (text == "false" || text == "0" || text == "no" || text == "off") return false;
        break;
    case Kind::Int: {
        std::int64_t number = 0;
        if (readWhole(text, number)) return number;
        break;
    }
    case Kind::Real: {
        double number = 0;
        if (readWhole(text, number)) return number;
        break;
    }
    default: return text;
    }
    throw Error(key, bitstill::text("%1 is not %2", quoted(text), kindWord(kind)), bitstill::text("the default is %1", describe(initial)));
}

Text Field::words(const Value& value) const
{
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? text("on") : text("off");
    const std::string word = describe(value);
    if (word.empty()) return text("none");
    for (const Choice& c : choices)
        if (c.value == word) return c.label;
    return unit.empty() ? Text(word) : Text("%1 %2", {Text(word), Text(unit)});
}

} // namespace bitstill
