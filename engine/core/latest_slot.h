#pragma once

#include <atomic>
#include <memory>
#include <mutex>

namespace bitstill {

/// One producer, one consumer, the newest value wins. The consumer says when it wants one; the producer
/// builds only what is wanted. Neither waits for the other longer than a pointer swap.
template <class T> class LatestSlot {
public:
    void request() noexcept { m_wanted.store(true, std::memory_order_release); }
    bool wanted() const noexcept { return m_wanted.load(std::memory_order_acquire); }

    /// Delivers a value and withdraws the request.
    void put(std::unique_ptr<const T> value)
    {
        m_wanted.store(false, std::memory_order_release);
        std::lock_guard lock(m_mutex);
        m_value.swap(value);
    }

    /// The newest value, or null when none came since the last take.
    std::unique_ptr<const T> take()
    {
        std::lock_guard lock(m_mutex);
        return std::move(m_value);
    }

private:
    std::atomic<bool> m_wanted{true};
    std::mutex m_mutex;
    std::unique_ptr<const T> m_value;
};

} // namespace bitstill
