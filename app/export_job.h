#pragma once

#include "app/document.h"
#include "paint/export_options.h"

#include <QObject>
#include <QThreadPool>
#include <functional>

class QProgressDialog;
class QWidget;

namespace bitstill {

/// Writes figures into files while the window stays alive: each is drawn in a turn of the event loop of its own, since charts can only be
/// drawn on the window's thread, and compressed and written on another. A progress window, in which it can be cancelled, shows when it
/// takes long. Every file is whole or not there.
class ExportJob : public QObject {
    Q_OBJECT
public:
    struct File {
        FigurePointer figure{};
        QString format{}; ///< of exportFormats()
        QString path{};
        ExportOptions options{};
    };

    /// Begins at once. `parent` owns it, but it goes by itself once it is done.
    ExportJob(std::vector<File> files, std::string provenance, QWidget* parent);
    /// Waits for the file that is being written.
    ~ExportJob() override;

    void cancel() { m_cancelled = true; }

Q_SIGNALS:
    /// After so many files: all of them, or those before it was cancelled or something went wrong, which `problem` says.
    void ended(int written, const bitstill::Text& problem);

private:
    void drawNext();
    void writeLater(std::function<std::string()> bytes, const QString& path);
    void end(const Text& problem);

    std::vector<File> m_files;
    std::string m_provenance;
    QProgressDialog* m_progress;
    int m_written = 0;
    bool m_cancelled = false;
    QThreadPool m_writer; ///< last: it waits in its destructor
};

} // namespace bitstill
