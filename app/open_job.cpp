#include "app/open_job.h"

#include "app/problem_of.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QProgressDialog>
#include <QThreadPool>

namespace bitstill {

namespace {

constexpr int kShowAfter = 500; // ms

} // namespace

OpenJob::OpenJob(const QString& path, Read read, QWidget* parent) : QObject(parent), m_progress(new QProgressDialog(parent))
{
    m_progress->setObjectName(QStringLiteral("openProgress"));
    m_progress->setWindowTitle(tr("Open"));
    m_progress->setLabelText(tr("Reading %1").arg(QFileInfo(path).fileName()));
    m_progress->setCancelButtonText(tr("Cancel"));
    m_progress->setRange(0, 0); // nobody knows how long
    m_progress->setMinimumDuration(kShowAfter);
    connect(m_progress, &QProgressDialog::canceled, this, &OpenJob::cancel);
    QThreadPool::globalInstance()->start([job = QPointer<OpenJob>(this), cancelled = m_cancelled, read = std::move(read)] {
        const Text problem = problemOf(text("there is not enough memory to read the file; close other programs"), [&] {
            try {
                read([&] { return !*cancelled; });
            } catch (const Stopped&) { // by the person: nothing to say
            }
        });
        // Asked on its own thread whether it is still there.
        QMetaObject::invokeMethod(qApp, [job, problem] {
            if (job) job->end(problem);
        });
    });
}

void OpenJob::end(const Text& problem)
{
    if (*m_cancelled) return;
    Q_EMIT ended(problem);
    cancel();
}

void OpenJob::cancel()
{
    if (m_cancelled->exchange(true)) return;
    if (m_progress) m_progress->deleteLater();
    deleteLater();
}

OpenJob::~OpenJob() { *m_cancelled = true; }

} // namespace bitstill
