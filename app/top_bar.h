#pragma once

#include "engine/experiment/catalogue.h"
#include "widgets/theme.h"

#include <QWidget>
#include <array>
#include <optional>

class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;

namespace bitstill {

/// Title, question, and the controls of a run.
class TopBar : public QWidget {
    Q_OBJECT
public:
    explicit TopBar(const Theme& theme, QWidget* parent = nullptr);

    void setExperiment(const ExperimentInfo& info);
    void setSeed(quint64 seed);
    quint64 seed() const { return m_seed; }
    /// What can be done now.
    void setState(bool running, bool paused, bool hasFigures);

Q_SIGNALS:
    void runAsked();
    void stopAsked();
    void pauseAsked(bool pause);
    void stepAsked(bool wholeEpoch);
    void resetAsked();
    void seedChanged(quint64 seed);
    void exportAsked();
    void openAsked();
    void saveAsked();

private:
    QToolButton* addButton(const char* name, const QString& iconName, const QString& label, const QString& help, const QKeySequence& key);

    Theme m_theme;
    QLabel *m_title, *m_question;
    QPushButton* m_run;
    QToolButton *m_pause, *m_step, *m_reset, *m_newSeed, *m_export;
    QLineEdit* m_seedEdit;
    quint64 m_seed = 1;
    std::optional<std::array<bool, 3>> m_state; ///< as setState last said
    bool m_running = false;
    bool m_paused = false;
};

} // namespace bitstill
