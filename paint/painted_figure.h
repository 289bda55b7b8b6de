#pragma once

#include "engine/experiment/figure.h"
#include "paint/theme.h"

#include <QPainter>
#include <vector>

namespace bitstill {

/// Paints the body of a heat map, images, a table, a read-out or a network into `area`.
void paintBody(QPainter& painter, const QRectF& area, const Figure& figure, const Theme& theme);

/// Null when the tile says another size than it has.
QImage imageOf(const ImageTile& tile);

/// By place (`placesIn`), as paintBody() has them in `area`; no more than it shows.
std::vector<QRectF> paintedPlaces(const Figure& figure, const QRectF& area);

/// Below it, something would have no room for its name: bars want a line each, images are as wide as their names.
qreal leastBodyHeight(const Figure& figure, qreal width);
/// Height that the body would like at this width; 0 when any will do.
qreal bodyHeight(const Figure& figure, qreal width);

/// Width below which a table would have to shorten its cells, or a network its names; 0 for everything else.
qreal leastWidth(const Figure& figure);

} // namespace bitstill
