#pragma once

#include <cmath>

/// How LiteRT rounds a value that lies halfway between two codes. There is no one rule; measured, operator by operator:
///   to even, then the zero point: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, MUL, QUANTIZE of floats
///   to even, with the zero point added before: MEAN
///   up: ADD, SUB, QUANTIZE of codes
///   away from zero, on the codes themselves: AVERAGE_POOL_2D
/// All else is rounded as if it were exact, but for the ratios of scales in ADD and SUB (21 bits) and in QUANTIZE of codes (8 bits after
/// the point): compared with LiteRT 2.5.3 on some 65,000 codes for each operator.
namespace bitstill::tflite {

/// −1.5 is −2, −0.5 is 0, 0.5 is 0, 1.5 is 2.
inline double toEven(double x) { return std::rint(x); }
/// −1.5 is −1, −0.5 is 0, 0.5 is 1, 1.5 is 2.
inline double up(double x)
{
    const double below = std::floor(x);
    return x - below >= 0.5 ? below + 1 : below;
}
/// −1.5 is −2, −0.5 is −1, 0.5 is 1, 1.5 is 2.
inline double awayFromZero(double x) { return std::round(x); }

} // namespace bitstill::tflite
