#pragma once

#include "engine/experiment/kept_run.h"

#include <QObject>
#include <QThreadPool>
#include <atomic>
#include <memory>

class QProgressDialog;
class QWidget;

namespace bitstill {

/// Reads a run that was kept on another thread. A progress window, in which it can be cancelled, shows when it takes long.
class OpenRunJob : public QObject {
    Q_OBJECT
public:
    /// Begins at once. `parent` owns it, but it goes by itself once it is done.
    OpenRunJob(const QString& path, QWidget* parent);
    /// Cancels and waits.
    ~OpenRunJob() override;

Q_SIGNALS:
    /// The run, or null and why there is none; no reason when it was cancelled.
    void ended(const std::shared_ptr<bitstill::KeptRun>& run, const bitstill::Text& problem);

private:
    QProgressDialog* m_progress;
    std::atomic<bool> m_cancelled = false;
    QThreadPool m_worker; ///< last: it waits in its destructor
};

} // namespace bitstill
