#include "app/main_window.h"

#include "app/actions.h"
#include "app/bottom_bar.h"
#include "app/explain_window.h"
#include "app/export_dialogs.h"
#include "app/figure_window.h"
#include "app/figures_page.h"
#include "app/file_drop.h"
#include "app/lesson_progress.h"
#include "app/looks.h"
#include "app/menus.h"
#include "app/message_bar.h"
#include "app/model_export.h"
#include "app/offer_bar.h"
#include "app/open_job.h"
#include "app/placement.h"
#include "app/replay.h"
#include "app/right_panel.h"
#include "app/run_keeper.h"
#include "app/sidebar.h"
#include "app/sweeps.h"
#include "app/top_bar.h"
#include "paint/figure_export.h"
#include "paint/translate.h"
#include "widgets/card_grid.h"
#include "widgets/figure_card.h"
#include "widgets/icons.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QSplitter>
#include <QTimer>
#include <QVBoxLayout>

namespace bitstill {

namespace {

constexpr int kSaveEvery = 3000; // ms
constexpr QSize kWanted{1280, 800};

} // namespace

MainWindow::MainWindow(Settings settings) :
    m_settings(std::move(settings)), m_saved(m_settings),
    m_unfinished((Settings::dataFolder() + QStringLiteral("/unfinished")).toStdString())
{
    setWindowTitle(QStringLiteral("Bitstill"));
    m_lessons = new LessonProgress(this);
    m_looks = new Looks(this);
    connect(&m_documents, &Documents::opened, this, &MainWindow::connectDocument);
    connect(m_looks, &Looks::asked, this, [this](const FigurePointer& figure, FigureCommand command, QWidget* parent) {
        figureAsked(*m_document, bitstill::provenance(m_document->spec()), figure, command, parent);
    });
    m_sweeps = new Sweeps(this);
    connect(m_sweeps, &Sweeps::asked, this, [this](const FigurePointer& figure, FigureCommand command, SweepWindow* window) {
        figureAsked(*m_document, window->provenance(), figure, command, window);
    });
    connect(m_sweeps, &Sweeps::runAsked, this, &MainWindow::openAsked);
    m_keeper = new RunKeeper(this);
    connect(m_keeper, &RunKeeper::asked, this,
        [this](const FigurePointer& figure, FigureCommand command, const std::string& provenance, QWidget* window) {
            figureAsked(*m_document, provenance, figure, command, window);
        });
    connect(m_keeper, &RunKeeper::opened, this, [this](const std::shared_ptr<KeptRun>& run, const std::string& name) {
        if (!openKept(*run, name)) return;
        raise();
        activateWindow();
    });
    connect(m_keeper, &RunKeeper::settingsAsked, this, &MainWindow::openAsked);
    connect(m_keeper, &RunKeeper::failed, this, [this](const Text& why) { say(Notice::Kind::Error, why); });
    m_replay = new Replay([this]() -> Document& { return *m_document; }, this);
    connect(m_replay, &Replay::playingChanged, this, [this] { showState(*m_document); });
    m_offered = m_unfinished.take();
    build();
    place(*this, m_settings.geometry, kWanted);
    m_splitter->restoreState(m_settings.splitter);
    const std::string last = m_settings.experiment.toStdString();
    const bool known = std::any_of(experiments().begin(), experiments().end(), [&](const ExperimentInfo& e) { return last == e.id; });
    openExperiment(known ? m_settings.experiment : QString::fromStdString(experiments().front().id));
    m_topBar->focusRun();
    if (const Text problem = Settings::problem(); !problem.empty()) say(Notice::Kind::Hint, problem);
    auto* drop = new FileDrop(*this);
    connect(drop, &FileDrop::dropped, this, &MainWindow::openFile);
    connect(drop, &FileDrop::refused, this, [this](const Text& why) { say(Notice::Kind::Error, why); });
    auto* saver = new QTimer(this);
    connect(saver, &QTimer::timeout, this, &MainWindow::remember);
    saver->start(kSaveEvery);
}

MainWindow::~MainWindow()
{
    m_documents.close();
    delete m_keeper; // has stored them before their notes go
}

void MainWindow::build()
{
    m_look.apply(m_settings);
    setWindowIcon(icon(QStringLiteral("app"), m_look.theme().accent));
    m_looks->setTheme(m_look.theme());
    m_sweeps->setLook(m_look.theme(), m_look.language());
    m_keeper->setTheme(m_look.theme());
    for (ExplainWindow* window : findChildren<ExplainWindow*>()) window->setTheme(m_look.theme());
    m_actions = new Actions(m_look.theme(), m_look.language(), *this);
    auto* menus = new Menus(*m_actions, [this]() -> Document& { return *m_document; });
    setMenuBar(menus);
    connect(menus, &Menus::fileChosen, this, &MainWindow::openFile);
    connect(menus, &Menus::nextChosen, this, &MainWindow::goOn);
    m_sidebar = new Sidebar(*m_actions);
    m_rightPanel = new RightPanel(*m_actions, m_look.language(), *m_lessons);
    m_splitter = new QSplitter;
    m_splitter->setHandleWidth(1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_sidebar);
    m_splitter->addWidget(buildMiddle());
    m_splitter->addWidget(m_rightPanel);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({186, 800, 300});
    setCentralWidget(m_splitter);
    connectActions();
    connectPresets();
    connectParts();
    connectOffers();
}

QWidget* MainWindow::buildMiddle()
{
    m_topBar = new TopBar(*m_actions, m_look.theme());
    m_bottomBar = new BottomBar(*m_actions);
    m_message = new MessageBar(m_look.theme());
    m_offer = new OfferBar;
    m_figures = new FiguresPage(m_look.theme());
    auto* middle = new QWidget;
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_topBar);
    auto* messageArea = new QVBoxLayout;
    messageArea->setContentsMargins(12, 0, 12, 0);
    messageArea->addWidget(m_offer);
    messageArea->addWidget(m_message);
    column->addLayout(messageArea);
    column->addWidget(m_figures, 1);
    column->addWidget(m_bottomBar);
    return middle;
}

