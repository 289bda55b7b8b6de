#pragma once

#include <QRect>
#include <functional>
#include <vector>

namespace bitstill {

/// What a card would like.
struct CardWish {
    int span = 1; ///< columns
    int neededWidth = 0; ///< below which what it shows would be cut short
    std::function<int(int width)> heightAt; ///< that shows all of it at this width
};

struct CardLayout {
    int columns = 1;
    std::vector<QRect> cards; ///< one for each wish, in reading order
    int leastHeight = 0; ///< of the grid: rows as high as their cards would like, and the gaps around them
};

/// Cards in rows of equal columns: as many as are wide enough, at most four. A card takes two when it needs the width, or when it would
/// like to and there are three or more. The last card of a full row takes what is left of it; in a room higher than `leastHeight` rows
/// grow, but not out of proportion.
CardLayout layOutCards(const std::vector<CardWish>& wishes, QSize room);

} // namespace bitstill
