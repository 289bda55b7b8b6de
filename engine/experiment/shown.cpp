#include "engine/experiment/shown.h"

#include <algorithm>

namespace bitstill {

void Shown::show(const FigurePointer& figure)
{
    const auto found = std::find_if(figures.begin(), figures.end(), [&](const FigurePointer& f) { return f->id == figure->id; });
    if (found == figures.end())
        figures.insert(std::ranges::upper_bound(figures, figure->place, {}, &Figure::place), figure);
    else
        *found = figure;
}

void Shown::drop(const std::string& prefix)
{
    std::erase_if(figures, [&](const FigurePointer& f) { return f->id.starts_with(prefix); });
}

void Shown::metric(const std::string& name, double value)
{
    answers.erase(name);
    const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.first == name; });
    if (found == metrics.end())
        metrics.emplace_back(name, value);
    else
        found->second = value;
}

void Shown::dropMetric(const std::string& name)
{
    answers.erase(name);
    std::erase_if(metrics, [&](const auto& m) { return m.first == name; });
}

} // namespace bitstill
