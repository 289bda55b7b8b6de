#pragma once

#include "engine/experiment/record.h"
#include "engine/store/sweep_plan.h"

#include <filesystem>
#include <optional>

namespace bitstill {

/// A sweep is a folder: sweep.json (the grids), runs/HASH/{spec.json, record.json, failed.json, log.txt, claim}, launch/. What is known of
/// it is read from these files, whoever runs it. A record.json that is whole and of its spec is the only thing that says "done".
struct Sweep {
    std::filesystem::path folder{};
    std::vector<SweepGrid> grids{}; ///< what was asked for, one after the other
    std::string keep = "record"; ///< of each run: "record" (its numbers), "figures" with them, "model" and the network
    std::vector<PlannedRun> runs{}; ///< of all grids, each spec once
    std::vector<std::string> varied{}; ///< variedKeys()

    std::filesystem::path runFolder(const std::string& hash) const { return folder / "runs" / hash; }
};

/// Throws Error when there is none, or its plan cannot be read.
Sweep readSweep(const std::filesystem::path& folder);
/// `keep` of the sweep in the folder, without reading what else its plan says. Throws Error as readSweep() does.
std::string keepIn(const std::filesystem::path& folder);
/// What a sweep.json says: grids, each of at most kMostSpecs, and `keep`. Throws Error, naming `name`, for what planSweep() did not write.
Sweep planFrom(const std::string& bytes, const std::string& name);
/// Adds a valid grid to the sweep in the folder, or makes one. Writes sweep.json and the spec.json of every run that has none; two who do
/// so at once do it one after the other. Throws Error when it cannot be written, or the folder holds a sweep of another experiment.
Sweep planSweep(const std::filesystem::path& folder, const SweepGrid& grid, const std::string& keep);

/// What a table needs of a record.json.
struct RunResult {
    bool diverged = false;
    double seconds = 0;
    int threads = 0;
    std::string version{}, host{};
    Metrics metrics{};
    bool operator==(const RunResult&) const = default;
};

/// Why a run has no record although it was tried.
struct RunFailure {
    std::string reason{}; ///< one line, in English
    int exit = 0, signal = 0; ///< of its process; 0: it lived on
    int attempt = 0;
    std::string host{}, job{};
    std::string lastLines{}; ///< of log.txt
    bool operator==(const RunFailure&) const = default;
};

/// `result` of the run in this folder; empty where there is no record, none of this spec, or half of one.
std::optional<RunResult> resultIn(const std::filesystem::path& runFolder, const std::string& hash);
std::optional<RunFailure> failureIn(const std::filesystem::path& runFolder);
/// Of its last attempt; that of an earlier one says nothing about it.
bool hasFailedLast(const std::filesystem::path& runFolder);
void writeFailure(const std::filesystem::path& runFolder, const RunFailure& failure);
/// Of an attempt that does not count any more, when another begins.
void clearFailure(const std::filesystem::path& runFolder);
/// A line of log.txt, with the time; of what cannot be written nobody is told.
void logLine(const std::filesystem::path& runFolder, const std::string& line) noexcept;
/// How often a run has been begun, as log.txt says.
int attemptsIn(const std::filesystem::path& runFolder);
inline constexpr const char* kAttemptMark = "begun";

enum class RunState { Finished, Diverged, Failed, Interrupted, Running, Waiting };
inline constexpr int kRunStates = 6;
const char* nameOf(RunState state);

struct RunStatus {
    RunState state = RunState::Waiting;
    std::optional<RunResult> result{}; ///< finished, diverged
    std::optional<RunFailure> failure{}; ///< failed
    bool operator==(const RunStatus&) const = default;
};
RunStatus statusOf(const Sweep& sweep, const std::string& hash);

} // namespace bitstill
