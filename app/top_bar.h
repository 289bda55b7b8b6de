#pragma once

#include "engine/experiment/catalogue.h"
#include "paint/theme.h"

#include <QWidget>
#include <optional>

class QAction;
class QBoxLayout;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace bitstill {

/// Title, question, and the controls of a run.
class TopBar : public QWidget {
    Q_OBJECT
public:
    explicit TopBar(const Theme& theme, QWidget* parent = nullptr);

    void setExperiment(const ExperimentInfo& info);
    /// Nothing while the box is empty: it then shows that something is wrong.
    void setSeed(std::optional<quint64> seed);
    struct State {
        bool running = false;
        bool paused = false;
        bool hasFigures = false;
        Text whyNoModelExport{}; ///< empty when a network can be exported
        bool canUndo = false, canRedo = false;
        bool instant = false; ///< is over as soon as it has begun
        bool operator==(const State&) const = default;
    };
    /// What can be done now.
    void setState(const State& state);
    void focusRun();

    /// Room for the controls; the title stands over them where there is no more.
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void runAsked();
    void stopAsked();
    void pauseAsked(bool pause);
    void stepAsked(bool wholeEpoch);
    void resetAsked();
    void seedChanged(std::optional<quint64> seed);
    void exportAsked();
    void modelExportAsked();
    void runtimesAsked();
    void sweepAsked();
    void docsAsked();
    void openAsked();
    void saveAsked();
    void undoAsked();
    void redoAsked();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();
    void addRunControls();
    void addSeed();
    void addFiles();
    QToolButton* addButton(const char* name, const QString& iconName, const QString& label, const QString& help, const QKeySequence& key);

    Theme m_theme;
    QBoxLayout* m_page;
    QVBoxLayout* m_titles;
    QHBoxLayout* m_controls;
    QLabel *m_title, *m_question;
    QPushButton* m_run;
    QToolButton *m_pause, *m_step, *m_reset, *m_newSeed, *m_export;
    QLineEdit* m_seedEdit;
    QAction* m_stepEpoch = nullptr;
    std::optional<State> m_state; ///< as setState last said
};

} // namespace bitstill
