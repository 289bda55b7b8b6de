// The files of one run of a sweep.

#include "engine/core/text.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/store/claim.h"
#include "engine/store/sweep_folder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <limits>
#include <unistd.h>

namespace bitstill {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::size_t kLargestFile = 1'000'000'000;

/// Null when it is not there or no JSON: a file that was cut short is as good as none.
json documentIn(const fs::path& file)
{
    std::error_code none;
    if (!fs::exists(file, none)) return {};
    try {
        return parseJson(readFile(file, kLargestFile), file.string(), {.values = 50'000'000});
    } catch (const Error&) {
        return {};
    }
}

template <class Type> Type valueIn(const json& document, const char* key, Type fallback)
{
    try {
        return document.value(key, fallback);
    } catch (const json::exception&) {
        return fallback;
    }
}

std::string logIn(const fs::path& runFolder)
{
    try {
        return readFile(runFolder / "log.txt", kLargestFile);
    } catch (const Error&) {
        return {};
    }
}

std::string lastLinesOf(const std::string& log)
{
    constexpr std::size_t kLines = 10, kBytes = 4000;
    std::size_t from = log.size(), lines = 0;
    while (from > 0 && log.size() - from < kBytes && (log[from - 1] != '\n' || lines++ < kLines + 1)) --from;
    return log.substr(from);
}

} // namespace

const char* nameOf(RunState state)
{
    static constexpr std::array<const char*, kRunStates> kNames{"finished", "diverged", "failed", "interrupted", "running", "waiting"};
    return kNames[static_cast<std::size_t>(state)];
}

std::optional<RunResult> resultIn(const fs::path& runFolder, const std::string& hash)
{
    const json record = documentIn(runFolder / "record.json");
    if (!record.is_object() || valueIn<std::string>(record, "spec_hash", "") != hash) return std::nullopt;
    const std::string outcome = valueIn<std::string>(record, "outcome", "");
    const json metrics = record.value("metrics", json());
    if ((outcome != "finished" && outcome != "diverged") || !metrics.is_object()) return std::nullopt;
    RunResult result{.diverged = outcome == "diverged",
        .seconds = valueIn<double>(record, "seconds", 0),
        .threads = valueIn<int>(record, "threads", 0),
        .version = valueIn<std::string>(record, "version", ""),
        .host = valueIn<std::string>(record, "host", ""),
        .metrics = {}};
    for (const auto& [name, value] : metrics.items())
        result.metrics.emplace_back(name, value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
    return result;
}

std::optional<RunFailure> failureIn(const fs::path& runFolder)
{
    const json j = documentIn(runFolder / "failed.json");
    if (!j.is_object()) return std::nullopt;
    return RunFailure{.reason = valueIn<std::string>(j, "reason", ""),
        .exit = valueIn<int>(j, "exit", 0),
        .signal = valueIn<int>(j, "signal", 0),
        .attempt = valueIn<int>(j, "attempt", 0),
        .host = valueIn<std::string>(j, "host", ""),
        .job = valueIn<std::string>(j, "job", ""),
        .lastLines = valueIn<std::string>(j, "log", "")};
}

bool hasFailedLast(const fs::path& runFolder)
{
    const std::optional<RunFailure> failure = failureIn(runFolder);
    return failure && failure->attempt == attemptsIn(runFolder);
}

void clearFailure(const fs::path& runFolder) { unlink((runFolder / "failed.json").c_str()); }

void writeFailure(const fs::path& runFolder, const RunFailure& failure)
{
    logLine(runFolder, "failed: " + failure.reason);
    const json document{{"reason", failure.reason}, {"exit", failure.exit}, {"signal", failure.signal}, {"host", hostName()},
        {"job", failure.job}, {"attempt", attemptsIn(runFolder)}, {"log", lastLinesOf(logIn(runFolder))}};
    writeFile(runFolder / "failed.json", jsonText(document, 1) + "\n");
}

void logLine(const fs::path& runFolder, const std::string& line) noexcept
try {
    std::array<char, 32> time{};
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::strftime(time.data(), time.size(), "%Y-%m-%dT%H:%M:%SZ ", &utc);
    appendLine(runFolder / "log.txt", time.data() + printable(line, 2000));
} catch (const std::exception&) {
    return; // a full disk is told by what matters more
}

int attemptsIn(const fs::path& runFolder)
{
    const std::string log = logIn(runFolder), mark = std::string("Z ") + kAttemptMark;
    int attempts = 0;
    for (std::size_t at = log.find(mark); at != std::string::npos; at = log.find(mark, at + 1)) ++attempts;
    return attempts;
}

RunStatus statusOf(const Sweep& sweep, const std::string& hash)
{
    const fs::path folder = sweep.runFolder(hash);
    if (std::optional<RunResult> result = resultIn(folder, hash))
        return {.state = result->diverged ? RunState::Diverged : RunState::Finished, .result = std::move(result)};
    const Claim::State claim = Claim::stateOf(folder);
    if (claim == Claim::State::Held) return {.state = RunState::Running};
    if (std::optional<RunFailure> failure = failureIn(folder)) return {.state = RunState::Failed, .failure = std::move(failure)};
    return {.state = claim == Claim::State::Abandoned ? RunState::Interrupted : RunState::Waiting};
}

} // namespace bitstill
