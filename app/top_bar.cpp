#include "app/top_bar.h"

#include "app/button_key.h"
#include "paint/translate.h"
#include "widgets/icons.h"
#include "widgets/restyle.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QRandomGenerator>
#include <QRegularExpressionValidator>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace bitstill {

TopBar::TopBar(const Theme& theme, QWidget* parent) :
    QWidget(parent), m_theme(theme), m_page(new QBoxLayout(QBoxLayout::LeftToRight, this)), m_titles(new QVBoxLayout),
    m_controls(new QHBoxLayout), m_title(new QLabel), m_question(new QLabel), m_run(new QPushButton), m_seedEdit(new QLineEdit)
{
    setObjectName(QStringLiteral("topBar"));
    setAttribute(Qt::WA_StyledBackground);
    m_page->setContentsMargins(12, 9, 10, 9);
    m_page->setSpacing(6);
    m_titles->setSpacing(1);
    m_title->setFont(Theme::pageTitle());
    m_question->setProperty("role", "muted");
    m_question->setWordWrap(true);
    m_titles->addWidget(m_title);
    m_question->setObjectName(QStringLiteral("question"));
    m_titles->addWidget(m_question);
    m_page->addLayout(m_titles, 1);
    m_page->addLayout(m_controls);
    m_controls->setSpacing(5);
    addRunControls();
    addSeed();
    addFiles();
    m_controls->addStretch();
    setState({.running = true});
    const int whileRunning = m_run->minimumSizeHint().width();
    setState({});
    m_run->setMinimumWidth(std::max(whileRunning, m_run->minimumSizeHint().width()));
}

void TopBar::addRunControls()
{
    m_run->setObjectName(QStringLiteral("runButton"));
    setKey(*m_run, QKeySequence(QStringLiteral("Ctrl+R")));
    m_run->setAccessibleName(tr("Run"));
    m_controls->addWidget(m_run);
    connect(m_run, &QPushButton::clicked, this, [this] { m_state->running ? Q_EMIT stopAsked() : Q_EMIT runAsked(); });
    m_pause = addButton("action.pause", QStringLiteral("pause"), tr("Pause"),
        tr("Pauses after this batch; press again to go on. Before a run it starts one that pauses at its first batch"),
        QKeySequence(Qt::Key_F6));
    connect(m_pause, &QToolButton::clicked, this, [this] { Q_EMIT pauseAsked(!m_state->paused); });
    m_step = addButton("action.step", QStringLiteral("step"), tr("Step"),
        tr("Runs one batch, then pauses; the menu has a whole epoch. To step through a finished run, reset it first"),
        QKeySequence(Qt::Key_F7));
    m_step->setPopupMode(QToolButton::DelayedPopup);
    auto* menu = new QMenu(m_step);
    menu->addAction(tr("One batch"), this, [this] { Q_EMIT stepAsked(false); });
    m_stepEpoch = menu->addAction(tr("One epoch"), QKeySequence(Qt::Key_F8), this, [this] { Q_EMIT stepAsked(true); });
    m_step->setMenu(menu);
    connect(m_step, &QToolButton::clicked, this, [this] { Q_EMIT stepAsked(false); });
    m_reset = addButton("action.reset", QStringLiteral("reset"), tr("Reset"), tr("Back to the start with the same seed"),
        QKeySequence(QStringLiteral("Ctrl+Backspace")));
    connect(m_reset, &QToolButton::clicked, this, &TopBar::resetAsked);
}

void TopBar::addSeed()
{
    auto* seedLabel = new QLabel(tr("seed"));
    seedLabel->setProperty("role", "muted");
    m_seedEdit->setObjectName(QStringLiteral("field.seed"));
    m_seedEdit->setAccessibleName(tr("Seed"));
    m_seedEdit->setToolTip(tr("The same seed gives the same run, bit for bit"));
    m_seedEdit->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9]{1,9}")), m_seedEdit));
    m_seedEdit->setFixedWidth(m_seedEdit->fontMetrics().horizontalAdvance(QStringLiteral("000000000")) + 20);
    seedLabel->setBuddy(m_seedEdit);
    m_controls->addSpacing(6);
    m_controls->addWidget(seedLabel);
    m_controls->addWidget(m_seedEdit);
    connect(m_seedEdit, &QLineEdit::textEdited, this,
        [this](const QString& text) { Q_EMIT seedChanged(text.isEmpty() ? std::optional<quint64>() : text.toULongLong()); });
    m_newSeed =
        addButton("action.newSeed", QStringLiteral("dice"), {}, tr("Draws a new seed"), QKeySequence(QStringLiteral("Ctrl+Shift+R")));
    connect(m_newSeed, &QToolButton::clicked, this, [this] { Q_EMIT seedChanged(QRandomGenerator::global()->bounded(1, 1000000)); });
}

