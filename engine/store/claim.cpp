#include "engine/store/claim.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/io/process_stat.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <limits>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitstill {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// Of /proc; empty where there is no such file.
std::string textOf(const fs::path& file)
try {
    return readFile(file, 100'000);
} catch (const Error&) {
    return {};
}

/// Where a process number means the same process: this boot of this machine, this container.
const std::string& placeText()
{
    static const std::string place = [] {
        std::string boot = textOf("/proc/sys/kernel/random/boot_id");
        while (!boot.empty() && boot.back() == '\n') boot.pop_back();
        std::error_code none;
        return boot + " " + fs::read_symlink("/proc/self/ns/pid", none).string();
    }();
    return place;
}

/// When it was started, in ticks since the boot; empty for a process that is not there, or dead and only not yet collected.
std::string startOf(pid_t pid)
{
    const std::vector<std::string> stat = processStat(pid);
    constexpr std::size_t kStart = 19;
    return stat.size() > kStart && !isDead(stat) ? stat[kStart] : std::string();
}

bool isAbandoned(int descriptor, std::chrono::seconds limit)
{
    std::array<char, 1024> bytes{};
    const ssize_t n = pread(descriptor, bytes.data(), bytes.size(), 0);
    if (n > 0)
        if (const std::optional<bool> lives = Claim::holderLives(std::string(bytes.data(), static_cast<std::size_t>(n)))) return !*lives;
    struct stat s { };
    return fstat(descriptor, &s) == 0 && std::time(nullptr) - s.st_mtime > limit.count();
}

bool isStillAt(int descriptor, const fs::path& file)
{
    struct stat a {
    }, b{};
    return fstat(descriptor, &a) == 0 && lstat(file.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

struct Descriptor {
    int value = -1;
    explicit Descriptor(const fs::path& file) : value(open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) { }
    ~Descriptor()
    {
        if (value >= 0) close(value);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
};

constexpr const char* kName = "claim";

} // namespace

std::string hostName()
{
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

std::string Claim::bytes()
{
    return jsonText(json{{"host", hostName()}, {"place", placeText()}, {"pid", getpid()}, {"start", startOf(getpid())}}) + "\n";
}

std::optional<bool> Claim::holderLives(const std::string& bytes)
{
    json claim;
    try {
        claim = parseJson(bytes, kName, {.depth = 2, .values = 100});
    } catch (const Error&) {
        return std::nullopt; // being written, or cut short
    }
    if (!claim.is_object() || claim.value("place", json()) != placeText()) return std::nullopt;
    const json pid = claim.value("pid", json()), start = claim.value("start", json());
    if (!pid.is_number_unsigned() || pid.get<std::uint64_t>() > std::numeric_limits<pid_t>::max() || !start.is_string())
        return std::nullopt;
    const std::string now = startOf(pid.get<pid_t>());
    return !now.empty() && now == start.get<std::string>();
}

Claim::State Claim::stateOf(const fs::path& folder, std::chrono::seconds limit)
{
    const Descriptor held(folder / kName);
    if (held.value < 0) return State::None;
    return isAbandoned(held.value, limit) ? State::Abandoned : State::Held;
}

void Claim::clear(const fs::path& folder, std::chrono::seconds limit)
{
    const fs::path file = folder / kName;
    const Descriptor held(file);
    // Of several who find it only one removes it, and never the claim of the one who was quicker. Not every file system has locks.
    if (held.value < 0 || (flock(held.value, LOCK_EX) != 0 && errno == EINTR)) return;
    if (isStillAt(held.value, file) && isAbandoned(held.value, limit)) unlink(file.c_str());
}

std::optional<Claim> Claim::take(const fs::path& folder, std::chrono::seconds limit)
{
    const fs::path file = folder / kName;
    constexpr int kTries = 3;
    for (int i = 0; i < kTries; ++i) {
        if (makeWholeFile(file, bytes())) {
            const int descriptor = open(file.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
            if (descriptor >= 0) return Claim(file, descriptor);
        }
        if (stateOf(folder, limit) == State::Held) return std::nullopt;
        clear(folder, limit);
    }
    return std::nullopt;
}

Claim::Claim(Claim&& other) noexcept : m_file(std::move(other.m_file)), m_descriptor(other.m_descriptor), m_lastBeat(other.m_lastBeat)
{
    other.m_descriptor = -1;
}

Claim::~Claim() { release(); }

void Claim::beat()
{
    const auto now = std::chrono::steady_clock::now();
    if (now - m_lastBeat < kHeartbeat) return;
    m_lastBeat = now;
    futimens(m_descriptor, nullptr);
}

void Claim::release() noexcept
{
    if (m_descriptor < 0) return;
    if (isStillAt(m_descriptor, m_file)) unlink(m_file.c_str());
    close(m_descriptor);
    m_descriptor = -1;
}

} // namespace bitstill
