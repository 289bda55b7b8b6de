#include "engine/core/error.h"

namespace bitstill {

Error::Error(std::string where, std::string what, std::string hint) :
    std::runtime_error("[" + where + "] " + what + (hint.empty() ? "" : "; " + hint)), m_where(std::move(where)),
    m_problem(std::move(what)), m_hint(std::move(hint))
{
}

std::string describe(const std::vector<Problem>& problems)
{
    std::string text;
    for (const Problem& p : problems) {
        if (!text.empty()) text += '\n';
        text += (p.field.empty() ? "" : p.field + ": ") + p.what + (p.hint.empty() ? "" : "; " + p.hint);
    }
    return text;
}

} // namespace bitstill
