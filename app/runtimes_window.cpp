#include "app/runtimes_window.h"

#include "app/markdown_page.h"

#include <QCoreApplication>
#include <QDialog>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace bitstill {

void showRuntimes(QWidget* parent, const QString& language)
{
    const QString name = QStringLiteral("runtimes");
    if (auto* open = parent->findChild<QDialog*>(name)) return open->activateWindow();
    auto* dialog = new QDialog(parent);
    dialog->setObjectName(name);
    dialog->setWindowTitle(QCoreApplication::translate("export", "Where runtimes differ"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->resize(820, 620);
    auto* page = markdownPage("runtimesPage");
    showMarkdown(*page, markdownResource(name, language));
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins({});
    column->addWidget(page);
    dialog->show();
}

} // namespace bitstill
