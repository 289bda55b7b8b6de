#pragma once

namespace bitstill {

/// A float of fewer bits: numbers ±2^e·(1 + m/2^mantissaBits) with e from lowestExponent, subnormals below, and nothing
/// beyond `largest`.
struct Minifloat {
    int mantissaBits;
    int lowestExponent; ///< of normal numbers
    double largest;

    /// Nearest number of the format, ties to even; what is larger becomes the largest.
    float nearest(float x) const;
};

inline constexpr Minifloat kHalf{10, -14, 65504};

} // namespace bitstill