void TopBar::addFiles()
{
    m_export = addButton("action.exportChart", QStringLiteral("export"), {},
        tr("Undo and redo, open models and experiments, save, export, run many as a sweep"), {});
    auto* files = new QMenu(m_export);
    const auto add = [&](const QString& label, const char* name, const QKeySequence& key, auto signal) {
        QAction* action = files->addAction(label, key, this, signal);
        action->setObjectName(QLatin1String(name));
        addAction(action);
    };
    add(tr("Undo"), "action.undo", QKeySequence(QKeySequence::Undo), [this] { Q_EMIT undoAsked(); });
    add(tr("Redo"), "action.redo", QKeySequence(QKeySequence::Redo), [this] { Q_EMIT redoAsked(); });
    files->addSeparator();
    add(tr("Export all figures…"), "action.exportAll", QKeySequence(QStringLiteral("Ctrl+E")), [this] { Q_EMIT exportAsked(); });
    add(tr("Export model…"), "action.exportModel", QKeySequence(QStringLiteral("Ctrl+Shift+E")), [this] { Q_EMIT modelExportAsked(); });
    add(tr("Where runtimes differ…"), "action.runtimes", {}, [this] { Q_EMIT runtimesAsked(); });
    add(tr("Sweep…"), "action.sweep", QKeySequence(QStringLiteral("Ctrl+G")), [this] { Q_EMIT sweepAsked(); });
    add(tr("Documentation"), "action.docs", QKeySequence(Qt::Key_F1), [this] { Q_EMIT docsAsked(); });
    files->setToolTipsVisible(true); // why no model can be exported
    files->addSeparator();
    add(tr("Open…"), "action.open", QKeySequence(QStringLiteral("Ctrl+O")), [this] { Q_EMIT openAsked(); });
    add(tr("Save experiment…"), "action.save", QKeySequence(QStringLiteral("Ctrl+S")), [this] { Q_EMIT saveAsked(); });
    m_export->setMenu(files);
    m_export->setPopupMode(QToolButton::InstantPopup);
}

QSize TopBar::minimumSizeHint() const
{
    const QMargins margins = m_page->contentsMargins();
    return {m_controls->minimumSize().width() + margins.left() + margins.right(), QWidget::minimumSizeHint().height()};
}

void TopBar::arrange()
{
    const int question = m_question->fontMetrics().horizontalAdvance(m_question->text()); // it wraps only where there is no other way
    const int titles = std::max({m_titles->minimumSize().width(), m_title->sizeHint().width(), question});
    const int beside = minimumSizeHint().width() + titles + m_page->spacing();
    m_page->setDirection(width() < beside ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

void TopBar::resizeEvent(QResizeEvent*) { arrange(); }

QToolButton* TopBar::addButton(
    const char* name, const QString& iconName, const QString& label, const QString& help, const QKeySequence& key)
{
    auto* button = new QToolButton;
    button->setObjectName(QLatin1String(name));
    button->setIcon(icon(iconName, m_theme.text));
    button->setText(label);
    button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    button->setToolTip((label.isEmpty() ? QString() : label + QStringLiteral(": ")) + help
        + (key.isEmpty() ? QString() : QStringLiteral(" (") + key.toString(QKeySequence::NativeText) + QLatin1Char(')')));
    button->setAccessibleName(label.isEmpty() ? help : label);
    if (!key.isEmpty()) setKey(*button, key);
    button->setFixedHeight(30);
    m_controls->addWidget(button);
    return button;
}

void TopBar::setExperiment(const ExperimentInfo& info)
{
    m_title->setText(toQString(info.title));
    m_question->setText(toQString(info.question));
    arrange();
}

void TopBar::setSeed(std::optional<quint64> seed)
{
    const QString word = seed ? QString::number(*seed) : QString();
    if (m_seedEdit->text() != word) m_seedEdit->setText(word);
    if (m_seedEdit->property("wrong").toBool() == !seed) return;
    m_seedEdit->setProperty("wrong", !seed);
    restyle(*m_seedEdit);
}

void TopBar::focusRun() { m_run->setFocus(); }

void TopBar::setState(const State& state)
{
    if (m_state == state) return; // said with every snapshot, and icons cost
    m_state = state;
    m_run->setText(state.running ? tr("Stop") : tr("Run"));
    m_run->setIcon(icon(state.running ? QStringLiteral("stop") : QStringLiteral("play"), m_theme.onAccent));
    m_run->setToolTip(state.running ? tr("Stops within a batch; results so far are kept (Ctrl+R)") : tr("Starts the experiment (Ctrl+R)"));
    m_run->setShortcut(QKeySequence(QStringLiteral("Ctrl+R"))); // a new text takes it away
    const auto enable = [this](QToolButton* button, const QString& name, bool on) {
        button->setEnabled(on);
        button->setIcon(icon(name, on ? m_theme.text : m_theme.muted));
    };
    // One can step from the first batch; a run that is over must be let go of first, so that no key press costs it.
    const bool canStep = state.running || (!state.instant && !state.hasFigures);
    enable(m_pause, state.paused ? QStringLiteral("play") : QStringLiteral("pause"), canStep);
    enable(m_step, QStringLiteral("step"), canStep);
    m_stepEpoch->setEnabled(canStep);
    enable(m_reset, QStringLiteral("reset"), state.running || state.hasFigures);
    for (QAction* action : actions()) {
        if (action->objectName() == QLatin1String("action.exportAll")) action->setEnabled(state.hasFigures);
        if (action->objectName() == QLatin1String("action.exportModel")) {
            action->setEnabled(state.whyNoModelExport.empty());
            action->setToolTip(toQString(state.whyNoModelExport));
        }
        if (action->objectName() == QLatin1String("action.undo")) action->setEnabled(state.canUndo);
        if (action->objectName() == QLatin1String("action.redo")) action->setEnabled(state.canRedo);
    }
}

} // namespace bitstill
