#include "engine/io/file_error.h"

#include <cerrno>
#include <cstring>

namespace bitstill {

Text reasonText(int code)
{
    switch (code) {
    case EACCES:
    case EPERM: return text("Permission denied");
    case ENOENT: return text("No such file or directory");
    case ENOTDIR: return text("Not a directory");
    case EISDIR: return text("Is a directory");
    case ENOSPC: return text("No space left on device");
    case EDQUOT: return text("Disk quota exceeded");
    case EFBIG: return text("File too large");
    case EROFS: return text("Read-only file system");
    case EIO: return text("Input/output error");
    case ENAMETOOLONG: return text("File name too long");
    case ELOOP: return text("Too many levels of symbolic links");
    case EMFILE:
    case ENFILE: return text("Too many open files");
    case ENXIO: return text("nobody reads from it");
    case EAGAIN: return text("its reader is not reading");
    default: return Text(std::string(std::strerror(code)));
    }
}

void failWriting(const std::filesystem::path& file, int code)
{
    throw Error(file.filename().string(), text("cannot write %1: %2", file.string(), reasonText(code)),
        code == ENOSPC || code == EDQUOT ? text("free some space on the disk") : text("choose another folder or file"));
}

} // namespace bitstill
