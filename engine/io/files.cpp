#include "engine/io/files.h"

#include "engine/core/error.h"
#include "engine/io/file_error.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitstill {

namespace {

/// A file under a name of its own beside `target` that goes away unless it takes the target's place.
class Part {
public:
    Part(const std::filesystem::path& target, mode_t mode) : m_target(target)
    {
        do {
            close(m_descriptor);
            m_path = partName(target);
            m_descriptor = open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
            if (m_descriptor < 0 && errno != EEXIST) failWriting(target, errno);
        } while (m_descriptor < 0 || !hold());
    }
    ~Part()
    {
        if (!m_path.empty()) unlink(m_path.c_str());
        close(m_descriptor);
    }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    int descriptor() const { return m_descriptor; }

    void keep()
    {
        if (fsync(m_descriptor) != 0 && errno != EINVAL) failWriting(m_target, errno);
        if (rename(m_path.c_str(), m_target.c_str()) != 0) failWriting(m_target, errno);
        m_path.clear();
    }

private:
    /// The lock says that somebody lives; between open and lock another process may have taken the file for abandoned.
    bool hold() const
    {
        struct stat now { };
        return flock(m_descriptor, LOCK_EX | LOCK_NB) != 0 || fstat(m_descriptor, &now) != 0 || now.st_nlink > 0;
    }

    std::filesystem::path m_target, m_path;
    int m_descriptor = -1;
};

/// Where a chain of symbolic links ends, whether there is something or not.
std::filesystem::path targetOf(const std::filesystem::path& file)
{
    std::filesystem::path target = file;
    std::error_code failed;
    for (int hops = 0; std::filesystem::is_symlink(std::filesystem::symlink_status(target, failed)); ++hops) {
        if (hops == 40) failWriting(file, ELOOP);
        const std::filesystem::path next = std::filesystem::read_symlink(target, failed);
        if (failed) failWriting(file, failed.value());
        target = target.parent_path() / next;
    }
    return target;
}

/// 0, or the errno.
int written(int descriptor, const std::string& bytes)
{
    constexpr int kPatience = 10'000; // ms that a reader may take before it is given up
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = write(descriptor, bytes.data() + done, bytes.size() - done);
        if (n > 0) done += static_cast<std::size_t>(n);
        if (n >= 0 || errno == EINTR) continue;
        pollfd full{descriptor, POLLOUT, 0};
        if (errno != EAGAIN || poll(&full, 1, kPatience) == 0) return errno;
    }
    return 0;
}

void writeAll(int descriptor, const std::string& bytes, const std::filesystem::path& file)
{
    if (const int code = written(descriptor, bytes); code != 0) failWriting(file, code);
}

/// Devices and FIFOs stay what they are. Without waiting for a reader that may never come.
void writeThrough(const std::filesystem::path& file, const std::string& bytes)
{
    struct Stream {
        int descriptor;
        ~Stream() { close(descriptor); }
    };
    const Stream stream{open(file.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (stream.descriptor < 0) failWriting(file, errno);
    writeAll(stream.descriptor, bytes, file);
}

void replaceFile(const std::filesystem::path& target, const struct stat* before, const std::string& bytes)
{
    // As private as can be until it has the mode of the file that it replaces.
    Part part(target, before ? 0600 : 0666);
    writeAll(part.descriptor(), bytes, target);
    if (before) {
        const bool owned = fchown(part.descriptor(), before->st_uid, before->st_gid) == 0;
        const bool grouped = owned || fchown(part.descriptor(), static_cast<uid_t>(-1), before->st_gid) == 0;
        // Set-id bits are for their owner and group alone.
        if (fchmod(part.descriptor(), before->st_mode & (owned ? 07777u : grouped ? 03777u : 01777u)) != 0) failWriting(target, errno);
    }
    part.keep();
}

} // namespace

void writeFile(const std::filesystem::path& file, const std::string& bytes)
{
    struct stat now { };
    const bool exists = stat(file.c_str(), &now) == 0;
    if (exists && S_ISDIR(now.st_mode)) failWriting(file, EISDIR);
    if (exists && (S_ISCHR(now.st_mode) || S_ISFIFO(now.st_mode))) return writeThrough(file, bytes);
    if (exists && !S_ISREG(now.st_mode))
        throw Error(file.filename().string(), text("%1 is a socket or a disk, not a file", file.string()), text("choose another file"));
    if (exists && access(file.c_str(), W_OK) != 0) failWriting(file, errno);
    const std::filesystem::path target = targetOf(file), folder = target.has_parent_path() ? target.parent_path() : ".";
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) failWriting(file, failed.value());
    for (const std::filesystem::path& part : abandonedParts(folder))
        if (!std::filesystem::is_directory(part, failed)) unlink(part.c_str());
    replaceFile(target, exists ? &now : nullptr, bytes);
    syncFolder(folder);
}

bool makeNewFile(const std::filesystem::path& file, const std::string& bytes)
{
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno == EEXIST) return false;
    if (descriptor < 0) failWriting(file, errno);
    const int code = written(descriptor, bytes);
    close(descriptor);
    if (code == 0) return true;
    unlink(file.c_str());
    failWriting(file, code);
}

bool makeWholeFile(const std::filesystem::path& file, const std::string& bytes)
{
    const int descriptor = open(file.parent_path().c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    if (descriptor < 0) return makeNewFile(file, bytes); // a file system without files that have no name
    int code = written(descriptor, bytes);
    const std::string self = "/proc/self/fd/" + std::to_string(descriptor);
    if (code == 0 && linkat(AT_FDCWD, self.c_str(), AT_FDCWD, file.c_str(), AT_SYMLINK_FOLLOW) != 0) code = errno;
    close(descriptor);
    if (code == EEXIST) return false;
    if (code == ENOENT || code == EOPNOTSUPP) return makeNewFile(file, bytes); // no /proc
    if (code != 0) failWriting(file, code);
    return true;
}

void appendLine(const std::filesystem::path& file, const std::string& line)
{
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor < 0) failWriting(file, errno);
    const int code = written(descriptor, line + "\n");
    close(descriptor);
    if (code != 0) failWriting(file, code);
}

} // namespace bitstill
