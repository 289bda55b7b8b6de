#pragma once

#include "engine/experiment/figure.h"

#include <QStringList>
#include <optional>

namespace bitstill {

/// How somebody wants to see a figure.
struct ShownAs {
    QStringList hidden{}; ///< names of series, markers and dots, as a legend has them
    bool flipX = false, flipY = false; ///< axes of the other kind: logarithmic where they are not, and the other way round

    bool isPlain() const { return hidden.isEmpty() && !flipX && !flipY; }
    bool operator==(const ShownAs&) const = default;
};

/// A picture that somebody wants to compare with, and how the live fields were set.
struct KeptFigure {
    FigurePointer figure;
    QString settings;
};

/// The figure as it is wanted; nothing when no series would be left. An axis that may not be of the other kind stays as it is.
std::optional<Figure> figureAs(const Figure& figure, const ShownAs& as);

/// Axes that may be logarithmic, by name: they are so now, or all their values are above 0. Bars have one, y.
struct AxesToFlip {
    const Axis *x = nullptr, *y = nullptr;
};
AxesToFlip axesToFlip(const Figure& figure);

} // namespace bitstill
