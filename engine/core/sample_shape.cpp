#include "engine/core/sample_shape.h"

namespace bitstill {

std::string describe(const SampleShape& s) { return described(s).english(); }

Text described(const SampleShape& s)
{
    if (s.height == 1 && s.width == 1) return text("%1 features", std::to_string(s.channels));
    return std::to_string(s.height) + "×" + std::to_string(s.width) + "×" + std::to_string(s.channels);
}

} // namespace bitstill
