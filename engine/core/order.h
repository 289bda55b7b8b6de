#pragma once

#include <string_view>

namespace bitstill {

/// "mlp-8" before "mlp-16": digits in names are compared as the numbers that they write, all else byte by byte. Of "7" and "07", which
/// are the same number, neither is before the other.
bool isNaturallyBefore(std::string_view a, std::string_view b);

/// Is it a whole number that a double holds exactly, as all those next to it: at most 2^53 in size? Then it fits an int64 too.
bool isWhole(double value);

} // namespace bitstill
