#include "app/sweep_window.h"

#include "app/durations.h"
#include "app/placement.h"
#include "app/sweep_choosers.h"
#include "app/sweep_form.h"
#include "engine/experiment/catalogue.h"
#include "engine/store/sweep_counts.h"
#include "paint/translate.h"
#include "widgets/card_grid.h"
#include "widgets/icons.h"
#include "widgets/restyle.h"

#include <QApplication>
#include <QClipboard>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace bitstill {

namespace {

constexpr int kPlanWidth = 300;

QLabel* lineOf(const char* name, const char* role)
{
    auto* label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setProperty("role", role);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->hide();
    return label;
}

void say(QLabel& label, const QString& words)
{
    label.setText(words);
    label.setVisible(!words.isEmpty());
}

QScrollArea* scrolling(QWidget* page, const char* name)
{
    auto* scroll = new QScrollArea;
    scroll->setObjectName(QLatin1String(name));
    scroll->setWidget(page);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    return scroll;
}

/// "quant.bits = 2, 3, 4": what was asked for, a line for each field.
QString axesOf(const SweepReading& reading)
{
    QStringList lines;
    for (const SweepReading::Values& axis : reading.axes) lines << QString::fromStdString(axis.key + " = " + joined(axis.values));
    return lines.join(QLatin1Char('\n'));
}

} // namespace

SweepWindow::SweepWindow(SweepProcess* process, const Theme& theme, const QString& language, QWidget* parent) :
    QDialog(parent), m_process(process), m_theme(theme), m_language(language), m_page(new QHBoxLayout(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("sweepWindow"));
    m_page->setContentsMargins({});
    m_page->setSpacing(0);
    connect(&m_watch, &SweepWatch::changed, this, &SweepWindow::showReading);
    connect(process, &SweepProcess::ended, this, [this](const QString& said) {
        m_said = said;
        m_watch.readNow();
        showProgress();
    });
    place(*this, {}, {1160, 760});
}

SweepWindow::~SweepWindow()
{
    if (!m_process) return;
    m_process->disconnect(this);
    connect(m_process, &SweepProcess::ended, m_process, &QObject::deleteLater);
    if (m_process->isRunning())
        m_process->stop();
    else
        delete m_process.data();
}

void SweepWindow::plan(const Spec& base)
{
    if (!m_draft || m_draft->base.experiment != base.experiment) m_draft = draftFrom(base);
    m_draft->base = base;
    setWindowTitle(tr("Sweep: %1").arg(toQString(experimentInfo(base.experiment).title)));
    build();
    check();
    showReading();
}

void SweepWindow::openFolder(const QString& folder)
{
    m_folder = folder;
    setWindowTitle(tr("Sweep: %1").arg(QFileInfo(folder).fileName()));
    build();
    m_watch.watch(folder.toStdString());
    showReading();
}

void SweepWindow::setLook(const Theme& theme, const QString& language)
{
    m_theme = theme;
    m_language = language;
    build();
    if (m_draft) check();
    showReading();
}

std::string SweepWindow::provenance() const
{
    const std::shared_ptr<const SweepReading> reading = m_watch.reading();
    return "bitstill " + versionText() + (reading->sweep ? " · sweep of " + reading->sweep->grids.front().base.experiment : "");
}

