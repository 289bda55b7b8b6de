#pragma once

#include <QString>
#include <vector>

namespace bitstill {

/// A term of resources/glossary.md.
struct Term {
    QString english, korean;
    QString meaning, koreanMeaning;
};

/// The rows of the table, in its order.
std::vector<Term> glossary();
/// All of them as Markdown in that language ("ko" or "en"), with the other language's word beside each.
QString glossaryMarkdown(const QString& language);

} // namespace bitstill
