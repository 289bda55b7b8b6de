// --on parallel: GNU parallel is handed the hashes of what is not done. Its own --resume goes by position in the list, and takes a job that
// was killed for done.

#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/process.h"
#include "app/cli/sweep.h"
#include "engine/io/files.h"
#include "engine/store/claim.h"

#include <iostream>
#include <map>
#include <sstream>
#include <unistd.h>

namespace bitstill::cli {

namespace fs = std::filesystem;

namespace {

void requireGnuParallel()
{
    const Output version = outputOf({"parallel", "--version"});
    if (version.started && version.text.find("GNU parallel") != std::string::npos) return;
    throw Error("parallel",
        version.started ? text("this is not GNU parallel: moreutils has another program of that name")
                        : text("GNU parallel is not installed"),
        text("install the package %1, or choose --on here", "parallel"));
}

/// What the joblog says of a job: Exitval and Signal, by the hashes in its command.
void noteFailures(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, const fs::path& joblog)
{
    std::map<std::string, std::pair<int, int>> ended;
    std::istringstream lines(readFile(joblog, 1'000'000'000));
    std::string line;
    std::getline(lines, line); // headings
    while (std::getline(lines, line)) {
        const std::vector<std::string> cells = split(line, '\t'); // Seq Host Starttime JobRuntime Send Receive Exitval Signal Command
        if (cells.size() < 9) continue;
        for (const std::string& word : split(cells[8], ' ')) ended[word] = {std::atoi(cells[6].c_str()), std::atoi(cells[7].c_str())};
    }
    for (const PlannedRun* run : runs) {
        const fs::path folder = sweep.runFolder(run->hash);
        const auto found = ended.find(run->hash);
        if (found == ended.end() || isDone(folder, run->hash, launch.otherVersions)) continue;
        const auto [exit, signal] = found->second;
        const bool givenBack = exit > 128 && signal == 0; // it was sent a signal, and said so in its log
        const bool stillBegun = Claim::stateOf(folder) == Claim::State::Held;
        if ((exit == 0 && signal == 0) || givenBack || stillBegun || hasFailedLast(folder)) continue;
        writeFailure(folder, {.reason = endText(exit, signal).english(), .exit = exit, .signal = signal});
        Claim::clear(folder);
    }
}

} // namespace

LaunchEnd launchParallel(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, Interrupts& interrupts)
{
    requireGnuParallel();
    const fs::path folder = fs::absolute(sweep.folder);
    fs::create_directories(folder / "launch");
    const fs::path joblog = folder / "launch" / ("parallel-" + std::to_string(getpid()) + ".joblog");
    std::vector<std::string> command{"parallel", "--jobs", std::to_string(launch.jobs), "--joblog", joblog.string()};
    if (launch.pack > 0) command.insert(command.end(), {"-N", std::to_string(launch.pack)});
    command.insert(command.end(), launch.passed.begin(), launch.passed.end());
    command.push_back(workCommand(folder, launch) + " --only {}");
    std::string hashes;
    for (const PlannedRun* run : runs) hashes += run->hash + "\n";
    const Ended ended = runProcess(command, hashes, interrupts);
    LaunchEnd end{.signal = interrupts.signal()};
    std::error_code none;
    if (fs::exists(joblog, none)) noteFailures(sweep, runs, launch, joblog);
    // 1 to 101 is how many failed: they are named one by one. Others, and none that was begun, are parallel's own.
    constexpr int kMostFailures = 101;
    if (end.signal == 0 && (ended.exit < 0 || ended.exit > kMostFailures || !fs::exists(joblog, none))) {
        std::cerr << said(text("parallel ended with exit status %1", std::to_string(ended.exit))) << std::endl;
        end.broken = true;
    }
    return end;
}

} // namespace bitstill::cli
