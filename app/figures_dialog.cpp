#include "app/figures_dialog.h"

#include "app/placement.h"
#include "widgets/card_grid.h"
#include "widgets/restyle.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace bitstill {

FiguresDialog::FiguresDialog(const QString& name, const Theme& theme, QSize wanted, QWidget* parent) :
    QDialog(parent), m_above(new QVBoxLayout), m_status(new QLabel), m_scroll(new QScrollArea)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(name);
    m_status->setObjectName(QStringLiteral("lookStatus"));
    m_status->setWordWrap(true);
    m_status->setTextFormat(Qt::PlainText);
    m_status->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_status->setContentsMargins(16, 8, 16, 8);
    m_status->hide();
    connect(m_status, &QLabel::linkActivated, this, &FiguresDialog::linkChosen);
    m_scroll->setObjectName(QStringLiteral("lookFigures"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins({});
    column->addLayout(m_above);
    column->addWidget(m_status);
    column->addWidget(m_scroll, 1);
    setTheme(theme);
    letGiveWay(*this);
    place(*this, {}, wanted);
}

void FiguresDialog::setTheme(const Theme& theme)
{
    std::vector<FigurePointer> figures;
    if (m_grid)
        for (const FigureCard* card : m_grid->cards()) figures.push_back(card->figure());
    m_grid = new CardGrid(theme);
    m_grid->setObjectName(QStringLiteral("lookGrid"));
    m_grid->setLeading(m_leading);
    connect(m_grid, &CardGrid::asked, this, &FiguresDialog::asked);
    connect(m_grid, &CardGrid::placeChosen, this, &FiguresDialog::placeChosen);
    m_grid->setFigures(figures);
    m_scroll->setWidget(m_grid); // which takes the place of the one before
}

void FiguresDialog::setLeading(bool leading)
{
    m_leading = leading;
    m_grid->setLeading(leading);
}

void FiguresDialog::showFigures(const std::vector<FigurePointer>& figures) { m_grid->setFigures(figures); }

void FiguresDialog::sayLinked(const QString& html)
{
    say(html, "plain");
    m_status->setTextFormat(Qt::RichText);
    m_status->setTextInteractionFlags(Qt::TextBrowserInteraction); // which the keyboard comes to
}

void FiguresDialog::say(const QString& words, const char* role)
{
    m_status->setTextFormat(Qt::PlainText);
    m_status->setText(words);
    m_status->setProperty("role", role);
    restyle(*m_status);
    m_status->setVisible(!words.isEmpty());
}

} // namespace bitstill
