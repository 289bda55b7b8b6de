#include "app/main_window.h"

#include "app/bottom_bar.h"
#include "app/export_dialogs.h"
#include "app/figure_window.h"
#include "app/message_bar.h"
#include "app/placement.h"
#include "app/right_panel.h"
#include "app/sidebar.h"
#include "app/top_bar.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "widgets/card_grid.h"
#include "widgets/figure_export.h"
#include "widgets/file_dialog.h"
#include "widgets/icons.h"
#include "widgets/translate.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QFileInfo>
#include <QLabel>
#include <QMimeData>
#include <QScrollArea>
#include <QScrollBar>
#include <QShortcut>
#include <QSplitter>
#include <QTimer>
#include <QVBoxLayout>

namespace bitstill {

namespace {

constexpr int kSaveEvery = 3000; // ms
constexpr QSize kWanted{1280, 800};

} // namespace

MainWindow::MainWindow(Settings settings) : m_settings(std::move(settings)), m_saved(m_settings)
{
    setWindowTitle(QStringLiteral("Bitstill"));
    connect(&m_documents, &Documents::opened, this, &MainWindow::connectDocument);
    build();
    place(*this, m_settings.geometry, kWanted);
    m_splitter->restoreState(m_settings.splitter);
    const std::string last = m_settings.experiment.toStdString();
    const bool known = std::any_of(experiments().begin(), experiments().end(), [&](const ExperimentInfo& e) { return last == e.id; });
    openExperiment(known ? m_settings.experiment : QString::fromStdString(experiments().front().id));
    connect(new QShortcut(QKeySequence(QStringLiteral("Ctrl+Q")), this), &QShortcut::activated, this, &QWidget::close);
    auto* saver = new QTimer(this);
    connect(saver, &QTimer::timeout, this, &MainWindow::remember);
    saver->start(kSaveEvery);
}

MainWindow::~MainWindow() = default;

void MainWindow::build()
{
    m_look.apply(m_settings);
    setWindowIcon(icon(QStringLiteral("app"), m_look.theme().accent));
    m_sidebar = new Sidebar(m_look.theme().dark, m_look.language());
    m_rightPanel = new RightPanel(m_look.language());
    m_splitter = new QSplitter;
    m_splitter->setHandleWidth(1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_sidebar);
    m_splitter->addWidget(buildMiddle());
    m_splitter->addWidget(m_rightPanel);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({186, 800, 300});
    setCentralWidget(m_splitter);
    connectTopBar();
    connectParts();
}

QWidget* MainWindow::buildMiddle()
{
    m_topBar = new TopBar(m_look.theme());
    m_bottomBar = new BottomBar;
    m_message = new MessageBar(m_look.theme());
    m_grid = new CardGrid(m_look.theme());
    m_scroll = new QScrollArea;
    m_scroll->setObjectName(QStringLiteral("figures"));
    m_scroll->setWidget(m_grid);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_empty = new QLabel(tr("Press Run: the network trains here, and the figures appear as they are computed."), m_scroll);
    m_empty->setProperty("role", "muted");
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setAttribute(Qt::WA_TransparentForMouseEvents);
    auto* over = new QVBoxLayout(m_scroll->viewport());
    over->addWidget(m_empty);

    auto* middle = new QWidget;
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_topBar);
    auto* messageArea = new QVBoxLayout;
    messageArea->setContentsMargins(12, 0, 12, 0);
    messageArea->addWidget(m_message);
    column->addLayout(messageArea);
    column->addWidget(m_scroll, 1);
    column->addWidget(m_bottomBar);
    return middle;
}

