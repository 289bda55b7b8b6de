#pragma once

#include "engine/experiment/figure.h"
#include "paint/theme.h"

#include <QPainter>

namespace bitstill {

/// Boxes, lines and the scale of the colours. Of very long networks the first part; the CSV has all of it.
void paintNetwork(QPainter& painter, const QRectF& area, const NetworkMap& f, const Theme& theme);

/// By node, as paintNetwork() has them in `area`; no more than it shows.
std::vector<QRectF> networkBoxes(const NetworkMap& f, const QRectF& area);

/// What a pointer is told of a node, on lines of their own: name, operator, detail, value.
QStringList wordsOfNode(const NetworkMap& f, std::size_t node);

qreal networkHeight(const NetworkMap& f, qreal width);
qreal leastNetworkWidth(const NetworkMap& f);

} // namespace bitstill
