#pragma once

#include <QSocketNotifier>
#include <functional>
#include <memory>

namespace bitstill {

/// TERM, HUP and INT as a call in the event loop: closing the window then is the same as by hand. A second one ends the
/// program at once.
class SignalWatch {
public:
    explicit SignalWatch(std::function<void()> asked);
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    std::function<void()> m_asked;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace bitstill
