#pragma once

#include <QString>

class QTextBrowser;

namespace bitstill {

/// A page to read, without pictures; its links are for whoever shows it.
QTextBrowser* markdownPage(const char* name);
/// What becomes of HTML in Markdown: comments of ours are not shown, what others write stands there as they wrote it.
enum class Html { Read, Shown };
/// Markdown with air between its paragraphs, from the top.
void showMarkdown(QTextBrowser& page, const QString& markdown, Html html = Html::Read);
/// The resource ":/NAME.LANGUAGE.md", or else ":/NAME.md".
QString markdownResource(const QString& name, const QString& language);

} // namespace bitstill