/// The widgets in another theme or language; documents, runs and the place where one was stay.
void MainWindow::rebuild()
{
    const QByteArray sizes = m_splitter->saveState();
    const int tab = m_rightPanel->currentIndex(), figuresAt = m_figures->position();
    const QString focus = focusWidget() ? focusWidget()->objectName() : QString();
    m_cardStates[m_document->id()] = m_figures->grid()->states();
    delete takeCentralWidget();
    delete menuBar();
    delete m_actions;
    build();
    m_splitter->show(); // else only with the next event
    m_splitter->restoreState(sizes);
    look(*m_document);
    m_rightPanel->setCurrentIndex(tab);
    for (FigureWindow* enlarged : findChildren<FigureWindow*>()) enlarged->setTheme(m_look.theme());
    if (auto* again = focus.isEmpty() ? nullptr : m_splitter->findChild<QWidget*>(focus)) again->setFocus();
    // The bar has its range once the cards are laid out.
    QTimer::singleShot(0, m_figures, [figures = m_figures, figuresAt] { figures->setPosition(figuresAt); });
}

void MainWindow::connectParts()
{
    connect(m_topBar, &TopBar::seedChanged, this, [this](std::optional<quint64> seed) { m_document->setSeed(seed); });
    connect(m_rightPanel, &RightPanel::edited, this, &MainWindow::edit);
    connect(m_rightPanel, &RightPanel::held, this, [this](bool moving) { m_document->hold(moving); });
    connect(m_figures->grid(), &CardGrid::held, this, [this](bool moving) { m_document->hold(moving); });
    connect(m_rightPanel, &RightPanel::defaultAsked, this, [this](const QString& key) { restoreField(key.toStdString()); });
    connect(m_rightPanel, &RightPanel::lookAsked, m_looks, &Looks::open);
    connect(m_rightPanel, &RightPanel::pageAsked, this, [this](const QString& name) {
        if (name == QLatin1String("runtimes")) m_actions->of("runtimes").trigger();
    });
    connect(m_rightPanel, &RightPanel::tryAsked, this, [this](const Values& values) {
        m_rightPanel->form()->commit();
        m_document->attempt(values);
        if (!m_document->problems().empty()) return m_rightPanel->showFirstProblem();
        m_lessons->judge(*m_document); // they may have been shown already
    });
    connect(m_rightPanel, &RightPanel::contrastChosen, this, [this](const QString& id) { m_document->ask(id.toStdString()); });
    connect(m_figures, &FiguresPage::fieldChosen, this,
        [this](const QString& field, const Value& value) { m_document->choose(field.toStdString(), value); });
    connect(m_figures, &FiguresPage::asked, this,
        [this](const FigurePointer& figure, FigureCommand command) { figureAsked(*m_document, {}, figure, command, this); });
    connect(m_bottomBar, &BottomBar::markChosen, this, [this](int mark) {
        m_replay->stop();
        m_document->showMark(mark);
    });
    connect(m_message, &MessageBar::closed, this, [this] { m_document->clearMessage(); });
}

