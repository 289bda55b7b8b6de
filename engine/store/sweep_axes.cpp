#include "engine/store/sweep_axes.h"

#include "engine/core/order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace bitstill {

namespace {

/// A..B, with the step or the number of points that stands behind it.
struct Range {
    double from = 0, to = 0;
    std::optional<double> step{};
    std::optional<int> points{};
};

template <class Number> std::optional<Number> wholly(const std::string& word)
{
    Number number{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return number;
}

bool isNumeric(const Field& field) { return field.kind == Field::Kind::Int || field.kind == Field::Kind::Real; }

/// Empty when the word is no range: a name may hold dots.
std::optional<Range> rangeOf(const std::string& word)
{
    const std::size_t dots = word.find("..");
    if (dots == std::string::npos) return std::nullopt;
    std::string end = word.substr(dots + 2), extra;
    const std::size_t mark = end.find_first_of("/@");
    const char kind = mark == std::string::npos ? ' ' : end[mark];
    if (mark != std::string::npos) {
        extra = end.substr(mark + 1);
        end.resize(mark);
    }
    const std::optional<double> from = wholly<double>(word.substr(0, dots)), to = wholly<double>(end);
    if (!from || !to || !std::isfinite(*from) || !std::isfinite(*to)) return std::nullopt;
    Range range{.from = *from, .to = *to};
    if (kind == '/') {
        range.step = wholly<double>(extra);
        if (!range.step) return std::nullopt;
    }
    if (kind == '@') {
        if (!extra.ends_with("log")) return std::nullopt;
        range.points = wholly<int>(extra.substr(0, extra.size() - 3));
        if (!range.points) return std::nullopt;
    }
    return range;
}

double rounded(double value, int digits)
{
    std::array<char, 64> text{};
    const auto [end, ignored] = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, digits);
    return wholly<double>(std::string(text.data(), end)).value_or(value);
}

std::string wordOf(const Field& field, double number)
{
    return field.kind == Field::Kind::Int && isWhole(number) ? std::to_string(static_cast<std::int64_t>(number)) : shortest(number);
}

std::vector<std::string> logarithmic(const Field& field, const Range& range, std::vector<Problem>& problems)
{
    const int points = *range.points;
    if (range.from <= 0 || range.to <= 0 || points < 2 || static_cast<std::size_t>(points) > kMostAxisValues) {
        problems.push_back({field.key, text("a logarithmic range goes from one number above 0 to another, in 2 points or more"),
            text("write %1", "0.001..0.1@5log")});
        return {};
    }
    std::vector<std::string> words;
    for (int i = 0; i < points; ++i) {
        const double share = static_cast<double>(i) / (points - 1);
        double value = rounded(std::exp(std::log(range.from) + share * (std::log(range.to) - std::log(range.from))), 6);
        if (i == 0) value = range.from;
        if (i == points - 1) value = range.to;
        const std::string word = wordOf(field, field.kind == Field::Kind::Int ? std::round(value) : value);
        if (words.empty() || words.back() != word) words.push_back(word);
    }
    return words;
}

Problem tooMany(const Field& field)
{
    return {field.key, text("this range has no end, or more than %1 values", grouped(kMostAxisValues)),
        text("write %1 or %2", "2..8", "1..4/0.5")};
}

/// A..B or A..B/STEP in digits alone: a double does not hold every number that a field may have. Empty when it is written otherwise.
std::optional<std::vector<std::string>> wholeSteps(const Field& field, const std::string& word, std::vector<Problem>& problems)
{
    const std::size_t dots = word.find(".."), slash = std::min(word.find('/'), word.size());
    if (field.kind != Field::Kind::Int || dots == std::string::npos || slash < dots) return std::nullopt;
    const std::optional<std::int64_t> from = wholly<std::int64_t>(word.substr(0, dots)),
                                      to = wholly<std::int64_t>(word.substr(dots + 2, slash - dots - 2)),
                                      step = slash == word.size() ? 1 : wholly<std::int64_t>(word.substr(slash + 1));
    if (!from || !to || !step) return std::nullopt;
    const auto low = static_cast<std::uint64_t>(std::min(*from, *to)), high = static_cast<std::uint64_t>(std::max(*from, *to));
    const std::uint64_t by = static_cast<std::uint64_t>(*step);
    std::vector<std::string> words;
    if (*step < 1 || (high - low) / by >= kMostAxisValues) {
        problems.push_back(tooMany(field));
        return words;
    }
    for (std::uint64_t i = 0; i <= (high - low) / by; ++i) {
        const std::uint64_t way = i * by, start = static_cast<std::uint64_t>(*from);
        words.push_back(std::to_string(static_cast<std::int64_t>(*to < *from ? start - way : start + way)));
    }
    return words;
}

std::vector<std::string> linear(const Field& field, const Range& range, std::vector<Problem>& problems)
{
    if (!range.step && field.kind == Field::Kind::Real) {
        problems.push_back({field.key, text("a range of fractions needs its step or its number of points"),
            text("write %1 or %2", "1..4/0.5", "0.001..0.1@5log")});
        return {};
    }
    const double step = range.step.value_or(1);
    const double steps = std::floor(std::abs(range.to - range.from) / step + 1e-9);
    if (!(step > 0) || !(steps < static_cast<double>(kMostAxisValues))) {
        problems.push_back(tooMany(field));
        return {};
    }
    std::vector<std::string> words;
    const double direction = range.to < range.from ? -1 : 1;
    for (int i = 0; i <= static_cast<int>(steps); ++i) {
        const double value = range.from + direction * i * step;
        words.push_back(wordOf(field, field.kind == Field::Kind::Int ? value : rounded(value, 12)));
    }
    return words;
}

Value parsed(const Field& field, const std::string& word, std::vector<Problem>& problems)
{
    try {
        return field.parse(word);
    } catch (const Error& e) {
        problems.push_back({field.key, e.problem(), e.hint()});
        return field.initial;
    }
}

std::vector<Value> valuesOf(const Field& field, const std::string& list, std::vector<Problem>& problems)
{
    std::vector<Value> values;
    for (const std::string& word : split(list, ',')) {
        std::vector<std::string> words{word};
        if (std::optional<std::vector<std::string>> steps = wholeSteps(field, word, problems))
            words = std::move(*steps);
        else if (const std::optional<Range> range = isNumeric(field) ? rangeOf(word) : std::nullopt)
            words = range->points ? logarithmic(field, *range, problems) : linear(field, *range, problems);
        for (const std::string& w : words) values.push_back(parsed(field, w, problems));
        if (values.size() > kMostAxisValues) {
            problems.push_back({field.key, text("these are more than %1 values", grouped(kMostAxisValues)), text("choose fewer")});
            return {};
        }
    }
    if (values.empty() && problems.empty()) problems.push_back({field.key, text("there is no value"), text("write %1", "KEY=VALUE,VALUE")});
    return values;
}

/// A field that stands for one that is not there has its problem told by validate(), which names the nearest.
Field fieldFor(const ExperimentInfo& info, const std::string& key, std::vector<Problem>& problems)
{
    if (const Field* field = fieldOf(info, key)) return *field;
    if (key == "seed") problems.push_back({key, text("the seed is no field"), text("write %1", "--seeds 1..5")});
    return {.key = key, .kind = Field::Kind::Name, .initial = std::string()};
}

/// KEY and what stands behind the equals sign.
std::pair<std::string, std::string> assignment(const std::string& text, const char* example, std::vector<Problem>& problems)
{
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        problems.push_back({printable(text), bitstill::text("there is no value"), bitstill::text("write %1", example)});
        return {};
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

} // namespace

SweepAxis gridAxis(const ExperimentInfo& info, const std::string& text, std::vector<Problem>& problems)
{
    const auto [key, list] = assignment(text, "quant.bits=2,3,4", problems);
    SweepAxis axis;
    if (key.empty()) return axis;
    axis.keys = {key};
    for (Value& value : valuesOf(fieldFor(info, key, problems), list, problems)) axis.rows.push_back({std::move(value)});
    return axis;
}

SweepAxis zipAxis(const ExperimentInfo& info, const std::string& text, std::vector<Problem>& problems)
{
    const char* const example = "model.name,train.epochs=mlp-16:4,mlp-32:8";
    const auto [keys, list] = assignment(text, example, problems);
    SweepAxis axis;
    if (keys.empty()) return axis;
    axis.keys = split(keys, ',');
    std::vector<Field> fields;
    for (const std::string& key : axis.keys) fields.push_back(fieldFor(info, key, problems));
    for (const std::string& row : split(list, ',')) {
        const std::vector<std::string> words = split(row, ':');
        if (words.size() != fields.size()) {
            problems.push_back({printable(keys), bitstill::text("\"%1\" is not one value for each of the keys", row),
                bitstill::text("write %1", example)});
            continue;
        }
        std::vector<Value> values;
        for (std::size_t i = 0; i < fields.size(); ++i) values.push_back(parsed(fields[i], words[i], problems));
        axis.rows.push_back(std::move(values));
    }
    if (axis.rows.empty()) problems.push_back({printable(keys), bitstill::text("there is no value"), bitstill::text("write %1", example)});
    return axis;
}

std::vector<std::uint64_t> sweepSeeds(const std::string& text, std::vector<Problem>& problems)
{
    const Field field{
        .key = "seeds", .kind = Field::Kind::Int, .initial = std::int64_t{1}, .low = 0, .high = static_cast<double>(std::int64_t{1} << 53)};
    std::vector<std::uint64_t> seeds;
    for (const Value& value : valuesOf(field, text, problems)) {
        const Problem problem = field.validate(value);
        if (!problem.what.empty()) problems.push_back({field.key, problem.what, problem.hint});
        seeds.push_back(static_cast<std::uint64_t>(std::get<std::int64_t>(value)));
    }
    return seeds;
}

} // namespace bitstill
