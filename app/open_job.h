#pragma once

#include "engine/core/text.h"

#include <QObject>
#include <QThreadPool>
#include <atomic>
#include <functional>

class QProgressDialog;
class QWidget;

namespace bitstill {

/// Reads a file on another thread. A progress window, in which it can be cancelled, shows when it takes long.
class OpenJob : public QObject {
    Q_OBJECT
public:
    /// `read` is told by its argument whether to go on, and throws Stopped when it does not. Begins at once. `parent` owns the job, but it
    /// goes by itself once it is done.
    using Read = std::function<void(const std::function<bool()>& keepGoing)>;
    OpenJob(const QString& path, Read read, QWidget* parent);
    /// Cancels and waits.
    ~OpenJob() override;

Q_SIGNALS:
    /// Why it could not be read; empty when it was. Not when it was cancelled.
    void ended(const bitstill::Text& problem);

private:
    QProgressDialog* m_progress;
    std::atomic<bool> m_cancelled = false;
    QThreadPool m_worker; ///< last: it waits in its destructor
};

} // namespace bitstill
