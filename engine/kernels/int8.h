#pragma once

#include "engine/kernels/conv.h"

#include <cstdint>
#include <vector>

namespace bitstill {

/// Weights [n, k] as int8 codes, ready to be multiplied with unsigned codes: acc[r, j] = Σ_i x[r, i]·w[j, i] in int32, through
/// oneDNN's u8×s8→s32 kernel, always exact. Before VNNI, x86 adds two products in a saturating int16; there, weights of
/// a pair that could overflow it lose a part, which is multiplied apart (the idea of FBGEMM's outlier matrix).
class Int8Weights {
public:
    Int8Weights() = default;
    Int8Weights(int n, int k, std::vector<std::int8_t> codes);

    int n() const { return m_n; }
    int k() const { return m_k; }
    /// x: rows × k, acc: rows × n, row-major. Runs on the calling thread alone.
    void multiply(const std::uint8_t* x, int rows, std::int32_t* acc) const;
    /// Weights that had to be split for this CPU.
    std::size_t splitWeights() const { return m_outliers.size(); }

private:
    struct Outlier {
        int row, column;
        std::int32_t rest;
    };
    int m_n = 0, m_k = 0;
    std::vector<std::int8_t> m_codes;
    std::vector<std::int8_t> m_narrow; ///< without the outliers' rests; empty where nothing overflows
    std::vector<std::int8_t> m_rests; ///< the rests as a matrix, where they are many; else empty
    std::vector<Outlier> m_outliers;
};

/// Do pairs of int8 products saturate on this CPU? Tried out once.
bool int8PairsSaturate();

/// Weights OIHW as convolution by matrix product wants them: [out, kernel, kernel, in].
std::vector<std::int8_t> convolutionOrder(const ConvShape& shape, const std::vector<std::int8_t>& oihw);
/// The windows of one NHWC sample, one a row: (outHeight·outWidth) × (kernel·kernel·in); outside the map stands `zeroPoint`.
void windows(const ConvShape& shape, const std::uint8_t* x, std::uint8_t zeroPoint, std::uint8_t* rows);
/// Convolution of one sample in groups, weights OIHW; acc is outHeight × outWidth × out. Exact int32, our own loop: oneDNN's
/// matrix product does not serve groups.
void groupedConvolution(
    const ConvShape& shape, const std::uint8_t* x, std::uint8_t zeroPoint, const std::vector<std::int8_t>& weights, std::int32_t* acc);

} // namespace bitstill
