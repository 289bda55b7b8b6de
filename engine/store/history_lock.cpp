#include "engine/store/history_lock.h"

#include "engine/io/file_error.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace bitstill {

namespace fs = std::filesystem;

namespace {

int opened(const fs::path& folder)
{
    // For its owner alone: notes and data may be nobody else's business.
    std::error_code failed;
    fs::create_directories(fs::absolute(folder).parent_path(), failed);
    if (!failed && mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) failWriting(folder, errno);
    if (failed) failWriting(folder, failed.value());
    const fs::path file = folder / "lock";
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) failWriting(file, errno);
    return descriptor;
}

/// Not every file system has locks; there the history does without.
bool isTaken(int descriptor, HistoryLock::Kind kind)
{
    const int how = kind == HistoryLock::Kind::Alone ? LOCK_EX : LOCK_SH;
    return flock(descriptor, how | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

} // namespace

HistoryLock::HistoryLock(const fs::path& folder, Kind kind) : m_descriptor(opened(folder))
{
    constexpr std::chrono::milliseconds kTurn{50};
    constexpr int kTurns = 40; // a process that was killed holds its lock until the system has cleared up behind it
    for (int turn = 0; isTaken(m_descriptor, kind); ++turn) {
        if (turn < kTurns) {
            std::this_thread::sleep_for(kTurn);
            continue;
        }
        close(m_descriptor);
        throw kind == Kind::Alone ? Error(folder.string(), text("another Bitstill has this history open"), text("close it and try again"))
                                  : Error(folder.string(), text("this history is being repaired"), text("try again when that has ended"));
    }
}

HistoryLock::~HistoryLock()
{
    if (m_descriptor >= 0) close(m_descriptor);
}

} // namespace bitstill
