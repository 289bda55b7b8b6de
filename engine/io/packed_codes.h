#pragma once

#include "engine/io/arrays.h"

#include <vector>

namespace bitstill {

/// Integer codes of `bits` bits in as few bytes as a file can have: more than 8 bits as I16 or U16, 5 to 8 as I8 or U8, both of `shape`; 4
/// and fewer as U8 [(n + 1) / 2], two codes a byte, the first in the low half, negative ones in two's complement of 4 bits. Codes must fit.
Array packedCodes(const std::vector<std::int32_t>& codes, const Shape& shape, int bits, bool isSigned);

/// The n codes back.
std::vector<std::int32_t> unpackedCodes(const Array& packed, std::size_t n, int bits, bool isSigned);

} // namespace bitstill
