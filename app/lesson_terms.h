#pragma once

#include <QString>

class QTextDocument;
class QUrl;

namespace bitstill {

/// Marks the first mention of each of the glossary's words, outside of headings, code and other links, with dots under it: a link to its
/// meaning.
void markTerms(QTextDocument& page, const QString& language);
/// What the word behind such a link means, as HTML; empty for any other link.
QString meaningBehind(const QUrl& link, const QString& language);

} // namespace bitstill
