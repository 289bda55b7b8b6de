#pragma once

#include "engine/experiment/context.h"

#include <utility>

namespace bitstill {

/// What an experiment measured, by name.
using Metrics = std::vector<std::pair<std::string, double>>;

inline void showAll(Context& context, std::vector<Figure> figures)
{
    for (Figure& f : figures) context.show(std::move(f));
}

inline void tellAll(Context& context, const Metrics& metrics)
{
    for (const auto& [name, value] : metrics) context.metric(name, value);
}

} // namespace bitstill