void SweepWindow::build()
{
    while (QLayoutItem* item = m_page->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_page->addWidget(buildPlan());
    m_page->addWidget(buildFigures(), 1);
    // Enter in a line is for the line.
    for (QPushButton* button : findChildren<QPushButton*>()) button->setAutoDefault(false);
    showProgress();
}

QWidget* SweepWindow::buildPlan()
{
    auto* page = new QWidget;
    page->setObjectName(QStringLiteral("formPage"));
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(14, 12, 14, 12);
    column->setSpacing(6);
    m_form = nullptr;
    if (m_draft) {
        m_form = new SweepForm(*m_draft);
        connect(m_form, &SweepForm::edited, this, [this] {
            m_draft = m_form->draft();
            check();
        });
        column->addWidget(m_form);
    }
    m_settings = lineOf("sweepSettings", "muted");
    column->addWidget(m_settings);
    addRunning(*column);
    addCommand(*column);
    column->addStretch();
    QScrollArea* scroll = scrolling(page, "formScroll");
    scroll->setFixedWidth(kPlanWidth);
    return scroll;
}

void SweepWindow::addRunning(QVBoxLayout& column)
{
    m_count = lineOf("sweepCount", "value");
    m_run = new QPushButton;
    m_run->setObjectName(QStringLiteral("sweepRun"));
    connect(m_run, &QPushButton::clicked, this, &SweepWindow::runOrStop);
    m_bar = new QProgressBar;
    m_bar->setObjectName(QStringLiteral("sweepBar"));
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Runs that are done"));
    m_progress = lineOf("sweepProgress", "plain");
    m_failures = lineOf("sweepFailures", "problem");
    for (QWidget* widget : std::initializer_list<QWidget*>{m_count, m_run, m_bar, m_progress, m_failures}) column.addWidget(widget);
}

void SweepWindow::addCommand(QVBoxLayout& column)
{
    auto* title = new QLabel(tr("The same on the command line, and on a cluster with --on parallel or --on slurm"));
    title->setProperty("role", "muted");
    title->setWordWrap(true);
    m_command = new QPlainTextEdit;
    m_command->setObjectName(QStringLiteral("sweepCommand"));
    m_command->setAccessibleName(title->text());
    m_command->setReadOnly(true);
    m_command->setTabChangesFocus(true);
    m_command->setFixedHeight(6 * m_command->fontMetrics().lineSpacing());
    auto* copy = new QPushButton(tr("Copy"));
    copy->setObjectName(QStringLiteral("copyCommand"));
    copy->setToolTip(tr("Copies the command"));
    connect(copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_command->toPlainText()); });
    column.addSpacing(6);
    column.addWidget(title);
    column.addWidget(m_command);
    column.addWidget(copy, 0, Qt::AlignLeft);
}

QWidget* SweepWindow::buildFigures()
{
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 8, 0, 0);
    auto* above = new QVBoxLayout;
    above->setContentsMargins(16, 0, 16, 0);
    m_choosers = new SweepChoosers;
    m_choosers->hide();
    connect(m_choosers, &SweepChoosers::chosen, &m_watch, &SweepWatch::choose);
    m_hint = lineOf("sweepHint", "muted");
    above->addWidget(m_choosers);
    above->addWidget(m_hint);
    column->addLayout(above);
    m_grid = new CardGrid(m_theme);
    m_grid->setLeading(true);
    connect(m_grid, &CardGrid::asked, this, &SweepWindow::asked);
    connect(m_grid, &CardGrid::placeChosen, this, [this](const FigureCard* card, std::size_t place) { choosePlace(*card, place); });
    column->addWidget(scrolling(m_grid, "figures"), 1);
    return page;
}

QStringList SweepWindow::arguments() const
{
    return m_draft ? sweepArguments(*m_draft) : QStringList{QStringLiteral("sweep"), QStringLiteral("again"), m_folder};
}

/// Many specs take a moment to look at.
void SweepWindow::check()
{
    m_valid = false;
    m_command->setPlainText(shellLine(QStringList{QStringLiteral("bitstill-cli")} + arguments()));
    m_watch.watch(m_draft->folder);
    showProgress();
    m_checks.ask([this, draft = *m_draft](const Newest::KeepGoing&) {
        std::vector<Problem> problems;
        const std::size_t runs = combinationsOf(gridOf(draft, problems));
        return Newest::Deliver([this, problems, runs] {
            m_valid = problems.empty();
            m_form->showProblems(problems);
            say(*m_count, m_valid ? toQString(counted(static_cast<std::int64_t>(runs), "%1 run", "%1 runs")) : QString());
            showProgress();
        });
    });
}

void SweepWindow::runOrStop()
{
    if (!m_process) return;
    m_said.clear();
    if (isRunning()) {
        m_process->stop();
    } else {
        m_doneBefore = m_watch.reading()->sweep ? countsOf(m_watch.reading()->statuses).done() : 0;
        m_since.start();
        m_process->start(arguments(), m_language);
    }
    showProgress();
}

void SweepWindow::showReading()
{
    const std::shared_ptr<const SweepReading> reading = m_watch.reading();
    std::vector<FigurePointer> figures;
    for (const SweepReading::View& view : reading->views) figures.push_back(view.figure);
    m_grid->setFigures(figures);
    const bool any = reading->sweep && !reading->metrics.empty();
    if (any) m_choosers->show(*reading);
    m_choosers->setVisible(any);
    // While it is planned it need not be there.
    const bool wrong = !reading->problem.empty() && (reading->sweep || !m_draft);
    m_hint->setProperty("role", wrong ? "problem" : "muted");
    restyle(*m_hint);
    say(*m_hint,
        wrong     ? toQString(reading->problem)
            : any ? tr("A click on a figure, or Enter on one of its places, opens the settings of a run.")
                  : tr("The figures appear as runs finish."));
    if (!m_draft && reading->sweep) say(*m_settings, axesOf(*reading));
    showProgress();
}

