#include "engine/experiment/ladder.h"

#include <algorithm>

namespace bitstill {

const RepairResult& Ladder::best() const
{
    return *std::ranges::max_element(results, {}, [](const RepairResult& r) { return r.alone.change.mean; });
}

Ladder tryRepairs(const std::vector<RepairStep>& steps, const Repairable& network, std::size_t guards)
{
    Ladder ladder{.rounded = network.measure(0), .guards = guards};
    Taken taken = 0;
    double reached = network.divergence(0);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (network.starts) network.starts(steps[i]);
        const Taken step = Taken{1} << i;
        RepairResult result{.id = steps[i].id, .name = steps[i].name, .alone = network.measure(step), .before = reached};
        result.combined = taken ? network.measure(taken | step) : result.alone;
        result.after = network.divergence(taken | step);
        if (result.taken()) {
            taken |= step;
            reached = result.after;
        } else {
            result.combined = ladder.top();
        }
        ladder.results.push_back(std::move(result));
        if (network.combined) network.combined(ladder);
    }
    return ladder;
}

} // namespace bitstill
