#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace bitstill {

/// bfloat16: the upper half of a float.
inline float bf16ToFloat(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

/// IEEE 754 half precision: sign, 5 bits of exponent, 10 of mantissa; every value is a float.
inline float halfToFloat(std::uint16_t bits)
{
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const float magnitude = exponent == 31 ? (mantissa ? std::bit_cast<float>(0x7FC00000u) : INFINITY)
        : exponent == 0                    ? std::ldexp(static_cast<float>(mantissa), -24)
                                           : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
}

} // namespace bitstill