void SweepWindow::showProgress()
{
    const std::shared_ptr<const SweepReading> reading = m_watch.reading();
    const bool running = isRunning(), stopping = running && m_process->isStopping();
    const SweepCounts counts = countsOf(reading->statuses);
    QString progress = reading->sweep ? toQString(summaryOf(counts)) : QString();
    const int done = counts.done() - m_doneBefore, left = counts.total() - counts.done();
    if (running && !stopping && done > 0 && left > 0) {
        const double each = static_cast<double>(m_since.elapsed()) / 1000 / done;
        progress += QStringLiteral(" · ") + toQString(text("about %1 left", inWords(each * left)));
    }
    say(*m_progress, progress);
    m_bar->setVisible(reading->sweep != nullptr);
    m_bar->setRange(0, std::max(1, counts.total()));
    m_bar->setValue(counts.done());
    QStringList wrong;
    if (!m_said.isEmpty()) wrong << m_said;
    constexpr qsizetype kMost = 3;
    for (std::size_t i = 0; i < reading->statuses.size() && m_said.isEmpty() && wrong.size() < kMost; ++i)
        if (const std::optional<RunFailure>& failure = reading->statuses[i].failure)
            wrong << QString::fromStdString(settingsOf(*reading->sweep, reading->sweep->runs[i].spec) + ": " + failure->reason);
    say(*m_failures, wrong.join(QLatin1Char('\n')));
    m_run->setText(stopping ? tr("Stopping…") : running ? tr("Stop") : tr("Run"));
    m_run->setToolTip(
        running ? tr("Ends the runs under way; what is done stays, and Run goes on from there") : tr("Does here what is not done yet"));
    m_run->setIcon(icon(running ? QStringLiteral("stop") : QStringLiteral("play"), m_theme.text));
    m_run->setEnabled(!stopping && (running || (m_draft ? m_valid : reading->sweep != nullptr)));
    if (m_form) m_form->setEnabled(!running);
    if (!m_draft) m_command->setPlainText(shellLine(QStringList{QStringLiteral("bitstill-cli")} + arguments()));
}

void SweepWindow::choosePlace(const FigureCard& card, std::size_t place)
{
    const std::shared_ptr<const SweepReading> reading = m_watch.reading();
    for (const SweepReading::View& view : reading->views) {
        if (!isSameFigure(*view.figure, *card.figure()) || place >= view.runs.size() || view.runs[place].empty()) continue;
        const std::vector<std::size_t>& runs = view.runs[place];
        if (runs.size() == 1) return Q_EMIT runAsked(reading->sweep->runs[runs.front()].spec);
        auto* menu = new QMenu(this);
        menu->setObjectName(QStringLiteral("sweepRuns"));
        menu->setAttribute(Qt::WA_DeleteOnClose);
        const std::vector<RunStatus> statuses = comparable(*reading->sweep, reading->statuses);
        constexpr std::size_t kMost = 25;
        for (std::size_t i = 0; i < std::min(runs.size(), kMost); ++i) addRun(*menu, reading->sweep->runs[runs[i]].spec, statuses[runs[i]]);
        if (runs.size() > kMost) menu->addAction(toQString(text("and %1 more", std::to_string(runs.size() - kMost))))->setEnabled(false);
        menu->setActiveAction(menu->actions().front());
        return menu->popup(card.pointAt(place));
    }
}

/// "quant.bits=4 seed=2 · 0.913"
void SweepWindow::addRun(QMenu& menu, const Spec& spec, const RunStatus& status)
{
    const SweepReading& reading = *m_watch.reading();
    const double value = status.result ? metricIn(status.result->metrics, reading.choice.y) : std::nan("");
    const QString found = std::isnan(value) ? QLatin1String(nameOf(status.state)) : QString::fromStdString(significant(value, 4));
    QString words = QString::fromStdString(settingsOf(*reading.sweep, spec)) + QStringLiteral(" · ") + found;
    connect(menu.addAction(words.replace(QLatin1Char('&'), QStringLiteral("&&"))), &QAction::triggered, this,
        [this, spec] { Q_EMIT runAsked(spec); });
}

} // namespace bitstill
