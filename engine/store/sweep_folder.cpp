#include "engine/store/sweep_folder.h"

#include "engine/io/file_error.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitstill {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kPlan = "sweep.json";
constexpr int kSchema = 1;

/// Held while the plan is read, extended and written.
class PlanLock {
public:
    explicit PlanLock(const fs::path& folder) : m_descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    {
        while (flock(m_descriptor, LOCK_EX) != 0 && errno == EINTR) { }
    }
    ~PlanLock()
    {
        if (m_descriptor >= 0) close(m_descriptor);
    }
    PlanLock(const PlanLock&) = delete;
    PlanLock& operator=(const PlanLock&) = delete;

private:
    int m_descriptor = -1;
};

std::string planBytesIn(const fs::path& folder)
{
    std::error_code none;
    if (!fs::exists(folder / kPlan, none))
        throw Error(folder.string(), text("there is no sweep in this folder"), text("choose a folder that `bitstill-cli sweep` made"));
    return readFile(folder / kPlan, 100'000'000);
}

json memberOf(const json& document, const char* name) { return document.is_object() ? document.value(name, json()) : json(); }

std::string keepOf(const json& document, const std::string& name)
{
    const json keep = memberOf(document, "keep");
    for (const char* known : {"record", "figures", "model"})
        if (keep == known) return known;
    throw Error(name, text("this is not the plan of a sweep"), text("choose a folder that `bitstill-cli sweep` made"));
}

/// Without the runs.
Sweep planIn(const fs::path& folder)
{
    Sweep sweep = planFrom(planBytesIn(folder), (folder / kPlan).string());
    sweep.folder = folder;
    return sweep;
}

void addRuns(std::vector<PlannedRun>& runs, std::set<std::string>& seen, const SweepGrid& grid)
{
    for (PlannedRun& run : runsOf(grid))
        if (seen.insert(run.hash).second) runs.push_back(std::move(run));
}

void complete(Sweep& sweep)
{
    std::set<std::string> seen;
    for (const SweepGrid& grid : sweep.grids) addRuns(sweep.runs, seen, grid);
    sweep.varied = variedKeys(sweep.grids, sweep.runs);
}

/// Those that are still needed beside a new one, and the new one if it brings anything.
std::vector<SweepGrid> extended(const std::vector<SweepGrid>& before, const SweepGrid& grid)
{
    const auto hashes = [](const SweepGrid& g) {
        std::set<std::string> set;
        for (PlannedRun& run : runsOf(g)) set.insert(std::move(run.hash));
        return set;
    };
    const std::set<std::string> wanted = hashes(grid);
    std::vector<SweepGrid> grids;
    for (const SweepGrid& g : before) {
        const std::set<std::string> had = g == grid ? wanted : hashes(g);
        if (std::includes(had.begin(), had.end(), wanted.begin(), wanted.end())) return before;
        if (!std::includes(wanted.begin(), wanted.end(), had.begin(), had.end())) grids.push_back(g);
    }
    grids.push_back(grid);
    return grids;
}

std::string planBytes(const Sweep& sweep)
{
    json list = json::array();
    for (const SweepGrid& grid : sweep.grids) list.push_back(toJson(grid));
    return jsonText({{"schema", kSchema}, {"version", versionText()}, {"keep", sweep.keep}, {"grids", list}}, 1) + "\n";
}

void makeFolders(const fs::path& folder)
{
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) failWriting(folder, failed.value());
}

void writeSpec(const fs::path& runFolder, const Spec& spec)
{
    const fs::path file = runFolder / "spec.json";
    const std::string bytes = jsonText(toJson(spec), 2) + "\n";
    std::error_code none;
    if (fs::file_size(file, none) == bytes.size() && readFile(file, bytes.size()) == bytes) return;
    if (mkdir(runFolder.c_str(), 0777) != 0 && errno != EEXIST) makeFolders(runFolder); // which says why
    if (!makeNewFile(file, bytes)) writeFile(file, bytes); // somebody's, or cut short when the power went
}

} // namespace

Sweep planFrom(const std::string& bytes, const std::string& name)
{
    const json document = parseJson(bytes, name), schema = memberOf(document, "schema"), grids = memberOf(document, "grids");
    if (!schema.is_number_integer() || !grids.is_array() || grids.empty())
        throw Error(name, text("this is not the plan of a sweep"), text("choose a folder that `bitstill-cli sweep` made"));
    if (schema > kSchema)
        throw Error(name, text("the document is of schema %1, this Bitstill reads up to %2", jsonText(schema), std::to_string(kSchema)),
            text("update Bitstill"));
    Sweep sweep{.folder = {}, .grids = {}, .keep = keepOf(document, name), .runs = {}, .varied = {}};
    for (const json& grid : grids) sweep.grids.push_back(gridFromJson(grid, name));
    return sweep;
}

std::string keepIn(const fs::path& folder)
{
    const std::string name = (folder / kPlan).string();
    return keepOf(parseJson(planBytesIn(folder), name, {.only = "keep"}), name);
}

Sweep readSweep(const fs::path& folder)
{
    Sweep sweep = planIn(folder);
    complete(sweep);
    return sweep;
}

Sweep planSweep(const fs::path& folder, const SweepGrid& grid, const std::string& keep)
{
    makeFolders(folder / "runs");
    const PlanLock lock(folder);
    std::error_code none;
    Sweep before;
    if (fs::exists(folder / kPlan, none)) before = planIn(folder);
    if (!before.grids.empty() && before.grids.front().base.experiment != grid.base.experiment)
        throw Error(
            folder.string(), text("the folder holds a sweep of %1", before.grids.front().base.experiment), text("choose another folder"));
    Sweep sweep{.folder = folder, .grids = extended(before.grids, grid), .keep = keep, .runs = {}, .varied = {}};
    complete(sweep);
    // The specs first: a plan says of each of its runs that it is there.
    for (const PlannedRun& run : sweep.runs) writeSpec(sweep.runFolder(run.hash), run.spec);
    if (sweep.grids != before.grids || sweep.keep != before.keep) writeFile(folder / kPlan, planBytes(sweep));
    return sweep;
}

} // namespace bitstill
