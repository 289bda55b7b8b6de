#include "app/page_window.h"

#include "app/markdown_page.h"

#include <QDialog>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace bitstill {

void showPage(QWidget* parent, const QString& name, const QString& title, const QString& markdown)
{
    if (auto* open = parent->findChild<QDialog*>(name)) {
        open->raise();
        return open->activateWindow();
    }
    auto* dialog = new QDialog(parent);
    dialog->setObjectName(name);
    dialog->setWindowTitle(title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->resize(820, 620);
    auto* page = markdownPage(qPrintable(name + QStringLiteral("Page")));
    page->setAccessibleName(title);
    showMarkdown(*page, markdown);
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins({});
    column->addWidget(page);
    dialog->show();
}

} // namespace bitstill
