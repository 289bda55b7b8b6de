// --on here: some processes that share the runs among them. Processes, not threads: one that is killed takes nothing else with it.

#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/process.h"
#include "app/cli/sweep_worker.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <iostream>
#include <memory>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bitstill::cli {

namespace {

constexpr int kMostJobs = 256;
constexpr int kNone = -1;

/// In memory that launcher and workers share. Each worker has a part of the runs, [begin, end), goes through it from the front, and then
/// takes from the back of the longest part of another: what it keeps from one run to the next (data, teachers) is of use longest so.
struct Board {
    std::array<std::atomic<std::uint64_t>, kMostJobs> parts{}; ///< begin << 32 | end
    std::array<std::atomic<int>, kMostJobs> current{}; ///< index of the run that it is at
    std::atomic<int> done{0}, failed{0};

    static std::uint64_t packed(std::uint64_t begin, std::uint64_t end) { return begin << 32 | end; }
    static std::uint64_t begin(std::uint64_t part) { return part >> 32; }
    static std::uint64_t end(std::uint64_t part) { return part & 0xFFFFFFFFu; }
    static std::uint64_t length(std::uint64_t part) { return end(part) - begin(part); }

    int takeOwn(int worker)
    {
        std::atomic<std::uint64_t>& mine = parts[static_cast<std::size_t>(worker)];
        std::uint64_t part = mine.load();
        while (length(part) > 0)
            if (mine.compare_exchange_weak(part, packed(begin(part) + 1, end(part)))) return static_cast<int>(begin(part));
        return kNone;
    }
    int takeFromOthers(int workers)
    {
        while (true) {
            const auto longest = std::max_element(
                parts.begin(), parts.begin() + workers, [](const auto& a, const auto& b) { return length(a.load()) < length(b.load()); });
            std::uint64_t part = longest->load();
            if (length(part) == 0) return kNone;
            if (longest->compare_exchange_strong(part, packed(begin(part), end(part) - 1))) return static_cast<int>(end(part) - 1);
        }
    }
};

class Crew {
public:
    Crew(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, Interrupts& interrupts) :
        m_sweep(sweep), m_runs(runs), m_launch(launch), m_interrupts(interrupts)
    {
        std::stable_sort(m_runs.begin(), m_runs.end(), [](const auto* a, const auto* b) { return a->spec.seed < b->spec.seed; });
        m_workers = std::clamp(std::min(launch.jobs, static_cast<int>(runs.size())), 1, kMostJobs);
        void* memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        m_board = new (memory) Board;
        for (int w = 0; w < m_workers; ++w) {
            const std::uint64_t n = m_runs.size(), k = static_cast<std::uint64_t>(w), all = static_cast<std::uint64_t>(m_workers);
            m_board->parts[static_cast<std::size_t>(w)] = Board::packed(n * k / all, n * (k + 1) / all);
        }
        m_pids.assign(static_cast<std::size_t>(m_workers), 0);
    }
    ~Crew() { munmap(m_board, sizeof(Board)); }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    LaunchEnd work();

private:
    void start(int worker);
    [[noreturn]] void beWorker(int worker, pid_t parent);
    bool collect();
    void noteDeath(int worker, int signal);
    void stopAll();
    void tell(bool last) const;

    const Sweep& m_sweep;
    std::vector<const PlannedRun*> m_runs;
    const Launch& m_launch;
    Interrupts& m_interrupts;
    int m_workers = 1;
    Board* m_board = nullptr;
    std::vector<pid_t> m_pids;
    LaunchEnd m_end;
};

void Crew::beWorker(int worker, pid_t parent)
{
    int status = 0;
    try {
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent) std::_Exit(1);
        SweepWorker hands(m_launch.threads, m_launch.keep, m_launch.otherVersions);
        std::atomic<int>& current = m_board->current[static_cast<std::size_t>(worker)];
        while (true) {
            int i = m_board->takeOwn(worker);
            if (i == kNone) i = m_board->takeFromOthers(m_workers);
            current = i;
            if (i == kNone) break;
            const PlannedRun& run = *m_runs[static_cast<std::size_t>(i)];
            const SweepWorker::End end = hands.run(m_sweep.runFolder(run.hash), run);
            if (end != SweepWorker::End::Busy) ++(end == SweepWorker::End::Done ? m_board->done : m_board->failed);
        }
    } catch (const Error& e) {
        std::cerr << printable(said(e.sentence()), kLongestLine) << std::endl;
        status = 1;
    } catch (const std::exception& e) {
        std::cerr << printable(e.what(), kLongestLine) << std::endl;
        status = 1;
    }
    std::_Exit(status);
}

