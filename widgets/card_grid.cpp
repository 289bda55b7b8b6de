#include "widgets/card_grid.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr int kGap = 12, kNarrowest = 350;

} // namespace

CardGrid::CardGrid(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) { setObjectName(QStringLiteral("grid")); }

void CardGrid::setFigures(const std::vector<FigurePointer>& figures)
{
    bool sameLayout = figures.size() == m_cards.size();
    std::vector<FigureCard*> cards;
    for (const FigurePointer& figure : figures) {
        const auto same = std::find_if(m_cards.begin(), m_cards.end(), [&](FigureCard* c) { return c && c->figure()->id == figure->id && c->figure()->body.index() == figure->body.index(); });
        if (same == m_cards.end()) {
            auto* card = new FigureCard(m_theme, figure, this);
            connect(card, &FigureCard::markerMoved, this, &CardGrid::markerMoved);
            connect(card, &FigureCard::asked, this, [this, card](const QString& what) { Q_EMIT asked(card->figure(), what); });
            card->show();
            cards.push_back(card);
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
    if (!sameLayout) arrange();
}

void CardGrid::resizeEvent(QResizeEvent*) { arrange(); }

void CardGrid::arrange()
{
    const int room = width() - 2 * kGap;
    const int columns = std::clamp((room + kGap) / (kNarrowest + kGap), 1, 4);
    // Wide cards are for wide windows; with two columns two figures side by side say more than one.
    const auto spanOf = [columns](const FigureCard* card) { return columns >= 3 ? std::min(card->span(), columns) : 1; };
    const double column = (room - (columns - 1) * kGap) / static_cast<double>(columns);
    int y = kGap;
    for (std::size_t first = 0; first < m_cards.size();) {
        int used = 0;
        std::size_t end = first;
        while (end < m_cards.size()) {
            const int span = spanOf(m_cards[end]);
            if (used + span > columns) break;
            used += span;
            ++end;
        }
        // The last card of a row takes what is left over.
        int height = 0;
        for (int pass = 0; pass < 2; ++pass) {
            int at = 0;
            for (std::size_t i = first; i < end; ++i) {
                int span = spanOf(m_cards[i]);
                if (i + 1 == end && end < m_cards.size()) span = columns - at;
                const int x = kGap + static_cast<int>(at * (column + kGap)), w = static_cast<int>(span * column + (span - 1) * kGap);
                if (pass == 0) height = std::max(height, m_cards[i]->wantedHeight(w));
                else m_cards[i]->setGeometry(x, y, w, height);
                at += span;
            }
        }
        y += height + kGap;
        first = end;
    }
    setMinimumHeight(y);
}

} // namespace bitstill
