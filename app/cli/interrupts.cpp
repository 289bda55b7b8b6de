#include "app/cli/interrupts.h"

#include <vector>

namespace bitstill::cli {

Interrupts::Interrupts(std::initializer_list<int> more)
{
    sigemptyset(&m_waitedFor);
    std::vector<int> signals{SIGINT, SIGTERM, SIGHUP};
    signals.insert(signals.end(), more.begin(), more.end());
    for (const int s : signals) {
        struct sigaction now { };
        if (sigaction(s, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&m_waitedFor, s);
    }
    pthread_sigmask(SIG_BLOCK, &m_waitedFor, &m_before);
}

Interrupts::~Interrupts()
{
    // One that comes now has nothing left to end.
    if (m_signal == 0) wait(std::chrono::milliseconds(0));
    pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

int Interrupts::wait(std::chrono::milliseconds atMost)
{
    if (m_signal != 0) return m_signal;
    const timespec time{atMost.count() / 1000, atMost.count() % 1000 * 1'000'000};
    const int s = sigtimedwait(&m_waitedFor, nullptr, &time);
    if (s <= 0) return 0;
    m_signal = s;
    m_when = Clock::now();
    if (s == SIGHUP) {
        // When a terminal goes, kernel and shell both say so: that is one signal.
        sigset_t hangUp;
        sigemptyset(&hangUp);
        sigaddset(&hangUp, SIGHUP);
        const timespec shortly{0, 20'000'000};
        sigtimedwait(&hangUp, nullptr, &shortly);
    }
    pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
    return m_signal;
}

std::chrono::milliseconds Interrupts::age() const
{
    if (m_signal == 0) return {};
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_when);
}

} // namespace bitstill::cli
