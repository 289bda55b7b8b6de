#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bitstill {

/// Files named after what is in them: FOLDER/ab/abcdef..., the SHA-256 of their bytes in hex. `sha256sum` checks them.
class HistoryBlobs {
public:
    explicit HistoryBlobs(std::filesystem::path folder) : m_folder(std::move(folder)) { }

    std::filesystem::path file(const std::string& hash) const { return m_folder / hash.substr(0, 2) / hash; }
    bool has(const std::string& hash) const;
    /// Writes the bytes whose sha256() is `hash` as a whole, flushed to the disk, unless they are there. Throws Error when it cannot.
    void put(const std::string& hash, const std::string& bytes) const;
    /// Throws Error when the file is missing, larger than `limit`, or its bytes are not those that its name says.
    std::string read(const std::string& hash, std::size_t limit) const;
    /// Of what is not there, nothing.
    void remove(const std::string& hash) const noexcept;
    /// The names of all files in it that are named like that.
    std::vector<std::string> all() const;

private:
    std::filesystem::path m_folder;
};

/// 64 digits of lower-case hex: what may name a blob.
bool isContentHash(const std::string& name);

} // namespace bitstill
