#pragma once

#include "engine/core/error.h"
#include "engine/core/text.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bitstill {

/// Value of a field: flag, int, real, or choice / name / file.
using Value = std::variant<bool, std::int64_t, double, std::string>;

using Values = std::map<std::string, Value>; ///< by key

/// "4", "0.05", "true", "symmetric".
std::string describe(const Value& value);
/// A whole or real number as such; nothing for a flag or a word.
std::optional<double> numberIn(const Value& value);

/// One thing a user can set. The form, the command line, the JSON document, validation and help are made from it.
struct Field {
    enum class Kind { Int, Real, Choice, Name, Flag, File };
    struct Choice {
        std::string value;
        Text label;
    };
    /// The field matters only while another one has one of these values, or, with `isOther`, none of them.
    struct Condition {
        std::string key;
        std::vector<std::string> values;
        bool isOther = false;

        bool holds(const Value& value) const;
    };

    std::string key; ///< "quant.bits"
    Kind kind = Kind::Int;
    Text group{};
    Text label{};
    Text help{}; ///< one sentence
    Value initial{};
    double low = 0; ///< int, real
    double high = 0;
    bool logarithmic = false;
    std::vector<double> ticks{}; ///< values worth finding again on a slider
    bool drawn = false; ///< live int: the form offers to draw one at random
    std::string unit{};
    std::vector<Choice> choices{}; ///< choice: all there are; name: suggestions
    Condition visibleWhen{};
    bool live = false; ///< may change while the experiment runs, and after
    /// What the window can show of that which it names.
    enum class Look { Nothing, Data, Network };
    Look look = Look::Nothing;
    /// Further demand on a name or file; returns what is wrong and what to do, or empty texts.
    Problem (*check)(const std::string& value) = nullptr;
    /// Int: the largest value that model or data leave, given a value for every field, where that can be told before the run (0
    /// otherwise). Null: `high`.
    std::int64_t (*highest)(const Values& values) = nullptr;
    /// Further demand in which other fields take part, given a valid value for every field; names what there is.
    Problem (*fits)(const Values& values) = nullptr;

    /// What is wrong with `value` for this field; an empty `what` means nothing.
    Problem validate(const Value& value) const;
    /// The value that the text means for this field's kind; throws Error with what is expected.
    Value parse(const std::string& text) const;
    /// The value as a person reads it: the label of a choice, "on" and "off" of a flag, a number with its unit, "none" for no text.
    Text words(const Value& value) const;
};

} // namespace bitstill
