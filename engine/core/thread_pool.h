#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace bitstill {

/// A few threads that sleep until there is work. Between two pieces of work they look for some microseconds before they fall
/// asleep, no longer than waking them would take: a barrier that spins until everybody is there collapses when it shares a core.
/// They keep to cores of their own and give way to other programs between tasks, not within one.
class ThreadPool {
public:
    /// `threads` counts the caller too: 1 starts none.
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threads() const { return static_cast<int>(m_workers.size()) + 1; }

    /// Calls task(i) once for every i in [0, count), in any order, on the caller and the workers; returns
    /// when all are done. The first exception is rethrown here. Not to be called from within a task.
    /// Each thread begins with its own part of the range, the same every time, so that it finds in its caches what it left there;
    /// who is done with it helps the others. `backwards`: from the end of the part to its beginning; who goes over more than fits into a
    /// cache again and again, forwards and backwards in turn, meets first what was left last.
    void run(int count, const std::function<void(int)>& task, bool backwards = false);

    /// Within a task: which of the pool's threads works on it, in [0, threads()); for room that tasks use one after the other.
    static int lane();

private:
    void work(const std::stop_token& stop, int lane);
    void drain(std::unique_lock<std::mutex>& lock);
    int take();

    /// Of a lane: tasks that nobody has taken yet, and the core on which it works.
    struct Part {
        int next = 0, end = 0;
        int core = -1; ///< −1: none
    };

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::condition_variable_any m_done;
    const std::function<void(int)>* m_task = nullptr;
    std::vector<Part> m_parts; ///< by lane
    bool m_backwards = false;
    std::atomic<int> m_unfinished = 0;
    std::atomic<unsigned> m_generation = 0; ///< counts calls of run()
    std::exception_ptr m_error;
    std::vector<std::jthread> m_workers;
};

/// Threads to use when nobody said: the cores of this machine, at most 8.
int defaultThreads();

} // namespace bitstill
