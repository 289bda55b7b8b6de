#include "engine/core/error.h"

namespace bitstill {

namespace {

Text withHint(const Text& what, const Text& hint) { return hint.empty() ? what : Text("%1; %2", {what, hint}); }

} // namespace

Error::Error(Text where, Text what, Text hint) :
    std::runtime_error("[" + where.english() + "] " + withHint(what, hint).english()), m_where(std::move(where)),
    m_problem(std::move(what)), m_hint(std::move(hint))
{
}

Text Error::sentence() const { return Text("[%1] %2", {m_where, withHint(m_problem, m_hint)}); }

Text Problem::sentence() const { return withHint(what, hint); }

std::string describe(const std::vector<Problem>& problems)
{
    std::string lines;
    for (const Problem& p : problems) {
        if (!lines.empty()) lines += '\n';
        lines += (p.field.empty() ? "" : p.field + ": ") + p.sentence().english();
    }
    return lines;
}

} // namespace bitstill
