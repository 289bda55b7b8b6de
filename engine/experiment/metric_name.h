#pragma once

#include <initializer_list>
#include <string>

namespace bitstill {

/// The parts with dots between, empty ones left out: metricName({"static", bitsPart(4), "accuracy"}) is "static.b4.accuracy".
inline std::string metricName(std::initializer_list<std::string> parts)
{
    std::string name;
    for (const std::string& part : parts)
        if (!part.empty()) name += (name.empty() ? "" : ".") + part;
    return name;
}

/// "b4"; nothing for 8 bits, which a name without a number means.
inline std::string bitsPart(int bits) { return bits == 8 ? std::string() : "b" + std::to_string(bits); }

} // namespace bitstill
