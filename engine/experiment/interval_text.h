#pragma once

#include "engine/core/text.h"
#include "engine/measure/interval.h"

namespace bitstill {

/// Is an interval of so many seeds drawn? That of one is unbounded, and that of two so wide that the axis, which all moments share, would
/// leave the bars no room.
bool hasDrawnInterval(std::size_t seeds);

/// How an interval is written: its mean and, where there is more than one sample, its half width. `unit` is what a value is multiplied by:
/// 100 turns shares into points. "82.10 ± 0.75"
std::string meanText(const Interval& interval, double unit = 100, int decimals = 2);
/// "+0.20 ± 0.15"
std::string changeText(const Interval& interval, double unit = 100, int decimals = 2);
/// "+0.20 ± 0.15 points"
Text pointsText(const Interval& interval, double unit = 100, int decimals = 2);
/// "89.53 % ± 0.31", of a share
std::string shareText(const Interval& share);
/// What so many bits do to a share of right answers: "3 bits cost 12.6 ± 0.8 points", or that nothing is certain.
Text costText(int bits, const Interval& change);

} // namespace bitstill
