#include "engine/nn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bitstill {

const std::vector<std::string>& scheduleNames()
{
    static const std::vector<std::string> names{"constant", "step", "cosine"};
    return names;
}

double Schedule::at(long step, long steps) const
{
    const double rise = warmup * static_cast<double>(steps);
    const double now = static_cast<double>(step);
    if (now < rise) return learningRate * (now + 1) / rise;
    const double t = (now - rise) / std::max(1.0, static_cast<double>(steps) - rise);
    if (name == "cosine") return learningRate * (1 + std::cos(std::numbers::pi * t)) / 2;
    if (name == "step") return learningRate * (t < 0.5 ? 1 : t < 0.75 ? 0.1 : 0.01);
    return learningRate;
}

} // namespace bitstill
