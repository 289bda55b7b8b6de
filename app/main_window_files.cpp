// What the window reads and writes.

#include "app/export_dialogs.h"
#include "app/file_drop.h"
#include "app/main_window.h"
#include "app/model_export.h"
#include "app/open_job.h"
#include "app/recent_files.h"
#include "app/right_panel.h"
#include "app/sweeps.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/models/open.h"
#include "widgets/file_dialog.h"
#include "widgets/spec_form.h"

#include <QFile>
#include <QFileInfo>

namespace bitstill {

namespace {

constexpr qint64 kLargestSpec = 256'000; ///< what is larger is a record, and read beside the window

} // namespace

void MainWindow::openFile(const QString& file)
{
    stopOpening(); // the last that was asked for is what is wanted
    const auto openRun = [this, file] {
        const std::string name = QFileInfo(file).fileName().toStdString();
        const auto run = std::make_shared<KeptRun>();
        const auto read = [run, path = QFile::encodeName(file).toStdString()](
                              const auto& keepGoing) { *run = readKeptRun(path, keepGoing); };
        auto* job = new OpenJob(file, read, this);
        m_opening = job;
        connect(job, &OpenJob::ended, this, [this, run, name, file](const Text& problem) {
            if (!problem.empty()) return say(Notice::Kind::Error, problem);
            if (!openKept(*run, name)) return;
            m_settings.folder = QFileInfo(file).absolutePath();
            addRecentFile(file);
        });
    };
    try {
        const FileKind kind = fileKindOf(file);
        if (kind == FileKind::Other && !whyNotOpened(file).empty()) return say(Notice::Kind::Error, whyNotOpened(file));
        if (kind == FileKind::Model) openModel(file);
        if (kind == FileKind::Sweep) m_sweeps->open(file);
        if (kind == FileKind::Model) return;
        if (kind == FileKind::Sweep) return addRecentFile(file);
        if (kind == FileKind::Run || QFileInfo(file).size() > kLargestSpec) return openRun();
        const std::string document = readFile(file.toStdString(), kLargestSpec);
        if (isRecord(document, file.toStdString())) return openRun();
        const Spec spec = specFromJson(document, file.toStdString());
        const std::vector<Problem> problems = validate(spec);
        if (!problems.empty())
            return say(Notice::Kind::Error, text("%1: %2", QFileInfo(file).fileName().toStdString(), problems.front().sentence()));
        m_settings.folder = QFileInfo(file).absolutePath();
        openSpec(spec);
        addRecentFile(file);
    } catch (const Error& e) {
        say(Notice::Kind::Error, e.sentence());
    }
}

void MainWindow::stopOpening()
{
    if (m_opening) m_opening->cancel();
}

/// False when it would take the place of one that is under way.
bool MainWindow::openKept(KeptRun& run, const std::string& name)
{
    const QString id = QString::fromStdString(run.record.spec.experiment);
    const Document* open = m_documents.find(id);
    if (open && open->run().isRunning() && !open->info().instant) {
        say(Notice::Kind::Error, text("%1: a run of this experiment is under way; stop it or let it end, then open the file again", name));
        return false;
    }
    openExperiment(id);
    m_document->show(std::move(run), name);
    return true;
}

void MainWindow::openSpec(const Spec& spec)
{
    openExperiment(QString::fromStdString(spec.experiment));
    m_document->replace(withDefaults(spec));
}

/// By another window of ours, which this one comes in front of.
void MainWindow::openAsked(const Spec& spec)
{
    openSpec(spec);
    raise();
    activateWindow();
}

/// A file that cannot be read changes neither the settings nor the figures.
void MainWindow::openModel(const QString& file)
{
    const auto read = [path = QFile::encodeName(file).toStdString()](const auto&) { foreign::openNetwork(path); };
    auto* job = new OpenJob(file, read, this);
    m_opening = job;
    connect(job, &OpenJob::ended, this, [this, file](const Text& problem) {
        if (!problem.empty()) return say(Notice::Kind::Error, problem);
        m_settings.folder = QFileInfo(file).absolutePath();
        openExperiment(QStringLiteral("own-model"));
        m_document->edit("model.file", QFileInfo(file).absoluteFilePath().toStdString());
        start();
        addRecentFile(file);
    });
}

void MainWindow::askForFile()
{
    const QString file = askForPath(this, Ask::Open, tr("Open a model, an experiment, a run or a sweep"), m_settings.folder,
        tr("Models, experiments, runs and sweeps") + QStringLiteral(" (*.onnx *.tflite *.json *.html)"));
    if (!file.isEmpty()) openFile(file);
}

void MainWindow::saveSpecAs()
{
    m_rightPanel->form()->commit();
    const Spec spec = m_document->spec();
    Document& document = *m_document;
    const QString file = askForPath(this, Ask::Save, tr("Save experiment"),
        m_settings.folder + QLatin1Char('/') + document.id() + QStringLiteral(".json"), QStringLiteral("JSON (*.json)"));
    if (file.isEmpty()) return;
    try {
        writeFile(file.toStdString(), jsonText(toJson(spec), 2) + "\n");
        addRecentFile(file);
        document.say(Notice::Kind::Done, text("Saved: %1", file.toStdString()));
    } catch (const Error& e) {
        document.say(Notice::Kind::Error, e.sentence());
    }
}

void MainWindow::exportFigures()
{
    Document& document = *m_document;
    exportAll(this, document.figures(), document.provenance(), m_settings,
        [&document](const Notice& notice) { document.say(notice.kind, notice.text); });
}

void MainWindow::exportNetwork()
{
    Document& document = *m_document;
    exportModel(this, document, m_settings.folder, [&document](const Notice& notice) { document.say(notice.kind, notice.text); });
}

} // namespace bitstill
