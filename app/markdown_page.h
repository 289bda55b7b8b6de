#pragma once

#include <QString>

class QTextBrowser;

namespace bitstill {

/// A page to read; its links are for whoever shows it.
QTextBrowser* markdownPage(const char* name);
/// Markdown with air between its paragraphs, from the top.
void showMarkdown(QTextBrowser& page, const QString& markdown);
/// The resource ":/NAME.LANGUAGE.md", or else ":/NAME.md".
QString markdownResource(const QString& name, const QString& language);

} // namespace bitstill
