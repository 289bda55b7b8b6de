// The files of a sweep, which several processes write and anybody may change.

#include "tests/fuzz/fuzz.h"

#include "engine/experiment/record.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/store/claim.h"
#include "engine/store/job_list.h"
#include "engine/store/sweep_folder.h"
#include "tests/support/figures.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace fuzz {

using namespace bitstill;

namespace {

std::string textOf(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }

} // namespace

void sweepPlan(const std::uint8_t* data, std::size_t size)
{
    succeeds([&] {
        const Sweep sweep = planFrom(textOf(data, size), "sweep.json");
        for (const SweepGrid& grid : sweep.grids) {
            require(combinationsOf(grid) <= kMostSpecs, "a grid is no larger than a sweep may be");
            constexpr std::size_t kFew = 200;
            if (combinationsOf(grid) > kFew) continue;
            require(gridFromJson(toJson(grid), "again") == grid, "a grid is read as it is written");
            const std::vector<PlannedRun> runs = runsOf(grid);
            require(runs.size() <= combinationsOf(grid), "there are no more runs than combinations");
            variedKeys({grid}, runs);
        }
    });
}

std::vector<std::string> sweepPlanSeeds()
{
    std::vector<Problem> problems;
    const ExperimentInfo& info = experimentInfo("before-after");
    const SweepGrid grid{.base = defaultSpec("before-after"),
        .axes = {gridAxis(info, "quant.bits=2,3", problems), zipAxis(info, "model.name,train.epochs=mlp-16:1,mlp-32:2", problems)},
        .seeds = {1, 2}};
    SweepGrid small{.base = {}, .axes = {gridAxis(info, "train.learning_rate=0.1,0.2", problems)}, .seeds = {}};
    small.base.experiment = "before-after";
    std::vector<std::string> seeds;
    for (const SweepGrid& g : {grid, small})
        seeds.push_back(jsonText({{"schema", 1}, {"version", versionText()}, {"keep", "record"}, {"grids", {toJson(g)}}}));
    return seeds;
}

/// What others have written and the window opens.
void record(const std::uint8_t* data, std::size_t size)
{
    succeeds([&] {
        const std::string written = jsonText(toJson(recordFromJson(textOf(data, size), "record.json")));
        require(jsonText(toJson(recordFromJson(written, "again"))) == written, "a record is read as it is written");
    });
}

std::vector<std::string> recordSeeds()
{
    Record record;
    record.spec = defaultSpec("number-line");
    record.knobs = {{0, "quant.bits", std::int64_t{4}, 3}};
    record.metrics = {{"accuracy", 0.5}};
    record.answers = {{"accuracy", {.samples = 7, .correct = {true, false, true, false, true, false}}}};
    record.message = text("epoch %1", text("%1 bits", "3"));
    for (Figure& f : everyFigure()) {
        f.title = text("%1 bits", f.id);
        record.figures.push_back(std::make_shared<Figure>(std::move(f)));
    }
    record.marks = {{"start", {record.figures[0]}, {{"quant.bits", std::int64_t{3}}}}, {"end", record.figures, {}}};
    std::vector<std::string> seeds{jsonText(toJson(record))};
    record.marks.clear();
    for (const FigurePointer& figure : std::exchange(record.figures, {})) {
        record.figures = {figure};
        seeds.push_back(jsonText(toJson(record)));
    }
    return seeds;
}

void claim(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes = textOf(data, size);
    if (!Claim::holderLives(bytes)) return;
    const nlohmann::json whole = parseJson(bytes, "claim");
    require(whole.at("pid").is_number_unsigned() && whole.at("start").is_string(), "only a whole claim tells of its holder");
}

std::vector<std::string> claimSeeds()
{
    // One of this machine, whose holder is asked after.
    std::string folder = std::filesystem::temp_directory_path() / "fuzz-claim-XXXXXX"; // mkdtemp() fills them in
    require(mkdtemp(folder.data()) != nullptr, "there is room for a folder");
    std::optional<Claim> mine = Claim::take(folder);
    const std::string ours = readFile(folder + "/claim", 10'000);
    mine.reset();
    std::filesystem::remove(folder);
    return {ours, R"({"host":"far","place":"away","pid":-1,"start":1})"};
}

void jobs(const std::uint8_t* data, std::size_t size)
{
    for (const SlurmJob& job : jobsFrom(textOf(data, size)))
        require(!job.id.empty() && job.first <= kMostSpecs && job.pack <= kMostSpecs && job.tasks <= kMostSpecs,
            "a job is no larger than a sweep may be");
}

std::vector<std::string> jobsSeeds()
{
    const std::string line = R"({"id":"12","list":"/tmp/runs.txt","first":0,"pack":2,"tasks":3})";
    return {line + "\n", line + "\n" + line.substr(0, 30)};
}

} // namespace fuzz
