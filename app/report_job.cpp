#include "app/report_job.h"

#include "app/problem_of.h"
#include "engine/experiment/kept_run.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "paint/figure_export.h"

#include <QFile>
#include <QProgressDialog>
#include <QTimer>

namespace bitstill {

namespace {

constexpr int kShowAfter = 500; // ms

Text tooLarge() { return text("there is not enough memory for the report; close other programs"); }

} // namespace

ReportJob::ReportJob(Record record, QString ending, ReportParts parts, const QString& path, QWidget* parent) :
    QObject(parent), m_record(std::move(record)), m_ending(std::move(ending)), m_parts(std::move(parts)), m_path(path),
    m_progress(new QProgressDialog(parent))
{
    m_writer.setMaxThreadCount(1);
    m_progress->setObjectName(QStringLiteral("reportProgress"));
    m_progress->setWindowTitle(tr("Write report"));
    m_progress->setLabelText(tr("Drawing and writing the figures"));
    m_progress->setCancelButtonText(tr("Cancel"));
    m_progress->setRange(0, static_cast<int>(m_record.figures.size()) + 1);
    m_progress->setMinimumDuration(kShowAfter);
    m_progress->setAutoReset(false);
    m_progress->setAutoClose(false);
    connect(m_progress, &QProgressDialog::canceled, this, [this] { m_cancelled = true; });
    QTimer::singleShot(0, this, &ReportJob::drawNext);
}

ReportJob::~ReportJob() = default;

void ReportJob::drawNext()
{
    m_progress->setValue(static_cast<int>(m_pictures.size()));
    if (m_cancelled) return end(false, {});
    if (m_pictures.size() == m_record.figures.size()) return write();
    std::string picture; // none where it cannot be drawn: the report says so
    const Text problem = problemOf(tooLarge(), [&] {
        try {
            picture = figureBytes(*m_record.figures[m_pictures.size()], provenance(m_record), reportPictures(m_ending));
        } catch (const Error&) {
        }
    });
    if (!problem.empty()) return end(false, problem);
    m_pictures.push_back(std::move(picture));
    QTimer::singleShot(0, this, &ReportJob::drawNext);
}

void ReportJob::write()
{
    m_writer.start([this] {
        const Text problem = problemOf(tooLarge(), [this] {
            if (m_ending == QLatin1String("html")) m_parts.carried = recordElement(jsonText(toJson(m_record)));
            writeFile(QFile::encodeName(m_path).toStdString(), reportBytes(m_record, m_ending, m_pictures, m_parts));
        });
        QMetaObject::invokeMethod(this, [this, problem] { end(problem.empty(), problem); });
    });
}

void ReportJob::end(bool written, const Text& problem)
{
    Q_EMIT ended(written, problem);
    m_progress->deleteLater();
    deleteLater();
}

} // namespace bitstill
