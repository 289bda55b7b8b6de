// `history export` and `history import`.

#include "app/cli/commands.h"
#include "app/cli/history.h"
#include "app/cli/language.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/io/result_folder.h"
#include "engine/nn/model_file.h"
#include "engine/store/history.h"
#include "engine/store/history_document.h"

#include <algorithm>
#include <iostream>
#include <sys/stat.h>

namespace bitstill::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLargestRecord = 1'000'000'000;
constexpr nlohmann::json::size_type kMostValues = 50'000'000;

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
            text("choose a record.json, a folder that `run --out` wrote, or a sweep's folder"));
    return records;
}

std::map<std::string, Tensor> tensorsIn(const fs::path& file)
{
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, array] : readSafetensors(file)) tensors.emplace(name, array.toTensor(name));
    return tensors;
}

/// The networks beside a record: models/NAME.safetensors, or the run's first alone where a sweep has kept it.
KeptModels modelsBeside(const fs::path& record, const std::string& experiment)
{
    KeptModels models;
    const fs::path folder = record.parent_path();
    if (record.filename() != "record.json") return models; // a record by itself, whatever stands beside it
    for (const fs::path& file : namesIn(folder / "models", ".safetensors")) models.emplace(file.stem().string(), tensorsIn(file));
    const ExperimentInfo* info = findExperiment(experiment);
    if (models.empty() && info && !info->networks.empty() && isFile(folder / "model.safetensors"))
        models.emplace(info->networks.front().name, tensorsIn(folder / "model.safetensors"));
    return models;
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
    const std::string name = file.string(), document = readFile(file, kLargestRecord);
    const nlohmann::json record = parseJson(document, name, {.values = kMostValues});
    const RecordFacts facts = factsOf(record, name);
    const std::string source = fs::absolute(file).parent_path().string();
    return history.addDocument(record, name, modelsBeside(file, facts.experiment), startOf(file, facts.seconds), source).isNew;
}

} // namespace

int historyExport(const HistoryArguments& a)
{
    if (a.runs.size() != 1) throw WrongUse(text("export: one run at a time has a folder"));
    History history(storeOf(a.store));
    const RunId run = a.runs.front();
    const HistoryEntry entry = history.entry(run);
    const KeptModels models = history.models(run);
    const Spec spec = history.spec(run);
    const nlohmann::json record = parseJson(history.record(run), "record.json", {.values = kMostValues});
    ResultFolder folder(a.out);
    folder.write("record.json", jsonText(record, 1) + "\n");
    folder.write("spec.json", jsonText(toJson(spec), 2) + "\n");
    const ExperimentInfo* info = findExperiment(spec.experiment);
    for (const auto& [name, tensors] : models) {
        const std::string bytes = modelBytes(tensors, {{"source", provenance(spec)}, {"network", name}});
        if (info && !info->networks.empty() && info->networks.front().name == name) folder.write("model.safetensors", bytes);
        folder.write("models/" + name + ".safetensors", bytes);
    }
    folder.commit();
    return 0;
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
