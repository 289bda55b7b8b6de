#include "app/signals.h"

#include <csignal>
#include <sys/eventfd.h>
#include <unistd.h>

namespace bitstill {

namespace {

int waker = -1; // a signal handler sees nothing else

void wake(int)
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(waker, &one, sizeof one);
}

} // namespace

SignalWatch::SignalWatch(std::function<void()> asked) : m_asked(std::move(asked))
{
    waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    m_notifier = std::make_unique<QSocketNotifier>(waker, QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(), [this] {
        m_notifier->setEnabled(false);
        m_asked();
    });
    struct sigaction action { };
    action.sa_handler = wake;
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGTERM, SIGHUP, SIGINT}) sigaction(signal, &action, nullptr);
}

SignalWatch::~SignalWatch()
{
    m_notifier.reset();
    close(waker);
    waker = -1;
}

} // namespace bitstill
