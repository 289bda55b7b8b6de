#pragma once

#include "engine/core/text.h"

#include <QObject>
#include <QPointer>
#include <atomic>
#include <functional>
#include <memory>

class QProgressDialog;
class QWidget;

namespace bitstill {

/// Reads a file on another thread. A progress window, in which it can be cancelled, shows when it takes long.
class OpenJob : public QObject {
    Q_OBJECT
public:
    /// `read` is told by its argument whether to go on, and throws Stopped when it does not. It may outlive the job, and what it captures
    /// must. Begins at once. `parent` owns the job, but it goes by itself once it is done.
    using Read = std::function<void(const std::function<bool()>& keepGoing)>;
    OpenJob(const QString& path, Read read, QWidget* parent);
    /// Cancels, and waits for nobody: a reader that cannot be interrupted comes to its end unheard.
    ~OpenJob() override;

    /// ended() is not told, and the job goes.
    void cancel();

Q_SIGNALS:
    /// Why it could not be read; empty when it was. Not when it was cancelled.
    void ended(const bitstill::Text& problem);

private:
    void end(const Text& problem);

    QPointer<QProgressDialog> m_progress; ///< the parent's
    std::shared_ptr<std::atomic<bool>> m_cancelled = std::make_shared<std::atomic<bool>>(false);
};

} // namespace bitstill
