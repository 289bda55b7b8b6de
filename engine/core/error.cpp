#include "engine/core/error.h"

namespace bitstill {

namespace {

Text withHint(const Text& what, const Text& hint) { return hint.empty() ? what : Text("%1; %2", {what, hint}); }

} // namespace

Error::Error(const Text& where, const Text& what, const Text& hint) :
    std::runtime_error("[" + printableText(where).english() + "] " + printableText(withHint(what, hint)).english()),
    m_where(printableText(where)), m_problem(printableText(what)), m_hint(printableText(hint))
{
}

Text Error::sentence() const { return Text("[%1] %2", {m_where, withHint(m_problem, m_hint)}); }

Text Problem::sentence() const { return printableText(withHint(what, hint)); }

std::string describe(const std::vector<Problem>& problems)
{
    std::string lines;
    for (const Problem& p : problems) {
        if (!lines.empty()) lines += '\n';
        lines += (p.field.empty() ? "" : printable(p.field) + ": ") + p.sentence().english();
    }
    return lines;
}

} // namespace bitstill
