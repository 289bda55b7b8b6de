#include "app/look_window.h"

#include "app/placement.h"
#include "paint/translate.h"
#include "widgets/card_grid.h"
#include "widgets/restyle.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace bitstill {

LookWindow::LookWindow(const std::string& field, const Theme& theme, QWidget* parent) :
    QDialog(parent), m_field(field), m_status(new QLabel), m_scroll(new QScrollArea)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("lookAt.") + QString::fromStdString(field));
    m_status->setObjectName(QStringLiteral("lookStatus"));
    m_status->setWordWrap(true);
    m_status->setTextFormat(Qt::PlainText);
    m_status->setContentsMargins(16, 8, 16, 8);
    m_status->hide();
    m_scroll->setObjectName(QStringLiteral("lookFigures"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins({});
    column->addWidget(m_status);
    column->addWidget(m_scroll, 1);
    setTheme(theme);
    place(*this, {}, {860, 720});
}

void LookWindow::setTheme(const Theme& theme)
{
    std::vector<FigurePointer> figures;
    if (m_grid)
        for (const FigureCard* card : m_grid->cards()) figures.push_back(card->figure());
    m_grid = new CardGrid(theme);
    m_grid->setObjectName(QStringLiteral("lookGrid"));
    connect(m_grid, &CardGrid::asked, this, &LookWindow::asked);
    m_grid->setFigures(figures);
    m_scroll->setWidget(m_grid); // which takes the place of the one before
}

void LookWindow::showLook(const QString& title, const OverviewPointer& look)
{
    if (look && !look->problem.empty()) return showProblem(title, look->problem);
    setWindowTitle(title);
    if (!look) return say(tr("Looking…"), "muted");
    m_status->hide();
    m_grid->setFigures(look->figures);
}

void LookWindow::showProblem(const QString& title, const Text& problem)
{
    setWindowTitle(title);
    say(toQString(problem), "problem");
    m_grid->setFigures({});
}

void LookWindow::say(const QString& words, const char* role)
{
    m_status->setText(words);
    m_status->setProperty("role", role);
    restyle(*m_status);
    m_status->show();
}

} // namespace bitstill
