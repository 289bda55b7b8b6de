#pragma once

#include "engine/io/arrays.h"
#include "engine/io/byte_source.h"

#include <nlohmann/json_fwd.hpp>

namespace bitstill {

/// A .safetensors file (Hugging Face: 8 bytes little-endian header length, JSON header, raw values), of which only the header is in memory;
/// tensors are read when they are asked for. Opening throws Error for what the reference refuses: a header that is none, a tensor outside
/// the file or with other bytes than its shape wants, overlaps, holes, trailing bytes, names said twice, metadata that is not text. A type
/// that nobody knows is an error of the tensor that has it, when it is asked for.
class SafetensorsFile {
public:
    struct Entry {
        std::string type;
        Shape shape;
        std::uint64_t begin = 0, end = 0; ///< within the values
    };

    explicit SafetensorsFile(const std::filesystem::path& file);
    /// The same for bytes in memory, which must outlive it.
    SafetensorsFile(std::string_view bytes, std::string name);

    const std::map<std::string, Entry>& entries() const { return m_entries; }
    const std::map<std::string, std::string>& metadata() const { return m_metadata; }
    /// Throws Error when there is no such tensor, naming the nearest, or its type is not known.
    Array read(const std::string& tensor) const;
    /// The same for any type: what can only be carried along.
    Array carry(const std::string& tensor) const;

private:
    void readHeader();
    void checkCoverage(std::uint64_t size) const;
    Entry entryFrom(const std::string& tensor, const nlohmann::json& value, std::uint64_t size) const;
    const Entry& entry(const std::string& tensor) const;

    ByteSource m_source;
    std::string m_name;
    std::uint64_t m_values = 0; ///< where they begin
    std::map<std::string, Entry> m_entries;
    std::map<std::string, std::string> m_metadata;
};

} // namespace bitstill
