#pragma once

#include "engine/io/files.h"

#include <optional>
#include <string_view>

namespace bitstill {

/// Bytes of a file, or of memory that outlives this, read where and when they are needed.
class ByteSource {
public:
    explicit ByteSource(const std::filesystem::path& file);
    ByteSource(std::string_view bytes, std::string name);

    const std::string& name() const { return m_name; }
    std::uint64_t size() const { return m_file ? m_file->size() : m_bytes.size(); }
    /// Throws Error where they do not all lie in the file.
    std::string at(std::uint64_t first, std::uint64_t count) const;

private:
    std::optional<InputFile> m_file;
    std::string_view m_bytes;
    std::string m_name;
};

} // namespace bitstill
