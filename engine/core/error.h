#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace bitstill {

/// The engine's one exception: what went wrong, where (file, line, field, layer), what to do about it.
/// `what()` reads "[where] what; hint".
class Error : public std::runtime_error {
public:
    Error(std::string where, std::string what, std::string hint);

    const std::string& where() const { return m_where; }
    const std::string& problem() const { return m_problem; }
    const std::string& hint() const { return m_hint; }

private:
    std::string m_where;
    std::string m_problem;
    std::string m_hint;
};

/// Thrown by long work that notices that it was asked to stop. Not an error: the session ends as stopped.
struct Stopped { };

/// One thing wrong with a value somebody gave. Validation returns all of them at once.
struct Problem {
    std::string field; ///< key of the field, or empty when the document as a whole is meant
    std::string what;
    std::string hint;
};

/// "field: what; hint", one problem a line.
std::string describe(const std::vector<Problem>& problems);

} // namespace bitstill
