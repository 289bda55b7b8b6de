#pragma once

#include <filesystem>

namespace bitstill {

/// Says that a folder's history is open (shared, flock on its file `lock`), or that somebody brings it in order (alone).
class HistoryLock {
public:
    enum class Kind { Shared, Alone };
    /// Makes the folder. Throws Error when that cannot be, or when it is held so that this one cannot be.
    HistoryLock(const std::filesystem::path& folder, Kind kind);
    ~HistoryLock();
    HistoryLock(HistoryLock&& other) noexcept : m_descriptor(other.m_descriptor) { other.m_descriptor = -1; }
    HistoryLock& operator=(HistoryLock&&) = delete;

private:
    int m_descriptor;
};

} // namespace bitstill
