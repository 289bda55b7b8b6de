#include "app/figure_window.h"

#include "app/placement.h"
#include "paint/translate.h"
#include "widgets/figure_card.h"

#include <QAction>
#include <QVBoxLayout>

namespace bitstill {

FigureWindow::FigureWindow(
    Document& document, FigurePointer figure, std::optional<std::string> origin, const Theme& theme, QWidget* parent) :
    QDialog(parent),
    m_document(document), m_origin(std::move(origin)), m_column(new QVBoxLayout(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("enlarged.") + QString::fromStdString(figure->id));
    place(*this, {}, {1000, 640});
    makeCard(std::move(figure), theme);
    if (m_origin) return;
    connect(&m_document, &Document::figuresChanged, this, &FigureWindow::follow);
    connect(&m_document, &Document::held, this, [this](bool moving) { m_card->hold(moving); });
}

void FigureWindow::makeCard(FigurePointer figure, const Theme& theme)
{
    const FigureCard::State state = m_card ? m_card->state() : FigureCard::State();
    delete m_card;
    setWindowTitle(toQString(figure->title));
    m_card = new FigureCard(theme, std::move(figure), this);
    // It is as large as it gets.
    if (auto* enlarge = m_card->findChild<QAction*>(QStringLiteral("action.enlarge"))) enlarge->setVisible(false);
    m_card->setState(state);
    if (!m_origin) m_card->setSettings(toQString(m_document.liveSettings()));
    connect(m_card, &FigureCard::fieldHeld, &m_document, &Document::hold);
    m_column->addWidget(m_card);
    connect(m_card, &FigureCard::fieldChosen, this,
        [this](const QString& field, const Value& value) { m_document.choose(field.toStdString(), value); });
    connect(m_card, &FigureCard::asked, this, [this](FigureCommand command) { Q_EMIT asked(m_card->figure(), command); });
}

void FigureWindow::setTheme(const Theme& theme) { makeCard(m_card->figure(), theme); }

void FigureWindow::follow()
{
    for (const FigurePointer& figure : m_document.figures()) {
        if (!isSameFigure(*figure, *m_card->figure())) continue;
        setWindowTitle(toQString(figure->title));
        if (figure != m_card->figure()) m_card->setFigure(figure);
        m_card->setSettings(toQString(m_document.liveSettings()));
        return;
    }
}

} // namespace bitstill
