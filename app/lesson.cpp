#include "app/lesson.h"

#include "app/markdown_page.h"
#include "app/settings.h"
#include "engine/experiment/spec.h"
#include "engine/io/files.h"
#include "paint/translate.h"

#include <QDir>
#include <QRegularExpression>
#include <algorithm>

namespace bitstill {

namespace {

// Several times the longest of ours. Lists of thousands take Qt seconds, a thousand lists within each other a minute.
constexpr std::size_t kMostBytes = 30'000;
constexpr std::int64_t kMostLines = 500, kLongestLine = 2'000, kLongestStart = 40, kLongestParagraph = 5'000;
constexpr qsizetype kMostFiles = 100; // a menu that is read whenever it opens
constexpr int kLongestTitle = 60;

/// A file in its parts, not looked at yet.
struct Draft {
    std::map<std::string, std::string> head{};
    std::string body{};
    long bodyLine = 1; ///< of the file, from 1
};

std::string trimmed(const std::string& s) { return QString::fromStdString(s).trimmed().toStdString(); }

Draft draftOf(const std::string& bytes, const std::string& file)
{
    static const std::vector<std::string> known{"experiment", "title", "hide"};
    Draft draft;
    std::size_t at = bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    while (at < bytes.size()) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        const std::string line = trimmed(bytes.substr(at, end - at));
        at = end + 1;
        ++draft.bodyLine;
        if (line.empty()) break;
        const std::size_t colon = line.find(':');
        const std::string key = line.substr(0, colon);
        if (colon == std::string::npos || std::ranges::find(known, key) == known.end())
            throw Error(text("%1, line %2", file, std::to_string(draft.bodyLine - 1)),
                text("a lesson begins with other lines than \"%1\"", line),
                text("write experiment:, title: and perhaps hide:, each on a line of its own, then an empty line"));
        draft.head[key] = trimmed(line.substr(colon + 1));
    }
    if (at < bytes.size()) draft.body = bytes.substr(at);
    return draft;
}

/// The place of a byte of the lesson, as an editor says it.
Text placeOf(const Draft& draft, std::size_t at, const std::string& file)
{
    const auto upTo = draft.body.begin() + static_cast<std::ptrdiff_t>(std::min(at, draft.body.size()));
    return text("%1, line %2", file, std::to_string(draft.bodyLine + std::count(draft.body.begin(), upTo, '\n')));
}

void demandModestLines(const Draft& draft, const std::string& file)
{
    if (std::ranges::count(draft.body, '\n') > kMostLines)
        throw Error(file, text("it has more than %1 lines", grouped(kMostLines)), text("make two lessons of it"));
    static const QRegularExpression newBlock(QStringLiteral("^([-+*]|[0-9]{1,9}[.)]|#{1,6})\\s"));
    std::size_t paragraph = 0; // where it begins
    for (std::size_t at = 0, end = 0; at < draft.body.size(); at = end + 1) {
        end = std::min(draft.body.find('\n', at), draft.body.size());
        if (end - at > static_cast<std::size_t>(kLongestLine))
            throw Error(
                placeOf(draft, at, file), text("a line has more than %1 bytes", grouped(kLongestLine)), text("break it into several"));
        const std::size_t start = std::min(draft.body.find_first_not_of(" \t>-+*.)0123456789", at), end);
        const QString line = QString::fromStdString(draft.body.substr(at, end - at)).trimmed();
        if (line.isEmpty() || newBlock.match(line).hasMatch()) paragraph = at;
        if (end - paragraph > static_cast<std::size_t>(kLongestParagraph))
            throw Error(placeOf(draft, at, file), text("a paragraph has more than %1 bytes", grouped(kLongestParagraph)),
                text("break it into several"));
        if (start - at > static_cast<std::size_t>(kLongestStart))
            throw Error(placeOf(draft, at, file), text("a line begins with more than %1 spaces and signs of lists", grouped(kLongestStart)),
                text("put fewer lists into each other"));
    }
}

void demandWords(const Draft& draft, const std::string& file)
{
    const std::size_t picture = std::min(draft.body.find("!["), draft.body.find("<img"));
    if (picture != std::string::npos)
        throw Error(placeOf(draft, picture, file), text("there is a picture, and lessons have none"), text("leave it out"));
    const auto nul = draft.body.find('\0');
    if (nul != std::string::npos) throw Error(placeOf(draft, nul, file), text("this is not text"), text("write it with a text editor"));
}

std::vector<LessonItem> itemsOf(const Draft& draft, const ExperimentInfo& info, const std::string& file)
{
    try {
        return lessonItems(draft.body, info);
    } catch (const Error& e) {
        const std::string link = e.where().english();
        throw Error(placeOf(draft, draft.body.find(link), file), Text("%1: %2", {link, e.problem()}), e.hint());
    }
}

std::set<std::string> hiddenIn(const std::string& list, const ExperimentInfo& info, const std::string& file)
{
    std::set<std::string> keys;
    for (const std::string& word : split(list, ',')) {
        const std::string key = trimmed(word);
        if (key.empty()) continue;
        if (!fieldOf(info, key)) {
            const Problem problem = validate({.experiment = info.id, .seed = 1, .values = {{key, false}}}).front();
            throw Error(file, Text("%1: %2", {problem.field, problem.what}), problem.hint);
        }
        keys.insert(key);
    }
    return keys;
}

/// Nothing for one of another experiment.
std::optional<Lesson> read(const QString& path, const QString& name, const ExperimentInfo& info)
{
    const std::string file = QFileInfo(path).fileName().toStdString();
    Lesson lesson{.name = name, .title = name};
    try {
        const std::string bytes = readFile(path.toStdString(), kMostBytes);
        if (!isUtf8(bytes)) throw Error(file, text("this is not UTF-8 text"), text("save it as UTF-8"));
        const Draft draft = draftOf(bytes, file);
        const auto head = [&](const char* key) { return draft.head.contains(key) ? draft.head.at(key) : std::string(); };
        const std::string experiment = head("experiment");
        if (!findExperiment(experiment)) {
            const Problem unknown = unknownExperiment(experiment);
            throw Error(file, unknown.what, unknown.hint);
        }
        if (experiment != info.id) return {};
        if (head("title").empty())
            throw Error(file, text("it has no title"), text("write title: and some words on a line at its beginning"));
        lesson.title = QString::fromStdString(printable(head("title"), kMostBytes)).left(kLongestTitle);
        lesson.hidden = hiddenIn(head("hide"), info, file);
        demandWords(draft, file);
        demandModestLines(draft, file);
        lesson.items = itemsOf(draft, info, file);
        lesson.markdown = QString::fromStdString(draft.body);
    } catch (const Error& e) {
        lesson.problem = e.sentence();
    }
    return lesson;
}

} // namespace

