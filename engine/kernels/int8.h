#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace bitstill {

/// Weights [n, k] as int8 codes, ready to be multiplied with unsigned codes: acc[r, j] = Σ_i x[r, i]·w[j, i] in int32, through
/// oneDNN's u8×s8→s32 product, always exact. They are packed once, in the order that the kernel likes. Before VNNI, x86 adds two
/// products in a saturating int16; there, weights of a pair that could overflow it lose a part, which is multiplied apart (the
/// idea of FBGEMM's outlier matrix). Copies share what was packed.
class Int8Weights {
public:
    Int8Weights() = default;
    Int8Weights(int n, int k, const std::vector<std::int8_t>& codes);

    /// Without regard to saturation: what the kernels of this CPU make of them.
    static Int8Weights unsplit(int n, int k, const std::vector<std::int8_t>& codes);

    int n() const { return m_n; }
    int k() const { return m_k; }
    /// x: rows × k, acc: rows × n, row-major. Runs on the calling thread alone; different shards may multiply at the same time.
    /// The first product of a shard with a number of rows makes its kernel.
    void multiply(int shard, const std::uint8_t* x, int rows, std::int32_t* acc) const;
    /// Weights that had to be split for this CPU.
    std::size_t splitWeights() const { return m_outliers.size(); }

private:
    class Product;
    struct Outlier {
        int row, column;
        std::int32_t rest;
    };
    int m_n = 0, m_k = 0;
    std::shared_ptr<Product> m_product; ///< of the weights without the outliers' rests
    std::shared_ptr<Product> m_rests; ///< the rests as a matrix, where they are many
    std::vector<Outlier> m_outliers;
};

/// Do pairs of int8 products saturate in the kernels that this CPU gets? Tried out once.
bool int8PairsSaturate();

} // namespace bitstill
