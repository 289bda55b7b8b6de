#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/quant/observer.h"

namespace bitstill {

const std::vector<ObserverInfo>& observers()
{
    static const std::vector<ObserverInfo> all{
        {"min-max", "the smallest and the largest value ever seen", &makeMinMax},
        {"moving-average", "the extremes of each batch, averaged with weight 0.01", &makeMovingAverage},
    };
    return all;
}

std::unique_ptr<Observer> makeObserver(const std::string& name)
{
    std::vector<std::string> names;
    for (const ObserverInfo& info : observers()) {
        if (info.name == name) return info.make();
        names.push_back(info.name);
    }
    throw Error("quantize", "there is no observer \"" + name + "\"", "the observers are " + joined(names));
}

} // namespace bitstill
