#include "app/actions.h"

#include "app/presenter.h"
#include "engine/experiment/catalogue.h"
#include "paint/translate.h"
#include "widgets/icons.h"

#include <QWidget>

namespace bitstill {

Actions::Actions(const Theme& theme, const QString& language, QWidget& window) : QObject(&window), m_theme(theme), m_window(window)
{
    addFiles();
    addEdits();
    addRuns();
    addViews(language == QLatin1String("ko"));
    addHelp();
    setState({});
}

QAction& Actions::add(const QString& name, const QString& label, const QKeySequence& key, const QString& help)
{
    auto* action = new QAction(label, this);
    action->setObjectName(QStringLiteral("action.") + name);
    action->setShortcut(key);
    action->setData(label); // it may be named for what it would do now
    action->setIconVisibleInMenu(false);
    const QString keys = key.isEmpty() ? QString() : QStringLiteral(" (") + key.toString(QKeySequence::NativeText) + QLatin1Char(')');
    if (!help.isEmpty()) action->setToolTip(label + QStringLiteral(": ") + help + keys);
    m_window.addAction(action);
    return *action;
}

void Actions::addFiles()
{
    add(QStringLiteral("newWindow"), tr("New window"), QKeySequence(QStringLiteral("Ctrl+N")),
        tr("Another window with runs of its own, on the same history"));
    add(QStringLiteral("open"), tr("Open…"), QKeySequence(QStringLiteral("Ctrl+O")));
    add(QStringLiteral("clearRecent"), tr("Clear this list"));
    add(QStringLiteral("save"), tr("Save experiment…"), QKeySequence(QStringLiteral("Ctrl+S")));
    add(QStringLiteral("savePreset"), tr("Save as preset…"), QKeySequence(QStringLiteral("Ctrl+Shift+S")),
        tr("Keeps the settings of the form under a name of yours"));
    add(QStringLiteral("exportAll"), tr("Export all figures…"), QKeySequence(QStringLiteral("Ctrl+E")));
    add(QStringLiteral("exportModel"), tr("Export model…"), QKeySequence(QStringLiteral("Ctrl+Shift+E")));
    add(QStringLiteral("report.html"), tr("Report…"), QKeySequence(QStringLiteral("Ctrl+Alt+E")),
        tr("A page about the run, which opens it again"));
    add(QStringLiteral("report.pdf"), tr("Report as PDF…"), QKeySequence(QStringLiteral("Ctrl+Alt+P")),
        tr("A page about the run, to print"));
    add(QStringLiteral("quit"), tr("Quit"), QKeySequence(QStringLiteral("Ctrl+Q")));
}

void Actions::addEdits()
{
    add(QStringLiteral("undo"), tr("Undo"), QKeySequence(QKeySequence::Undo));
    add(QStringLiteral("redo"), tr("Redo"), QKeySequence(QKeySequence::Redo));
    add(QStringLiteral("presets"), tr("Presets"), QKeySequence(QStringLiteral("Ctrl+P")), tr("Settings under a name, to choose from"));
    add(QStringLiteral("restoreField"), tr("Restore the default of this field"), QKeySequence(Qt::Key_F9));
    add(QStringLiteral("restoreAll"), tr("Restore all defaults"), QKeySequence(QStringLiteral("Shift+F9")));
    add(QStringLiteral("copyFigure"), tr("Copy this figure"), QKeySequence(QStringLiteral("Ctrl+Shift+C")));
}

void Actions::addRuns()
{
    const QKeySequence run(QStringLiteral("Ctrl+R"));
    add(QStringLiteral("run"), tr("Run"), run, tr("Starts the experiment"));
    add(QStringLiteral("stop"), tr("Stop"), run, tr("Stops within a batch; results so far are kept"));
    add(QStringLiteral("pause"), tr("Pause"), QKeySequence(Qt::Key_F6),
        tr("Pauses after this batch; press again to go on. Before a run it starts one that pauses at its first batch"));
    add(QStringLiteral("step"), tr("Step by a batch"), QKeySequence(Qt::Key_F7),
        tr("Runs one batch, then pauses; the menu has a whole epoch. To step through a finished run, reset it first"));
    add(QStringLiteral("stepEpoch"), tr("Step by an epoch"), QKeySequence(Qt::Key_F8));
    add(QStringLiteral("reset"), tr("Reset"), QKeySequence(QStringLiteral("Ctrl+Backspace")), tr("Back to the start with the same seed"));
    add(QStringLiteral("newSeed"), tr("New seed"), QKeySequence(QStringLiteral("Ctrl+Shift+R")), tr("Draws a new seed"));
    add(QStringLiteral("sweep"), tr("Sweep…"), QKeySequence(QStringLiteral("Ctrl+G")));
    add(QStringLiteral("explain"), tr("Explain the loss…"), QKeySequence(QStringLiteral("Ctrl+Shift+X")),
        tr("Rounds each part by itself, and says what costs accuracy and what gives it back"));
    add(QStringLiteral("branch"), tr("Branch from here…"), QKeySequence(QStringLiteral("Ctrl+B")),
        tr("From the moment that the slider shows, the run goes on with other settings; both are shown side by side"));
    add(QStringLiteral("history"), tr("History of runs…"), QKeySequence(QStringLiteral("Ctrl+H")),
        tr("All runs so far: to open again, to compare, to mark"));
    add(QStringLiteral("tried"), tr("What you tried…"), QKeySequence(QStringLiteral("Ctrl+Shift+H")),
        tr("Accuracy against size of all networks so far, and the frontier that none of them beats"));
    setIcon("run", QStringLiteral("play"));
    setIcon("step", QStringLiteral("step"));
    setIcon("reset", QStringLiteral("reset"));
    setIcon("newSeed", QStringLiteral("dice"));
}

void Actions::addViews(bool korean)
{
    add(QStringLiteral("previousExperiment"), tr("Previous experiment"), QKeySequence(QStringLiteral("Ctrl+PgUp")));
    add(QStringLiteral("nextExperiment"), tr("Next experiment"), QKeySequence(QStringLiteral("Ctrl+PgDown")));
    int number = 1;
    for (const ExperimentInfo& info : experiments()) {
        // A key has one digit; those beyond are reached by the two above, as all are.
        const QKeySequence key = number <= 10 ? QKeySequence(QStringLiteral("Ctrl+") + QString::number(number % 10)) : QKeySequence();
        add(QStringLiteral("experiment.") + QString::fromStdString(info.id), toQString(info.title), key);
        ++number;
    }
    add(QStringLiteral("firstMoment"), tr("First moment"), QKeySequence(QStringLiteral("Alt+Home")));
    add(QStringLiteral("earlier"), tr("Earlier moment"), QKeySequence(QStringLiteral("Alt+Left")),
        tr("All figures as they were then, on the same axes"));
    add(QStringLiteral("replay"), tr("Play the moments"), QKeySequence(QStringLiteral("Alt+Up")), tr("One after another, up to now"));
    add(QStringLiteral("later"), tr("Later moment"), QKeySequence(QStringLiteral("Alt+Right")),
        tr("All figures as they were then, on the same axes"));
    add(QStringLiteral("now"), tr("Now"), QKeySequence(QStringLiteral("Alt+End")));
    setIcon("earlier", QStringLiteral("earlier"));
    setIcon("later", QStringLiteral("later"));
    add(QStringLiteral("settings"), tr("Settings"), QKeySequence(QStringLiteral("Alt+1")));
    add(QStringLiteral("lesson"), tr("Lesson"), QKeySequence(QStringLiteral("Alt+2")));
    add(QStringLiteral("lessons"), tr("Lessons"), QKeySequence(QStringLiteral("Alt+4")),
        tr("Another lesson, yours among them, or this one from the start"));
    add(QStringLiteral("glossary"), tr("Glossary"), QKeySequence(QStringLiteral("Alt+3")));
    add(QStringLiteral("theme"), m_theme.dark ? tr("Light theme") : tr("Dark theme"), QKeySequence(QStringLiteral("Ctrl+T")),
        tr("Switches between light and dark"));
    add(QStringLiteral("language"), korean ? QStringLiteral("English") : QStringLiteral("한국어"), QKeySequence(QStringLiteral("Ctrl+L")),
        tr("Switches between Korean and English"));
    const bool presenting = isPresenting(QProcessEnvironment::systemEnvironment());
    add(QStringLiteral("presenter"), presenting ? tr("Normal size") : tr("Presenter size"), QKeySequence(QStringLiteral("Shift+F11")),
        tr("Everything 1.5 times as large, or as it was: the window opens anew"));
    add(QStringLiteral("fullScreen"), tr("Full screen"), QKeySequence(Qt::Key_F11));
}

void Actions::addHelp()
{
    add(QStringLiteral("docs"), tr("Documentation"), QKeySequence(Qt::Key_F1));
    add(QStringLiteral("shortcuts"), tr("Keys"), QKeySequence(QStringLiteral("?")));
    add(QStringLiteral("runtimes"), tr("Where runtimes differ…"));
    add(QStringLiteral("changes"), tr("What's new"));
    add(QStringLiteral("about"), tr("About Bitstill"));
}

QAction& Actions::of(const char* name) const
{
    auto* action = findChild<QAction*>(QStringLiteral("action.") + QLatin1String(name), Qt::FindDirectChildrenOnly);
    if (!action) qFatal("no action %s", name);
    return *action;
}

void Actions::setIcon(const char* name, const QString& of)
{
    QIcon both = icon(of, m_theme.text);
    const QIcon muted = icon(of, m_theme.muted);
    for (const QSize& size : muted.availableSizes()) both.addPixmap(muted.pixmap(size), QIcon::Disabled);
    this->of(name).setIcon(both);
}

void Actions::setState(const State& state)
{
    if (m_state == state) return; // said with every snapshot, and icons cost
    if (!m_state || m_state->paused != state.paused) setIcon("pause", state.paused ? QStringLiteral("play") : QStringLiteral("pause"));
    if (!m_state || m_state->replaying != state.replaying)
        setIcon("replay", state.replaying ? QStringLiteral("pause") : QStringLiteral("play"));
    m_state = state;
    for (const char* name : {"firstMoment", "earlier", "replay", "later", "now"}) of(name).setEnabled(state.hasMoments);
    of("replay").setText(state.replaying ? tr("Stop playing") : tr("Play the moments"));
    of("run").setEnabled(!state.running);
    of("stop").setEnabled(state.running);
    // One can step from the first batch; a run that is over must be let go of first, so that no key press costs it.
    const bool canStep = state.running || (!state.instant && !state.hasFigures);
    for (const char* name : {"pause", "step", "stepEpoch"}) of(name).setEnabled(canStep);
    of("pause").setText(state.paused ? tr("Go on") : tr("Pause"));
    of("reset").setEnabled(state.running || state.hasFigures);
    for (const char* name : {"exportAll", "copyFigure"}) of(name).setEnabled(state.hasFigures);
    of("explain").setEnabled(state.canExplain);
    of("branch").setEnabled(state.canBranch);
    of("exportModel").setEnabled(state.whyNoModelExport.empty());
    of("exportModel").setToolTip(toQString(state.whyNoModelExport));
    const auto named = [this](const char* name, const Text& words, const QString& alone, const QString& with) {
        of(name).setEnabled(!words.empty());
        of(name).setText(words.empty() ? alone : with.arg(asItem(toQString(words))));
    };
    named("undo", state.undo, tr("Undo"), tr("Undo: %1"));
    named("redo", state.redo, tr("Redo"), tr("Redo: %1"));
}

} // namespace bitstill
