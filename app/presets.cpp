#include "app/presets.h"

#include "app/settings.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <algorithm>

namespace bitstill {

using nlohmann::json;

namespace {

constexpr qint64 kMostBytes = 100'000;
constexpr int kMostFiles = 100; // a menu that is read whenever it opens
constexpr int kLongestTitle = 60;

/// A sentence in this language: a string, or an object with one for each.
QString said(const json& document, const char* member, const QString& language, const std::string& name)
{
    json words = document.value(member, json());
    if (words.is_object()) words = words.value(language.toStdString(), words.value("en", json()));
    if (!words.is_string())
        throw Error(
            name, text("\"%1\" is no text", member), text("write a text, or one for each language: %1", R"({"en": "...", "ko": "..."})"));
    return QString::fromStdString(printable(words.get<std::string>(), kMostBytes)).simplified();
}

Preset read(const QString& path, const std::string& bytes, const QString& language)
{
    const std::string name = QFileInfo(path).fileName().toStdString();
    json document = parseJson(bytes, name);
    if (!document.is_object()) throw Error(name, text("this is no preset"), text("write a spec with a \"title\""));
    Preset preset;
    preset.file = path;
    preset.title = said(document, "title", language, name).left(kLongestTitle);
    if (preset.title.isEmpty()) throw Error(name, text("it has no title"), text("write a \"title\""));
    if (document.contains("about")) preset.about = said(document, "about", language, name);
    document.erase("title");
    document.erase("about");
    preset.spec = specFromJson(jsonText(document), name);
    if (const std::vector<Problem> problems = validate(preset.spec); !problems.empty())
        throw Error(name, problems.front().what, problems.front().hint);
    preset.spec = withDefaults(preset.spec);
    return preset;
}

std::string bytesOf(const QString& path)
{
    if (!path.startsWith(QLatin1Char(':'))) return readFile(path.toStdString(), kMostBytes);
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

void add(Presets& presets, const QString& folder, bool own, const std::string& experiment, const QString& language)
{
    const QStringList names = QDir(folder).entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name);
    std::vector<Preset> found;
    for (const QString& name : names.mid(0, kMostFiles)) {
        try {
            const QString path = folder + QLatin1Char('/') + name;
            Preset preset = read(path, bytesOf(path), language);
            preset.own = own;
            if (preset.spec.experiment == experiment) found.push_back(std::move(preset));
        } catch (const Error& e) {
            presets.passedOver.push_back(e.sentence());
        }
    }
    if (own) std::ranges::sort(found, [](const Preset& a, const Preset& b) { return a.title.localeAwareCompare(b.title) < 0; });
    std::ranges::move(found, std::back_inserter(presets.all));
}

} // namespace

QString presetFolder() { return Settings::dataFolder() + QStringLiteral("/presets"); }

Presets presetsOf(const std::string& experiment, const QString& language)
{
    Presets presets;
    add(presets, QStringLiteral(":/presets"), false, experiment, language);
    add(presets, presetFolder(), true, experiment, language);
    return presets;
}

void savePreset(const QString& title, const Spec& spec)
{
    const std::string name = title.toStdString();
    if (title.isEmpty() || title.size() > kLongestTitle)
        throw Error(name, text("a preset's name has 1 to %1 letters", std::to_string(kLongestTitle)), text("choose another name"));
    if (const std::vector<Problem> problems = validate(spec); !problems.empty())
        throw Error(problems.front().field, problems.front().what, problems.front().hint);
    for (const Preset& known : presetsOf(spec.experiment, QStringLiteral("en")).all)
        if (known.own && known.title == title)
            throw Error(name, text("there is a preset of that name already"), text("choose another name, or delete that one first"));
    QString file = title;
    file.replace(QRegularExpression(QStringLiteral("[^\\w]+"), QRegularExpression::UseUnicodePropertiesOption), QStringLiteral("-"));
    const QString start = presetFolder() + QLatin1Char('/') + QString::fromStdString(spec.experiment) + QLatin1Char('-');
    QString path = start + file + QStringLiteral(".json");
    for (int n = 2; QFileInfo::exists(path); ++n) path = start + file + QStringLiteral("-%1.json").arg(n);
    json document = toJson(spec);
    document.erase("seed");
    document["title"] = name;
    writeFile(path.toStdString(), jsonText(document, 2) + "\n");
}

} // namespace bitstill
