#pragma once

#include "app/lesson.h"

#include <QWidget>

class QLabel;
class QMenu;
class QTextBrowser;
class QToolButton;

namespace bitstill {

class Actions;
class LessonProgress;

/// A lesson to read, what of it was done, and the choice among lessons.
class LessonPage : public QWidget {
    Q_OBJECT
public:
    LessonPage(const Actions& actions, QString language, LessonProgress& progress, QWidget* parent = nullptr);

    /// Its lesson that was open last.
    void setExperiment(const ExperimentInfo& info);
    /// The one that is open.
    const Lesson& lesson() const { return m_lesson; }

Q_SIGNALS:
    void opened();
    /// The choice among lessons is about to open.
    void asked();
    /// A link that sets fields and runs.
    void tryAsked(const bitstill::Values& values);
    /// Any other: the name of a page.
    void pageAsked(const QString& name);

private:
    void fillMenu();
    void addLesson(const Lesson& lesson);
    void choose(const QString& name);
    void display();
    void follow(const QUrl& link);
    void showProgress();

    QString m_language;
    LessonProgress& m_progress;
    QToolButton* m_menu;
    QLabel* m_done;
    QTextBrowser* m_page;
    const ExperimentInfo* m_info = nullptr;
    Lesson m_lesson;
};

} // namespace bitstill
