#pragma once

#include "engine/experiment/figure.h"
#include "paint/canvas.h"

#include <vector>

namespace bitstill {

/// Cells with numbers where these fit, names of rows and columns, and beside them what the colours mean.
void paintHeatmap(const Canvas& canvas, const Heatmap& f);

/// Row by row, as paintHeatmap() has them in `area`.
std::vector<QRectF> heatmapCells(const Heatmap& f, const QRectF& area);

} // namespace bitstill
