#pragma once

#include "tests/support/window.h"

#include <QTextBrowser>

/// The window's page of lessons, used as a learner would.
class LessonTest : public WindowTest {
protected:
    void follow(const char* link) const { Q_EMIT find<QTextBrowser>("lesson")->anchorClicked(QUrl(QLatin1String(link))); }
    const bitstill::Spec& spec() const { return m_window->document().spec(); }
    QString tried() const { return find<QLabel>("lessonDone")->text(); }
    QString page() const { return find<QTextBrowser>("lesson")->toPlainText(); }
    void choose(const char* action) const
    {
        Q_EMIT find<QMenu>("menu.lessons")->aboutToShow();
        find<QAction>(action)->trigger();
    }
};
