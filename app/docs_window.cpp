#include "app/docs_window.h"

#include "app/markdown_page.h"
#include "paint/report.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QRegularExpression>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace bitstill {

namespace {

constexpr const char* kFirst = "docs/index";

/// "../resources/lessons/squeeze.ko.md" and "sweeps.md", as pages refer to each other on disk, are "lessons/squeeze" and "docs/sweeps"
/// here.
QString pageOf(const QUrl& link)
{
    static const QRegularExpression file(QStringLiteral("^(\\.\\./resources/)?((?:lessons/)?[a-z-]+)(?:\\.ko)?\\.md$"));
    const auto match = file.match(link.path());
    if (!link.scheme().isEmpty() || !match.hasMatch()) return {};
    return (match.capturedLength(1) > 0 ? QString() : QStringLiteral("docs/")) + match.captured(2);
}

} // namespace

void DocsWindow::open(QWidget* parent, const QString& language)
{
    auto* window = parent->findChild<DocsWindow*>();
    if (window && window->m_language == language) return window->activateWindow();
    delete window; // the window speaks another language by now
    (new DocsWindow(parent, language))->show();
}

DocsWindow::DocsWindow(QWidget* parent, const QString& language) :
    QDialog(parent), m_language(language), m_contents(new QPushButton(tr("Contents"))), m_back(new QPushButton(tr("Back"))),
    m_page(markdownPage("docsPage"))
{
    setObjectName(QStringLiteral("docs"));
    setWindowTitle(tr("Documentation"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(860, 680);
    m_page->setAccessibleName(tr("Documentation"));
    m_contents->setObjectName(QStringLiteral("docsContents"));
    m_contents->setToolTip(tr("All pages (Alt+Home)"));
    m_contents->setShortcut(QKeySequence(QStringLiteral("Alt+Home")));
    m_back->setObjectName(QStringLiteral("docsBack"));
    m_back->setToolTip(tr("The page before (Alt+Left)"));
    m_back->setShortcut(QKeySequence(QStringLiteral("Alt+Left")));
    for (QPushButton* button : {m_contents, m_back}) {
        button->setAccessibleName(button->text());
        button->setAutoDefault(false);
    }
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(12, 8, 12, 0);
    buttons->addWidget(m_back);
    buttons->addWidget(m_contents);
    buttons->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins({});
    column->addLayout(buttons);
    column->addWidget(m_page);
    connect(m_page, &QTextBrowser::anchorClicked, this, &DocsWindow::follow);
    connect(m_contents, &QPushButton::clicked, this, [this] { visit(QLatin1String(kFirst)); });
    connect(m_back, &QPushButton::clicked, this, &DocsWindow::back);
    visit(QLatin1String(kFirst));
    m_page->setFocus();
}

void DocsWindow::follow(const QUrl& link)
{
    if (const QString page = pageOf(link); !page.isEmpty()) visit(page);
}

void DocsWindow::visit(const QString& page)
{
    if (m_visited.isEmpty() || m_visited.last() != page) m_visited << page;
    display(page);
}

void DocsWindow::back()
{
    m_visited.removeLast();
    display(m_visited.last());
}

void DocsWindow::display(const QString& page)
{
    showMarkdown(*m_page, withoutItems(markdownResource(page, m_language)));
    m_back->setEnabled(m_visited.size() > 1);
}

} // namespace bitstill
