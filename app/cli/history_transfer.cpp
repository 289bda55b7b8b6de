// `history export` and `history import`.

#include "app/cli/commands.h"
#include "app/cli/history.h"
#include "app/cli/language.h"
#include "app/cli/results.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/kept_run.h"
#include "engine/nn/model_file.h"
#include "engine/store/history.h"

#include <algorithm>
#include <iostream>
#include <sys/stat.h>

namespace bitstill::cli {

namespace fs = std::filesystem;

namespace {

bool isFile(const fs::path& path)
{
    std::error_code none;
    return fs::is_regular_file(path, none);
}

std::vector<fs::path> namesIn(const fs::path& folder, const char* extension)
{
    std::vector<fs::path> names;
    std::error_code none;
    for (fs::directory_iterator entry(folder, none), end; !none && entry != end; entry.increment(none))
        if (entry->path().extension() == extension) names.push_back(entry->path());
    std::ranges::sort(names);
    return names;
}

/// The record.json files that a path means: itself, a result folder's, or those of a sweep's runs that are done.
std::vector<fs::path> recordsAt(const fs::path& path)
{
    if (isFile(path)) return {path};
    if (isFile(path / "record.json")) return {path / "record.json"};
    std::vector<fs::path> records;
    for (const fs::path& run : namesIn(path / "runs", ""))
        if (isFile(run / "record.json")) records.push_back(run / "record.json");
    if (records.empty())
        throw Error(path.string(), text("there is no record in it"),
            text("choose a record.json, a report, a folder that `run --out` wrote, or a sweep's folder"));
    return records;
}

/// A sweep that keeps networks keeps the first alone.
void readFirst(KeptRun& run, const fs::path& record)
{
    const std::vector<KeptNetwork>& networks = experimentInfo(run.record.spec.experiment).networks;
    const fs::path file = record.parent_path() / "model.safetensors";
    if (run.models.empty() && !networks.empty() && record.filename() == "record.json" && isFile(file))
        run.models.emplace(networks.front().name, readModelTensors(file));
}

/// Milliseconds since 1970 at which the run began, as far as the file's time tells.
std::int64_t startOf(const fs::path& record, double seconds)
{
    struct stat s { };
    const std::int64_t written = stat(record.c_str(), &s) == 0 ? 1000 * static_cast<std::int64_t>(s.st_mtime) : historyNow();
    return written - static_cast<std::int64_t>(1000 * std::clamp(seconds, 0.0, 1e9));
}

bool importOne(History& history, const fs::path& file)
{
    KeptRun run = readKeptRun(file);
    readFirst(run, file);
    for (const Text& note : run.leftOut) std::cerr << printable(said(text("%1: %2", file.string(), note)), kLongestLine) << '\n';
    return history.add(run.record, run.models, startOf(file, run.record.seconds), fs::absolute(file).parent_path().string()).isNew;
}

} // namespace

int historyExport(const HistoryArguments& a)
{
    if (a.runs.size() != 1) throw WrongUse(text("export: one run at a time has a folder"));
    History history(storeOf(a.store));
    const RunId run = a.runs.front();
    const KeptRun kept = history.read(run);
    for (const Text& note : kept.leftOut) std::cerr << printable(said(note), kLongestLine) << '\n';
    Results results(a.out, {});
    results.writeNumbers(kept.record, kept.models);
    results.settle(kept.record);
    for (const Text& problem : {results.problem(), results.whereabouts()})
        if (!problem.empty()) std::cerr << printable(said(problem), kLongestLine) << '\n';
    return results.problem().empty() && results.whereabouts().empty() ? 0 : 1;
}

int historyImport(const HistoryArguments& a)
{
    History history(storeOf(a.store));
    std::int64_t added = 0, known = 0, failed = 0;
    const auto say = [&](const Error& e) {
        std::cerr << printable(said(e.sentence()), kLongestLine) << '\n';
        ++failed;
    };
    for (const std::string& path : a.paths) {
        std::vector<fs::path> records;
        try {
            records = recordsAt(path);
        } catch (const Error& e) {
            say(e);
        }
        for (const fs::path& record : records) try {
                ++(importOne(history, record) ? added : known);
            } catch (const Error& e) {
                say(e);
            }
    }
    std::cout << said(counted(added, "%1 run added", "%1 runs added"));
    if (known > 0) std::cout << ", " << said(counted(known, "%1 was there already", "%1 were there already"));
    if (failed > 0) std::cout << ", " << said(counted(failed, "%1 could not be read", "%1 could not be read"));
    std::cout << std::endl;
    return failed > 0 ? 1 : 0;
}

} // namespace bitstill::cli
