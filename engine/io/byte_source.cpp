#include "engine/io/byte_source.h"

#include "engine/core/error.h"

#include <cerrno>
#include <unistd.h>

namespace bitstill {

ByteSource::ByteSource(const std::filesystem::path& file) : m_file(std::in_place, file), m_name(file.filename().string()) { }

ByteSource::ByteSource(std::string_view bytes, std::string name) : m_bytes(bytes), m_name(std::move(name)) { }

std::string ByteSource::at(std::uint64_t first, std::uint64_t count) const
{
    const auto ended = [this] {
        throw Error(m_name, text("the file ends before its values do"), text("the file is corrupt; save it again"));
    };
    if (first > size() || count > size() - first) ended();
    if (!m_file) return std::string(m_bytes.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
    std::string bytes(static_cast<std::size_t>(count), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = pread(m_file->descriptor(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(first + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) ended();
        done += static_cast<std::size_t>(n);
    }
    return bytes;
}

} // namespace bitstill
