#include "app/sidebar.h"

#include "app/actions.h"
#include "engine/experiment/catalogue.h"
#include "paint/theme.h"
#include "paint/translate.h"

#include <QButtonGroup>
#include <QEvent>
#include <QFontMetrics>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QVBoxLayout>

namespace bitstill {

namespace {

constexpr char kSign[] = "  ●", kQuietSign[] = "  ○";

} // namespace

Sidebar::Sidebar(const Actions& actions, QWidget* parent) : QScrollArea(parent), m_buttons(new QButtonGroup(this))
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
    auto* title = new QLabel(QStringLiteral("Bitstill"));
    title->setFont(Theme::pageTitle());
    auto* motto = new QLabel(tr("see a network shrink"));
    motto->setProperty("role", "muted");
    column->addWidget(title);
    column->addWidget(motto);
    addExperiments(actions, *column);
    column->addStretch();
    for (const char* name : {"theme", "language"}) {
        QAction& action = actions.of(name);
        auto* button = new QPushButton(action.text());
        button->setProperty("role", "experiment");
        button->setObjectName(action.objectName());
        button->setToolTip(action.toolTip());
        button->setAccessibleName(action.text());
        button->setAccessibleDescription(action.toolTip());
        column->addWidget(button);
        connect(button, &QPushButton::clicked, &action, &QAction::trigger);
    }
    setWidget(page);
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

void Sidebar::addExperiments(const Actions& actions, QVBoxLayout& column)
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
        QAction& action = actions.of(("experiment." + info.id).c_str());
        QString keys = tr("Ctrl+Page Up and Ctrl+Page Down move between them");
        if (!action.shortcut().isEmpty()) keys.prepend(action.shortcut().toString(QKeySequence::NativeText) + QStringLiteral("; "));
        button->setToolTip(toQString(info.question) + QStringLiteral(" (") + keys + QLatin1Char(')'));
        QFont bold = button->font();
        bold.setWeight(QFont::DemiBold); // as in the style sheet
        button->setMinimumWidth(QFontMetrics(bold).horizontalAdvance(title + QString::fromUtf8(kSign)) + 2 * 7 + 4);
        m_buttons->addButton(button, number);
        column.addWidget(button);
        connect(button, &QPushButton::clicked, &action, &QAction::trigger);
        ++number;
    }
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
        button->setText(title + sign);
        button->setAccessibleName(title
            + (state == State::Running      ? QStringLiteral(", ") + tr("running")
                    : state == State::There ? QStringLiteral(", ") + tr("has results")
                                            : QString()));
    }
}

} // namespace bitstill
