#include "engine/experiment/interval_text.h"

namespace bitstill {

namespace {

/// Empty where a single sample leaves it unbounded.
std::string halfWidth(const Interval& i, double unit, int decimals) { return i.samples > 1 ? fixed(unit * i.halfWidth(), decimals) : ""; }

std::string joinedText(const std::string& mean, const std::string& half) { return half.empty() ? mean : mean + " ± " + half; }

} // namespace

bool hasDrawnInterval(std::size_t seeds) { return seeds > 2; }

std::string meanText(const Interval& i, double unit, int decimals)
{
    return joinedText(fixed(unit * i.mean, decimals), halfWidth(i, unit, decimals));
}

std::string changeText(const Interval& i, double unit, int decimals)
{
    return joinedText(signedFixed(unit * i.mean, decimals), halfWidth(i, unit, decimals));
}

Text pointsText(const Interval& i, double unit, int decimals)
{
    const std::string mean = signedFixed(unit * i.mean, decimals), half = halfWidth(i, unit, decimals);
    return half.empty() ? text("%1 points", mean) : text("%1 ± %2 points", mean, half);
}

Text costText(int bits, const Interval& change)
{
    const Interval cost{-change.mean, -change.high, -change.low, change.samples};
    return cost.low > 0 ? text("%1 bits cost %2 points", std::to_string(bits), meanText(cost, 100, 1))
                        : text("%1 bits cost nothing for certain: %2", std::to_string(bits), pointsText(change, 100, 1));
}

std::string shareText(const Interval& i) { return joinedText(percent(i.mean), halfWidth(i, 100, 2)); }

} // namespace bitstill
