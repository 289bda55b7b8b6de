#pragma once

#include <filesystem>
#include <string>

namespace bitstill {

/// Writes the file as a whole or not at all: to a temporary name beside it, then by rename. Makes the folder.
/// Throws Error when the folder cannot be written or the disk is full; what was there before stays.
void writeFile(const std::filesystem::path& file, const std::string& bytes);

/// The file's bytes; throws Error when it cannot be read or is larger than `limit` bytes.
std::string readFile(const std::filesystem::path& file, std::size_t limit);

} // namespace bitstill
