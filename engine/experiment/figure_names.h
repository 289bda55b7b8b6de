#pragma once

#include <array>

namespace bitstill {

/// As records write what a figure's enumerations say, in their order.
inline constexpr std::array kRoleNames{"neutral", "before", "after", "train", "test", "teacher", "taught", "alone", "guide"};
inline constexpr std::array kCurveStyleNames{"solid", "dashed", "points"};
inline constexpr std::array kHistogramStyleNames{"area", "stems"};

} // namespace bitstill
