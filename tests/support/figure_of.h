#pragma once

#include "engine/experiment/figure.h"

#include <algorithm>

/// The figure with this id; null when there is none.
inline const bitstill::Figure* figureOf(const std::vector<bitstill::FigurePointer>& figures, const std::string& id)
{
    const auto found = std::ranges::find(figures, id, [](const bitstill::FigurePointer& f) { return f->id; });
    return found == figures.end() ? nullptr : found->get();
}

/// Which must be among them.
inline const bitstill::Figure& figureOf(const std::vector<bitstill::Figure>& figures, const std::string& id)
{
    return *std::ranges::find(figures, id, &bitstill::Figure::id);
}

/// A reference into figures that are gone by the next line.
void figureOf(std::vector<bitstill::Figure>&& figures, const std::string& id) = delete;
