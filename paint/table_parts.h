#pragma once

#include "engine/experiment/figure.h"

#include <QtGlobal>
#include <vector>

namespace bitstill {

/// A table that is too wide, as several to stand below each other, each with the first column; as it is, when it fits or is no table. What
/// is left of a number is another number, so its columns are never shortened on paper.
std::vector<Figure> partsWithin(const Figure& figure, qreal width);

} // namespace bitstill
