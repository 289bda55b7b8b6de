#include "app/top_bar.h"

#include "app/actions.h"
#include "paint/translate.h"
#include "widgets/icons.h"
#include "widgets/restyle.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpressionValidator>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace bitstill {

TopBar::TopBar(const Actions& actions, const Theme& theme, QWidget* parent) :
    QWidget(parent), m_actions(actions), m_theme(theme), m_page(new QBoxLayout(QBoxLayout::LeftToRight, this)), m_titles(new QVBoxLayout),
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
    addExports();
    m_controls->addStretch();
    setRunning(true);
    const int whileRunning = m_run->minimumSizeHint().width();
    setRunning(false);
    m_run->setMinimumWidth(std::max(whileRunning, m_run->minimumSizeHint().width()));
}

void TopBar::addRunControls()
{
    m_run->setObjectName(QStringLiteral("runButton"));
    m_run->setAccessibleName(tr("Run"));
    m_controls->addWidget(m_run);
    connect(m_run, &QPushButton::clicked, this, [this] { m_actions.of(*m_running ? "stop" : "run").trigger(); });
    addButton("pause");
    QToolButton* step = addButton("step");
    auto* menu = new QMenu(step);
    menu->addAction(&m_actions.of("step"));
    menu->addAction(&m_actions.of("stepEpoch"));
    step->setMenu(menu);
    step->setPopupMode(QToolButton::DelayedPopup);
    addButton("reset");
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
    addButton("newSeed");
}

void TopBar::addExports()
{
    QToolButton* button = newButton(QStringLiteral("action.exportChart"));
    button->setIcon(icon(QStringLiteral("export"), m_theme.text));
    button->setToolTip(tr("Export figures and the model"));
    button->setAccessibleName(button->toolTip());
    auto* exports = new QMenu(button);
    for (const char* action : {"exportAll", "exportModel"}) exports->addAction(&m_actions.of(action));
    exports->setToolTipsVisible(true); // why no model can be exported
    button->setMenu(exports);
    button->setPopupMode(QToolButton::InstantPopup);
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

QToolButton* TopBar::addButton(const char* action)
{
    QAction& does = m_actions.of(action);
    QToolButton* button = newButton(does.objectName());
    button->setDefaultAction(&does);
    button->setAccessibleName(does.text());
    return button;
}

QToolButton* TopBar::newButton(const QString& name)
{
    auto* button = new QToolButton;
    button->setObjectName(name);
    button->setToolButtonStyle(Qt::ToolButtonIconOnly);
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

void TopBar::setRunning(bool running)
{
    if (m_running == running) return; // said with every snapshot, and icons cost
    m_running = running;
    m_run->setText(running ? tr("Stop") : tr("Run"));
    m_run->setIcon(icon(running ? QStringLiteral("stop") : QStringLiteral("play"), m_theme.onAccent));
    m_run->setToolTip(m_actions.of(running ? "stop" : "run").toolTip());
}

} // namespace bitstill
