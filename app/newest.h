#pragma once

#include <QObject>
#include <QThreadPool>
#include <atomic>
#include <functional>
#include <memory>

namespace bitstill {

/// Finds something out on another thread while the window stays alive. Whoever asks again wants nothing of what was asked before: that
/// ends as soon as it can, and is never delivered.
class Newest : public QObject {
    Q_OBJECT
public:
    using KeepGoing = std::function<bool()>;
    using Deliver = std::function<void()>;
    /// Runs on the other thread and returns what is to be done on this one. May throw Stopped once it may not go on.
    using Work = std::function<Deliver(const KeepGoing&)>;

    explicit Newest(QObject* parent = nullptr);
    ~Newest() override;

    void ask(Work work);

private:
    void cancel();

    std::shared_ptr<std::atomic<bool>> m_wanted; ///< what was asked for last
    QThreadPool m_pool; ///< last: it waits in its destructor
};

} // namespace bitstill
