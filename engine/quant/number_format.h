#pragma once

#include "engine/core/text.h"
#include <cstddef>
#include <string>
#include <vector>

namespace bitstill {

/// A way to write weights down in fewer bits, besides integers with a scale. Formats with blocks give each block of
/// consecutive weights a scale of its own; the last block may be shorter.
struct NumberFormat {
    std::string name;
    Text description; ///< one sentence
    std::size_t block; ///< weights that share a scale; 0: all of them, 1: none
    double bitsPerWeight; ///< of the codes alone
    double bitsPerScale; ///< 0 when there is none
    /// Largest error as a share of the largest magnitude in the block (in the tensor, without blocks); 0: none promised.
    double worstError;
    /// y = what is read back after x was written; n values from the start of a tensor, y may be x.
    void (*roundTrip)(const float* x, std::size_t n, float* y);

    /// Bits of n weights with their scales.
    double bits(std::size_t n) const;
};

/// All formats, one line each in registry.cpp.
const std::vector<NumberFormat>& numberFormats();
/// Throws Error for a name that is none.
const NumberFormat& numberFormat(const std::string& name);

NumberFormat formatFp16();
NumberFormat formatBf16();
NumberFormat formatFp8E4m3();
NumberFormat formatFp8E5m2();
NumberFormat formatNf4();
NumberFormat formatQ8();
NumberFormat formatQ4();
NumberFormat formatMxfp4();
NumberFormat formatTernary();
NumberFormat formatBinary();

} // namespace bitstill
