#pragma once

#include "engine/experiment/answers.h"
#include "engine/experiment/figure.h"

#include <string>
#include <utility>
#include <vector>

namespace bitstill {

/// Figures by their Place, and within it, like metrics, in the order in which they first came.
struct Shown {
    std::vector<FigurePointer> figures;
    std::vector<std::pair<std::string, double>> metrics;
    AnswersByMetric answers;

    /// In the place of the one with the same id, or behind the others of its Place.
    void show(const FigurePointer& figure);
    void drop(const std::string& prefix);
    /// In the place of the one with the same name; the answers behind that one go with it.
    void metric(const std::string& name, double value);
    /// With the answers behind it.
    void dropMetric(const std::string& name);
};

} // namespace bitstill
