#pragma once

#include "engine/experiment/catalogue.h"
#include "paint/theme.h"

#include <QWidget>
#include <optional>

class QBoxLayout;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace bitstill {

class Actions;

/// Title, question, and the controls of a run.
class TopBar : public QWidget {
    Q_OBJECT
public:
    TopBar(const Actions& actions, const Theme& theme, QWidget* parent = nullptr);

    void setExperiment(const ExperimentInfo& info);
    /// Nothing while the box is empty: it then shows that something is wrong.
    void setSeed(std::optional<quint64> seed);
    /// The button that runs then stops.
    void setRunning(bool running);
    void focusRun();

    /// Room for the controls; the title stands over them where there is no more.
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void seedChanged(std::optional<quint64> seed);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();
    void addRunControls();
    void addSeed();
    void addExports();
    QToolButton* addButton(const char* action);
    QToolButton* newButton(const QString& name);

    const Actions& m_actions;
    Theme m_theme;
    QBoxLayout* m_page;
    QVBoxLayout* m_titles;
    QHBoxLayout* m_controls;
    QLabel *m_title, *m_question;
    QPushButton* m_run;
    QLineEdit* m_seedEdit;
    std::optional<bool> m_running; ///< as setRunning last said
};

} // namespace bitstill
