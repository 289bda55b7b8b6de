#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/distill/method.h"

namespace bitstill {

const std::vector<DistillMethod>& distillMethods()
{
    static const std::vector<DistillMethod> all{
        hintonMethod(),
        logitsMethod(),
        decoupledMethod(),
        smoothingMethod(),
        virtualTeacherMethod(),
    };
    return all;
}

const DistillMethod& distillMethod(const std::string& name)
{
    std::vector<std::string> names;
    for (const DistillMethod& m : distillMethods()) {
        if (m.name == name) return m;
        names.push_back(m.name);
    }
    throw Error("distill", "there is no method \"" + name + "\"", "the methods are " + joined(names));
}

} // namespace bitstill
