// A history of 10,000 synthetic runs: what its start, a search, sorting and comparing take. bench_history FOLDER [RUNS] fills the folder
// when it is empty (fast on a disk in memory, minutes elsewhere: each run is flushed), then measures.

#include "engine/store/history.h"
#include "engine/core/rng.h"
#include "engine/experiment/catalogue.h"

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

/// Each experiment in turn, with bits, a rate and some twenty metrics that differ.
Record recordOf(int number)
{
    Rng rng(static_cast<std::uint64_t>(number), "history");
    const ExperimentInfo& info = experiments()[static_cast<std::size_t>(number) % experiments().size()];
    Record record;
    record.spec = defaultSpec(info.id);
    record.spec.seed = static_cast<std::uint64_t>(number);
    if (fieldOf(info, "quant.bits")) record.spec.values["quant.bits"] = std::int64_t{2 + number % 7};
    if (fieldOf(info, "train.learning_rate")) record.spec.values["train.learning_rate"] = 0.001 * (1 + number % 50);
    record.outcome = number % 17 == 0 ? Outcome::Diverged : Outcome::Finished;
    record.seconds = 1 + 100 * rng.uniform();
    record.version = versionText();
    for (const char* name : {"float32.accuracy", "static.accuracy", "qat.accuracy"}) record.metrics.emplace_back(name, rng.uniform());
    for (int layer = 0; layer < 17; ++layer)
        record.metrics.emplace_back("layer.dense" + std::to_string(layer) + ".sqnr_db", 40 * rng.uniform());
    return record;
}

void fill(const char* folder, int runs)
{
    History history(folder);
    for (int i = static_cast<int>(history.count()); i < runs; ++i) {
        Tensor weights({16, 16}, static_cast<float>(i % 100)); // as often as not the weights of another run
        const RunId run = history.add(recordOf(i), {{"float32", {{"dense1.weight", weights}}}}, 1000LL * i, "bench").id;
        if (i % 100 == 0) history.setStarred(run, true);
        if (i % 50 == 0) history.addTag(run, "paper");
        if (i % 70 == 0) history.setNote(run, "worth another look");
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) return std::fprintf(stderr, "bench_history FOLDER [RUNS]\n"), 2;
    const char* const folder = argv[1];
    const auto start = std::chrono::steady_clock::now();
    fill(folder, argc > 2 ? std::atoi(argv[2]) : 10'000);
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
        const Record record = recordOf(1'000'000);
        history.forget({history.add(record, {}, historyNow(), "bench").id});
    });
    return 0;
}
