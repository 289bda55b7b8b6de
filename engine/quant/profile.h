#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bitstill {

struct CodeRange {
    int low = 0;
    int high = 0;
    int codes() const { return high - low + 1; }
};

/// The choices on which toolkits differ (sources: reference implementations of PyTorch 1.13, ONNX Runtime, TensorFlow Lite).
///            symmetric codes, scale           quantize                       requantize (M = s_x·s_w / s_y)
/// bitstill   ±(2^(b−1)−1), absmax/high        rint(x·(1/s)) + z              rint(acc·M) + z
/// pytorch    −2^(b−1)…2^(b−1)−1, absmax/(high+½)  rint(x·(1/s)) + z          rint(acc·M) + z
/// onnx       ±(2^(b−1)−1), absmax/high        rint(x/s) + z                  rint(acc·M + z)
/// tflite     ±(2^(b−1)−1), absmax/high        half away from zero(x/s) + z   31-bit fixed point, half away from zero, + z
enum class Profile { Bitstill, PyTorch, Onnx, TfLite };

const std::vector<std::string>& profileNames(); ///< "bitstill", "pytorch", "onnx", "tflite", in the order of Profile
/// Throws Error for a name that is none.
Profile profileOf(const std::string& name);

/// From int32 accumulators to the next layer's codes.
class Requantizer {
public:
    /// A multiplier M and an offset (bias and what the input's zero point adds) for each column.
    Requantizer(Profile profile, const std::vector<double>& multipliers, const std::vector<std::int32_t>& offsets, std::int32_t zeroPoint,
        CodeRange range);

    /// codes[r, c] = clamp(requantize(acc[r, c] + offset[c])), row-major.
    void run(const std::int32_t* acc, std::size_t rows, std::uint8_t* codes) const;

private:
    struct FixedPoint {
        std::int32_t multiplier;
        int shift;
    };
    Profile m_profile;
    std::size_t m_columns;
    std::vector<float> m_multipliers; ///< repeated over several rows, so that narrow layers still fill vectors
    std::vector<std::int32_t> m_offsets; ///< likewise
    std::vector<FixedPoint> m_fixed; ///< tflite
    std::int32_t m_zeroPoint;
    CodeRange m_range;
};

/// M as TensorFlow Lite has it: M ≈ multiplier·2^(shift − 31), and its rounding product with x (gemmlowp; Jacob et al. 2018).
void fixedPointMultiplier(double m, std::int32_t& multiplier, int& shift);
std::int32_t multiplyFixedPoint(std::int32_t x, std::int32_t multiplier, int shift);

/// Where two profiles give other codes to the same numbers.
struct ProfileDifference {
    std::size_t values = 0;
    std::size_t differing = 0; ///< codes that are not the same
    int largestInCodes = 0;
    double largestInValue = 0; ///< of the dequantized numbers
};

} // namespace bitstill
