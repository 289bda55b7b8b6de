#include "app/sidebar.h"

#include "engine/experiment/catalogue.h"
#include "widgets/theme.h"
#include "widgets/translate.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace bitstill {

Sidebar::Sidebar(bool dark, const QString& language, QWidget* parent) : QWidget(parent), m_buttons(new QButtonGroup(this))
{
    setObjectName(QStringLiteral("sidebar"));
    setAttribute(Qt::WA_StyledBackground);
    setMinimumWidth(176);
    setMaximumWidth(260);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 14, 12, 12);
    column->setSpacing(3);
    auto* name = new QLabel(QStringLiteral("Bitstill"));
    name->setFont(Theme::pageTitle());
    auto* motto = new QLabel(tr("see a network shrink"));
    motto->setProperty("role", "muted");
    column->addWidget(name);
    column->addWidget(motto);
    Text group;
    int number = 1;
    for (const ExperimentInfo& info : experiments()) {
        if (!(info.group == group)) {
            group = info.group;
            auto* heading = new QLabel(toQString(group).toUpper());
            heading->setProperty("role", "group");
            column->addSpacing(14);
            column->addWidget(heading);
        }
        const QString id = QString::fromStdString(info.id);
        auto* button = new QPushButton(QString::number(number) + QStringLiteral("  ") + toQString(info.title));
        button->setCheckable(true);
        button->setProperty("role", "experiment");
        button->setObjectName(QStringLiteral("experiment.") + id);
        button->setToolTip(toQString(info.question));
        button->setShortcut(QKeySequence(QStringLiteral("Ctrl+") + QString::number(number)));
        m_buttons->addButton(button);
        column->addWidget(button);
        connect(button, &QPushButton::clicked, this, [this, id] { Q_EMIT chosen(id); });
        ++number;
    }
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
}

void Sidebar::select(const QString& experiment)
{
    for (QAbstractButton* button : m_buttons->buttons())
        button->setChecked(button->objectName() == QStringLiteral("experiment.") + experiment);
}

} // namespace bitstill
