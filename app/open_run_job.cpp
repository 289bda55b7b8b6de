#include "app/open_run_job.h"

#include "app/problem_of.h"

#include <QFile>
#include <QFileInfo>
#include <QProgressDialog>

namespace bitstill {

namespace {

constexpr int kShowAfter = 500; // ms

} // namespace

OpenRunJob::OpenRunJob(const QString& path, QWidget* parent) : QObject(parent), m_progress(new QProgressDialog(parent))
{
    m_worker.setMaxThreadCount(1);
    m_progress->setObjectName(QStringLiteral("openRunProgress"));
    m_progress->setWindowTitle(tr("Open a run"));
    m_progress->setLabelText(tr("Reading %1").arg(QFileInfo(path).fileName()));
    m_progress->setCancelButtonText(tr("Cancel"));
    m_progress->setRange(0, 0); // nobody knows how long
    m_progress->setMinimumDuration(kShowAfter);
    connect(m_progress, &QProgressDialog::canceled, this, [this] { m_cancelled = true; });
    m_worker.start([this, file = QFile::encodeName(path).toStdString()] {
        std::shared_ptr<KeptRun> run;
        Text problem = problemOf(text("there is not enough memory to read the file; close other programs"), [&] {
            try {
                run = std::make_shared<KeptRun>(readKeptRun(file, [this] { return !m_cancelled; }));
            } catch (const Stopped&) { // by the person: nothing to say
            }
        });
        if (m_cancelled) run.reset();
        QMetaObject::invokeMethod(this, [this, run, problem] {
            Q_EMIT ended(run, problem);
            m_progress->deleteLater();
            deleteLater();
        });
    });
}

OpenRunJob::~OpenRunJob() { m_cancelled = true; }

} // namespace bitstill
