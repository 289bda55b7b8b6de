#pragma once

#include "engine/experiment/spec.h"
#include "engine/store/sweep_axes.h"

namespace bitstill {

/// Every combination of the axes' points and the seeds, all else as in `base`.
struct SweepGrid {
    Spec base{};
    std::vector<SweepAxis> axes{};
    std::vector<std::uint64_t> seeds{}; ///< empty: that of the base
    bool operator==(const SweepGrid&) const = default;
};

struct PlannedRun {
    std::string hash; ///< specHash()
    Spec spec; ///< complete
};

/// What is wrong with the grid and with each of its specs, each thing once: unknown or repeated fields, values that do not fit, more
/// combinations than kMostSpecs.
std::vector<Problem> validate(const SweepGrid& grid);
/// The specs, complete, the first axis varying slowest and the seeds fastest; a spec that comes twice is there once. Of a valid grid.
std::vector<PlannedRun> runsOf(const SweepGrid& grid);
/// The product of points and seeds, at most kMostSpecs + 1.
std::size_t combinationsOf(const SweepGrid& grid);

/// What tells the runs apart: fields of the axes, and fields that differ for another reason, in that order.
std::vector<std::string> variedKeys(const std::vector<SweepGrid>& grids, const std::vector<PlannedRun>& runs);

nlohmann::json toJson(const SweepGrid& grid);
/// Throws Error, naming `name`, for what toJson() did not write.
SweepGrid gridFromJson(const nlohmann::json& document, const std::string& name);

} // namespace bitstill