void Crew::start(int worker)
{
    m_board->current[static_cast<std::size_t>(worker)] = kNone;
    std::cout.flush();
    const pid_t parent = getpid(), child = fork();
    if (child == 0) beWorker(worker, parent);
    m_pids[static_cast<std::size_t>(worker)] = std::max(child, 0);
    if (child > 0) return;
    m_end.broken = true;
    std::cerr << said(text("no further process can be started: choose fewer (--jobs 1), or raise the limit (ulimit -u)")) << std::endl;
}

void Crew::noteDeath(int worker, int signal)
{
    const int current = m_board->current[static_cast<std::size_t>(worker)];
    if (current == kNone) {
        m_end.broken = true;
        return;
    }
    const PlannedRun& run = *m_runs[static_cast<std::size_t>(current)];
    const std::filesystem::path folder = m_sweep.runFolder(run.hash);
    if (!isDone(folder, run.hash, m_launch.otherVersions)) {
        writeFailure(folder, {.reason = endText(0, signal).english(), .signal = signal});
        ++m_board->failed;
    }
    Claim::clear(folder);
    start(worker);
}

/// False when nobody is left.
bool Crew::collect()
{
    bool anybody = false;
    for (int w = 0; w < m_workers; ++w) {
        pid_t& pid = m_pids[static_cast<std::size_t>(w)];
        if (pid == 0) continue;
        int status = 0;
        if (waitpid(pid, &status, WNOHANG) == 0) {
            anybody = true;
            continue;
        }
        pid = 0;
        if (WIFSIGNALED(status) && m_interrupts.signal() == 0) noteDeath(w, WTERMSIG(status));
        // One that was sent a signal alone: its run was given back, the others go on.
        if (WIFEXITED(status) && WEXITSTATUS(status) == 1) m_end.broken = true;
        anybody = anybody || pid != 0;
    }
    return anybody;
}

void Crew::stopAll()
{
    constexpr std::chrono::milliseconds kPatience{2000};
    for (const pid_t pid : m_pids)
        if (pid > 0) kill(pid, SIGTERM);
    while (collect() && m_interrupts.age() < kPatience) usleep(2000);
    for (const pid_t pid : m_pids)
        if (pid > 0) kill(pid, SIGKILL);
    while (collect()) usleep(2000);
}

/// One line on stderr, rewritten in place; nothing when stderr is a file.
void Crew::tell(bool last) const
{
    static const bool terminal = isatty(STDERR_FILENO) != 0;
    if (!terminal) return;
    std::cerr << "\r\033[K";
    if (!last) {
        std::cerr << said(text("%1 of %2", std::to_string(m_board->done + m_board->failed), std::to_string(m_runs.size())));
        if (m_board->failed > 0) std::cerr << ", " << said(text("%1 failed", std::to_string(m_board->failed)));
    }
    std::cerr << std::flush;
}

LaunchEnd Crew::work()
{
    for (int w = 0; w < m_workers; ++w) start(w);
    constexpr std::chrono::milliseconds kOften{5};
    for (int turn = 0; collect(); ++turn) {
        if (turn % 40 == 0) tell(false);
        if (m_interrupts.wait(kOften) != 0) stopAll();
    }
    tell(true);
    m_end.signal = m_interrupts.signal();
    return m_end;
}

} // namespace

LaunchEnd launchHere(const Sweep& sweep, const std::vector<const PlannedRun*>& runs, const Launch& launch, Interrupts& interrupts)
{
    return Crew(sweep, runs, launch, interrupts).work();
}

} // namespace bitstill::cli
