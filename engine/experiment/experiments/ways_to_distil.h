#pragma once

#include "engine/distill/method.h"
#include "engine/experiment/results.h"
#include "engine/measure/interval.h"

/// What ways-to-distil measures, and the figures that are drawn from it.
namespace bitstill::ways_to_distil {

/// One way of teaching, measured over seeds.
struct Way {
    DistillMethod method{};
    Text unfit{}; ///< why it cannot serve this pair
    std::vector<double> accuracies{}, agreements{}, microseconds{};
    double share = 0; ///< of the gradient that comes from the method, early in training
    bool isAlone() const { return method.name == "alone"; }
};

struct Result {
    std::size_t labels = 0; ///< that the students have
    std::vector<Way> ways{}; ///< alone is the first

    /// Over the same student alone, paired over seeds.
    Interval gain(const Way& way) const;
    /// Those that have been measured, but for alone: the largest gain first.
    std::vector<const Way*> ranking() const;
    std::size_t seeds() const { return ways.front().accuracies.size(); }
};

Metrics metricsOf(const Result& result);
std::vector<Figure> figuresOf(const Result& result);

} // namespace bitstill::ways_to_distil
