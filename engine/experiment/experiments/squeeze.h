#pragma once

#include "engine/experiment/results.h"
#include "engine/measure/interval.h"

/// What squeeze measures, and the figures that are drawn from it.
namespace bitstill::squeeze_down {

/// A network on the way down, measured over seeds.
struct Stage {
    std::string id; ///< metric prefix
    Text name{};
    Role role = Role::Neutral;
    std::vector<double> accuracies{};
    double bytes = 0, latency = 0; ///< latency of one sample in µs, of the first seed
};

struct Result {
    std::size_t labels = 0; ///< that the students have
    std::vector<Stage> stages{}; ///< the teacher first

    /// Null where there is none of this id yet.
    const Stage* find(const std::string& id) const;
    const Stage& stage(const std::string& id) const { return *find(id); }
    /// Paired over seeds.
    Interval gain(const std::string& from, const std::string& to) const;
};

Metrics metricsOf(const Result& result);
std::vector<Figure> figuresOf(const Result& result);

} // namespace bitstill::squeeze_down
