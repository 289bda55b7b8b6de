#include "app/settings.h"

#include "engine/io/json_text.h"

#include <QSettings>

namespace bitstill {

Settings Settings::load()
{
    const QSettings s;
    Settings r;
    r.geometry = s.value(QStringLiteral("window/geometry")).toByteArray();
    r.splitter = s.value(QStringLiteral("window/splitter")).toByteArray();
    r.experiment = s.value(QStringLiteral("experiment")).toString();
    r.theme = s.value(QStringLiteral("theme")).toString();
    r.language = s.value(QStringLiteral("language")).toString();
    r.folder = s.value(QStringLiteral("folder")).toString();
    return r;
}

void Settings::save() const
{
    QSettings s;
    s.setValue(QStringLiteral("window/geometry"), geometry);
    s.setValue(QStringLiteral("window/splitter"), splitter);
    s.setValue(QStringLiteral("experiment"), experiment);
    s.setValue(QStringLiteral("theme"), theme);
    s.setValue(QStringLiteral("language"), language);
    s.setValue(QStringLiteral("folder"), folder);
}

namespace {

/// One wrong value does not cost the others.
Spec withoutProblems(Spec spec)
{
    for (const Problem& p : validate(spec)) spec.values.erase(p.field);
    return withDefaults(std::move(spec));
}

} // namespace

Spec Settings::loadSpec(const std::string& experiment)
{
    const QSettings s;
    const std::string text = s.value(QStringLiteral("specs/") + QString::fromStdString(experiment)).toString().toStdString();
    try {
        Spec spec = specFromJson(text, "settings");
        if (spec.experiment == experiment) return withoutProblems(std::move(spec));
    } catch (const std::exception&) {
        // Whatever is in the file, the window opens.
    }
    return defaultSpec(experiment);
}

void Settings::saveSpec(const Spec& spec)
{
    QSettings().setValue(QStringLiteral("specs/") + QString::fromStdString(spec.experiment),
        QString::fromStdString(jsonText(toJson(withoutProblems(spec)))));
}

} // namespace bitstill
