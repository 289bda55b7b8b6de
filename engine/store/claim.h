#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

namespace bitstill {

/// Says that somebody works on a folder, so that nobody else begins the same: a file `claim` in it that its holder touches. It only saves
/// double work. One whose holder is dead is nobody's: at once where the process can be asked after (same machine, same container), after
/// three missed heartbeats elsewhere.
class Claim {
public:
    static constexpr std::chrono::seconds kHeartbeat{20};
    enum class State { None, Held, Abandoned };

    /// Empty when somebody who lives has it. `limit` is the age from which one of another machine is abandoned. Throws Error when the
    /// folder cannot be written.
    static std::optional<Claim> take(const std::filesystem::path& folder, std::chrono::seconds limit = 3 * kHeartbeat);
    static State stateOf(const std::filesystem::path& folder, std::chrono::seconds limit = 3 * kHeartbeat);
    /// Removes one that is abandoned.
    static void clear(const std::filesystem::path& folder, std::chrono::seconds limit = 3 * kHeartbeat);

    /// What such a file says of this process.
    static std::string bytes();
    /// Of the bytes of such a file; empty where its holder cannot be asked after.
    static std::optional<bool> holderLives(const std::string& bytes);

    Claim(Claim&& other) noexcept;
    Claim& operator=(Claim&&) = delete;
    ~Claim();

    /// To be called often; touches the file when a heartbeat is due.
    void beat();
    /// Gives it up; the file goes, unless it is another's by now.
    void release() noexcept;

private:
    Claim(std::filesystem::path file, int descriptor) : m_file(std::move(file)), m_descriptor(descriptor) { }

    std::filesystem::path m_file;
    int m_descriptor = -1;
    std::chrono::steady_clock::time_point m_lastBeat = std::chrono::steady_clock::now();
};

/// Name of this machine.
std::string hostName();

} // namespace bitstill
