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
        const auto same = std::find_if(m_cards.begin(), m_cards.end(),
            [&](FigureCard* c) { return c && c->figure()->id == figure->id && c->figure()->body.index() == figure->body.index(); });
        if (same == m_cards.end()) {
            auto* card = new FigureCard(m_theme, figure, this);
            connect(card, &FigureCard::fieldChosen, this, &CardGrid::fieldChosen);
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
    const double column = (room - (columns - 1) * kGap) / static_cast<double>(columns);
    const auto spanOf = [columns, column](const FigureCard* card) {
        if (card->neededWidth() > column) return std::min(2, columns);
        return columns >= 3 ? std::min(card->span(), columns) : 1;
    };
    struct Row {
        std::size_t first, end;
        int height;
    };
    std::vector<Row> rows;
    int total = kGap;
    for (std::size_t first = 0; first < m_cards.size(); first = rows.back().end) {
        Row row{first, first, 0};
        for (int used = 0; row.end < m_cards.size() && used + spanOf(m_cards[row.end]) <= columns; ++row.end) {
            const int span = spanOf(m_cards[row.end]);
            used += span;
            row.height = std::max(row.height, m_cards[row.end]->wantedHeight(static_cast<int>(span * column)));
        }
        total += row.height + kGap;
        rows.push_back(row);
    }
    setMinimumHeight(total);
    // In a tall window the rows grow, but not out of proportion.
    const double stretch = std::clamp(static_cast<double>(height() - total) / std::max(total, 1) + 1, 1.0, 1.45);
    int y = kGap;
    for (const Row& row : rows) {
        const int rowHeight = static_cast<int>(row.height * stretch);
        int at = 0;
        for (std::size_t i = row.first; i < row.end; ++i) {
            // The last card of a full row takes what is left over.
            const int span = i + 1 == row.end && row.end < m_cards.size() ? columns - at : spanOf(m_cards[i]);
            m_cards[i]->setGeometry(
                kGap + static_cast<int>(at * (column + kGap)), y, static_cast<int>(span * column + (span - 1) * kGap), rowHeight);
            at += span;
        }
        y += rowHeight + kGap;
    }
}

} // namespace bitstill
