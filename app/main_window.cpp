#include "app/main_window.h"

#include "app/bottom_bar.h"
#include "app/export_dialogs.h"
#include "app/right_panel.h"
#include "app/sidebar.h"
#include "app/top_bar.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "widgets/card_grid.h"
#include "widgets/figure_export.h"
#include "widgets/icons.h"
#include "widgets/translate.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QFileDialog>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QScrollArea>
#include <QShortcut>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

namespace bitstill {

MainWindow::MainWindow(Settings settings, const Theme& theme, const QString& language) : m_settings(std::move(settings)), m_dark(theme.dark)
{
    setWindowTitle(QStringLiteral("Bitstill"));
    setWindowIcon(icon(QStringLiteral("app"), theme.accent));
    setStyleSheet(theme.styleSheet());
    build(theme, language);
    connectParts();
    resize(1280, 800);
    restoreGeometry(m_settings.geometry);
    m_splitter->restoreState(m_settings.splitter);
    const QString last = m_settings.experiment;
    const bool known = std::any_of(
        experiments().begin(), experiments().end(), [&](const ExperimentInfo& e) { return last == QString::fromStdString(e.id); });
    openExperiment(known ? last : QString::fromStdString(experiments().front().id));
}

void MainWindow::build(const Theme& theme, const QString& language)
{
    m_sidebar = new Sidebar(theme.dark, language);
    m_topBar = new TopBar(theme);
    m_bottomBar = new BottomBar;
    m_rightPanel = new RightPanel(language);
    m_grid = new CardGrid(theme);

    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("figures"));
    scroll->setWidget(m_grid);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_empty = new QLabel(tr("Press Run: the network trains here, and the figures appear as they are computed."), scroll);
    m_empty->setProperty("role", "muted");
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    auto* over = new QVBoxLayout(scroll->viewport());
    over->addWidget(m_empty);
    m_empty->setAttribute(Qt::WA_TransparentForMouseEvents);

    m_message = new QFrame;
    m_message->setObjectName(QStringLiteral("message"));
    m_messageText = new QLabel;
    m_messageText->setObjectName(QStringLiteral("messageText"));
    m_messageText->setWordWrap(true);
    m_messageText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* close = new QToolButton;
    close->setText(QStringLiteral("✕"));
    close->setProperty("role", "flat");
    close->setAccessibleName(tr("Close the message"));
    connect(close, &QToolButton::clicked, m_message, &QFrame::hide);
    auto* messageRow = new QHBoxLayout(m_message);
    messageRow->setContentsMargins(12, 8, 8, 8);
    messageRow->addWidget(m_messageText, 1);
    messageRow->addWidget(close);
    m_message->hide();

    auto* middle = new QWidget;
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_topBar);
    auto* messageArea = new QVBoxLayout;
    messageArea->setContentsMargins(12, 0, 12, 0);
    messageArea->addWidget(m_message);
    column->addLayout(messageArea);
    column->addWidget(scroll, 1);
    column->addWidget(m_bottomBar);

    m_splitter = new QSplitter;
    m_splitter->setHandleWidth(1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_sidebar);
    m_splitter->addWidget(middle);
    m_splitter->addWidget(m_rightPanel);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({186, 800, 300});
    setCentralWidget(m_splitter);
}

