#include "engine/experiment/experiments/experiments.h"

#include "engine/core/text.h"

#include <algorithm>

namespace bitstill {

const std::vector<ExperimentInfo>& experiments()
{
    static const std::vector<ExperimentInfo> all{
        numberLine(),
        beforeAfter(),
        fourWays(),
        smallModels(),
        insideQat(),
        whichLayer(),
        ownModel(),
        softLabels(),
        teacherStudent(),
        waysToDistil(),
        omittedClass(),
        squeeze(),
    };
    return all;
}

const ExperimentInfo* findExperiment(const std::string& id)
{
    const auto found = std::ranges::find(experiments(), id, &ExperimentInfo::id);
    return found == experiments().end() ? nullptr : &*found;
}

Problem unknownExperiment(const std::string& id)
{
    std::vector<std::string> ids;
    for (const ExperimentInfo& e : experiments()) ids.push_back(e.id);
    const std::string near = nearest(id, ids);
    return {"experiment", text("there is no experiment \"%1\"", id),
        near.empty() ? text("the experiments are %1", joined(ids)) : text("did you mean %1?", near)};
}

const ExperimentInfo& experimentInfo(const std::string& id)
{
    if (const ExperimentInfo* info = findExperiment(id)) return *info;
    const Problem problem = unknownExperiment(id);
    throw Error(problem.field, problem.what, problem.hint);
}

const Field* fieldOf(const ExperimentInfo& info, const std::string& key)
{
    for (const Field& field : info.fields)
        if (field.key == key) return &field;
    return nullptr;
}

} // namespace bitstill
