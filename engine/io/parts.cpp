#include "engine/io/files.h"

#include "engine/core/error.h"
#include "engine/io/file_error.h"
#include "engine/io/process_stat.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <random>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitstill {

namespace {

constexpr std::string_view kMark = ".part-";
constexpr std::size_t kRandomDigits = 16;
constexpr std::size_t kLongestName = 255; // bytes, in every file system of Linux that people have

/// Not from a seed: another user of a shared folder must not know the name before it is there.
std::string randomDigits()
{
    static constexpr char kHex[] = "0123456789abcdef";
    std::random_device source;
    std::string digits;
    for (std::size_t i = 0; i < kRandomDigits; ++i) digits += kHex[source() & 15u];
    return digits;
}

/// PID of "NAME.part-PID-RANDOM"; 0 when it is no such name.
pid_t ownerOf(const std::string& name)
{
    const std::size_t at = name.rfind(kMark);
    if (at == std::string::npos || at == 0 || name.size() < at + kMark.size() + kRandomDigits + 2) return 0;
    const char* const digits = name.data() + name.size() - kRandomDigits;
    if (digits[-1] != '-'
        || !std::all_of(digits, digits + kRandomDigits, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }))
        return 0;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data() + at + kMark.size(), digits - 1, pid);
    return error == std::errc{} && end == digits - 1 && pid > 0 ? pid : 0;
}

/// The PID may be one of another machine or container, where its process lives: those hold a lock.
bool isHeld(const std::filesystem::path& part)
{
    const int descriptor = open(part.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) return true; // not ours to judge
    const bool held = flock(descriptor, LOCK_SH | LOCK_NB) != 0;
    close(descriptor);
    return held;
}

/// A process that nobody collects stays among the others for good: in a container the first one often collects none.
bool lives(pid_t pid) { return (kill(pid, 0) == 0 || errno != ESRCH) && !isDead(processStat(pid)); }

bool isOurs(const std::filesystem::path& part)
{
    struct stat s { };
    return lstat(part.c_str(), &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode)) && s.st_uid == geteuid();
}

} // namespace

std::filesystem::path partName(const std::filesystem::path& file)
{
    std::error_code ignored;
    while (true) {
        const std::string end = std::string(kMark) + std::to_string(getpid()) + '-' + randomDigits();
        std::string name = file.filename().string();
        std::size_t kept = std::min(name.size(), kLongestName - end.size());
        // Some file systems take whole characters only.
        while (kept > 1 && kept < name.size() && (static_cast<unsigned char>(name[kept]) & 0xC0) == 0x80) --kept;
        const std::filesystem::path part = file.parent_path() / (name.substr(0, kept) + end);
        if (!std::filesystem::exists(std::filesystem::symlink_status(part, ignored))) return part;
    }
}

std::vector<std::filesystem::path> abandonedParts(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> found;
    std::error_code failed;
    for (std::filesystem::directory_iterator i(folder, failed), end; !failed && i != end; i.increment(failed)) {
        const pid_t pid = ownerOf(i->path().filename().string());
        if (pid == 0 || pid == getpid() || lives(pid)) continue;
        if (isOurs(i->path()) && !isHeld(i->path())) found.push_back(i->path());
    }
    return found;
}

void syncFolder(const std::filesystem::path& folder)
{
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return; // a folder that may be written but not read
    const int failed = fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    // Network and user-space file systems may have no such thing.
    if (failed == EIO || failed == ENOSPC || failed == EDQUOT) failWriting(folder, failed);
}

} // namespace bitstill
