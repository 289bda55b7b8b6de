#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace bitstill {

/// Weights [n, k] as int8 codes, ready to be multiplied with unsigned codes: acc[r, j] = Σ_i x[r, i]·w[j, i], exact in int32 on every
/// CPU. With VNNI by oneDNN's u8×s8→s32 product, with the weights packed once in the order that the kernel likes. Without, oneDNN adds
/// pairs of products in a saturating int16 and sums of several products in floats; there our own loops take the codes as int16.
/// Copies share what was packed.
class Int8Weights {
public:
    Int8Weights() = default;
    /// Throws Error when a sum could leave int32, or oneDNN cannot.
    Int8Weights(int n, int k, const std::vector<std::int8_t>& codes);

    /// By our own loops, whatever the CPU.
    static Int8Weights inOwnLoops(int n, int k, const std::vector<std::int8_t>& codes);

    int n() const { return m_n; }
    int k() const { return m_k; }
    /// x: rows × k, acc: rows × n, row-major. Runs on the calling thread alone; different shards may multiply at the same time.
    /// The first product of a shard with a number of rows makes its kernel. Throws Error when oneDNN cannot.
    void multiply(int shard, const std::uint8_t* x, int rows, std::int32_t* acc) const;

private:
    class Product;
    class OneDnnProduct;
    class OwnProduct;
    int m_n = 0, m_k = 0;
    std::shared_ptr<Product> m_product;
};

} // namespace bitstill
