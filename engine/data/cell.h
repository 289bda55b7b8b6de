#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitstill {

/// What a cell of a text table says.
struct Cell {
    enum class Kind { Number, Missing, Word };
    /// Of a number that is written with one.
    enum class Mark { None, Point, Comma };

    Kind kind = Kind::Word;
    double value = 0; ///< of a number, finite
    Mark mark = Mark::None;
};

/// "3", "+1.5", "-.5", "1e-46" (as a double; what is smaller than any is 0), "true" and "false" (1 and 0); "1,5" where commas do not
/// separate. Nothing, "NA", "NaN", "null", "?", "#N/A" and the like are missing. All else, infinite numbers too, is a word.
Cell readCell(std::string_view text, bool commaSeparates);

/// The classes that labels name, in the order in which a person would list them: numbers by their value, then words. 1 and 1.0 are one.
class ClassNames {
public:
    /// Most that are kept apart; a table with more has taken a measurement for the label.
    static constexpr std::size_t kMost = 1000;

    /// The label's place in the order in which they came, to be handed to sorted() at the end. Control characters in it become blanks or
    /// visible. From the kMost-th on all are one.
    std::int32_t add(std::string_view label, bool commaSeparates);
    std::size_t count() const { return m_classes.size(); }
    /// All names in order; `labels` as add() gave them become places in it.
    std::vector<std::string> sorted(std::vector<std::int32_t>& labels) const;
    /// Are they numbers, and not all of them whole?
    bool areFractions() const;
    bool areNumbers() const;

private:
    struct Class {
        std::string name;
        bool isNumber;
        double value;
    };
    std::vector<Class> m_classes;
    std::vector<std::pair<std::string, std::int32_t>> m_byName; ///< sorted
};

} // namespace bitstill