Lesson bundledLesson(const ExperimentInfo& info, const QString& language)
{
    Lesson lesson{.title = toQString(info.title)};
    lesson.markdown = markdownResource(QStringLiteral("lessons/") + QString::fromStdString(info.id), language);
    lesson.items = lessonItems(lesson.markdown.toStdString(), info);
    return lesson;
}

QString lessonFolder() { return Settings::dataFolder() + QStringLiteral("/lessons"); }

std::vector<Lesson> ownLessons(const ExperimentInfo& info, const QString& language)
{
    const QString korean = QStringLiteral(".ko");
    std::map<QString, QString> paths; // by name; the file in the window's language, or else the other
    const QStringList files = QDir(lessonFolder()).entryList({QStringLiteral("*.md")}, QDir::Files, QDir::Name);
    for (const QString& file : files.mid(0, kMostFiles)) {
        const QString base = file.chopped(3); // .md
        const bool isKorean = base.endsWith(korean);
        const QString name = isKorean ? base.chopped(korean.size()) : base, path = lessonFolder() + QLatin1Char('/') + file;
        if (!paths.contains(name) || isKorean == (language == QLatin1String("ko"))) paths[name] = path;
    }
    std::vector<Lesson> lessons;
    for (const auto& [name, path] : paths)
        if (std::optional<Lesson> lesson = read(path, name, info)) lessons.push_back(std::move(*lesson));
    return lessons;
}

} // namespace bitstill
