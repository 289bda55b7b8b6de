#include "app/export_job.h"

#include "app/problem_of.h"
#include "engine/io/files.h"
#include "paint/figure_export.h"

#include <QFile>
#include <QProgressDialog>
#include <QTimer>

namespace bitstill {

namespace {

constexpr int kShowAfter = 500; // ms

Text tooLarge() { return text("there is not enough memory for an image of this size"); }

} // namespace

ExportJob::ExportJob(std::vector<File> files, std::string provenance, QWidget* parent) :
    QObject(parent), m_files(std::move(files)), m_provenance(std::move(provenance)), m_progress(new QProgressDialog(parent))
{
    m_writer.setMaxThreadCount(1);
    m_progress->setObjectName(QStringLiteral("exportProgress"));
    m_progress->setWindowTitle(tr("Export all figures"));
    m_progress->setLabelText(tr("Drawing and writing the figures"));
    m_progress->setCancelButtonText(tr("Cancel"));
    m_progress->setRange(0, static_cast<int>(m_files.size()));
    m_progress->setMinimumDuration(kShowAfter);
    m_progress->setAutoReset(false);
    m_progress->setAutoClose(false);
    connect(m_progress, &QProgressDialog::canceled, this, &ExportJob::cancel);
    QTimer::singleShot(0, this, &ExportJob::drawNext);
}

ExportJob::~ExportJob() = default;

void ExportJob::drawNext()
{
    m_progress->setValue(m_written);
    if (m_cancelled || m_written == static_cast<int>(m_files.size())) return end({});
    const File& file = m_files[static_cast<std::size_t>(m_written)];
    std::function<std::string()> bytes;
    const Text problem = problemOf(tooLarge(), [&] { bytes = drawFigure(*file.figure, m_provenance, file.format, file.options); });
    if (!problem.empty()) return end(problem);
    writeLater(std::move(bytes), file.path);
}

void ExportJob::writeLater(std::function<std::string()> bytes, const QString& path)
{
    m_writer.start([this, bytes = std::move(bytes), path] {
        const Text problem = problemOf(tooLarge(), [&] { writeFile(QFile::encodeName(path).toStdString(), bytes()); });
        QMetaObject::invokeMethod(this, [this, problem] {
            if (!problem.empty()) return end(problem);
            ++m_written;
            drawNext();
        });
    });
}

void ExportJob::end(const Text& problem)
{
    Q_EMIT ended(m_written, problem);
    m_progress->deleteLater();
    deleteLater();
}

} // namespace bitstill
