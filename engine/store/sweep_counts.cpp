#include "engine/store/sweep_counts.h"

#include "engine/experiment/record.h"

#include <numeric>

namespace bitstill {

int SweepCounts::total() const { return std::accumulate(of.begin(), of.end(), 0); }

SweepCounts countsOf(const std::vector<RunStatus>& statuses)
{
    SweepCounts counts;
    for (const RunStatus& status : statuses) {
        ++counts.of[static_cast<std::size_t>(status.state)];
        if (status.result && status.result->version != versionText()) ++counts.otherVersions;
    }
    return counts;
}

Text summaryOf(const SweepCounts& counts)
{
    Text summary = text("%1 of %2", std::to_string(counts.done()), std::to_string(counts.total()));
    const auto add = [&](int count, const Text& part) {
        if (count > 0) summary = Text("%1, %2", {summary, part});
    };
    const auto number = [&](RunState state) { return std::to_string(counts[state]); };
    add(counts[RunState::Diverged], text("%1 diverged", number(RunState::Diverged)));
    add(counts[RunState::Failed], text("%1 failed", number(RunState::Failed)));
    add(counts[RunState::Interrupted], text("%1 interrupted", number(RunState::Interrupted)));
    add(counts[RunState::Running], text("%1 running", number(RunState::Running)));
    add(counts[RunState::Waiting], text("%1 waiting", number(RunState::Waiting)));
    add(counts.otherVersions, text("%1 of another version of Bitstill", std::to_string(counts.otherVersions)));
    return summary;
}

std::vector<RunStatus> statusesOf(const Sweep& sweep)
{
    std::vector<RunStatus> statuses;
    statuses.reserve(sweep.runs.size());
    for (const PlannedRun& run : sweep.runs) statuses.push_back(statusOf(sweep, run.hash));
    return statuses;
}

std::string settingsOf(const Sweep& sweep, const Spec& spec)
{
    std::string settings;
    for (const std::string& key : sweep.varied)
        if (const auto value = spec.values.find(key); value != spec.values.end()) settings += key + "=" + describe(value->second) + " ";
    return settings + "seed=" + std::to_string(spec.seed);
}

} // namespace bitstill
