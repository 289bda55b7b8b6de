// What menus, buttons and keys of the window do.

#include "app/about.h"
#include "app/actions.h"
#include "app/branch_dialog.h"
#include "app/docs_window.h"
#include "app/explain_window.h"
#include "app/figures_page.h"
#include "app/main_window.h"
#include "app/markdown_page.h"
#include "app/new_window.h"
#include "app/offer_bar.h"
#include "app/page_window.h"
#include "app/presenter.h"
#include "app/preset_button.h"
#include "app/recent_files.h"
#include "app/replay.h"
#include "app/report.h"
#include "app/right_panel.h"
#include "app/run_keeper.h"
#include "app/shortcuts_page.h"
#include "app/sweeps.h"
#include "widgets/card_grid.h"

#include <QFile>
#include <QInputDialog>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QRandomGenerator>
#include <algorithm>

namespace bitstill {

void MainWindow::connectActions()
{
    const auto on = [this](const char* name, auto what) { connect(&m_actions->of(name), &QAction::triggered, this, what); };
    on("newWindow", [this] {
        m_rightPanel->form()->commit();
        remember(); // it begins with what is here
        if (const Text problem = openNewWindow(); !problem.empty()) say(Notice::Kind::Error, problem);
    });
    on("open", &MainWindow::askForFile);
    on("clearRecent", &clearRecentFiles);
    on("save", &MainWindow::saveSpecAs);
    on("savePreset", &MainWindow::savePresetAs);
    on("exportAll", &MainWindow::exportFigures);
    on("exportModel", &MainWindow::exportNetwork);
    for (const char* ending : {"html", "pdf"})
        on(("report." + std::string(ending)).c_str(), [this, ending = QLatin1String(ending)] {
            Document& document = *m_document;
            exportReport(this, document, ending, m_look.language(), m_settings.folder,
                [&document](const Notice& notice) { document.say(notice.kind, notice.text); });
        });
    on("quit", &QWidget::close);
    on("undo", [this] { m_document->changes().undo(); });
    on("redo", [this] { m_document->changes().redo(); });
    on("restoreField", [this] {
        const std::optional<std::string> key = m_rightPanel->form()->focused();
        if (!key) return say(Notice::Kind::Hint, text("No field is chosen: click into one first."));
        restoreField(*key);
    });
    on("restoreAll", [this] {
        Spec spec = defaultSpec(m_document->info().id);
        spec.seed = m_document->spec().seed;
        m_document->replace(spec, text("all defaults"));
    });
    on("copyFigure", &MainWindow::copyFigure);
    on("run", &MainWindow::start);
    on("stop", [this] { m_document->run().stop(); });
    on("pause", [this] { m_document->pause(!m_document->run().isPaused()); });
    on("step", [this] { m_document->step(StepSize::Batch); });
    on("stepEpoch", [this] { m_document->step(StepSize::Epoch); });
    on("reset", [this] { m_document->reset(); });
    on("newSeed", [this] { m_document->setSeed(QRandomGenerator::global()->bounded(1, 1000000)); });
    on("sweep", [this] {
        m_rightPanel->form()->commit();
        m_sweeps->plan(m_document->spec());
    });
    on("explain", &MainWindow::explain);
    on("branch", &MainWindow::branch);
    on("history", [this] { m_keeper->showHistory(); });
    on("firstMoment", [this] { m_replay->toFirst(); });
    on("earlier", [this] { m_replay->step(-1); });
    on("replay", [this] { m_replay->toggle(); });
    on("later", [this] { m_replay->step(1); });
    on("now", [this] { m_replay->toNow(); });
    on("tried", [this] { m_keeper->showTried(m_document->info().id); });
    on("previousExperiment", [this] { moveBy(-1); });
    on("nextExperiment", [this] { moveBy(1); });
    for (const ExperimentInfo& info : experiments())
        on(("experiment." + info.id).c_str(), [this, id = QString::fromStdString(info.id)] { openExperiment(id); });
    int tab = 0;
    for (const char* name : {"settings", "lesson", "glossary"}) on(name, [this, at = tab++] { m_rightPanel->show(at); });
    on("theme", [this] { relook(&Settings::theme, m_look.theme().dark ? QStringLiteral("light") : QStringLiteral("dark")); });
    on("language",
        [this] { relook(&Settings::language, m_look.language() == QLatin1String("ko") ? QStringLiteral("en") : QStringLiteral("ko")); });
    on("fullScreen", [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    on("presenter", &MainWindow::changeSize);
    on("docs", [this] { DocsWindow::open(this, m_look.language()); });
    on("shortcuts", [this] { showPage(this, QStringLiteral("shortcuts"), tr("Keys"), shortcutsMarkdown(*menuBar())); });
    on("runtimes", [this] {
        const QString name = QStringLiteral("runtimes");
        showPage(this, name, tr("Where runtimes differ"), markdownResource(name, m_look.language()));
    });
    on("changes", [this] {
        showPage(this, QStringLiteral("changelog"), tr("What's new"), markdownResource(QStringLiteral("changelog"), m_look.language()));
    });
    on("about", [this] { showPage(this, QStringLiteral("about"), tr("About Bitstill"), aboutMarkdown()); });
}

void MainWindow::connectPresets()
{
    connect(m_rightPanel->presets(), &PresetButton::chosen, this, [this](Spec spec, const QString& title) {
        spec.seed = m_document->spec().seed;
        m_document->replace(spec, text("preset %1", title.toStdString()));
    });
    connect(m_rightPanel->presets(), &PresetButton::deleteAsked, this, [this](const QString& file, const QString& title) {
        if (QFile::moveToTrash(file) || QFile::remove(file))
            return say(Notice::Kind::Done, text("Deleted: preset %1", title.toStdString()));
        say(Notice::Kind::Error, text("The preset cannot be deleted: %1", file.toStdString()));
    });
}

void MainWindow::savePresetAs()
{
    m_rightPanel->form()->commit();
    const Spec spec = m_document->spec();
    const QString title = QInputDialog::getText(this, tr("Save as preset"), tr("Name")).simplified();
    if (title.isEmpty()) return;
    try {
        savePreset(title, spec);
        say(Notice::Kind::Done, text("Saved: %1", text("preset %1", title.toStdString())));
    } catch (const Error& e) {
        say(Notice::Kind::Error, e.sentence());
    }
}

void MainWindow::connectOffers()
{
    connect(m_offer, &OfferBar::accepted, this, [this] { answerUnfinished(true); });
    connect(m_offer, &OfferBar::declined, this, [this] { answerUnfinished(false); });
    offerUnfinished();
}

/// One after the other, the latest first.
void MainWindow::offerUnfinished()
{
    m_offer->ask(
        m_offered.empty() ? Text() : text("The last run of “%1” did not end.", experimentInfo(m_offered.front().experiment).title));
}

void MainWindow::answerUnfinished(bool again)
{
    const Spec spec = std::move(m_offered.front());
    m_offered.pop_front();
    offerUnfinished();
    if (!again) return;
    openSpec(spec);
    start();
}

bool MainWindow::canExplain() const
{
    return m_document->info().id == "before-after" && !m_document->run().isRunning() && !m_document->run().networks().empty();
}

void MainWindow::explain()
{
    if (!canExplain()) return;
    const RunController& run = m_document->run();
    auto* window = new ExplainWindow(run.spec(), run.models().at(run.networks().front()), m_look.theme(), this);
    connect(window, &ExplainWindow::runAsked, this, &MainWindow::openAsked);
    connect(window, &ExplainWindow::asked, this, [this, window](const FigurePointer& figure, FigureCommand command) {
        figureAsked(*m_document, provenance(window->spec()), figure, command, window);
    });
    window->show();
}

void MainWindow::branch()
{
    Document& document = *m_document;
    if (!document.run().canBeLeft() || !document.shownMark()) return;
    const auto parent = std::make_shared<const Record>(document.run().record());
    auto* dialog = new BranchDialog(parent, document.mark() + 1, this);
    connect(dialog, &BranchDialog::chosen, &document, [this, &document, parent](const BranchedRun& run) {
        // Another run may be shown by now: the moment is the parent's.
        document.start(run, parent->marks.at(static_cast<std::size_t>(run.point.mark - 1)).label);
        m_keeper->compareOnceOver(document.run(), parent, run.point);
    });
    dialog->open();
}

/// Another experiment with these settings.
void MainWindow::goOn(const QString& experiment)
{
    m_rightPanel->form()->commit();
    const CarriedOver carried = carriedOver(m_document->spec(), experiment.toStdString());
    const Text from = m_document->info().title;
    openExperiment(experiment);
    if (m_document->run().isRunning())
        return say(Notice::Kind::Error, text("A run of this experiment is under way: stop it or let it end, then go on to it again."));
    m_document->replace(carried.spec, text("go on from %1", from));
    start();
    Text left;
    for (const Text& name : carried.left) left = left.empty() ? name : Text("%1, %2", {left, name});
    if (!left.empty()) say(Notice::Kind::Hint, text("What this experiment has no place for was left behind: %1.", left));
}

void MainWindow::relook(QString Settings::*what, const QString& value)
{
    m_settings.*what = value;
    // Queued: the widget that was clicked goes with the others.
    QMetaObject::invokeMethod(this, &MainWindow::rebuild, Qt::QueuedConnection);
}

/// Settings come along, runs cannot: asked first where there is one.
void MainWindow::changeSize()
{
    if (const Text why = whyNoOtherSize(*this, QProcessEnvironment::systemEnvironment()); !why.empty()) return say(Notice::Kind::Hint, why);
    const bool loses = std::ranges::any_of(experiments(), [this](const ExperimentInfo& info) {
        const Document* document = m_documents.find(QString::fromStdString(info.id));
        return document && !info.instant && document->run().hasRun();
    });
    if (loses) {
        QMessageBox box(QMessageBox::Question, tr("Presenter size"),
            tr("The window opens anew: settings stay, runs end; what they have so far is in the history."), QMessageBox::NoButton, this);
        QPushButton* anew = box.addButton(tr("Open anew"), QMessageBox::AcceptRole);
        box.setDefaultButton(box.addButton(tr("Cancel"), QMessageBox::RejectRole));
        box.exec();
        if (box.clickedButton() != anew) return;
    }
    m_rightPanel->form()->commit();
    remember();
    if (!startOtherSize()) return say(Notice::Kind::Error, text("A second window could not be started."));
    close();
}

void MainWindow::moveBy(int step)
{
    const std::vector<ExperimentInfo>& all = experiments();
    const auto here = std::ranges::find(all, m_document->id().toStdString(), &ExperimentInfo::id) - all.begin();
    const auto to = static_cast<std::size_t>(here + step); // before the first one: beyond the last
    if (to < all.size()) openExperiment(QString::fromStdString(all[to].id));
}

void MainWindow::restoreField(const std::string& key) { m_document->edit(key, fieldOf(m_document->info(), key)->initial); }

void MainWindow::copyFigure()
{
    for (const FigureCard* card : m_figures->grid()->cards())
        if (card->isAncestorOf(focusWidget())) return figureAsked(*m_document, {}, card->figure(), FigureCommand::Copy, this);
    say(Notice::Kind::Hint, text("No figure is chosen: click one first."));
}

} // namespace bitstill
