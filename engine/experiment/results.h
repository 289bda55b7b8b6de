#pragma once

#include "engine/experiment/context.h"

#include <algorithm>
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

/// These in the place of those that were told before; what is no longer among them is dropped.
inline void tellInstead(Context& context, Metrics& told, Metrics now)
{
    for (const auto& [name, value] : told)
        if (std::ranges::none_of(now, [&name = name](const auto& m) { return m.first == name; })) context.dropMetric(name);
    tellAll(context, now);
    told = std::move(now);
}

} // namespace bitstill