/// Once for each; those that are not looked at only tell the sidebar how they are.
void MainWindow::connectDocument(Document& document)
{
    const auto whenLookedAt = [this, &document](auto refresh) {
        return [this, &document, refresh] {
            if (&document == m_document) (this->*refresh)();
        };
    };
    m_keeper->follow(document.run());
    connect(m_keeper, &RunKeeper::kept, &document, [this, &document](const RunController& run, quint64 number) {
        if (&run == &document.run()) m_unfinished.end(document.info().id, number);
    });
    m_lessons->follow(document);
    connect(&document, &Document::settingsChanged, this, whenLookedAt(&MainWindow::showSettings));
    connect(&document, &Document::figuresChanged, this, whenLookedAt(&MainWindow::showFigures));
    connect(&document, &Document::noticeChanged, this, [this, &document] {
        if (&document == m_document) m_message->show(document.notice());
    });
    connect(&document, &Document::stateChanged, this, [this, &document] { showState(document); });
    // Not with each move of a slider: writing a file takes longer than a frame.
    connect(&document.run(), &RunController::stateChanged, this, [this, &document] {
        if (document.run().isRunning()) remember();
        noteRun(document);
    });
}

void MainWindow::openExperiment(const QString& id)
{
    if (m_document && m_document->id() == id) return m_sidebar->select(id);
    if (m_document) {
        m_rightPanel->form()->commit();
        m_document->run().setWatched(false);
        m_cardStates[m_document->id()] = m_figures->grid()->states();
    }
    m_settings.experiment = id;
    Document& document = m_documents.of(id);
    look(document);
    if (document.info().instant && !document.run().hasRun()) document.start();
}

void MainWindow::look(Document& document)
{
    m_replay->stop();
    m_document = &document;
    document.run().setWatched(true);
    m_sidebar->select(document.id());
    m_topBar->setExperiment(document.info());
    m_rightPanel->setExperiment(document.info());
    // A line would take a file that is dropped on it as the words of its address.
    for (QLineEdit* line : m_splitter->findChildren<QLineEdit*>()) line->setAcceptDrops(false);
    m_figures->look(document);
    m_figures->grid()->setStates(m_cardStates[document.id()]);
    m_looks->follow(document, *m_rightPanel->form());
    m_message->show(document.notice());
    showSettings();
    showFigures();
    for (const ExperimentInfo& info : experiments())
        if (const Document* open = m_documents.find(QString::fromStdString(info.id))) showState(*open);
}

void MainWindow::start()
{
    m_rightPanel->form()->commit();
    m_document->start();
    if (!m_document->run().isRunning()) m_rightPanel->showFirstProblem();
}

void MainWindow::edit(const QString& key)
{
    const std::string name = key.toStdString();
    m_document->edit(name, m_rightPanel->form()->value(name));
}

void MainWindow::showSettings()
{
    SpecForm* form = m_rightPanel->form();
    form->setValues(m_document->spec().values);
    std::vector<Problem> problems = m_document->problems();
    form->showProblems(problems);
    m_looks->update(std::move(problems));
    form->showContrast(m_document->contrast());
    m_figures->showSettings(*m_document);
    m_topBar->setSeed(m_document->hasSeed() ? std::optional<quint64>(m_document->spec().seed) : std::nullopt);
}

