#include "app/top_bar.h"

#include "widgets/icons.h"
#include "widgets/translate.h"

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

namespace bitstill {

TopBar::TopBar(const Theme& theme, QWidget* parent) :
    QWidget(parent), m_theme(theme), m_title(new QLabel), m_question(new QLabel), m_run(new QPushButton), m_seedEdit(new QLineEdit)
{
    setObjectName(QStringLiteral("topBar"));
    setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(18, 9, 14, 9);
    row->setSpacing(6);
    auto* titles = new QVBoxLayout;
    titles->setSpacing(1);
    m_title->setFont(Theme::pageTitle());
    m_question->setProperty("role", "muted");
    m_question->setWordWrap(true);
    titles->addWidget(m_title);
    titles->addWidget(m_question);
    row->addLayout(titles, 1);

    m_run->setObjectName(QStringLiteral("runButton"));
    m_run->setShortcut(QKeySequence(QStringLiteral("Ctrl+R")));
    m_run->setAccessibleName(tr("Run"));
    row->addWidget(m_run);
    connect(m_run, &QPushButton::clicked, this, [this] { m_running ? Q_EMIT stopAsked() : Q_EMIT runAsked(); });
    m_pause = addButton(
        "action.pause", QStringLiteral("pause"), tr("Pause"), tr("Halts after this batch; press again to go on"), QKeySequence(Qt::Key_F6));
    connect(m_pause, &QToolButton::clicked, this, [this] { Q_EMIT pauseAsked(!m_paused); });
    m_step = addButton("action.step", QStringLiteral("step"), tr("Step"),
        tr("Goes on for one batch, then halts; the menu has a whole epoch"), QKeySequence(Qt::Key_F7));
    m_step->setPopupMode(QToolButton::DelayedPopup);
    auto* menu = new QMenu(m_step);
    menu->addAction(tr("One batch"), this, [this] { Q_EMIT stepAsked(false); });
    menu->addAction(tr("One epoch"), QKeySequence(Qt::Key_F8), this, [this] { Q_EMIT stepAsked(true); });
    m_step->setMenu(menu);
    connect(m_step, &QToolButton::clicked, this, [this] { Q_EMIT stepAsked(false); });
    m_reset = addButton("action.reset", QStringLiteral("reset"), tr("Reset"), tr("Back to the start, with the same seed"),
        QKeySequence(QStringLiteral("Ctrl+Backspace")));
    connect(m_reset, &QToolButton::clicked, this, &TopBar::resetAsked);

    auto* seedLabel = new QLabel(tr("seed"));
    seedLabel->setProperty("role", "muted");
    m_seedEdit->setObjectName(QStringLiteral("field.seed"));
    m_seedEdit->setAccessibleName(tr("Seed"));
    m_seedEdit->setToolTip(tr("The same seed gives the same run, to the bit"));
    m_seedEdit->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9]{1,9}")), m_seedEdit));
    m_seedEdit->setFixedWidth(64);
    seedLabel->setBuddy(m_seedEdit);
    row->addSpacing(6);
    row->addWidget(seedLabel);
    row->addWidget(m_seedEdit);
    connect(m_seedEdit, &QLineEdit::textEdited, this, [this](const QString& text) {
        if (text.isEmpty()) return;
        m_seed = text.toULongLong();
        Q_EMIT seedChanged(m_seed);
    });
    m_newSeed =
        addButton("action.newSeed", QStringLiteral("dice"), {}, tr("Draws a new seed"), QKeySequence(QStringLiteral("Ctrl+Shift+R")));
    connect(m_newSeed, &QToolButton::clicked, this, [this] {
        setSeed(QRandomGenerator::global()->bounded(1, 1000000));
        Q_EMIT seedChanged(m_seed);
    });

    m_export = addButton("action.exportChart", QStringLiteral("export"), {}, tr("Open and save experiments, export all figures"), {});
    auto* files = new QMenu(m_export);
    const auto add = [&](const QString& label, const char* name, const QKeySequence& key, auto signal) {
        QAction* action = files->addAction(label, key, this, signal);
        action->setObjectName(QLatin1String(name));
        addAction(action);
    };
    add(tr("Export all figures…"), "action.exportAll", QKeySequence(QStringLiteral("Ctrl+E")), [this] { Q_EMIT exportAsked(); });
    files->addSeparator();
    add(tr("Open experiment…"), "action.open", QKeySequence(QStringLiteral("Ctrl+O")), [this] { Q_EMIT openAsked(); });
    add(tr("Save experiment…"), "action.save", QKeySequence(QStringLiteral("Ctrl+S")), [this] { Q_EMIT saveAsked(); });
    m_export->setMenu(files);
    m_export->setPopupMode(QToolButton::InstantPopup);
    setState(false, false, false);
}

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
    button->setShortcut(key);
    button->setFixedHeight(30);
    layout()->addWidget(button);
    return button;
}

void TopBar::setExperiment(const ExperimentInfo& info)
{
    m_title->setText(toQString(info.title));
    m_question->setText(toQString(info.question));
}

void TopBar::setSeed(quint64 seed)
{
    m_seed = seed;
    m_seedEdit->setText(QString::number(seed));
}

void TopBar::setState(bool running, bool paused, bool hasFigures)
{
    const std::array<bool, 3> state{running, paused, hasFigures};
    if (m_state == state) return; // said with every snapshot, and icons cost
    m_state = state;
    m_running = running;
    m_paused = paused;
    m_run->setText(running ? tr("Stop") : tr("Run"));
    m_run->setIcon(icon(running ? QStringLiteral("stop") : QStringLiteral("play"), m_theme.onAccent));
    m_run->setToolTip(running ? tr("Stops within a batch; what was measured stays (Ctrl+R)") : tr("Starts the experiment (Ctrl+R)"));
    m_run->setShortcut(QKeySequence(QStringLiteral("Ctrl+R")));
    m_pause->setEnabled(running);
    m_pause->setIcon(icon(paused ? QStringLiteral("play") : QStringLiteral("pause"), running ? m_theme.text : m_theme.muted));
    m_step->setEnabled(running);
    m_reset->setEnabled(running || hasFigures);
    m_step->setIcon(icon(QStringLiteral("step"), m_step->isEnabled() ? m_theme.text : m_theme.muted));
    m_reset->setIcon(icon(QStringLiteral("reset"), m_reset->isEnabled() ? m_theme.text : m_theme.muted));
    for (QAction* action : actions())
        if (action->objectName() == QLatin1String("action.exportAll")) action->setEnabled(hasFigures);
}

} // namespace bitstill
