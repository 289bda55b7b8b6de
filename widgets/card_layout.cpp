#include "widgets/card_layout.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr int kGap = 12, kNarrowest = 350, kMostColumns = 4;
constexpr double kMostStretch = 1.45;

struct Row {
    std::size_t first, end; ///< of its cards
    int height;
};

} // namespace

CardLayout layOutCards(const std::vector<CardWish>& wishes, QSize room)
{
    CardLayout layout;
    const int width = room.width() - 2 * kGap;
    const int columns = layout.columns = std::clamp((width + kGap) / (kNarrowest + kGap), 1, kMostColumns);
    const double column = (width - (columns - 1) * kGap) / static_cast<double>(columns);
    // Wide cards are for wide windows; with two columns two figures side by side say more than one.
    const auto spanOf = [columns, column](const CardWish& wish) {
        if (wish.neededWidth > column) return std::min(2, columns);
        return columns >= 3 ? std::min(wish.span, columns) : 1;
    };
    std::vector<Row> rows;
    layout.leastHeight = kGap;
    for (std::size_t first = 0; first < wishes.size(); first = rows.back().end) {
        Row row{first, first, 0};
        for (int used = 0; row.end < wishes.size() && used + spanOf(wishes[row.end]) <= columns; ++row.end) {
            const int span = spanOf(wishes[row.end]);
            used += span;
            row.height = std::max(row.height, wishes[row.end].heightAt(static_cast<int>(span * column)));
        }
        layout.leastHeight += row.height + kGap;
        rows.push_back(row);
    }
    const double stretch =
        std::clamp(static_cast<double>(room.height() - layout.leastHeight) / std::max(layout.leastHeight, 1) + 1, 1.0, kMostStretch);
    int y = kGap;
    for (const Row& row : rows) {
        const int height = static_cast<int>(row.height * stretch);
        int at = 0;
        for (std::size_t i = row.first; i < row.end; ++i) {
            const bool fills = i + 1 == row.end && row.end < wishes.size();
            const int span = fills ? columns - at : spanOf(wishes[i]);
            layout.cards.emplace_back(
                kGap + static_cast<int>(at * (column + kGap)), y, static_cast<int>(span * column + (span - 1) * kGap), height);
            at += span;
        }
        y += height + kGap;
    }
    return layout;
}

} // namespace bitstill
