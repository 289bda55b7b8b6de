// A history of 10,000 synthetic runs: what its start, a search, sorting and comparing take. bench_history FOLDER [RUNS] fills the folder
// when it is empty (fast on a disk in memory, minutes elsewhere: each run is flushed), then measures.

#include "tests/bench/synthetic_runs.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace bitstill;

namespace {

/// Milliseconds, the median of some.
template <class Work> void measure(const char* what, const Work& work)
{
    constexpr int kTimes = 9;
    std::vector<double> times;
    for (int i = 0; i < kTimes; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    std::printf("%-44s %8.2f ms (worst %.2f)\n", what, times[kTimes / 2], times.back());
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) return std::fprintf(stderr, "bench_history FOLDER [RUNS]\n"), 2;
    const char* const folder = argv[1];
    const auto start = std::chrono::steady_clock::now();
    addRuns(folder, argc > 2 ? std::atoi(argv[2]) : 10'000);
    std::printf(
        "%-44s %8.2f s\n", "made (what was missing)", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());

    measure("start: open and list the first 200", [&] { History(folder).find({.limit = 200}); });
    History history(folder);
    std::printf("%-44s %8lld, %s\n", "runs", static_cast<long long>(history.count()), bytesText(history.usage()).c_str());
    const auto found = [&](const char* what, const HistoryQuery& query) {
        measure(what, [&] {
            history.count(query);
            history.find(query);
        });
    };
    found("search \"bits=3 finished\", first 200", {.words = "bits=3 finished", .limit = 200});
    found("search \"paper\" (a tag), first 200", {.words = "paper", .limit = 200});
    found("search for what is not there", {.words = "nothing like this", .limit = 200});
    found("tag and star", {.tag = "paper", .starredOnly = true, .limit = 200});
    found("sort by seconds, first 200", {.order = HistoryOrder::Seconds, .limit = 200});
    found("sort by a metric, first 200", {.order = HistoryOrder::Metric, .metric = "qat.accuracy", .limit = 200});
    found("the last 200 of all", {.offset = std::max<std::int64_t>(history.count() - 200, 0), .limit = 200});
    found("all of them", {});
    const std::vector<HistoryEntry> eight = history.find({.limit = 8});
    measure("compare 8 runs: records and networks", [&] {
        for (const HistoryEntry& e : eight) {
            history.record(e.id);
            history.models(e.id);
        }
    });
    measure("groups, tags and names of metrics", [&] {
        history.experiments();
        history.tags();
        history.metricNames();
    });
    measure("quick check of the file's structure", [&] { history.isSound(); });
    measure("add a run and forget it", [&] {
        const Record record = syntheticRun(1'000'000);
        history.forget({history.add(record, {}, historyNow(), "bench").id});
    });
    return 0;
}
