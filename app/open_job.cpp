#include "app/open_job.h"

#include "app/problem_of.h"

#include <QFileInfo>
#include <QProgressDialog>

namespace bitstill {

namespace {

constexpr int kShowAfter = 500; // ms

} // namespace

OpenJob::OpenJob(const QString& path, Read read, QWidget* parent) : QObject(parent), m_progress(new QProgressDialog(parent))
{
    m_worker.setMaxThreadCount(1);
    m_progress->setObjectName(QStringLiteral("openProgress"));
    m_progress->setWindowTitle(tr("Open"));
    m_progress->setLabelText(tr("Reading %1").arg(QFileInfo(path).fileName()));
    m_progress->setCancelButtonText(tr("Cancel"));
    m_progress->setRange(0, 0); // nobody knows how long
    m_progress->setMinimumDuration(kShowAfter);
    connect(m_progress, &QProgressDialog::canceled, this, [this] { m_cancelled = true; });
    m_worker.start([this, read = std::move(read)] {
        Text problem = problemOf(text("there is not enough memory to read the file; close other programs"), [&] {
            try {
                read([this] { return !m_cancelled; });
            } catch (const Stopped&) { // by the person: nothing to say
            }
        });
        QMetaObject::invokeMethod(this, [this, problem] {
            if (!m_cancelled) Q_EMIT ended(problem);
            m_progress->deleteLater();
            deleteLater();
        });
    });
}

OpenJob::~OpenJob() { m_cancelled = true; }

} // namespace bitstill