void MainWindow::connectParts()
{
    connect(m_sidebar, &Sidebar::chosen, this, &MainWindow::openExperiment);
    const auto relook = [this](QString Settings::*what, const QString& value) {
        remember();
        m_settings.*what = value;
        Q_EMIT lookChanged(m_settings);
    };
    connect(m_sidebar, &Sidebar::themeChosen, this, [relook](const QString& theme) { relook(&Settings::theme, theme); });
    connect(m_sidebar, &Sidebar::languageChosen, this, [relook](const QString& language) { relook(&Settings::language, language); });
    connect(m_topBar, &TopBar::runAsked, this, &MainWindow::run);
    connect(m_topBar, &TopBar::stopAsked, &m_controller, &RunController::stop);
    connect(m_topBar, &TopBar::pauseAsked, &m_controller, &RunController::setPaused);
    connect(m_topBar, &TopBar::stepAsked, this,
        [this](bool epoch) { m_controller.stepOnce(epoch ? Session::StepSize::Epoch : Session::StepSize::Batch); });
    connect(m_topBar, &TopBar::resetAsked, &m_controller, &RunController::reset);
    connect(m_topBar, &TopBar::seedChanged, this, [this] { fieldEdited(QStringLiteral("seed")); });
    connect(m_topBar, &TopBar::exportAsked, this,
        [this] { showMessage(exportAll(this, shownFigures(), provenance(m_controller.spec()), m_settings.folder)); });
    connect(m_topBar, &TopBar::openAsked, this, [this] {
        const QString file = QFileDialog::getOpenFileName(this, tr("Open experiment"), m_settings.folder, QStringLiteral("JSON (*.json)"));
        if (!file.isEmpty()) openFile(file);
    });
    connect(m_topBar, &TopBar::saveAsked, this, &MainWindow::saveSpecAs);
    connect(m_rightPanel, &RightPanel::edited, this, &MainWindow::fieldEdited);
    connect(m_rightPanel, &RightPanel::contrastChosen, this, &MainWindow::runContrast);
    connect(m_grid, &CardGrid::fieldChosen, this, &MainWindow::chooseField);
    connect(m_grid, &CardGrid::asked, this, &MainWindow::figureAsked);
    connect(m_bottomBar, &BottomBar::markChosen, this, [this] { m_grid->setFigures(shownFigures()); });
    connect(&m_controller, &RunController::snapshotReady, this, &MainWindow::showSnapshot);
    connect(&m_controller, &RunController::stateChanged, this, &MainWindow::updateState);
    connect(new QShortcut(QKeySequence(QStringLiteral("Ctrl+Q")), this), &QShortcut::activated, this, &QWidget::close);
}

void MainWindow::openExperiment(const QString& id) { showExperiment(Settings::loadSpec(id.toStdString())); }

void MainWindow::showExperiment(const Spec& spec)
{
    if (m_rightPanel->form() && m_settings.experiment != QString::fromStdString(spec.experiment)) Settings::saveSpec(formSpec());
    const ExperimentInfo& info = experimentInfo(spec.experiment);
    m_settings.experiment = QString::fromStdString(info.id);
    m_sidebar->select(m_settings.experiment);
    m_topBar->setExperiment(info);
    m_topBar->setSeed(spec.seed);
    m_rightPanel->setExperiment(info);
    m_rightPanel->form()->setValues(spec.values);
    m_message->hide();
    m_bottomBar->clear();
    m_controller.reset();
    if (info.instant) run();
}

void MainWindow::openFile(const QString& file)
{
    try {
        const Spec spec = specFromJson(readFile(file.toStdString(), 10'000'000), file.toStdString());
        const std::vector<Problem> problems = validate(spec);
        if (!problems.empty())
            return showMessage(QFileInfo(file).fileName() + QStringLiteral(": ") + QString::fromStdString(describe(problems)));
        m_settings.folder = QFileInfo(file).absolutePath();
        showExperiment(withDefaults(spec));
    } catch (const Error& e) {
        showMessage(toQString(e.sentence()));
    }
}

void MainWindow::saveSpecAs()
{
    const QString file = QFileDialog::getSaveFileName(this, tr("Save experiment"),
        m_settings.folder + QLatin1Char('/') + m_settings.experiment + QStringLiteral(".json"), QStringLiteral("JSON (*.json)"));
    if (file.isEmpty()) return;
    try {
        writeFile(file.toStdString(), jsonText(toJson(formSpec()), 2) + "\n");
    } catch (const Error& e) {
        showMessage(toQString(e.sentence()));
    }
}

Spec MainWindow::formSpec() const
{
    Spec spec;
    spec.experiment = m_settings.experiment.toStdString();
    spec.seed = m_topBar->seed();
    spec.values = m_rightPanel->form()->values();
    return spec;
}

