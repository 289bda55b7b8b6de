#include "widgets/card_grid.h"

#include "widgets/card_layout.h"

#include <QToolButton>
#include <algorithm>

namespace bitstill {

CardGrid::CardGrid(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) { setObjectName(QStringLiteral("grid")); }

void CardGrid::setFigures(const std::vector<FigurePointer>& figures)
{
    m_figures = figures;
    bool sameLayout = figures.size() == m_cards.size();
    std::vector<FigureCard*> cards;
    for (const FigurePointer& figure : m_order.sorted(figures)) {
        const auto same =
            std::find_if(m_cards.begin(), m_cards.end(), [&](FigureCard* c) { return c && isSameFigure(*c->figure(), *figure); });
        if (same == m_cards.end()) {
            cards.push_back(makeCard(figure));
            sameLayout = false;
            continue;
        }
        sameLayout = sameLayout && static_cast<std::size_t>(same - m_cards.begin()) == cards.size();
        const int before = (*same)->wantedHeight((*same)->width());
        if ((*same)->figure() != figure) (*same)->setFigure(figure);
        sameLayout = sameLayout && before == (*same)->wantedHeight((*same)->width());
        cards.push_back(*same);
        *same = nullptr;
    }
    for (FigureCard* old : m_cards)
        if (old) old->deleteLater();
    for (FigureCard* old : m_cards)
        if (old) old->hide();
    m_cards = std::move(cards);
    tellLinks();
    if (sameLayout) return;
    arrange();
    chainFocus();
}

/// Tab goes through the cards as they stand.
void CardGrid::chainFocus()
{
    QWidget* before = nullptr;
    for (const FigureCard* card : m_cards)
        for (QWidget* next :
            {static_cast<QWidget*>(card->findChild<FigureView*>()), static_cast<QWidget*>(card->findChild<QToolButton*>())}) {
            if (before) QWidget::setTabOrder(before, next);
            before = next;
        }
}

FigureCard* CardGrid::makeCard(const FigurePointer& figure)
{
    auto* card = new FigureCard(m_theme, figure, this);
    card->setSettings(m_settings);
    card->setLeading(m_leading);
    connect(card, &FigureCard::placeChosen, this, [this, card](std::size_t place) { Q_EMIT placeChosen(card, place); });
    connect(card, &FigureCard::fieldChosen, this, &CardGrid::fieldChosen);
    connect(card, &FigureCard::asked, this, [this, card](FigureCommand command) { Q_EMIT asked(card->figure(), command); });
    connect(card, &FigureCard::fieldHeld, this, &CardGrid::held);
    connect(card, &FigureCard::linkAsked, this, [this, card](bool linked) {
        link(linked);
        follow(*card);
    });
    connect(card, &FigureCard::partChosen, this, [this, card] { follow(*card); });
    addOrderMenu(*card);
    if (const auto state = m_states.extract(figure->id)) card->setState(state.mapped());
    card->show();
    return card;
}

FigureCard* CardGrid::cardOf(const Figure& figure) const
{
    const auto found = std::ranges::find_if(m_cards, [&figure](const FigureCard* c) { return isSameFigure(*c->figure(), figure); });
    return found == m_cards.end() ? nullptr : *found;
}

void CardGrid::setSettings(const QString& settings)
{
    m_settings = settings;
    for (FigureCard* card : m_cards) card->setSettings(settings);
}

void CardGrid::hold(bool moving)
{
    for (FigureCard* card : m_cards) card->hold(moving);
}

std::map<std::string, FigureCard::State> CardGrid::states() const
{
    std::map<std::string, FigureCard::State> states = m_states;
    for (const FigureCard* card : m_cards) states.insert_or_assign(card->figure()->id, card->state());
    return states;
}

void CardGrid::link(bool linked)
{
    m_linked = linked;
    tellLinks();
}

/// One alone has nobody to be linked with.
void CardGrid::tellLinks()
{
    const auto histograms = std::ranges::count_if(m_cards, [](const FigureCard* c) { return c->isHistogram(); });
    for (FigureCard* card : m_cards) card->setLinked(histograms > 1 && card->isHistogram() ? std::optional(m_linked) : std::nullopt);
}

void CardGrid::follow(const FigureCard& zoomed)
{
    if (!m_linked || !zoomed.isHistogram()) return;
    for (FigureCard* card : m_cards)
        if (card != &zoomed && card->isHistogram()) card->showSameX(zoomed);
}

void CardGrid::resizeEvent(QResizeEvent*) { arrange(); }

void CardGrid::arrange()
{
    std::vector<CardWish> wishes;
    for (const FigureCard* card : m_cards)
        wishes.push_back({card->span(), card->neededWidth(), [card](int width) { return card->wantedHeight(width); }});
    setMinimumHeight(layOutCards(wishes, size()).leastHeight); // which may change the size
    const CardLayout layout = layOutCards(wishes, size());
    for (std::size_t i = 0; i < m_cards.size(); ++i) m_cards[i]->setGeometry(layout.cards[i]);
}

} // namespace bitstill
