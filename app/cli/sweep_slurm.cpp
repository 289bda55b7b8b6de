// --on slurm: arrays of tasks, each of which does some runs one after the other. What is done is read from the folder; Slurm is asked only
// which tasks it still has, and never for its accounting.

#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/process.h"
#include "app/cli/slurm_queue.h"
#include "app/cli/sweep.h"
#include "engine/io/files.h"
#include "engine/store/sweep_counts.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <set>
#include <unistd.h>

namespace bitstill::cli {

namespace fs = std::filesystem;

namespace {

using Runs = std::vector<const PlannedRun*>;

/// A task costs Slurm most of a second: it should last minutes, by what runs have taken, and before that is known there should not be many.
std::size_t packFor(const Sweep& sweep, std::size_t runs, int asked)
{
    if (asked > 0) return static_cast<std::size_t>(asked);
    double seconds = 0;
    int finished = 0;
    for (const RunStatus& status : statusesOf(sweep))
        if (status.result) {
            seconds += status.result->seconds;
            ++finished;
        }
    constexpr std::size_t kMostTasks = 200;
    constexpr double kTaskSeconds = 300;
    if (finished == 0 || seconds <= 0) return (runs + kMostTasks - 1) / kMostTasks;
    return std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(kTaskSeconds * finished / seconds)), 1, runs);
}

std::string submitScript(const fs::path& folder, const Launch& launch)
{
    return "#!/bin/bash\n"
           "#SBATCH --job-name=bitstill\n"
           "#SBATCH --cpus-per-task="
        + std::to_string(std::max(launch.threads, 1)) + "\n#SBATCH --output=\"" + (folder / "launch/slurm-%A_%a.out").string()
        + "\"\n"
          "#SBATCH --open-mode=append\n"
          "#SBATCH --requeue\n"
          "# sbatch --array=0-LAST submit.sh LIST FIRST PACK: task i does PACK runs of LIST, a file with their names, from line\n"
          "# FIRST + i * PACK + 1 on. A run that has its record is not done again, so this may be submitted at any time.\n"
          "from=$(($2 + SLURM_ARRAY_TASK_ID * $3 + 1))\n"
          "exec "
        + workCommand(folder, launch) + " --only $(sed -n \"${from},$((from + $3 - 1))p\" \"$1\")\n";
}

/// Tasks of one array, at most as many as the cluster lets an index be.
std::string submit(const fs::path& folder, const Launch& launch, const SlurmJob& job)
{
    std::vector<std::string> command{"sbatch", "--parsable", "--array=0-" + std::to_string(job.tasks - 1)};
    command.insert(command.end(), launch.passed.begin(), launch.passed.end());
    for (const std::string& word :
        {(folder / "launch/submit.sh").string(), job.list.string(), std::to_string(job.first), std::to_string(job.pack)})
        command.push_back(word);
    return submittedId(outputOf(command, std::chrono::minutes(kSubmitMinutes)));
}

/// table.csv once all tasks have ended, however: after "afterok" a job whose condition failed would wait for ever.
void gatherLater(const fs::path& folder, const Launch& launch, const std::vector<std::string>& ids)
{
    std::string after = "--dependency=afterany";
    for (const std::string& id : ids) after += ":" + id;
    std::vector<std::string> command{"sbatch", "--parsable", after, "--kill-on-invalid-dep=yes", "--job-name=bitstill-table",
        "--output=" + (folder / "launch/slurm-table.out").string()};
    command.insert(command.end(), launch.passed.begin(), launch.passed.end());
    const std::string program = quoted(fs::read_symlink("/proc/self/exe").string()), path = quoted(folder.string());
    command.insert(command.end(), {"--wrap", program + " sweep table " + path + " -o " + path + "/table.csv"});
    submittedId(outputOf(command, std::chrono::minutes(kSubmitMinutes)));
}

