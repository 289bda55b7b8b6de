#pragma once

#include "engine/experiment/figure.h"

namespace bitstill {

/// A figure of one run.
struct NamedFigure {
    Text run{};
    FigurePointer figure{};
};

/// The same figure (isSameFigure) of two runs or more in one picture, one for each series that it has in several runs, the first run's
/// order; a histogram becomes the outline of its bins, a map its difference from the first run's. Nothing where a picture of several would
/// say nothing: images, networks, figures whose axes differ.
std::vector<Figure> together(const std::vector<NamedFigure>& figures);

} // namespace bitstill
