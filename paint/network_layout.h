#pragma once

#include "paint/network_lanes.h"

#include <QList>
#include <QRectF>
#include <vector>

namespace bitstill {

/// A network as boxes in rows that are read as text is, from left to right and on in the next row; lines between them. Boxes are as large
/// as there is room for: a long network is a strip of narrow ones.
struct NetworkLayout {
    struct Edge {
        std::size_t from, to;
        QList<QPointF> points; ///< from the right of one box to the left of the other, past all others
    };
    std::vector<QRectF> boxes; ///< by node
    std::vector<std::size_t> rowOf; ///< by node
    std::vector<Edge> edges;
    std::vector<QRectF> nameRows; ///< by row: room for names above its boxes; without height where boxes are large enough to have theirs
};

/// All of it within `size`: nothing overlaps, and boxes are lower where there is too little room.
NetworkLayout layoutNetwork(const NodeInputs& inputs, QSizeF size);

/// The height that it would like at this width.
qreal networkHeight(const NodeInputs& inputs, qreal width);

} // namespace bitstill
