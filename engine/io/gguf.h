#pragma once

#include "engine/core/tensor.h"
#include "engine/io/byte_source.h"

#include <functional>
#include <span>

namespace bitstill {

/// A type of ggml: blocks of `values` along the last dimension take `bytes` each.
struct GgufType {
    std::uint32_t number; ///< in the file
    std::string_view name; ///< "Q4_K"
    std::uint32_t values, bytes;
    /// Of one block to `values` floats; null where nothing here does it.
    void (*decode)(const unsigned char* block, float* to);
};
/// Null for a number that has no name here.
const GgufType* ggufType(std::uint32_t number);

/// A .gguf file (ggml's, versions 2 and 3, little-endian; https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), of which only the
/// header is in memory. Opening throws Error for tensors that do not lie in the file, rows that are no whole number of blocks (as ggml),
/// names said twice, lists of lists; and for more than 2^18 tensors or 2^16 keys.
class GgufFile {
public:
    struct Tensor {
        std::string name;
        std::string type; ///< "type 99" where the number has no name
        const GgufType* kind = nullptr;
        Shape shape; ///< outermost first, as everywhere here; the file has it the other way round
        std::uint64_t begin = 0; ///< in the file
        std::uint64_t bytes = 0; ///< 0 where the type is not known
    };
    struct Value {
        std::string key, type; ///< "STRING", "U32", "STRING[32000]"
        std::string text; ///< its beginning, printable
    };

    explicit GgufFile(const std::filesystem::path& file);
    /// The same for bytes in memory, which must outlive it.
    GgufFile(std::string_view bytes, std::string name);

    std::uint32_t version() const { return m_version; }
    const std::vector<Tensor>& tensors() const { return m_tensors; } ///< in the order of the file
    const std::vector<Value>& metadata() const { return m_metadata; } ///< in the order of the file
    /// The values of a tensor whose kind is decoded, a piece at a time.
    void decode(const Tensor& tensor, const std::function<void(std::span<const float>)>& take) const;

private:
    class Header;
    void readHeader();
    void place(std::uint64_t values, std::uint64_t alignment);

    ByteSource m_source;
    std::uint32_t m_version = 0;
    std::vector<Tensor> m_tensors;
    std::vector<Value> m_metadata;
};

} // namespace bitstill
