#pragma once

#include "engine/core/text.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace bitstill {

/// The engine's one exception: what went wrong, where (file, line, field, layer), what to do about it.
/// `what()` reads "[where] what; hint" in English; sentence() is the same for the window, which translates it. So `what` and
/// `hint` are written as text("..."), and file names, keys and numbers in them are its arguments. Those are made printable and bounded.
class Error : public std::runtime_error {
public:
    Error(const Text& where, const Text& what, const Text& hint);

    const Text& where() const { return m_where; }
    const Text& problem() const { return m_problem; }
    const Text& hint() const { return m_hint; }
    Text sentence() const;

private:
    Text m_where;
    Text m_problem;
    Text m_hint;
};

/// A number that takes part in a computation is none (NaN or infinite): a training that has diverged shows itself like this too.
class NotFinite : public Error {
public:
    using Error::Error;
};

/// Thrown by long work that notices that it was asked to stop. Not an error: the session ends as stopped.
struct Stopped { };

/// One thing wrong with a value somebody gave. Validation returns all of them at once.
struct Problem {
    std::string field; ///< key of the field, or empty when the document as a whole is meant
    Text what;
    Text hint;

    /// "what; hint"
    Text sentence() const;
};

/// "field: what; hint", one problem a line, in English.
std::string describe(const std::vector<Problem>& problems);

} // namespace bitstill
