#pragma once

#include "widgets/spec_form.h"

#include <QTabWidget>

class QScrollArea;

namespace bitstill {

class Actions;
class LessonPage;
class LessonProgress;
class PresetButton;

/// The form of the experiment, its lesson, and the glossary.
class RightPanel : public QTabWidget {
    Q_OBJECT
public:
    RightPanel(const Actions& actions, const QString& language, LessonProgress& progress, QWidget* parent = nullptr);

    void setExperiment(const ExperimentInfo& info);
    SpecForm* form() const { return m_form; }
    PresetButton* presets() const { return m_presets; }
    /// One of its tabs, ready for the keyboard.
    void show(int tab);
    /// Brings it into view, when there is one.
    void showFirstProblem();

Q_SIGNALS:
    void edited(const QString& key);
    void held(bool held);
    void lookAsked(const QString& field);
    void contrastChosen(const QString& id);
    void defaultAsked(const QString& field);
    /// A link of the lesson that sets fields and runs.
    void tryAsked(const bitstill::Values& values);
    /// Any other: the name of a page.
    void pageAsked(const QString& name);

private:
    QWidget* m_settings; ///< presets and form
    PresetButton* m_presets;
    QScrollArea* m_scroll;
    LessonPage* m_lesson;
    SpecForm* m_form = nullptr;
};

} // namespace bitstill
