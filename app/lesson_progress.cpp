#include "app/lesson_progress.h"

#include "app/document.h"
#include "app/settings.h"

#include <QStringList>
#include <algorithm>

namespace bitstill {

namespace {

QString keyOf(const std::string& experiment) { return QStringLiteral("lessons/done/") + QString::fromStdString(experiment); }

bool isLive(const LessonItem& item, const ExperimentInfo& info)
{
    return std::ranges::all_of(item.values, [&](const auto& set) { return fieldOf(info, set.first)->live; });
}

/// Whether the run has measured what the item asks for.
bool isShown(const LessonItem& item, const Document& document)
{
    const RunController& run = document.run();
    const std::shared_ptr<const Snapshot> latest = run.latest();
    if (!latest || run.isKept() || latest->updating) return false;
    // In the middle of a run, live figures are there from the first mark on.
    const bool isMiddle = latest->outcome == Outcome::Running && !latest->marks.empty() && latest->whyNoEffect.empty();
    if (latest->outcome != Outcome::Finished && !(isMiddle && isLive(item, document.info()))) return false;
    Values shown = run.spec().values;
    for (const auto& [key, value] : latest->live) shown[key] = value;
    return std::ranges::all_of(item.values, [&](const auto& set) { return shown.at(set.first) == set.second; });
}

} // namespace

LessonProgress::LessonProgress(QObject* parent) : QObject(parent) { }

LessonProgress::Course& LessonProgress::courseOf(const std::string& experiment)
{
    const auto known = m_courses.find(experiment);
    if (known != m_courses.end()) return known->second;
    Course& course = m_courses[experiment];
    const QStringList done = Settings::recalled(keyOf(experiment)).toStringList();
    course.done = {done.begin(), done.end()};
    return course;
}

void LessonProgress::follow(const Document& document)
{
    courseOf(document.info().id).document = &document;
    connect(&document.run(), &RunController::snapshotReady, this, [this, &document] { judge(document); });
}

void LessonProgress::expect(const std::string& experiment, const std::vector<LessonItem>& items)
{
    Course& course = courseOf(experiment);
    if (course.items == items) return; // shown anew, perhaps because they were forgotten
    course.items = items;
    if (course.document) judge(*course.document);
}

void LessonProgress::judge(const Document& document)
{
    Course& course = courseOf(document.info().id);
    const std::size_t before = course.done.size();
    for (const LessonItem& item : course.items) {
        const QString link = QString::fromStdString(item.link);
        if (!course.done.contains(link) && isShown(item, document)) course.done.insert(link);
    }
    if (course.done.size() == before) return;
    const QStringList others = Settings::recalled(keyOf(document.info().id)).toStringList(); // of another window
    course.done.insert(others.begin(), others.end());
    Settings::remember(keyOf(document.info().id), QStringList(course.done.begin(), course.done.end()));
    Q_EMIT changed(document.id());
}

bool LessonProgress::isDone(const std::string& experiment, const LessonItem& item) const
{
    const auto course = m_courses.find(experiment);
    return course != m_courses.end() && course->second.done.contains(QString::fromStdString(item.link));
}

void LessonProgress::forget(const std::string& experiment)
{
    courseOf(experiment).done.clear();
    Settings::remember(keyOf(experiment), QStringList());
    Q_EMIT changed(QString::fromStdString(experiment));
}

} // namespace bitstill