std::vector<std::string> submitAll(const Sweep& sweep, const fs::path& folder, const Runs& runs, const Launch& launch)
{
    const std::size_t most = largestArray(), pack = packFor(sweep, runs.size(), launch.pack);
    std::string hashes;
    for (const PlannedRun* run : runs) hashes += run->hash + "\n";
    const fs::path list = folder / "launch" / ("runs-" + std::to_string(std::time(nullptr)) + "-" + std::to_string(getpid()) + ".txt");
    writeFile(list, hashes);
    writeFile(folder / "launch/submit.sh", submitScript(folder, launch));
    std::vector<std::string> ids;
    for (std::size_t first = 0; first < runs.size(); first += most * pack) {
        const std::size_t left = runs.size() - first;
        SlurmJob job{.id = {}, .list = list, .first = first, .pack = pack, .tasks = std::min(most, (left + pack - 1) / pack)};
        job.id = submit(folder, launch, job);
        noteJob(folder, job);
        ids.push_back(job.id);
    }
    return ids;
}

/// Between two questions to Slurm, which answers everybody on the cluster.
std::chrono::seconds slurmPause()
{
    constexpr int kUsual = 30;
    const char* const said = std::getenv("BITSTILL_SLURM_PAUSE");
    const int seconds = said ? std::atoi(said) : 0;
    return std::chrono::seconds(seconds > 0 ? seconds : kUsual);
}

/// Until every run has a result, or Slurm has no task left that could give it one.
LaunchEnd waitFor(const Sweep& sweep, const fs::path& folder, Runs left, const Launch& launch, Interrupts& interrupts)
{
    constexpr std::chrono::milliseconds kOften{2000};
    const std::chrono::seconds seldom = slurmPause();
    std::map<std::string, int> before; // attempts: the failure of an earlier one is no result
    for (const PlannedRun* run : left) before[run->hash] = attemptsIn(sweep.runFolder(run->hash));
    LaunchEnd end;
    bool over = false;
    auto asked = std::chrono::steady_clock::now();
    while (true) {
        std::erase_if(left, [&](const PlannedRun* run) {
            const fs::path runFolder = sweep.runFolder(run->hash);
            if (isDone(runFolder, run->hash, launch.otherVersions)) return true;
            const std::optional<RunFailure> failure = failureIn(runFolder);
            return failure && (over || failure->attempt > before[run->hash]);
        });
        if (left.empty()) return end;
        if (over) break;
        if (interrupts.wait(kOften) != 0) {
            end.signal = interrupts.signal(); // the jobs go on
            return end;
        }
        if (std::chrono::steady_clock::now() - asked < seldom) continue;
        over = queuedRuns(folder).over;
        asked = std::chrono::steady_clock::now();
    }
    std::cerr << said(counted(static_cast<std::int64_t>(left.size()),
        "Slurm has no task left, and %1 has no result: %2; the same command submits it again",
        "Slurm has no task left, and %1 have no result: %2; the same command submits them again", statesText(folder)))
              << std::endl;
    end.broken = true;
    return end;
}

} // namespace

LaunchEnd launchSlurm(const Sweep& sweep, const Runs& runs, const Launch& launch, Interrupts& interrupts)
{
    const fs::path folder = fs::absolute(sweep.folder);
    fs::create_directories(folder / "launch");
    const std::set<std::string> queued = queuedRuns(folder).hashes;
    Runs fresh;
    for (const PlannedRun* run : runs)
        if (!queued.contains(run->hash)) fresh.push_back(run);
    if (!fresh.empty()) {
        const std::vector<std::string> ids = submitAll(sweep, folder, fresh, launch);
        std::cout << said(counted(static_cast<std::int64_t>(fresh.size()), "%1 run submitted to Slurm, job %2",
            "%1 runs submitted to Slurm, jobs %2", joined(ids)))
                  << std::endl;
        if (!launch.wait) gatherLater(folder, launch, ids);
    }
    if (launch.wait) return waitFor(sweep, folder, runs, launch, interrupts);
    if (!queued.empty())
        std::cout << said(
            counted(static_cast<std::int64_t>(queued.size()), "%1 run is in Slurm's queue already", "%1 runs are in Slurm's queue already"))
                  << std::endl;
    return {.submitted = true};
}

} // namespace bitstill::cli
