#include "app/cli/saved_network.h"
#include "app/cli/commands.h"

#include "engine/core/error.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/groups.h"
#include "engine/io/files.h"
#include "engine/io/safetensors.h"
#include "engine/nn/model_file.h"

#include <algorithm>
#include <optional>

namespace bitstill::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSpec = "spec.json";

bool isFile(const fs::path& path)
{
    std::error_code error;
    return fs::is_regular_file(path, error);
}

Spec specIn(const fs::path& folder)
{
    const fs::path file = folder / kSpec;
    Spec spec = specFromJson(readFile(file, 10'000'000), file.string());
    if (const std::vector<Problem> problems = validate(spec); !problems.empty())
        throw Error(file.string(), problems.front().what, problems.front().hint);
    return withDefaults(spec);
}

/// The folder of the run that the file belongs to, itself or the one above models/.
std::optional<fs::path> runOf(const fs::path& file)
{
    const fs::path folder = fs::absolute(file).parent_path();
    for (const fs::path& candidate : {folder, folder.parent_path()})
        if (isFile(candidate / kSpec)) return candidate;
    return {};
}

fs::path fileIn(const fs::path& folder, const std::string& network)
{
    const fs::path file = network.empty() ? folder / "model.safetensors" : folder / "models" / (network + ".safetensors");
    if (isFile(file)) return file;
    std::vector<std::string> kept;
    std::error_code error;
    for (const fs::directory_entry& e : fs::directory_iterator(folder / "models", error))
        if (e.path().extension() == ".safetensors") kept.push_back(e.path().stem().string());
    std::ranges::sort(kept);
    if (kept.empty()) throw Error(folder.string(), text("holds no network"), text("choose the folder of a run that trained one"));
    throw Error(folder.string(), text("holds no network \"%1\"", network.empty() ? "model" : network), text("it has %1", joined(kept)));
}

/// "w32.float32": a network of a sweep over widths has its own.
std::string requiredModel(const Spec& spec, const SavedName& name, const std::string& network)
{
    if (!name.model.empty()) return name.model;
    std::string model = modelOf(spec, network);
    if (model.empty())
        throw WrongUse(text("the run does not say which model %1 is; say it with --model", network.empty() ? "its network" : network));
    return model;
}

Graph filled(const std::string& model, const Dataset& data, const fs::path& file)
{
    const SafetensorsFile tensors(file);
    std::set<std::string> stored;
    for (const auto& [name, entry] : tensors.entries()) stored.insert(name);
    Graph graph = graphFor(model, data, stored);
    readModel(graph, file);
    return graph;
}

} // namespace

TrainedNetwork loadSaved(const SavedName& name)
{
    const fs::path path = name.what;
    const bool isModel = path.extension() == ".safetensors";
    std::error_code error;
    if (!fs::exists(path, error)) throw Error(name.what, text("is not there"), text("choose the folder of a run, or a .safetensors file"));
    std::optional<fs::path> folder;
    if (!isModel)
        folder = fs::is_directory(path, error) ? path : fs::absolute(path).parent_path();
    else if (name.model.empty() && name.data.empty())
        folder = runOf(path);
    if (isModel && !folder && (name.model.empty() || name.data.empty()))
        throw WrongUse(text("the file does not say what it is of; add --model NAME and --data SET"));

    Spec spec = folder ? specIn(*folder) : defaultSpec("before-after");
    const fs::path file = isModel ? path : fileIn(*folder, name.network);
    const auto metadata = SafetensorsFile(file).metadata();
    const auto named = metadata.find("network");
    const std::string network = named == metadata.end() ? name.network : named->second;
    if (!folder) {
        spec.values["model.name"] = name.model;
        spec.values["data.set"] = name.data;
        if (const std::vector<Problem> problems = validate(spec); !problems.empty()) throw WrongUse(problems);
    }
    Dataset data = loadDataset(spec.word("data.set"), datasetOptions(spec));
    std::string model = requiredModel(spec, name, network);
    Graph graph = filled(model, data, file);
    return {folder.has_value(), std::move(spec), network, std::move(model), std::move(data), std::move(graph)};
}

std::optional<Spec> runFromElsewhere(const std::string& what)
{
    std::error_code error;
    const fs::path path = what;
    const bool isFolder = fs::is_directory(path, error);
    if (!isFolder && !(path.extension() == ".json" && isFile(path))) return {};
    const fs::path folder = isFolder ? path : fs::absolute(path).parent_path();
    if (!isFile(folder / kSpec)) return {};
    Spec spec = specIn(folder);
    if (spec.experiment != "own-model" || spec.word("model.file").empty()) return {};
    return spec;
}

} // namespace bitstill::cli
