#include "app/menus.h"

#include "app/actions.h"
#include "app/document.h"
#include "app/recent_files.h"
#include "paint/translate.h"

#include <QDir>
#include <QMenu>

namespace bitstill {

namespace {

constexpr int kChanges = 20; ///< that the list of changes shows
constexpr int kPathWidth = 420; ///< pixels of a path in a menu

} // namespace

Menus::Menus(const Actions& actions, std::function<Document&()> document) : m_actions(actions), m_document(std::move(document))
{
    setObjectName(QStringLiteral("menuBar"));
    QMenu* file = add("menu.file", tr("&File"),
        {"newWindow", "", "open", "save", "savePreset", "", "exportAll", "exportModel", "report.html", "report.pdf", "", "quit"});
    addRecent(*file);
    QMenu* edit = add("menu.edit", tr("&Edit"), {"undo", "redo", "", "presets", "restoreField", "restoreAll", "", "copyFigure"});
    addChanges(*edit);
    QMenu* run = add("menu.run", tr("&Run"),
        {"run", "stop", "pause", "step", "stepEpoch", "reset", "", "newSeed", "", "sweep", "explain", "branch", "history", "tried"});
    addNext(*run);
    QMenu* view = add("menu.view", tr("&View"),
        {"previousExperiment", "nextExperiment", "", "firstMoment", "earlier", "replay", "later", "now", "", "settings", "lesson",
            "lessons", "glossary", "", "theme", "language", "presenter", "fullScreen"});
    addExperiments(*view);
    add("menu.help", tr("&Help"), {"docs", "shortcuts", "runtimes", "changes", "", "about"});
}

QMenu* Menus::add(const char* name, const QString& title, std::initializer_list<const char*> actions)
{
    QMenu* menu = addMenu(title);
    menu->setObjectName(QLatin1String(name));
    menu->setToolTipsVisible(true); // why no model can be exported
    for (const char* action : actions) {
        if (*action)
            menu->addAction(&m_actions.of(action));
        else
            menu->addSeparator();
    }
    return menu;
}

void Menus::addRecent(QMenu& menu)
{
    auto* recent = new QMenu(tr("Open recent"), &menu);
    recent->setObjectName(QStringLiteral("menu.recent"));
    menu.insertMenu(&m_actions.of("save"), recent);
    // Only when somebody looks: whether a file is there may be asked of a disk far away.
    connect(recent, &QMenu::aboutToShow, this, [this, recent] {
        recent->clear();
        for (const QString& file : recentFiles()) {
            const QString shown = fontMetrics().elidedText(QDir::toNativeSeparators(file), Qt::ElideMiddle, kPathWidth);
            QAction* action = recent->addAction(asItem(shown), this, [this, file] { Q_EMIT fileChosen(file); });
            action->setObjectName(QStringLiteral("recent.") + file);
            action->setToolTip(asHelp(file));
        }
        if (recent->isEmpty()) recent->addAction(tr("No files yet"))->setEnabled(false);
        recent->addSeparator();
        recent->addAction(&m_actions.of("clearRecent"));
    });
}

void Menus::addChanges(QMenu& menu)
{
    auto* changes = new QMenu(tr("Take back to"), &menu);
    changes->setObjectName(QStringLiteral("menu.changes"));
    changes->setToolTip(tr("The last 20 changes, the newest first"));
    menu.insertMenu(menu.actions().at(2), changes);
    connect(changes, &QMenu::aboutToShow, this, [this, changes] {
        changes->clear();
        Document& document = m_document();
        const int now = document.changes().index();
        for (int i = now - 1; i >= std::max(0, now - kChanges); --i) {
            QAction* action = changes->addAction(
                tr("before %1").arg(asItem(toQString(document.changeWords(i)))), this, [this, i] { m_document().changes().setIndex(i); });
            action->setObjectName(QStringLiteral("change.%1").arg(i));
        }
        if (changes->isEmpty()) changes->addAction(tr("No changes yet"))->setEnabled(false);
    });
}

void Menus::addExperiments(QMenu& menu)
{
    auto* all = new QMenu(tr("Experiment"), &menu);
    all->setObjectName(QStringLiteral("menu.experiments"));
    for (const ExperimentInfo& info : experiments()) all->addAction(&m_actions.of(("experiment." + info.id).c_str()));
    menu.insertMenu(&m_actions.of("previousExperiment"), all);
}

void Menus::addNext(QMenu& menu)
{
    auto* next = new QMenu(tr("Go on in another experiment"), &menu);
    next->setObjectName(QStringLiteral("menu.next"));
    next->setToolTipsVisible(true);
    menu.insertMenu(&m_actions.of("history"), next);
    connect(next, &QMenu::aboutToShow, this, [this, next] {
        next->clear();
        for (const NextStep& step : m_document().info().next) {
            const QString id = QString::fromStdString(step.experiment);
            QAction* action = next->addAction(toQString(step.label), this, [this, id] { Q_EMIT nextChosen(id); });
            action->setObjectName(QStringLiteral("next.") + id);
            action->setToolTip(toQString(step.help));
        }
        if (next->isEmpty()) next->addAction(tr("This one has none"))->setEnabled(false);
    });
}

} // namespace bitstill