void MainWindow::run()
{
    const Spec spec = formSpec();
    const std::vector<Problem> problems = validate(spec);
    m_rightPanel->form()->showProblems(problems);
    if (!problems.empty())
        return showMessage(tr("%1 settings need another value before this can run; see the notes beside them.").arg(problems.size()));
    m_message->hide();
    m_bottomBar->clear();
    m_controller.start(spec);
}

void MainWindow::runContrast(const QString& id)
{
    Spec spec = formSpec();
    applyContrast(spec, id.toStdString());
    m_rightPanel->form()->setValues(spec.values);
    run();
}

void MainWindow::fieldEdited(const QString& key)
{
    const Spec spec = formSpec();
    const std::vector<Problem> problems = validate(spec);
    m_rightPanel->form()->showProblems(problems);
    if (!problems.empty()) return;
    const ExperimentInfo& info = experimentInfo(spec.experiment);
    const Field* field = fieldOf(info, key.toStdString());
    if (field && field->live) {
        if (m_bottomBar->mark() >= 0) m_bottomBar->clear();
        return m_controller.setLive(key, spec.values.at(field->key));
    }
    if (info.instant) return run();
    if (m_controller.hasSession() && (spec.seed != m_controller.spec().seed || !(spec.values == m_controller.spec().values)))
        showMessage(tr("The figures belong to the settings before this change; run again to see its effect."));
    else
        m_message->hide();
}

void MainWindow::chooseField(const QString& key, const Value& value)
{
    const Field* field = fieldOf(experimentInfo(m_settings.experiment.toStdString()), key.toStdString());
    if (!field) return;
    Value fitting = value;
    if (const auto* number = std::get_if<double>(&value)) {
        const double kept = std::clamp(*number, field->low, field->high);
        fitting =
            field->kind == Field::Kind::Int ? Value(static_cast<std::int64_t>(std::lround(kept))) : Value(std::stod(significant(kept, 4)));
    }
    m_rightPanel->form()->setValue(field->key, fitting);
    fieldEdited(key);
}

const std::vector<FigurePointer>& MainWindow::shownFigures() const
{
    static const std::vector<FigurePointer> kNone;
    const std::shared_ptr<const Snapshot> latest = m_controller.latest();
    if (!latest) return kNone;
    const int mark = m_bottomBar->mark();
    return mark >= 0 && mark < static_cast<int>(latest->marks.size()) ? latest->marks[static_cast<std::size_t>(mark)].figures
                                                                      : latest->figures;
}

void MainWindow::showSnapshot()
{
    const std::shared_ptr<const Snapshot> latest = m_controller.latest();
    m_bottomBar->setSnapshot(*latest);
    if (m_bottomBar->mark() < 0) m_grid->setFigures(latest->figures);
    m_empty->setVisible(latest->figures.empty());
    if (!latest->message.empty()) showMessage(toQString(latest->message));
    updateState();
}

void MainWindow::updateState()
{
    const bool hasFigures = m_controller.latest() && !m_controller.latest()->figures.empty();
    m_topBar->setState(m_controller.isRunning(), m_controller.isPaused(), hasFigures);
    if (m_controller.latest()) return;
    m_grid->clear();
    m_bottomBar->clear();
    m_empty->setVisible(true);
}

void MainWindow::figureAsked(const FigurePointer& figure, const QString& what)
{
    const std::string source = provenance(m_controller.spec());
    if (what == QLatin1String("clipboard"))
        QApplication::clipboard()->setMimeData(clipboardData(*figure, source));
    else if (what == QLatin1String("table"))
        showAsTable(this, *figure);
    else if (what == QLatin1String("enlarge"))
        enlarge(this, figure, m_dark);
    else
        showMessage(exportOne(this, *figure, source, what, m_settings.folder));
}

void MainWindow::showMessage(const QString& text)
{
    m_messageText->setText(text);
    m_message->setVisible(!text.isEmpty());
}

void MainWindow::remember()
{
    m_settings.geometry = saveGeometry();
    m_settings.splitter = m_splitter->saveState();
    m_settings.save();
    Settings::saveSpec(formSpec());
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    remember();
    m_controller.stop();
    event->accept();
}

} // namespace bitstill