/// The widgets in another theme or language; documents, runs and the place where one was stay.
void MainWindow::rebuild()
{
    const QByteArray sizes = m_splitter->saveState();
    const int tab = m_rightPanel->currentIndex(), figuresAt = m_scroll->verticalScrollBar()->value();
    const QString focus = focusWidget() ? focusWidget()->objectName() : QString();
    delete takeCentralWidget();
    build();
    m_splitter->show(); // else only with the next event
    m_splitter->restoreState(sizes);
    look(*m_document);
    m_rightPanel->setCurrentIndex(tab);
    for (FigureWindow* enlarged : findChildren<FigureWindow*>()) enlarged->setTheme(m_look.theme());
    if (auto* again = focus.isEmpty() ? nullptr : m_splitter->findChild<QWidget*>(focus)) again->setFocus();
    // The bar has its range once the cards are laid out.
    QTimer::singleShot(0, m_scroll, [scroll = m_scroll, figuresAt] { scroll->verticalScrollBar()->setValue(figuresAt); });
}

void MainWindow::connectTopBar()
{
    connect(m_topBar, &TopBar::runAsked, this, &MainWindow::start);
    connect(m_topBar, &TopBar::stopAsked, this, [this] { m_document->run().stop(); });
    connect(m_topBar, &TopBar::pauseAsked, this, [this](bool pause) { m_document->pause(pause); });
    connect(m_topBar, &TopBar::stepAsked, this,
        [this](bool epoch) { m_document->step(epoch ? Session::StepSize::Epoch : Session::StepSize::Batch); });
    connect(m_topBar, &TopBar::resetAsked, this, [this] { m_document->reset(); });
    connect(m_topBar, &TopBar::seedChanged, this, [this](std::optional<quint64> seed) { m_document->setSeed(seed); });
    connect(m_topBar, &TopBar::exportAsked, this, &MainWindow::exportFigures);
    connect(m_topBar, &TopBar::openAsked, this, &MainWindow::askForFile);
    connect(m_topBar, &TopBar::saveAsked, this, &MainWindow::saveSpecAs);
}

void MainWindow::connectParts()
{
    // Queued: the widget that was clicked goes with the others.
    const auto relook = [this](QString Settings::*what, const QString& value) {
        m_settings.*what = value;
        QMetaObject::invokeMethod(this, &MainWindow::rebuild, Qt::QueuedConnection);
    };
    connect(m_sidebar, &Sidebar::chosen, this, &MainWindow::openExperiment);
    connect(m_sidebar, &Sidebar::themeChosen, this, [relook](const QString& theme) { relook(&Settings::theme, theme); });
    connect(m_sidebar, &Sidebar::languageChosen, this, [relook](const QString& language) { relook(&Settings::language, language); });
    connect(m_rightPanel, &RightPanel::edited, this, &MainWindow::edit);
    connect(m_rightPanel, &RightPanel::contrastChosen, this, [this](const QString& id) { m_document->ask(id.toStdString()); });
    connect(m_grid, &CardGrid::fieldChosen, this,
        [this](const QString& field, const Value& value) { m_document->choose(field.toStdString(), value); });
    connect(m_grid, &CardGrid::asked, this,
        [this](const FigurePointer& figure, const QString& what) { figureAsked(*m_document, figure, what, this); });
    connect(m_bottomBar, &BottomBar::markChosen, this, [this](int mark) { m_document->showMark(mark); });
    connect(m_message, &MessageBar::closed, this, [this] { m_document->hush(); });
}

/// Once for each; those that are not looked at only tell the sidebar how they are.
void MainWindow::connectDocument(Document& document)
{
    const auto whenLookedAt = [this, &document](auto refresh) {
        return [this, &document, refresh] {
            if (&document == m_document) (this->*refresh)();
        };
    };
    connect(&document, &Document::settingsChanged, this, whenLookedAt(&MainWindow::showSettings));
    connect(&document, &Document::figuresChanged, this, whenLookedAt(&MainWindow::showFigures));
    connect(&document, &Document::noticeChanged, this, [this, &document] {
        if (&document == m_document) m_message->show(document.notice());
    });
    connect(&document, &Document::stateChanged, this, [this, &document] {
        if (document.run().isRunning()) remember();
        showState(document);
    });
}

