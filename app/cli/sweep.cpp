#include "app/cli/sweep.h"

#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/spec_of.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/files.h"
#include "engine/store/claim.h"
#include "engine/store/sweep_table.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <unistd.h>

namespace bitstill::cli {

namespace {

/// Everything that is wrong with the command, at once.
SweepGrid gridOf(const SweepArguments& a)
{
    std::vector<Problem> problems;
    SweepGrid grid{.base = readSpec(a.what, a.contrast, a.sets, problems), .axes = {}, .seeds = {}};
    const ExperimentInfo* const info = findExperiment(grid.base.experiment);
    if (!info) throw WrongUse(validate(grid.base));
    for (const std::string& axis : a.grids) grid.axes.push_back(gridAxis(*info, axis, problems));
    for (const std::string& axis : a.zips) grid.axes.push_back(zipAxis(*info, axis, problems));
    if (!a.seeds.empty()) grid.seeds = sweepSeeds(a.seeds, problems);
    for (const std::string& set : a.sets)
        for (const SweepAxis& axis : grid.axes)
            for (const std::string& key : axis.keys)
                if (set.starts_with(key + "="))
                    problems.push_back({key, text("--set says what it is, and an axis that it varies"), text("leave out one of them")});
    // With an axis that could not be read its other specs are still looked at.
    SweepGrid rest = grid;
    std::erase_if(rest.axes, [](const SweepAxis& axis) { return axis.rows.empty(); });
    const std::vector<Problem> more = validate(problems.empty() ? grid : rest);
    for (const Problem& p : more) {
        const bool told =
            std::any_of(problems.begin(), problems.end(), [&](const Problem& q) { return q.field == p.field && q.what == p.what; });
        if (!told) problems.push_back(p);
    }
    if (!problems.empty()) throw WrongUse(problems);
    grid.base = withDefaults(grid.base);
    return grid;
}

Launch launchOf(const SweepArguments& a, const std::string& keep)
{
    const int cores = usableCores();
    Launch launch{.on = a.on,
        .jobs = a.jobs,
        .threads = a.threads,
        .pack = a.pack,
        .keep = keep,
        .wait = a.wait,
        .otherVersions = a.otherVersions,
        .passed = a.passed};
    if (launch.threads == 0 && launch.on != "slurm") launch.threads = launch.jobs == 1 ? cores : 1;
    if (launch.jobs == 0) launch.jobs = std::max(1, cores / std::max(launch.threads, 1));
    return launch;
}

void sayEnd(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, bool otherVersions)
{
    std::vector<RunStatus> statuses;
    for (const PlannedRun* run : runs) {
        statuses.push_back(statusOf(sweep, run->hash));
        // One that has the record of another version still, and did not get its own.
        const std::filesystem::path folder = sweep.runFolder(run->hash);
        if (!isDone(folder, run->hash, otherVersions)) statuses.back().failure = failureIn(folder);
    }
    std::cout << said(text("%1: %2", sweep.folder.string(), summaryOf(countsOf(statuses)))) << std::endl;
    constexpr int kMost = 5;
    int told = 0, failed = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (!statuses[i].failure) continue;
        if (++failed > kMost) continue;
        ++told;
        std::cerr << printable(runs[i]->hash + "  " + settingsOf(sweep, runs[i]->spec) + "  " + statuses[i].failure->reason + "  "
                + (sweep.runFolder(runs[i]->hash) / "log.txt").string(),
            kLongestLine)
                  << '\n';
    }
    if (failed > told) std::cerr << said(text("and %1 more", std::to_string(failed - told))) << '\n';
}

LaunchEnd launchOn(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, Interrupts& interrupts)
{
    if (launch.on == "slurm") return launchSlurm(sweep, runs, launch, interrupts);
    if (launch.on == "parallel") return launchParallel(sweep, runs, launch, interrupts);
    return launchHere(sweep, runs, launch, interrupts);
}

/// Launches each run that is not done, once, and waits for what others are at: that is theirs, until they finish it or die.
LaunchEnd launchAll(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, Interrupts& interrupts)
{
    std::vector<const PlannedRun*> left = runs;
    std::set<std::string> tried;
    LaunchEnd end;
    while (!left.empty()) {
        std::vector<const PlannedRun*> free, others;
        for (const PlannedRun* run : left) {
            const std::filesystem::path folder = sweep.runFolder(run->hash);
            if (isDone(folder, run->hash, launch.otherVersions)) {
                Claim::clear(folder); // of one that was killed behind its last line
                continue;
            }
            if (Claim::stateOf(folder) == Claim::State::Held) {
                others.push_back(run);
                // Our own processes have ended, so somebody else was quicker. Of those that parallel started one may live on elsewhere.
                if (launch.on == "here") tried.erase(run->hash);
            } else if (tried.insert(run->hash).second) {
                free.push_back(run);
            }
        }
        if (free.empty() && others.empty()) break;
        if (!free.empty()) {
            end = launchOn(sweep, free, launch, interrupts);
            if (end.signal != 0 || end.broken || end.submitted) return end;
        } else if (interrupts.wait(std::chrono::milliseconds(200)) != 0) {
            end.signal = interrupts.signal();
            return end;
        }
        left = std::move(others);
        left.insert(left.end(), free.begin(), free.end());
    }
    return end;
}

int runAll(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch)
{
    Interrupts interrupts({SIGUSR1, SIGUSR2});
    const LaunchEnd end = launchAll(sweep, runs, launch, interrupts);
    writeFile(sweep.folder / "table.csv", tableBytes(tableOf(sweep, statusesOf(sweep), {}), "csv"));
    if (!end.submitted) sayEnd(sweep, runs, launch.otherVersions);
    if (end.signal != 0) return 128 + end.signal;
    if (end.broken) return 1;
    if (end.submitted) return 0;
    const bool all = std::all_of(
        runs.begin(), runs.end(), [&](const PlannedRun* r) { return isDone(sweep.runFolder(r->hash), r->hash, launch.otherVersions); });
    return all ? 0 : 1;
}

int planAndRun(const SweepArguments& a)
{
    if (a.what.empty()) throw WrongUse(text("say which experiment, or one of %1", "status, again, table, plot, work"));
    if (a.out.empty()) throw WrongUse(text("%1 is missing", "--out"));
    const SweepGrid grid = gridOf(a);
    const std::vector<PlannedRun> wanted = runsOf(grid);
    const std::size_t same = combinationsOf(grid) - wanted.size();
    if (same > 0)
        std::cerr << said(counted(static_cast<std::int64_t>(same), "note: %1 combination is the same as another, and runs once",
            "note: %1 combinations are the same as others, and run once"))
                  << std::endl;
    if (a.dryRun) {
        Sweep sweep{.folder = a.out, .grids = {grid}, .runs = wanted, .varied = variedKeys({grid}, wanted)};
        for (const PlannedRun& run : sweep.runs)
            std::cout << run.hash << "  " << printable(settingsOf(sweep, run.spec), kLongestLine) << '\n';
        return 0;
    }
    const std::string keep = a.keep.empty() ? "record" : a.keep;
    const Sweep sweep = planSweep(a.out, grid, keep);
    std::set<std::string> hashes;
    for (const PlannedRun& run : wanted) hashes.insert(run.hash);
    std::vector<const PlannedRun*> runs;
    for (const PlannedRun& run : sweep.runs)
        if (hashes.contains(run.hash)) runs.push_back(&run);
    if (a.on != "none") return runAll(sweep, runs, launchOf(a, keep));
    sayEnd(sweep, runs, false);
    return 0;
}

int again(const SweepArguments& a)
{
    if (a.on == "none") throw WrongUse(text("--on none: the plan is there already"));
    const Sweep sweep = readSweep(a.folder);
    std::vector<const PlannedRun*> runs;
    for (const PlannedRun& run : sweep.runs)
        if (!a.failed || statusOf(sweep, run.hash).state == RunState::Failed) runs.push_back(&run);
    Launch launch = launchOf(a, sweep.keep);
    launch.otherVersions = !a.failed;
    return runAll(sweep, runs, launch);
}

/// An option that would not be heard is a mistake.
void requireMeaning(const SweepArguments& a)
{
    const bool launches = a.command.empty() || a.command == "again", submits = launches && a.on == "slurm",
               hands = submits || (launches && a.on == "parallel");
    const bool plans = !a.what.empty() || !a.contrast.empty() || !a.sets.empty() || !a.grids.empty() || !a.zips.empty() || !a.seeds.empty()
        || !a.out.empty() || a.dryRun;
    if (!a.command.empty() && plans) throw WrongUse(text("what plans a sweep does not go with `sweep %1`", a.command));
    const std::string where = launches ? "--on " + a.on : "sweep " + a.command;
    const auto refuse = [&](bool given, bool meant, const char* option) {
        if (given && !meant) throw WrongUse(text("%1 means nothing with %2", option, where));
    };
    refuse(!a.passed.empty(), hands, "--");
    refuse(a.pack > 0, hands, "--pack");
    refuse(a.wait, submits, "--wait");
    if (launches) refuse(a.jobs > 0, a.on == "here" || a.on == "parallel", "--jobs");
    if (launches) refuse(a.threads > 0, a.on != "none", "--threads");
}

} // namespace

int sweep(const SweepArguments& a)
{
    requireMeaning(a);
    if (a.command == "again") return again(a);
    if (a.command == "status") return sweepStatus(a);
    if (a.command == "table") return sweepTable(a);
    if (a.command == "plot") return sweepPlot(a);
    if (a.command == "work") return sweepWork(a);
    return planAndRun(a);
}

} // namespace bitstill::cli
