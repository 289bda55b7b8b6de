#include "app/figures_page.h"

#include "app/durations.h"
#include "app/settings.h"
#include "paint/translate.h"
#include "widgets/card_grid.h"
#include "widgets/expected_page.h"

#include <QScrollArea>
#include <QScrollBar>

namespace bitstill {

FiguresPage::FiguresPage(const Theme& theme, QWidget* parent) :
    QStackedWidget(parent), m_grid(new CardGrid(theme)), m_expected(new ExpectedPage(theme)), m_figures(scrolling(m_grid, "figures")),
    m_before(scrolling(m_expected, "expected"))
{
    m_figures->setFocusPolicy(Qt::NoFocus); // its cards have it; it still scrolls by keys
    addWidget(m_figures);
    addWidget(m_before);
    connect(m_grid, &CardGrid::fieldChosen, this, &FiguresPage::fieldChosen);
    connect(m_grid, &CardGrid::asked, this, &FiguresPage::asked);
    connect(
        m_grid, &CardGrid::orderChanged, this, [this] { Settings::remember(m_orderKey, QString::fromStdString(m_grid->order().text())); });
}

QScrollArea* FiguresPage::scrolling(QWidget* page, const char* name)
{
    auto* scroll = new QScrollArea;
    scroll->setObjectName(QLatin1String(name));
    scroll->setWidget(page);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return scroll;
}

void FiguresPage::look(const Document& document)
{
    m_grid->clear();
    m_orderKey = QStringLiteral("order/") + document.id();
    m_grid->setOrder(CardOrder::from(Settings::recalled(m_orderKey).toString().toStdString()));
    m_expected->setExperiment(document.info());
    showTime(document);
}

void FiguresPage::showFigures(const Document& document)
{
    const std::vector<FigurePointer> figures = document.figures();
    m_grid->setFigures(figures);
    QWidget* shown = figures.empty() ? m_before : m_figures;
    if (shown == currentWidget()) return;
    setCurrentWidget(shown);
    showSettings(document);
}

void FiguresPage::showSettings(const Document& document)
{
    if (currentWidget() == m_before) showTime(document);
}

void FiguresPage::showTime(const Document& document)
{
    m_expected->setTime(document.info().instant ? QString() : toQString(durationSentence(tookBefore(document.spec()))));
}

void FiguresPage::showState(const Document& document)
{
    m_expected->setHint(document.run().isRunning()
            ? tr("The run has begun; the figures appear as they are computed.")
            : tr("Press Run: the network trains on this machine, and the figures appear as they are computed."));
}

int FiguresPage::position() const { return m_figures->verticalScrollBar()->value(); }

void FiguresPage::setPosition(int position) { m_figures->verticalScrollBar()->setValue(position); }

} // namespace bitstill
