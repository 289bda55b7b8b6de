#include "engine/store/history_blobs.h"

#include "engine/core/error.h"
#include "engine/core/sha256.h"
#include "engine/io/file_error.h"
#include "engine/io/files.h"

#include <algorithm>

namespace bitstill {

namespace fs = std::filesystem;

bool isContentHash(const std::string& name)
{
    return name.size() == 64 && std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool HistoryBlobs::has(const std::string& hash) const
{
    std::error_code none;
    return isContentHash(hash) && fs::is_regular_file(file(hash), none);
}

void HistoryBlobs::put(const std::string& hash, const std::string& bytes) const
{
    if (has(hash)) return;
    const fs::path target = file(hash);
    std::error_code failed;
    if (fs::create_directories(target.parent_path(), failed)) syncFolder(m_folder);
    if (failed) failWriting(target, failed.value());
    writeFile(target, bytes);
}

std::string HistoryBlobs::read(const std::string& hash, std::size_t limit) const
{
    std::string bytes = isContentHash(hash) ? readFile(file(hash), limit) : ""; // the name may be somebody's path
    if (sha256(bytes) != hash)
        throw Error(
            hash, text("this file of the history is not what was written"), text("`bitstill-cli history check` says what else is damaged"));
    return bytes;
}

void HistoryBlobs::remove(const std::string& hash) const noexcept
{
    std::error_code failed;
    if (isContentHash(hash)) fs::remove(file(hash), failed); // what stays is collected by the next repair
}

std::vector<std::string> HistoryBlobs::all() const
{
    std::vector<std::string> names;
    std::error_code failed;
    for (fs::directory_iterator folder(m_folder, failed), end; !failed && folder != end; folder.increment(failed)) {
        std::error_code none;
        for (fs::directory_iterator entry(folder->path(), none); !none && entry != end; entry.increment(none))
            if (const std::string name = entry->path().filename().string();
                isContentHash(name) && folder->path().filename() == name.substr(0, 2))
                names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

} // namespace bitstill
