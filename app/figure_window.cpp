#include "app/figure_window.h"

#include "app/placement.h"
#include "widgets/figure_card.h"
#include "widgets/translate.h"

#include <QAction>
#include <QVBoxLayout>

namespace bitstill {

FigureWindow::FigureWindow(Document& document, FigurePointer figure, const Theme& theme, QWidget* parent) :
    QDialog(parent), m_document(document), m_column(new QVBoxLayout(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("enlarged.") + QString::fromStdString(figure->id));
    place(*this, {}, {1000, 640});
    makeCard(std::move(figure), theme);
    connect(&m_document, &Document::figuresChanged, this, &FigureWindow::follow);
}

void FigureWindow::makeCard(FigurePointer figure, const Theme& theme)
{
    delete m_card;
    setWindowTitle(toQString(figure->title));
    m_card = new FigureCard(theme, std::move(figure), this);
    // It is as large as it gets.
    if (auto* enlarge = m_card->findChild<QAction*>(QStringLiteral("action.enlarge"))) enlarge->setVisible(false);
    m_column->addWidget(m_card);
    connect(m_card, &FigureCard::fieldChosen, this,
        [this](const QString& field, const Value& value) { m_document.choose(field.toStdString(), value); });
    connect(m_card, &FigureCard::asked, this, [this](const QString& what) { Q_EMIT asked(m_card->figure(), what); });
}

void FigureWindow::setTheme(const Theme& theme) { makeCard(m_card->figure(), theme); }

void FigureWindow::follow()
{
    for (const FigurePointer& figure : m_document.figures()) {
        if (figure->id != m_card->figure()->id || figure->body.index() != m_card->figure()->body.index()) continue;
        setWindowTitle(toQString(figure->title));
        if (figure != m_card->figure()) m_card->setFigure(figure);
        return;
    }
}

} // namespace bitstill
