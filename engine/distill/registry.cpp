#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/distill/method.h"

#include <algorithm>

namespace bitstill {

const std::vector<DistillMethod>& distillMethods()
{
    static const std::vector<DistillMethod> all{
        hintonMethod(),
        logitsMethod(),
        decoupledMethod(),
        hintsMethod(),
        attentionMethod(),
        similarityMethod(),
        relationalMethod(),
        mutualMethod(),
        bornAgainMethod(),
        assistantMethod(),
        smoothingMethod(),
        virtualTeacherMethod(),
    };
    return all;
}

double warmUpAt(long step, long steps) { return std::min(1.0, 3 * static_cast<double>(step) / static_cast<double>(steps)); }

const DistillMethod& distillMethod(const std::string& name)
{
    std::vector<std::string> names;
    for (const DistillMethod& m : distillMethods()) {
        if (m.name == name) return m;
        names.push_back(m.name);
    }
    throw Error("distill", text("there is no method \"%1\"", name), text("the methods are %1", joined(names)));
}

} // namespace bitstill
