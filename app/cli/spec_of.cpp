#include "app/cli/spec_of.h"

#include "engine/experiment/catalogue.h"
#include "engine/io/files.h"

namespace bitstill::cli {

void setFields(Spec& spec, const std::vector<std::string>& sets, std::vector<Problem>& problems)
{
    const ExperimentInfo* info = findExperiment(spec.experiment);
    for (const std::string& set : sets) {
        const std::size_t equals = set.find('=');
        if (equals == std::string::npos) {
            problems.push_back({"", text("--set %1: write key=value", printable(set)), {}});
            continue;
        }
        const std::string key = set.substr(0, equals), value = set.substr(equals + 1);
        const Field* field = info ? fieldOf(*info, key) : nullptr;
        try {
            spec.values[key] = field ? field->parse(value) : Value(value);
        } catch (const Error& e) {
            problems.push_back({key, e.problem(), e.hint()});
            spec.values.erase(key);
        }
    }
}

Spec readSpec(const std::string& what, const std::string& contrast, const std::vector<std::string>& sets, std::vector<Problem>& problems,
    long long seed)
{
    Spec spec;
    if (what.ends_with(".json"))
        spec = specFromJson(readFile(what, 10'000'000), what);
    else
        spec.experiment = what;
    const ExperimentInfo* info = findExperiment(spec.experiment);
    if (info && !contrast.empty()) applyContrast(spec, contrast);
    setFields(spec, sets, problems);
    if (seed >= 0) spec.seed = static_cast<std::uint64_t>(seed);
    return spec;
}

} // namespace bitstill::cli
