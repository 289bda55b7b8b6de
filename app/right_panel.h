#pragma once

#include "widgets/spec_form.h"

#include <QTabWidget>

class QScrollArea;
class QTextBrowser;

namespace bitstill {

/// The form of the experiment, its lesson, and the glossary.
class RightPanel : public QTabWidget {
    Q_OBJECT
public:
    explicit RightPanel(const QString& language, QWidget* parent = nullptr);

    void setExperiment(const ExperimentInfo& info);
    SpecForm* form() const { return m_form; }
    /// Brings it into view, when there is one.
    void showFirstProblem();

Q_SIGNALS:
    void edited(const QString& key);
    void held(bool held);
    void lookAsked(const QString& field);
    void contrastChosen(const QString& id);
    /// A link of the lesson: the name of a page.
    void pageAsked(const QString& name);

private:
    QString m_language;
    QScrollArea* m_scroll;
    QTextBrowser* m_lesson;
    SpecForm* m_form = nullptr;
};

} // namespace bitstill
