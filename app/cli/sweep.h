#pragma once

#include "app/cli/interrupts.h"
#include "engine/store/sweep_folder.h"

namespace bitstill::cli {

struct SweepArguments {
    std::string command; ///< empty: plan and run; status, again, table, plot, work
    // Plan.
    std::string what; ///< experiment or SPEC.json
    std::string contrast;
    std::vector<std::string> sets, grids, zips;
    std::string seeds;
    std::string out;
    bool dryRun = false;
    // Run.
    std::string on = "here"; ///< here, parallel, slurm, none
    int jobs = 0; ///< at the same time; 0: as many as there are cores
    int threads = 0; ///< of each; 0: one where several run, in `work` the cores that it may use
    int pack = 0; ///< specs a task; 0: chosen
    std::string keep; ///< empty: record, in `work` what the plan says
    bool wait = false;
    std::vector<std::string> passed; ///< behind "--"
    // An existing sweep.
    std::string folder;
    bool failed = false;
    bool json = false;
    std::vector<std::string> metrics, where;
    std::string over, against, x, y, by, output;
    // work.
    std::string part; ///< K/N
    std::vector<std::string> only; ///< hashes
    bool otherVersions = false; ///< a record of another version is none
};

/// Exit status: 0 all finished or diverged, 1 some failed, 2 wrong use, 128 + signal.
int sweep(const SweepArguments& arguments);

int sweepWork(const SweepArguments& arguments);
int sweepStatus(const SweepArguments& arguments);
int sweepTable(const SweepArguments& arguments);
int sweepPlot(const SweepArguments& arguments);
/// By the ending of the file that is to be written; throws WrongUse for one that is not known.
std::string formatOf(const std::string& file, const std::vector<std::string>& known);
/// --where KEY=VALUE, each.
std::vector<std::pair<std::string, std::string>> conditionsIn(const std::vector<std::string>& where);

/// What a sweep's runs are done with.
struct Launch {
    std::string on{};
    int jobs = 1, threads = 0, pack = 0;
    std::string keep{};
    bool wait = false, otherVersions = false;
    std::vector<std::string> passed{};
};

/// How a launcher ended.
struct LaunchEnd {
    int signal = 0; ///< that we were sent
    bool broken = false; ///< it could not do its work; it has said why
    bool submitted = false; ///< to somebody who does it later
};

/// Runs these, each once. What came of it is in the folder.
LaunchEnd launchHere(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, Interrupts& interrupts);
LaunchEnd launchParallel(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, Interrupts& interrupts);
LaunchEnd launchSlurm(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, Interrupts& interrupts);
/// What a shell is given to do some of the runs; `--only HASH ...` is to follow. `folder` is absolute.
std::string workCommand(const std::filesystem::path& folder, const Launch& launch);

/// Has it a record that counts?
bool isDone(const std::filesystem::path& runFolder, const std::string& hash, bool otherVersions);
/// Cores that this process may use: what the scheduler really gave, whatever the environment says.
int usableCores();

} // namespace bitstill::cli
