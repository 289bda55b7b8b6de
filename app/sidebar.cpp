#include "app/sidebar.h"

#include "app/button_key.h"
#include "engine/experiment/catalogue.h"
#include "paint/theme.h"
#include "paint/translate.h"

#include <QButtonGroup>
#include <QEvent>
#include <QFontMetrics>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QShortcut>
#include <QVBoxLayout>

namespace bitstill {

namespace {

constexpr char kSign[] = "  ●", kQuietSign[] = "  ○";

} // namespace

Sidebar::Sidebar(bool dark, const QString& language, QWidget* parent) : QScrollArea(parent), m_buttons(new QButtonGroup(this))
{
    setObjectName(QStringLiteral("sidebar"));
    setFocusPolicy(Qt::NoFocus); // its buttons have it
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMaximumWidth(260);
    auto* page = new QWidget;
    page->setObjectName(QStringLiteral("sidebarPage"));
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(8, 14, 8, 12);
    column->setSpacing(3);
    auto* name = new QLabel(QStringLiteral("Bitstill"));
    name->setFont(Theme::pageTitle());
    auto* motto = new QLabel(tr("see a network shrink"));
    motto->setProperty("role", "muted");
    column->addWidget(name);
    column->addWidget(motto);
    addExperiments(*column);
    column->addStretch();
    const auto addSwitch = [&](const QString& label, const char* objectName, const QString& help, auto onClick) {
        auto* button = new QPushButton(label);
        button->setProperty("role", "experiment");
        button->setObjectName(QLatin1String(objectName));
        button->setToolTip(help);
        button->setAccessibleName(help);
        column->addWidget(button);
        connect(button, &QPushButton::clicked, this, onClick);
    };
    addSwitch(dark ? tr("Light theme") : tr("Dark theme"), "action.theme", tr("Switches between light and dark"),
        [this, dark] { Q_EMIT themeChosen(dark ? QStringLiteral("light") : QStringLiteral("dark")); });
    const bool korean = language == QLatin1String("ko");
    addSwitch(korean ? QStringLiteral("English") : QStringLiteral("한국어"), "action.language", tr("Switches between Korean and English"),
        [this, korean] { Q_EMIT languageChosen(korean ? QStringLiteral("en") : QStringLiteral("ko")); });
    setWidget(page);
    addShortcut(QKeySequence(QStringLiteral("Ctrl+PgUp")), -1);
    addShortcut(QKeySequence(QStringLiteral("Ctrl+PgDown")), 1);
}

QSize Sidebar::minimumSizeHint() const
{
    return {widget()->minimumSizeHint().width() + verticalScrollBar()->sizeHint().width() + 2 * frameWidth() + 3, 120};
}

bool Sidebar::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == widget() && event->type() == QEvent::LayoutRequest) setMinimumWidth(minimumSizeHint().width());
    return QScrollArea::eventFilter(watched, event);
}

void Sidebar::addExperiments(QVBoxLayout& column)
{
    Text group;
    int number = 1;
    for (const ExperimentInfo& info : experiments()) {
        if (!(info.group == group)) {
            group = info.group;
            auto* heading = new QLabel(toQString(group).toUpper());
            heading->setProperty("role", "group");
            column.addSpacing(14);
            column.addWidget(heading);
        }
        const QString id = QString::fromStdString(info.id), title = QString::number(number) + QStringLiteral("  ") + toQString(info.title);
        auto* button = new QPushButton(title);
        button->setCheckable(true);
        button->setProperty("role", "experiment");
        button->setProperty("title", title);
        button->setObjectName(QStringLiteral("experiment.") + id);
        // A key has one digit; those beyond are reached by Ctrl+Page Up and Down, as all are.
        QString keys = tr("Ctrl+Page Up and Ctrl+Page Down move between them");
        if (number <= 10) {
            const QKeySequence key(QStringLiteral("Ctrl+") + QString::number(number % 10));
            setKey(*button, key);
            keys.prepend(key.toString(QKeySequence::NativeText) + QStringLiteral("; "));
        }
        button->setToolTip(toQString(info.question) + QStringLiteral(" (") + keys + QLatin1Char(')'));
        QFont bold = button->font();
        bold.setWeight(QFont::DemiBold); // as in the style sheet
        button->setMinimumWidth(QFontMetrics(bold).horizontalAdvance(title + QString::fromUtf8(kSign)) + 2 * 7 + 4);
        m_buttons->addButton(button, number);
        column.addWidget(button);
        connect(button, &QPushButton::clicked, this, [this, id] { Q_EMIT chosen(id); });
        ++number;
    }
}

void Sidebar::addShortcut(const QKeySequence& key, int step)
{
    connect(new QShortcut(key, this), &QShortcut::activated, this, [this, step] {
        if (QAbstractButton* next = m_buttons->button(m_buttons->checkedId() + step)) next->click();
    });
}

void Sidebar::select(const QString& experiment)
{
    for (QAbstractButton* button : m_buttons->buttons()) {
        button->setChecked(button->objectName() == QStringLiteral("experiment.") + experiment);
        if (button->isChecked()) ensureWidgetVisible(button);
    }
}

void Sidebar::setState(const QString& experiment, State state)
{
    for (QAbstractButton* button : m_buttons->buttons()) {
        if (button->objectName() != QStringLiteral("experiment.") + experiment) continue;
        const QString title = button->property("title").toString();
        const QString sign = QString::fromUtf8(state == State::Running ? kSign : state == State::There ? kQuietSign : "");
        if (button->text() == title + sign) return;
        const QKeySequence key = button->shortcut();
        button->setText(title + sign);
        button->setShortcut(key); // a new text takes it away
        button->setAccessibleName(title
            + (state == State::Running      ? QStringLiteral(", ") + tr("running")
                    : state == State::There ? QStringLiteral(", ") + tr("has results")
                                            : QString()));
    }
}

} // namespace bitstill
