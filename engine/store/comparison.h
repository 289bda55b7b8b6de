#pragma once

#include "engine/experiment/record.h"
#include "engine/measure/interval.h"

#include <memory>
#include <optional>

namespace bitstill {

/// A run among others. The record is shared: figures of large runs are.
struct ComparedRun {
    Text name{};
    std::shared_ptr<const Record> record{};
};

inline constexpr std::size_t kMostCompared = 8;

/// What tells the runs apart, for each of them: "Bits 3, Seed 2"; of runs that differ in nothing, "run 1" and so on.
std::vector<Text> namesOf(const std::vector<std::shared_ptr<const Record>>& records);

/// A difference as a person reads it, with a true minus: "+0.0123", "−4"; 0 has no sign.
std::string differenceText(double change, int digits);

/// to − from in a metric that is the share of right answers, with its paired 95 % interval (pairedDifference()); nothing where one of them
/// does not tell its answers, or they are of other samples. `metricTo`: what it is called in `to`, if not the same.
std::optional<Interval> pairedChange(const Record& from, const Record& to, const std::string& metric, const std::string& metricTo = {});

/// What runs are compared in, and what it is called in each of them; empty where one has none.
struct ComparedMetric {
    Text label{};
    std::vector<std::string> names{};
};
/// The metrics that at least two of them have. Before them those that have a number of bits in their names ("static.b3.accuracy"), each
/// run at the bits that its own settings say, where these are not the same.
std::vector<ComparedMetric> comparedMetrics(const std::vector<ComparedRun>& runs);

/// What two to kMostCompared runs have in common and where they differ, the first of them being the baseline. In this order:
/// - "compare.settings": only the settings that differ, as they were at the end, a column for each run;
/// - "compare.metrics": comparedMetrics() and the differences from the baseline, with an interval where there is a pairedChange();
/// - "compare.ID...": for each figure of the baseline that another run has too, the runs in one picture, one for each of its series:
///   curves, histograms as outlines, bars side by side, maps as differences, tables and read-outs side by side. Images and networks are
///   left out.
/// Throws Error for fewer or more runs.
std::vector<Figure> comparisonOf(const std::vector<ComparedRun>& runs);

} // namespace bitstill
