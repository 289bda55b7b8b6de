#include "engine/io/files.h"

#include "engine/core/error.h"
#include "engine/io/file_error.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace bitstill {

namespace {

[[noreturn]] void fail(const std::filesystem::path& file, int code)
{
    throw Error(file.filename().string(), text("cannot open %1: %2", file.string(), reasonText(code)),
        text("check that the file is there and readable"));
}

void refuseTooLarge(const InputFile& in, std::uint64_t size, std::size_t limit)
{
    if (size > limit)
        throw Error(in.path().filename().string(), text("the file is larger than %1", bytesText(static_cast<std::int64_t>(limit))),
            text("choose a smaller one"));
}

} // namespace

InputFile::InputFile(const std::filesystem::path& file) : m_path(file)
{
    struct stat s { };
    // Asked before opening, since opening alone can rewind a tape or start a device; and after, since names can change.
    if (stat(file.c_str(), &s) != 0) fail(file, errno);
    if (S_ISREG(s.st_mode)) {
        m_descriptor = open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (m_descriptor < 0 || fstat(m_descriptor, &s) != 0) {
            const int code = errno;
            if (m_descriptor >= 0) close(m_descriptor);
            fail(file, code);
        }
    }
    m_size = static_cast<std::uint64_t>(std::max<off_t>(s.st_size, 0));
    if (S_ISREG(s.st_mode)) return;
    if (m_descriptor >= 0) close(m_descriptor);
    const std::string name = file.filename().string();
    if (S_ISDIR(s.st_mode)) throw Error(name, text("%1 is a folder", file.string()), text("choose a file"));
    throw Error(name, text("%1 is a device, a pipe or a socket, not a file", file.string()), text("choose a file"));
}

InputFile::~InputFile()
{
    if (m_descriptor >= 0) close(m_descriptor);
}

int InputFile::release() { return std::exchange(m_descriptor, -1); }

std::string readFile(const std::filesystem::path& file, std::size_t limit)
{
    const InputFile in(file);
    refuseTooLarge(in, in.size(), limit);
    constexpr std::size_t kPiece = 1 << 16; // how /proc is read, and a file that grows under our hands
    std::string bytes(static_cast<std::size_t>(in.size()) + 1, '\0');
    std::size_t done = 0;
    while (true) {
        if (done == bytes.size()) bytes.resize(done + kPiece);
        const ssize_t n = read(in.descriptor(), bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            throw Error(file.filename().string(), text("cannot read %1: %2", file.string(), reasonText(errno)),
                text("check that the file is there and readable"));
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
        refuseTooLarge(in, done, limit);
    }
    bytes.resize(done);
    return bytes;
}

} // namespace bitstill
