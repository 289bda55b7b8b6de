#include "app/markdown_page.h"

#include <QFile>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextList>
#include <QTextTable>

namespace bitstill {

namespace {

/// GitHub's, but Korean writes ranges with the sign that strikes words out there: 1~12.
const QTextDocument::MarkdownFeatures kDialect(QTextDocument::MarkdownDialectGitHub & ~0x0200); // MD4C's MD_FLAG_STRIKETHROUGH

/// Markdown comes without air between its paragraphs.
void spaceOut(QTextDocument& document)
{
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
        if (QTextCursor(block).currentTable()) continue; // its cells have their own
        QTextBlockFormat format = block.blockFormat();
        format.setTopMargin(format.headingLevel() > 0 ? 14 : 2);
        format.setBottomMargin(block.textList() ? 4 : 8);
        format.setLineHeight(125, QTextBlockFormat::ProportionalHeight);
        QTextCursor(block).setBlockFormat(format);
    }
}

/// Colour alone does not tell links apart.
void underlineLinks(QTextDocument& document)
{
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
        for (auto part = block.begin(); !part.atEnd(); ++part) {
            const QTextFragment link = part.fragment();
            if (!link.charFormat().isAnchor() || link.charFormat().fontUnderline()) continue;
            QTextCharFormat underlined;
            underlined.setFontUnderline(true);
            QTextCursor cursor(&document);
            cursor.setPosition(link.position());
            cursor.setPosition(link.position() + link.length(), QTextCursor::KeepAnchor);
            cursor.mergeCharFormat(underlined);
            part = block.begin(); // fragments are new
        }
}

void padTables(QTextFrame& frame)
{
    for (QTextFrame* child : frame.childFrames())
        if (auto* table = qobject_cast<QTextTable*>(child)) {
            QTextTableFormat format = table->format();
            format.setCellPadding(6);
            table->setFormat(format);
        }
}

/// Fetches nothing, wherever a page says that its pictures are.
class Page : public QTextBrowser {
protected:
    QVariant loadResource(int /*kind*/, const QUrl& /*name*/) override { return {}; }
};

} // namespace

QTextBrowser* markdownPage(const char* name)
{
    auto* browser = new Page;
    browser->setObjectName(QLatin1String(name));
    browser->setOpenLinks(false);
    browser->setFrameShape(QFrame::NoFrame);
    browser->document()->setDocumentMargin(14);
    return browser;
}

void showMarkdown(QTextBrowser& page, const QString& markdown, Html html)
{
    // Made beside the page: one that is shown lays itself out with every word that comes.
    auto* document = new QTextDocument(&page);
    QTextDocument* before = page.document();
    document->setUndoRedoEnabled(false);
    document->setDefaultFont(before->defaultFont());
    document->setDocumentMargin(before->documentMargin());
    document->setMarkdown(markdown, html == Html::Read ? kDialect : kDialect | QTextDocument::MarkdownNoHTML);
    document->setIndentWidth(18);
    spaceOut(*document);
    underlineLinks(*document);
    padTables(*document->rootFrame());
    const bool isOurs = before->parent() == &page; // the first one is Qt's
    page.setDocument(document);
    if (isOurs) delete before;
    page.moveCursor(QTextCursor::Start);
}

QString markdownResource(const QString& name, const QString& language)
{
    QFile file(QStringLiteral(":/%1.%2.md").arg(name, language));
    if (!file.exists()) file.setFileName(QStringLiteral(":/%1.md").arg(name));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace bitstill
