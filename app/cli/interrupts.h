#pragma once

#include <chrono>
#include <csignal>
#include <initializer_list>

namespace bitstill::cli {

/// Ctrl-C, TERM and HUP as something one waits for. From its making on they wait for wait(); after the first one they do again what they
/// did before, so that the second ends the process at once. To be made before threads are, which take this over. Signals that whoever
/// started the process has it ignore (nohup) stay ignored.
class Interrupts {
public:
    using Clock = std::chrono::steady_clock;

    /// `more`: other signals that are to be waited for in the same way.
    explicit Interrupts(std::initializer_list<int> more = {});
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    /// The signal that has come by then, 0 when none has.
    int wait(std::chrono::milliseconds atMost);
    int signal() const { return m_signal; }
    /// Since the signal; 0 when none has come.
    std::chrono::milliseconds age() const;

private:
    sigset_t m_waitedFor{}, m_before{};
    int m_signal = 0;
    Clock::time_point m_when;
};

} // namespace bitstill::cli
