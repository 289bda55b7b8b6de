#include "engine/io/files.h"

#include "engine/core/error.h"
#include "engine/core/text.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>
#include <vector>

namespace bitstill {

namespace {

/// A file that removes itself unless it was kept.
struct Temporary {
    std::filesystem::path path;
    int descriptor;

    explicit Temporary(const std::filesystem::path& file) :
        path(file.string() + ".part-" + std::to_string(getpid())),
        descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644))
    {
    }
    ~Temporary()
    {
        if (descriptor >= 0) close(descriptor);
        if (!path.empty()) unlink(path.c_str());
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
};

[[noreturn]] void fail(const std::filesystem::path& file, int code)
{
    throw Error(file.filename().string(), "cannot write " + file.string() + ": " + std::strerror(code),
        code == ENOSPC ? "free some space on the disk" : "choose another folder or file");
}

} // namespace

void writeFile(const std::filesystem::path& file, const std::string& bytes)
{
    std::error_code failed;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
    if (failed) fail(file, failed.value());
    Temporary temporary(file);
    if (temporary.descriptor < 0) fail(file, errno);
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = write(temporary.descriptor, bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno != EINTR) fail(file, errno);
        if (n > 0) done += static_cast<std::size_t>(n);
    }
    if (fsync(temporary.descriptor) != 0 && errno != EINVAL) fail(file, errno);
    if (rename(temporary.path.c_str(), file.c_str()) != 0) fail(file, errno);
    temporary.path.clear();
}

std::string readFile(const std::filesystem::path& file, std::size_t limit)
{
    const std::string name = file.filename().string();
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) throw Error(name, file.string() + " is a folder", "choose a file");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(name, "cannot open " + file.string(), "check that the file is there and readable");
    std::string bytes;
    std::vector<char> piece(1 << 20);
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
        bytes.append(piece.data(), static_cast<std::size_t>(in.gcount()));
        if (bytes.size() > limit)
            throw Error(name, "the file is larger than " + bytesText(static_cast<std::int64_t>(limit)), "choose a smaller one");
    }
    return bytes;
}

} // namespace bitstill
