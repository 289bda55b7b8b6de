#pragma once

#include "paint/report.h"

#include <QObject>
#include <QThreadPool>

class QProgressDialog;
class QWidget;

namespace bitstill {

/// Writes a report while the window stays alive: each figure is drawn in a turn of the event loop of its own, since charts can only be
/// drawn on the window's thread; the page is put together and written on another. Can be cancelled until then. The file is whole or not
/// there.
class ReportJob : public QObject {
    Q_OBJECT
public:
    /// Begins at once. `parent` owns it, but it goes by itself once it is done.
    ReportJob(Record record, QString ending, ReportParts parts, const QString& path, QWidget* parent);
    /// Waits for the file that is being written.
    ~ReportJob() override;

Q_SIGNALS:
    /// Not written and no problem: it was cancelled.
    void ended(bool written, const bitstill::Text& problem);

private:
    void drawNext();
    void write();
    void end(bool written, const Text& problem);

    Record m_record;
    QString m_ending;
    ReportParts m_parts;
    QString m_path;
    std::vector<std::string> m_pictures;
    QProgressDialog* m_progress;
    bool m_cancelled = false;
    QThreadPool m_writer; ///< last: it waits in its destructor
};

} // namespace bitstill
