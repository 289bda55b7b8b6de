#include "engine/store/sweep_plan.h"

#include "engine/io/json_text.h"

#include <algorithm>
#include <functional>
#include <set>

namespace bitstill {

using nlohmann::json;

namespace {

/// Calls `take` with each combination, incomplete specs, until it says no.
void eachSpec(const SweepGrid& grid, const std::function<bool(const Spec&)>& take)
{
    const std::vector<std::uint64_t> seeds = grid.seeds.empty() ? std::vector{grid.base.seed} : grid.seeds;
    for (const SweepAxis& axis : grid.axes)
        if (axis.rows.empty()) return;
    std::vector<std::size_t> at(grid.axes.size(), 0);
    while (true) {
        Spec spec = grid.base;
        for (std::size_t a = 0; a < grid.axes.size(); ++a)
            for (std::size_t k = 0; k < grid.axes[a].keys.size(); ++k) spec.values[grid.axes[a].keys[k]] = grid.axes[a].rows[at[a]][k];
        for (const std::uint64_t seed : seeds) {
            spec.seed = seed;
            if (!take(spec)) return;
        }
        std::size_t turning = grid.axes.size();
        while (turning > 0 && ++at[turning - 1] == grid.axes[turning - 1].rows.size()) at[--turning] = 0;
        if (turning == 0) return;
    }
}

void addNew(std::vector<Problem>& problems, std::set<std::string>& told, const Problem& problem)
{
    if (told.insert(problem.field + "\n" + problem.sentence().english()).second) problems.push_back(problem);
}

json toJson(const Value& value)
{
    json j;
    std::visit([&](const auto& v) { j = v; }, value);
    return j;
}

[[noreturn]] void refuse(const std::string& name)
{
    throw Error(name, text("this is not the plan of a sweep"), text("choose a folder that `bitstill-cli sweep` made"));
}

} // namespace

std::size_t combinationsOf(const SweepGrid& grid)
{
    std::size_t count = std::max<std::size_t>(grid.seeds.size(), 1);
    for (const SweepAxis& axis : grid.axes) {
        if (axis.rows.empty()) return 0;
        count = std::min(count * axis.rows.size(), kMostSpecs + 1); // both factors are small
    }
    return count;
}

std::vector<Problem> validate(const SweepGrid& grid)
{
    std::vector<Problem> problems;
    std::set<std::string> told, keys;
    for (const SweepAxis& axis : grid.axes)
        for (const std::string& key : axis.keys)
            if (!keys.insert(key).second)
                addNew(problems, told, {key, text("it varies in two ways at once"), text("name it in one --grid or --zip")});
    if (combinationsOf(grid) == 0) addNew(problems, told, {"", text("there is no combination to run"), text("give every axis a value")});
    if (combinationsOf(grid) > kMostSpecs)
        addNew(problems, told, {"", text("these are more than %1 combinations", grouped(kMostSpecs)), text("choose fewer values")});
    if (!problems.empty()) return problems;
    constexpr std::size_t kEnough = 1000;
    eachSpec(grid, [&](const Spec& spec) {
        for (const Problem& problem : validate(spec)) addNew(problems, told, problem);
        return problems.size() < kEnough;
    });
    return problems;
}

std::vector<PlannedRun> runsOf(const SweepGrid& grid)
{
    std::vector<PlannedRun> runs;
    std::set<std::string> seen;
    SweepGrid whole = grid;
    whole.base = withDefaults(grid.base);
    eachSpec(whole, [&](const Spec& spec) {
        std::string hash = specHash(spec);
        if (seen.insert(hash).second) runs.push_back({std::move(hash), spec});
        return true;
    });
    return runs;
}

std::vector<std::string> variedKeys(const std::vector<SweepGrid>& grids, const std::vector<PlannedRun>& runs)
{
    std::vector<std::string> keys;
    const auto add = [&](const std::string& key) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    };
    for (const SweepGrid& grid : grids)
        for (const SweepAxis& axis : grid.axes)
            for (const std::string& key : axis.keys) add(key);
    for (const PlannedRun& run : runs)
        for (const auto& [key, value] : run.spec.values) {
            const auto first = runs.front().spec.values.find(key);
            if (first == runs.front().spec.values.end() || !(first->second == value)) add(key);
        }
    return keys;
}

json toJson(const SweepGrid& grid)
{
    json axes = json::array();
    for (const SweepAxis& axis : grid.axes) {
        json rows = json::array();
        for (const std::vector<Value>& row : axis.rows) {
            json values = json::array();
            for (const Value& value : row) values.push_back(toJson(value));
            rows.push_back(std::move(values));
        }
        axes.push_back({{"keys", axis.keys}, {"rows", std::move(rows)}});
    }
    return {{"base", toJson(grid.base)}, {"axes", std::move(axes)}, {"seeds", grid.seeds}};
}

SweepGrid gridFromJson(const json& document, const std::string& name)
{
    try {
        SweepGrid grid;
        grid.base = specFromJson(jsonText(document.at("base")), name);
        const ExperimentInfo& info = experimentInfo(grid.base.experiment);
        for (const json& a : document.at("axes")) {
            SweepAxis axis{.keys = a.at("keys").get<std::vector<std::string>>(), .rows = {}};
            for (const json& row : a.at("rows")) {
                if (row.size() != axis.keys.size()) refuse(name);
                std::vector<Value> values;
                for (std::size_t k = 0; k < axis.keys.size(); ++k)
                    values.push_back(valueFromJson(row.at(k), name, axis.keys[k], fieldOf(info, axis.keys[k])));
                axis.rows.push_back(std::move(values));
            }
            grid.axes.push_back(std::move(axis));
        }
        for (const json& seed : document.at("seeds")) {
            if (!seed.is_number_unsigned()) refuse(name);
            grid.seeds.push_back(seed.get<std::uint64_t>());
        }
        if (combinationsOf(grid) > kMostSpecs) refuse(name);
        return grid;
    } catch (const json::exception&) {
        refuse(name);
    }
}

} // namespace bitstill
