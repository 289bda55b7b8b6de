#pragma once

#include "engine/experiment/figure.h"
#include "widgets/theme.h"

#include <QPainter>

namespace bitstill {

/// Paints the body of a heat map, images, a table or a read-out into `area`.
void paintBody(QPainter& painter, const QRectF& area, const Figure& figure, const Theme& theme);

/// Height that the body would like at this width; 0 when any will do.
qreal bodyHeight(const Figure& figure, qreal width);

/// Width below which a table would have to shorten its cells; 0 for everything else.
qreal leastWidth(const Figure& figure);

} // namespace bitstill
