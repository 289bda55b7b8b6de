#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bitstill {

/// A regular file open for reading; whoever opens a file to read it opens it with this. Throws Error when it is missing, cannot be
/// read, or is a folder, FIFO, socket or device: reading those may never end.
class InputFile {
public:
    explicit InputFile(const std::filesystem::path& file);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    /// Bytes it had when it was opened; 0 for what the kernel makes up (/proc).
    std::uint64_t size() const { return m_size; }
    int descriptor() const { return m_descriptor; }
    /// Gives the descriptor to somebody who closes it (gzdopen).
    int release();

private:
    std::filesystem::path m_path;
    std::uint64_t m_size = 0;
    int m_descriptor = -1;
};

/// The file's bytes; throws Error when it cannot be read or is larger than `limit` bytes, which its size says before memory is asked for.
std::string readFile(const std::filesystem::path& file, std::size_t limit);

/// Writes the file as a whole or not at all: to a temporary name beside it that nobody can guess, then by rename, both flushed to the
/// disk. Makes the folder. Follows a symbolic link to its target; a file that was there keeps its mode, and its owner where that is
/// allowed. A character device or a FIFO with a reader is written to, never replaced. Throws Error for a folder, socket or block device, a
/// file that may not be written, a full disk; what was there before stays.
void writeFile(const std::filesystem::path& file, const std::string& bytes);

/// Makes a file that nobody ever sees with less than all of its bytes, and that leaves nothing behind when its process is killed meanwhile
/// (where the file system has O_TMPFILE). Not flushed to the disk: for what can be made again. False when there is a file of that name;
/// throws Error when it cannot be written.
bool makeWholeFile(const std::filesystem::path& file, const std::string& bytes);
/// The same, cheaper, for what nobody reads before the process is through with it: a kill may leave less than all of it.
bool makeNewFile(const std::filesystem::path& file, const std::string& bytes);
/// Adds a line, in one piece: those of several processes do not mix. Throws Error when it cannot be written.
void appendLine(const std::filesystem::path& file, const std::string& line);

/// For those who build a folder beside another and exchange the two:
/// "NAME.part-PID-RANDOM" beside `file`, free when it was asked for, of at most 255 bytes.
std::filesystem::path partName(const std::filesystem::path& file);
/// What partName() named in `folder` for processes that are dead now, files and folders; those that somebody holds a lock on (flock) are
/// not among them.
std::vector<std::filesystem::path> abandonedParts(const std::filesystem::path& folder);
/// Flushes the folder's entries to the disk; throws Error when the disk says no.
void syncFolder(const std::filesystem::path& folder);

} // namespace bitstill
