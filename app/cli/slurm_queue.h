#pragma once

#include "app/cli/process.h"
#include "engine/store/job_list.h"

#include <set>

namespace bitstill::cli {

struct SlurmQueue {
    std::set<std::string> hashes{}; ///< runs that a task waits or works for
    bool over = true; ///< no task of this sweep is left
};
/// What Slurm still has of this sweep. When it cannot be asked, everything counts as queued, and nothing as over.
SlurmQueue queuedRuns(const std::filesystem::path& folder);
/// "TIMEOUT 2, CANCELLED 1": how tasks ended that Slurm still knows, but for those that went well.
std::string statesText(const std::filesystem::path& folder);

/// Most tasks of an array: its indices must stay below MaxArraySize. Throws Error where there is no Slurm.
std::size_t largestArray();
/// How long a busy Slurm may take to take a job: one that is given up meanwhile may be in its queue all the same.
inline constexpr int kSubmitMinutes = 5;
/// What `sbatch --parsable` has said; throws Error with its words when it has refused.
std::string submittedId(const Output& output);

} // namespace bitstill::cli