void MainWindow::openExperiment(const QString& id)
{
    if (m_document && m_document->id() == id) return m_sidebar->select(id);
    if (m_document) {
        m_rightPanel->form()->commit();
        m_document->run().setWatched(false);
    }
    m_settings.experiment = id;
    Document& document = m_documents.of(id);
    look(document);
    if (document.info().instant && !document.run().hasSession()) document.start();
}

void MainWindow::look(Document& document)
{
    m_document = &document;
    document.run().setWatched(true);
    m_sidebar->select(document.id());
    m_topBar->setExperiment(document.info());
    m_rightPanel->setExperiment(document.info());
    m_grid->clear();
    m_message->show(document.notice());
    showSettings();
    showFigures();
    for (const ExperimentInfo& info : experiments())
        if (const Document* open = m_documents.find(QString::fromStdString(info.id))) showState(*open);
}

void MainWindow::openFile(const QString& file)
{
    try {
        const Spec spec = specFromJson(readFile(file.toStdString(), 10'000'000), file.toStdString());
        const std::vector<Problem> problems = validate(spec);
        if (!problems.empty())
            return say(Notice::Kind::Error,
                text("%1: %2", QFileInfo(file).fileName().toStdString(), problems.front().sentence()));
        m_settings.folder = QFileInfo(file).absolutePath();
        openExperiment(QString::fromStdString(spec.experiment));
        m_document->replace(withDefaults(spec));
    } catch (const Error& e) {
        say(Notice::Kind::Error, e.sentence());
    }
}

void MainWindow::askForFile()
{
    const QString file = askForPath(this, Ask::Open, tr("Open experiment"), m_settings.folder, QStringLiteral("JSON (*.json)"));
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
        document.say(Notice::Kind::Done, text("Written: %1", file.toStdString()));
    } catch (const Error& e) {
        document.say(Notice::Kind::Error, e.sentence());
    }
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
    form->showProblems(m_document->problems());
    form->showContrast(m_document->contrast());
    m_topBar->setSeed(m_document->hasSeed() ? std::optional<quint64>(m_document->spec().seed) : std::nullopt);
}

void MainWindow::showFigures()
{
    const std::vector<FigurePointer> figures = m_document->figures();
    m_grid->setFigures(figures);
    m_empty->setVisible(figures.empty() && !m_document->run().isRunning());
    m_bottomBar->show(*m_document);
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
    if (run.isRunning()) m_empty->hide();
    m_topBar->setState({.running = run.isRunning(),
        .paused = run.isPaused(),
        .hasFigures = run.latest() && !run.latest()->figures.empty(),
        .instant = document.info().instant});
}

void MainWindow::figureAsked(Document& document, FigurePointer figure, const QString& what, QWidget* parent)
{
    const std::string source = document.provenance();
    if (what == QLatin1String("clipboard")) {
        QApplication::clipboard()->setMimeData(clipboardData(*figure, source));
        document.say(Notice::Kind::Done, text("Copied: %1", figure->title));
    } else if (what == QLatin1String("table")) {
        showAsTable(parent, *figure);
    } else if (what == QLatin1String("enlarge")) {
        auto* enlarged = new FigureWindow(document, std::move(figure), m_look.theme(), this);
        connect(enlarged, &FigureWindow::asked, this, [this, enlarged](const FigurePointer& shown, const QString& which) {
            figureAsked(enlarged->document(), shown, which, enlarged);
        });
        enlarged->show();
    } else if (const auto notice = exportOne(parent, std::move(figure), source, what, m_settings.folder)) {
        document.say(notice->kind, notice->text);
    }
}

void MainWindow::exportFigures()
{
    Document& document = *m_document;
    const auto notice = exportAll(this, document.figures(), document.provenance(), m_settings.folder);
    if (notice) document.say(notice->kind, notice->text);
}

void MainWindow::remember()
{
    m_settings.geometry = saveGeometry();
    m_settings.splitter = m_splitter->saveState();
    m_documents.save();
    if (m_settings == m_saved) return;
    m_settings.save();
    m_saved = m_settings;
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_rightPanel->form()->commit();
    remember();
    m_documents.close();
    event->accept();
}

} // namespace bitstill
