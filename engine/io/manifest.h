#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace bitstill {

/// The files of one result, by name relative to its folder ("figures/loss.svg"), as manifest.json lists them.
struct ListedFile {
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0; ///< zlib's crc32
    bool operator==(const ListedFile&) const = default;
};
using Manifest = std::map<std::string, ListedFile>;

inline constexpr const char* kManifestName = "manifest.json";

ListedFile listedFile(const std::string& bytes);
std::string manifestBytes(const Manifest& manifest);
/// Does the folder hold every file of its manifest.json as it lists them? False when there is none.
bool isWhole(const std::filesystem::path& folder);

/// What a run has written into a folder: what its manifest lists or, where an older Bitstill wrote none, what record.json tells.
struct OwnFiles {
    std::set<std::string> listed; ///< a new result may take their place
    std::set<std::string> unchanged; ///< as they were written: they go with the result that they belong to
};
OwnFiles ownFiles(const std::filesystem::path& folder);

} // namespace bitstill
