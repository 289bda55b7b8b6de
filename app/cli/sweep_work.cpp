#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/process.h"
#include "app/cli/sweep_worker.h"
#include "engine/core/thread_pool.h"
#include "engine/io/files.h"

#include <algorithm>
#include <charconv>
#include <iostream>

namespace bitstill::cli {

namespace fs = std::filesystem;

namespace {

bool isHash(const std::string& word)
{
    return word.size() == 16
        && std::all_of(word.begin(), word.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// From its own spec.json: the plan of a large sweep takes longer to read than a short run takes.
PlannedRun runIn(const fs::path& folder, const std::string& hash)
{
    const fs::path file = folder / "runs" / hash / "spec.json";
    const Spec spec = specFromJson(readFile(file, 10'000'000), file.string());
    const std::vector<Problem> problems = validate(spec);
    if (!problems.empty()) throw Error(file.string(), problems.front().what, problems.front().hint);
    PlannedRun run{.hash = hash, .spec = withDefaults(spec)};
    if (specHash(run.spec) != hash)
        throw Error(file.string(), text("this is not the spec of its folder"), text("give the sweep's command again; it writes it anew"));
    return run;
}

std::pair<std::size_t, std::size_t> partOf(const std::string& word)
{
    std::size_t k = 0, n = 0;
    const char* const end = word.data() + word.size();
    const auto first = std::from_chars(word.data(), end, k);
    const bool slash = first.ec == std::errc{} && first.ptr != end && *first.ptr == '/';
    const auto second = slash ? std::from_chars(first.ptr + 1, end, n) : first;
    if (!slash || second.ec != std::errc{} || second.ptr != end || k < 1 || k > n)
        throw WrongUse(text("--part %1: write K/N with K from 1 to N, as in 2/8", printable(word)));
    return {k, n};
}

std::vector<PlannedRun> runsFor(const SweepArguments& a)
{
    std::vector<PlannedRun> runs;
    if (!a.only.empty()) {
        for (const std::string& hash : a.only) {
            if (!isHash(hash)) throw WrongUse(text("--only %1: write the 16 hexadecimal digits of a folder in runs/", printable(hash)));
            runs.push_back(runIn(a.folder, hash));
        }
        return runs;
    }
    Sweep sweep = readSweep(a.folder);
    if (a.part.empty()) return std::move(sweep.runs);
    // By hash: what a part is does not depend on what is done.
    const auto [k, n] = partOf(a.part);
    std::sort(sweep.runs.begin(), sweep.runs.end(), [](const PlannedRun& x, const PlannedRun& y) { return x.hash < y.hash; });
    for (std::size_t i = k - 1; i < sweep.runs.size(); i += n) runs.push_back(std::move(sweep.runs[i]));
    return runs;
}

} // namespace

std::string workCommand(const fs::path& folder, const Launch& launch)
{
    std::string command =
        quoted(fs::read_symlink("/proc/self/exe").string()) + " sweep work " + quoted(folder.string()) + " --keep " + launch.keep;
    if (launch.threads > 0) command += " --threads " + std::to_string(launch.threads);
    if (launch.otherVersions) command += " --other-versions";
    return command;
}

int sweepWork(const SweepArguments& a)
{
    if (!a.only.empty() && !a.part.empty()) throw WrongUse(text("%1 and %2 exclude each other", "--only", "--part"));
    const std::vector<PlannedRun> runs = runsFor(a);
    SweepWorker worker(
        a.threads > 0 ? a.threads : std::min(usableCores(), defaultThreads()), a.keep.empty() ? keepIn(a.folder) : a.keep, a.otherVersions);
    int failed = 0;
    for (const PlannedRun& run : runs) {
        const fs::path folder = fs::path(a.folder) / "runs" / run.hash;
        if (worker.run(folder, run) != SweepWorker::End::Failed) continue;
        ++failed;
        if (const std::optional<RunFailure> failure = failureIn(folder))
            std::cerr << printable(run.hash + " " + failure->reason, kLongestLine) << std::endl;
    }
    return failed > 0 ? 1 : 0;
}

} // namespace bitstill::cli
