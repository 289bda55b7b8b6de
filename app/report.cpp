#include "app/report.h"

#include "app/markdown_page.h"
#include "app/report_job.h"

#include <QCoreApplication>

namespace bitstill {

Text whyNoReport(const Document& document)
{
    if (document.run().isRunning()) return text("A report can be written when the run has ended");
    if (document.run().record().figures.empty()) return text("There is something to report when a run has ended");
    return {};
}

void exportReport(
    QWidget* parent, const Document& document, const QString& ending, const QString& language, QString& folder, const Say& say)
{
    if (const Text why = whyNoReport(document); !why.empty()) return say({Notice::Kind::Hint, why});
    Record record = document.run().record(); // the dialog runs an event loop, in which another run may begin
    const QString lesson = markdownResource(QStringLiteral("lessons/") + document.id(), language);
    const QString path = askWhereTo(
        parent, QCoreApplication::translate("export", "Write report"), folder, document.id() + QStringLiteral("-report"), ending);
    if (path.isEmpty()) return;
    auto* job = new ReportJob(std::move(record), ending, {.language = language, .lesson = lesson}, path, parent);
    QObject::connect(job, &ReportJob::ended, parent, [say, path](bool written, const Text& problem) {
        if (!problem.empty()) return say({Notice::Kind::Error, problem});
        if (written) say({Notice::Kind::Done, text("Saved: %1", path.toStdString())});
    });
}

} // namespace bitstill
