#pragma once

#include "engine/core/overloads.h"
#include "engine/experiment/figure.h"

namespace bitstill {

/// Kinds whose body Qt Charts draws (FigureChart), and kinds whose body is painted without it (paintBody). Each kind is one of the two.
template <class Kind>
concept Charted = OneOf<Kind, Curves, Histogram, Bars, Scatter>;
template <class Kind>
concept Painted = OneOf<Kind, Heatmap, Images, Table, Readout, NetworkMap>;

inline bool isChart(const Figure& figure)
{
    static constexpr Overloads kChart{[](const Charted auto&) { return true; }, [](const Painted auto&) { return false; }};
    return std::visit(kChart, figure.body);
}

} // namespace bitstill
