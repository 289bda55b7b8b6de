#include "engine/core/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <sched.h>
#include <unistd.h>
#include <utility>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bitstill {

namespace {

/// Looks again and again for about as long as waking a sleeper takes, then gives up.
template <class Ready> void lookBriefly(const Ready& ready)
{
    constexpr std::chrono::microseconds kLimit(40);
    const auto end = std::chrono::steady_clock::now() + kLimit;
    do {
        for (int i = 0; i < 32; ++i) {
            if (ready()) return;
#if defined(__x86_64__)
            _mm_pause();
#endif
        }
    } while (std::chrono::steady_clock::now() < end);
}

thread_local int t_lane = 0;

/// To any other core that this process may use, if there is one. The scheduler alone would leave two threads of a pool on one core where
/// another program keeps the next one busy: to it both are then equally full.
void leaveCore(int core)
{
    cpu_set_t cores;
    if (sched_getaffinity(getpid(), sizeof cores, &cores) != 0) return;
    CPU_CLR(core, &cores);
    if (CPU_COUNT(&cores) > 0) sched_setaffinity(0, sizeof cores, &cores);
}

/// Offers the core to other programs before the scheduler's slice (3 or 4 ms) is over: who loses it within a task has everybody wait.
void giveWay(std::unique_lock<std::mutex>& lock)
{
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kOften(2);
    thread_local Clock::time_point last = Clock::now();
    if (Clock::now() - last < kOften) return;
    lock.unlock();
    std::this_thread::yield();
    last = Clock::now();
    lock.lock();
}

/// The caller of run() is lane 0 of that pool, even where it is a thread of another one.
struct AsCaller {
    int before = std::exchange(t_lane, 0);
    ~AsCaller() { t_lane = before; }
};

} // namespace

ThreadPool::ThreadPool(int threads)
{
    m_parts.resize(static_cast<std::size_t>(std::max(threads, 1)));
    for (int i = 1; i < threads; ++i) m_workers.emplace_back([this, i](const std::stop_token& stop) { work(stop, i); });
}

ThreadPool::~ThreadPool()
{
    for (std::jthread& worker : m_workers) worker.request_stop();
}

void ThreadPool::run(int count, const std::function<void(int)>& task, bool backwards)
{
    const AsCaller caller;
    if (m_workers.empty() || count <= 1) {
        for (int i = 0; i < count; ++i) task(backwards ? count - 1 - i : i);
        return;
    }
    std::unique_lock lock(m_mutex);
    m_task = &task;
    m_backwards = backwards;
    for (int lane = 0; lane < threads(); ++lane)
        m_parts[static_cast<std::size_t>(lane)] = {lane * count / threads(), (lane + 1) * count / threads()};
    m_unfinished = count;
    m_error = nullptr;
    ++m_generation;
    m_wake.notify_all();
    drain(lock);
    lock.unlock();
    lookBriefly([this] { return m_unfinished == 0; });
    lock.lock();
    m_done.wait(lock, [this] { return m_unfinished == 0; });
    m_task = nullptr;
    if (m_error) std::rethrow_exception(m_error);
}

void ThreadPool::drain(std::unique_lock<std::mutex>& lock)
{
    Part& own = m_parts[static_cast<std::size_t>(t_lane)];
    const int core = sched_getcpu();
    own.core = core;
    if (t_lane > 0 && std::ranges::count(m_parts, core, &Part::core) > 1) {
        lock.unlock();
        leaveCore(core);
        lock.lock();
    }
    for (int index = take(); index >= 0; index = take()) {
        const std::function<void(int)>& task = *m_task;
        own.core = sched_getcpu();
        lock.unlock();
        std::exception_ptr error;
        try {
            task(index);
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        if (error && !m_error) m_error = error;
        if (--m_unfinished == 0) m_done.notify_all();
        giveWay(lock);
    }
    own.core = -1;
}

/// The next task of this thread's part, or the one that comes last in the part with most left; −1 when there is none.
int ThreadPool::take()
{
    Part& own = m_parts[static_cast<std::size_t>(t_lane)];
    if (own.next < own.end) return m_backwards ? --own.end : own.next++;
    Part& fullest = *std::ranges::max_element(m_parts, {}, [](const Part& p) { return p.end - p.next; });
    if (fullest.next >= fullest.end) return -1;
    return m_backwards ? fullest.next++ : --fullest.end;
}

void ThreadPool::work(const std::stop_token& stop, int lane)
{
    t_lane = lane;
    unsigned seen = 0;
    const auto isCalled = [&] { return m_generation != seen; };
    while (!stop.stop_requested()) {
        lookBriefly([&] { return isCalled() || stop.stop_requested(); });
        std::unique_lock lock(m_mutex);
        if (!m_wake.wait(lock, stop, isCalled)) return;
        seen = m_generation;
        drain(lock);
    }
}

int ThreadPool::lane() { return t_lane; }

int defaultThreads() { return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 8); }

} // namespace bitstill
