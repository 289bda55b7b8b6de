#include "app/settings.h"

#include "engine/io/json_text.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QSettings>
#include <QStandardPaths>
#include <optional>

namespace bitstill {

namespace {

constexpr qint64 kMostBytes = 10'000'000; // what is larger is not what a Bitstill has written

/// Nothing where reading might never end: QSettings opens whatever has the name, and its lock.
std::optional<QSettings> open()
{
    if (!Settings::problem().empty()) return {};
    return std::optional<QSettings>(std::in_place, Settings::file(), QSettings::IniFormat);
}

} // namespace

QString Settings::file()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + QLatin1Char('/') + QCoreApplication::organizationName()
        + QLatin1Char('/') + QCoreApplication::applicationName() + QStringLiteral(".conf");
}

QString Settings::dataFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QLatin1Char('/') + QCoreApplication::applicationName();
}

Text Settings::problem()
{
    for (const QString& name : {file(), file() + QStringLiteral(".lock")}) {
        const QFileInfo info(name);
        if (!info.exists()) continue;
        if (!info.isFile()) return text("Settings are not kept: %1 is not a file", name.toStdString());
        if (info.size() > kMostBytes) return text("Settings are not kept: %1 is larger than any of Bitstill's", name.toStdString());
        if (!info.isReadable()) return text("Settings are not kept: %1 cannot be read", name.toStdString());
    }
    return {};
}

namespace {

ExportOptions exportOptionsIn(const QSettings& s)
{
    const auto word = [&s](const char* key) { return s.value(QLatin1String(key)).toString().toStdString(); };
    const auto flag = [&s](const char* key) { return s.value(QLatin1String(key)).toBool(); };
    std::vector<Problem> problems;
    const ExportOptions options = exportOptionsFrom({.size = word("figures/size"),
                                                        .dpi = word("figures/dpi"),
                                                        .theme = word("figures/theme"),
                                                        .outlines = flag("figures/outlines"),
                                                        .csv = flag("figures/csv")},
        problems);
    return problems.empty() ? options : ExportOptions();
}

void keep(QSettings& s, const ExportOptions& options)
{
    const ExportWords words = wordsOf(options);
    s.setValue(QStringLiteral("figures/size"), QString::fromStdString(words.size));
    s.setValue(QStringLiteral("figures/dpi"), QString::fromStdString(words.dpi));
    s.setValue(QStringLiteral("figures/theme"), QString::fromStdString(words.theme));
    s.setValue(QStringLiteral("figures/outlines"), words.outlines);
    s.setValue(QStringLiteral("figures/csv"), words.csv);
}

} // namespace

Settings Settings::load()
{
    const auto store = open();
    if (!store) return {};
    const QSettings& s = *store;
    Settings r;
    r.geometry = s.value(QStringLiteral("window/geometry")).toByteArray();
    r.splitter = s.value(QStringLiteral("window/splitter")).toByteArray();
    r.experiment = s.value(QStringLiteral("experiment")).toString();
    r.theme = s.value(QStringLiteral("theme")).toString();
    r.language = s.value(QStringLiteral("language")).toString();
    r.folder = s.value(QStringLiteral("folder")).toString();
    r.figures = exportOptionsIn(s);
    if (const QStringList formats = s.value(QStringLiteral("figures/formats")).toStringList(); !formats.isEmpty())
        r.figureFormats = formats;
    return r;
}

void Settings::save() const
{
    auto store = open();
    if (!store) return;
    QSettings& s = *store;
    s.setValue(QStringLiteral("window/geometry"), geometry);
    s.setValue(QStringLiteral("window/splitter"), splitter);
    s.setValue(QStringLiteral("experiment"), experiment);
    s.setValue(QStringLiteral("theme"), theme);
    s.setValue(QStringLiteral("language"), language);
    s.setValue(QStringLiteral("folder"), folder);
    keep(s, figures);
    s.setValue(QStringLiteral("figures/formats"), figureFormats);
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
    try {
        const auto store = open();
        if (!store) return defaultSpec(experiment);
        const QVariant kept = store->value(QStringLiteral("specs/") + QString::fromStdString(experiment));
        Spec spec = specFromJson(kept.toString().toStdString(), "settings");
        if (spec.experiment == experiment) return withoutProblems(std::move(spec));
    } catch (const std::exception&) {
        // Whatever is in the file, the window opens.
    }
    return defaultSpec(experiment);
}

void Settings::saveSpec(const Spec& spec)
{
    if (auto store = open())
        store->setValue(QStringLiteral("specs/") + QString::fromStdString(spec.experiment),
            QString::fromStdString(jsonText(toJson(withoutProblems(spec)))));
}

QVariant Settings::recalled(const QString& key)
{
    const auto store = open();
    return store ? store->value(key) : QVariant();
}

void Settings::remember(const QString& key, const QVariant& value)
{
    if (auto store = open()) store->setValue(key, value);
}

} // namespace bitstill
