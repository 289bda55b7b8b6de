#include "app/shortcuts_page.h"

#include <QCoreApplication>
#include <QMenu>
#include <QMenuBar>
#include <QRegularExpression>

namespace bitstill {

namespace {

QString plainName(QString label)
{
    label.replace(QStringLiteral("&&"), QStringLiteral("\x01"));
    label.remove(QRegularExpression(QStringLiteral("\\(&.\\)|&")));
    return label.replace(QLatin1Char('\x01'), QLatin1Char('&')).replace(QLatin1Char('|'), QStringLiteral("\\|"));
}

void addRows(const QMenu& menu, QString& rows)
{
    for (const QAction* action : menu.actions()) {
        if (action->menu())
            addRows(*action->menu(), rows);
        else if (!action->shortcut().isEmpty())
            rows += QStringLiteral("| %1 | %2 |\n")
                        .arg(action->shortcut().toString(QKeySequence::NativeText), plainName(action->data().toString()));
    }
}

} // namespace

QString shortcutsMarkdown(const QMenuBar& menus)
{
    QString page;
    for (const QAction* action : menus.actions()) {
        QString rows;
        addRows(*action->menu(), rows);
        if (rows.isEmpty()) continue;
        const QString key = QCoreApplication::translate("export", "Key"), does = QCoreApplication::translate("export", "What it does");
        page += QStringLiteral("### %1\n\n| %2 | %3 |\n|---|---|\n%4\n").arg(plainName(action->text()), key, does, rows);
    }
    return page;
}

} // namespace bitstill
