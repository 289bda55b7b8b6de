#include "engine/experiment/experiments/experiments.h"

#include "engine/core/text.h"

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
        softLabels(),
        teacherStudent(),
        waysToDistil(),
        omittedClass(),
        squeeze(),
    };
    return all;
}

const ExperimentInfo& experimentInfo(const std::string& id)
{
    std::vector<std::string> ids;
    for (const ExperimentInfo& e : experiments()) {
        if (e.id == id) return e;
        ids.push_back(e.id);
    }
    const std::string near = nearest(id, ids);
    throw Error("experiment", text("there is no experiment %1", "\"" + id + "\""),
        near.empty() ? text("the experiments are %1", joined(ids)) : text("did you mean %1?", near));
}

const Field* fieldOf(const ExperimentInfo& info, const std::string& key)
{
    for (const Field& field : info.fields)
        if (field.key == key) return &field;
    return nullptr;
}

} // namespace bitstill
