#include "engine/core/thread_pool.h"

#include <algorithm>

namespace bitstill {

ThreadPool::ThreadPool(int threads)
{
    for (int i = 1; i < threads; ++i) m_workers.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

ThreadPool::~ThreadPool()
{
    for (std::jthread& worker : m_workers) worker.request_stop();
}

void ThreadPool::run(int count, const std::function<void(int)>& task)
{
    if (m_workers.empty() || count <= 1) {
        for (int i = 0; i < count; ++i) task(i);
        return;
    }
    std::unique_lock lock(m_mutex);
    m_task = &task;
    m_count = count;
    m_next = 0;
    m_unfinished = count;
    m_error = nullptr;
    m_wake.notify_all();
    drain(lock);
    m_done.wait(lock, [this] { return m_unfinished == 0; });
    m_task = nullptr;
    if (m_error) std::rethrow_exception(m_error);
}

void ThreadPool::drain(std::unique_lock<std::mutex>& lock)
{
    while (m_next < m_count) {
        const int index = m_next++;
        const std::function<void(int)>& task = *m_task;
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
    }
}

void ThreadPool::work(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    while (m_wake.wait(lock, stop, [this] { return m_next < m_count; })) drain(lock);
}

int defaultThreads() { return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 8); }

} // namespace bitstill
