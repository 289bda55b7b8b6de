#include "engine/quant/formats/minifloat.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

float Minifloat::nearest(float x) const
{
    const auto v = static_cast<double>(x);
    if (v == 0 || !std::isfinite(v)) return x;
    const int exponent = std::max(std::ilogb(v), lowestExponent);
    const double step = std::ldexp(1.0, exponent - mantissaBits);
    return static_cast<float>(std::clamp(std::nearbyint(v / step) * step, -largest, largest));
}

} // namespace bitstill
