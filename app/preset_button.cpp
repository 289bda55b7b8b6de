#include "app/preset_button.h"

#include "app/actions.h"
#include "paint/translate.h"

#include <QMenu>

namespace bitstill {

namespace {

constexpr int kProblemWidth = 420; ///< pixels of a sentence in the menu

} // namespace

PresetButton::PresetButton(const Actions& actions, QString language, QWidget* parent) :
    QToolButton(parent), m_actions(actions), m_language(std::move(language))
{
    setObjectName(QStringLiteral("presets"));
    setText(tr("Presets") + QStringLiteral("  ▾"));
    setToolTip(actions.of("presets").toolTip());
    setAccessibleName(tr("Presets"));
    connect(&actions.of("presets"), &QAction::triggered, this, &QToolButton::showMenu);
    setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("menu.presets"));
    menu->setToolTipsVisible(true);
    setMenu(menu);
    connect(menu, &QMenu::aboutToShow, this, &PresetButton::fill);
}

void PresetButton::fill()
{
    menu()->clear();
    const Presets presets = presetsOf(m_experiment, m_language);
    auto* remove = new QMenu(tr("Delete"), menu());
    remove->setObjectName(QStringLiteral("menu.deletePreset"));
    for (const Preset& p : presets.all) {
        if (p.own && remove->isEmpty()) menu()->addSeparator();
        QAction* choose = menu()->addAction(asItem(p.title), this, [this, spec = p.spec, title = p.title] { Q_EMIT chosen(spec, title); });
        choose->setObjectName(QStringLiteral("preset.") + p.title);
        choose->setToolTip(asHelp(p.about.isEmpty() ? p.title : p.about));
        if (!p.own) continue;
        remove->addAction(asItem(p.title), this, [this, file = p.file, title = p.title] { Q_EMIT deleteAsked(file, title); })
            ->setObjectName(QStringLiteral("deletePreset.") + p.title);
    }
    if (presets.all.empty()) menu()->addAction(tr("None for this experiment yet"))->setEnabled(false);
    menu()->addSeparator();
    menu()->addAction(&m_actions.of("savePreset"));
    if (remove->isEmpty())
        delete remove;
    else
        menu()->addMenu(remove);
    for (const Text& why : presets.passedOver) {
        const QString sentence = tr("Passed over: %1").arg(toQString(why));
        QAction* said = menu()->addAction(asItem(fontMetrics().elidedText(sentence, Qt::ElideRight, kProblemWidth)));
        said->setObjectName(QStringLiteral("passedOver"));
        said->setToolTip(asHelp(sentence));
        said->setEnabled(false);
    }
}

} // namespace bitstill
