#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/sweep.h"
#include "engine/io/json_text.h"
#include "engine/store/sweep_counts.h"

#include <iostream>

namespace bitstill::cli {

using nlohmann::json;

namespace {

json failureJson(const Sweep& sweep, const PlannedRun& run, const RunFailure& failure)
{
    json values = json::object();
    for (const std::string& key : sweep.varied)
        if (const auto value = run.spec.values.find(key); value != run.spec.values.end())
            std::visit([&](const auto& v) { values[key] = v; }, value->second);
    return {{"hash", run.hash}, {"fields", values}, {"seed", run.spec.seed}, {"reason", failure.reason}, {"exit", failure.exit},
        {"signal", failure.signal}, {"attempt", failure.attempt}, {"host", failure.host}, {"job", failure.job},
        {"log", (sweep.runFolder(run.hash) / "log.txt").string()}};
}

void printJson(const Sweep& sweep, const std::vector<RunStatus>& statuses, bool onlyFailed)
{
    const SweepCounts counts = countsOf(statuses);
    json document{{"runs", counts.total()}, {"other_versions", counts.otherVersions}};
    for (int s = 0; s < kRunStates; ++s) document[nameOf(static_cast<RunState>(s))] = counts.of[static_cast<std::size_t>(s)];
    json failures = json::array();
    for (std::size_t i = 0; i < statuses.size(); ++i)
        if (statuses[i].failure) failures.push_back(failureJson(sweep, sweep.runs[i], *statuses[i].failure));
    document["failures"] = failures;
    std::cout << jsonText(onlyFailed ? failures : document, 2) << std::endl;
}

} // namespace

int sweepStatus(const SweepArguments& a)
{
    const Sweep sweep = readSweep(a.folder);
    const std::vector<RunStatus> statuses = statusesOf(sweep);
    if (a.json) {
        printJson(sweep, statuses, a.failed);
        return 0;
    }
    if (!a.failed) std::cout << said(text("%1: %2", sweep.folder.string(), summaryOf(countsOf(statuses)))) << '\n';
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        const bool shown =
            a.failed ? statuses[i].failure.has_value() : statuses[i].state != RunState::Finished && statuses[i].state != RunState::Waiting;
        if (!shown) continue;
        std::cout << nameOf(statuses[i].state) << "  " << sweep.runs[i].hash << "  "
                  << printable(settingsOf(sweep, sweep.runs[i].spec), kLongestLine);
        if (statuses[i].failure)
            std::cout << "  " << printable(statuses[i].failure->reason, kLongestLine) << "  "
                      << printable((sweep.runFolder(sweep.runs[i].hash) / "log.txt").string());
        std::cout << '\n';
        if (a.failed)
            for (const std::string& line : split(statuses[i].failure->lastLines, '\n'))
                if (!line.empty()) std::cout << "    " << printable(line, kLongestLine) << '\n';
    }
    return 0;
}

} // namespace bitstill::cli
