#pragma once

#include "engine/experiment/figure.h"
#include "engine/store/sweep_table.h"

namespace bitstill {

struct PlotChoice {
    std::string x, y; ///< a field that varies, and a metric
    std::string by{}; ///< another field: one series for each of its values; empty: one series
    std::vector<std::pair<std::string, std::string>> where{}; ///< as in TableChoice
    bool operator==(const PlotChoice&) const = default;
};

/// A figure of a sweep, and what stands behind it.
struct SweepView {
    Figure figure{};
    std::vector<std::vector<std::size_t>> runs{}; ///< by place (every x, cell row by row, or row): indices into Sweep::runs, by settings
};

/// Fields that vary although x, by and what is fixed are the same: a mean over them says nothing.
std::vector<std::string> mixedKeys(const Sweep& sweep, const PlotChoice& choice);

/// Means over seeds with their 95 % t-intervals: bars where x has few values or is no number, else curves with the ends of the intervals
/// dashed. Throws Error for a name that nothing has, and where there are mixedKeys().
SweepView plotOf(const Sweep& sweep, const std::vector<RunStatus>& statuses, const PlotChoice& choice);
/// The figure of it.
Figure figureOf(const Sweep& sweep, const std::vector<RunStatus>& statuses, const PlotChoice& choice);
/// Means over seeds, x as columns and by as rows. Throws Error as plotOf() does, and for more of either than can be seen.
SweepView mapOf(const Sweep& sweep, const std::vector<RunStatus>& statuses, const PlotChoice& choice);
/// Number, mean and 95 % t-interval over seeds for each setting of all that varies, the first 200 of them; x and by do not matter.
SweepView meansOf(const Sweep& sweep, const std::vector<RunStatus>& statuses, const PlotChoice& choice);

} // namespace bitstill