void MainWindow::showFigures()
{
    m_figures->showFigures(*m_document);
    m_figures->grid()->setSettings(toQString(m_document->liveSettings()));
    showState(*m_document);
}

void MainWindow::showState(const Document& document)
{
    const RunController& run = document.run();
    m_sidebar->setState(document.id(),
        run.isRunning()               ? Sidebar::State::Running
            : document.info().instant ? Sidebar::State::None
            : run.latest()            ? Sidebar::State::There
                                      : Sidebar::State::None);
    if (&document != m_document) return;
    m_figures->showState(document);
    m_bottomBar->show(document);
    const int done = document.changes().index();
    m_topBar->setRunning(run.isRunning());
    m_actions->setState({.running = run.isRunning(),
        .paused = run.isPaused(),
        .hasFigures = run.latest() && !run.latest()->figures.empty(),
        .whyNoModelExport = whyNoModelExport(document),
        .canExplain = canExplain(),
        .canBranch = run.canBeLeft() && document.shownMark(),
        .undo = document.changeWords(done - 1),
        .redo = document.changeWords(done),
        .hasMoments = run.latest() && !run.latest()->marks.empty(),
        .replaying = m_replay->isPlaying(),
        .instant = document.info().instant});
}

void MainWindow::figureAsked(
    Document& document, const std::optional<std::string>& origin, FigurePointer figure, FigureCommand command, QWidget* parent)
{
    const std::string provenance = origin.value_or(document.provenance());
    const auto exportAs = [&](const QString& format) {
        exportOne(
            parent, figure, provenance, format, m_settings, [&document](const Notice& notice) { document.say(notice.kind, notice.text); });
    };
    switch (command) {
    case FigureCommand::Copy:
        QApplication::clipboard()->setMimeData(clipboardData(*figure, provenance));
        return document.say(Notice::Kind::Done, text("Copied: %1", figure->title));
    case FigureCommand::ExportPng: return exportAs(QStringLiteral("png"));
    case FigureCommand::ExportSvg: return exportAs(QStringLiteral("svg"));
    case FigureCommand::ExportPdf: return exportAs(QStringLiteral("pdf"));
    case FigureCommand::ExportCsv: return exportAs(QStringLiteral("csv"));
    case FigureCommand::ShowTable: return showAsTable(parent, *figure);
    case FigureCommand::Enlarge: return enlarge(document, origin, std::move(figure));
    }
}

void MainWindow::enlarge(Document& document, const std::optional<std::string>& origin, FigurePointer figure)
{
    const FigureCard* card = origin ? nullptr : m_figures->grid()->cardOf(*figure);
    auto* enlarged = new FigureWindow(document, std::move(figure), origin, m_look.theme(), this);
    if (card) enlarged->card()->setState(card->state());
    connect(enlarged, &FigureWindow::asked, this, [this, enlarged](const FigurePointer& shown, FigureCommand command) {
        figureAsked(enlarged->document(), enlarged->provenance(), shown, command, enlarged);
    });
    enlarged->show();
}

void MainWindow::remember()
{
    m_settings.geometry = saveGeometry();
    m_settings.splitter = m_splitter->saveState();
    m_documents.save();
    if (m_document) noteRun(*m_document);
    m_unfinished.beat();
    if (m_settings == m_saved) return;
    m_settings.save();
    m_saved = m_settings;
}

void MainWindow::noteRun(const Document& document)
{
    const RunController& run = document.run();
    if (run.isOpen() && !document.info().instant) m_unfinished.begin(run.spec(), run.number());
}

/// Escape gives up what is being opened, before there is a window that says so.
void MainWindow::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_opening) return stopOpening();
    QMainWindow::keyPressEvent(event);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_rightPanel->form()->commit();
    remember();
    m_documents.close();
    for (QWidget* window : findChildren<QWidget*>())
        if (window->isWindow()) window->close(); // else the program would stay for them
    event->accept();
}

} // namespace bitstill
