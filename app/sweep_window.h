#pragma once

#include "app/sweep_draft.h"
#include "app/sweep_process.h"
#include "app/sweep_watch.h"
#include "paint/theme.h"
#include "widgets/figure_command.h"

#include <QDialog>
#include <QElapsedTimer>
#include <QPointer>

class QHBoxLayout;
class QLabel;
class QMenu;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace bitstill {

class CardGrid;
class FigureCard;
class SweepChoosers;
class SweepForm;

/// A sweep: one that is planned here and run by bitstill-cli, or a folder that is followed while somebody else runs it. Its figures, and
/// from a place in them the way back to one run's settings. Without the window the process ends, and loses nothing.
class SweepWindow : public QDialog {
    Q_OBJECT
public:
    /// `process` belongs to somebody who outlives the window.
    SweepWindow(SweepProcess* process, const Theme& theme, const QString& language, QWidget* parent);
    ~SweepWindow() override;

    /// Whose axes are to be chosen.
    void plan(const Spec& base);
    /// One that is there.
    void openFolder(const QString& folder);
    /// Of its figures.
    std::string provenance() const;
    bool isRunning() const { return m_process && m_process->isRunning(); }
    void setLook(const Theme& theme, const QString& language);

Q_SIGNALS:
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command);
    void runAsked(const bitstill::Spec& spec);

private:
    void build();
    QWidget* buildPlan();
    QWidget* buildFigures();
    void addRunning(QVBoxLayout& column);
    void addCommand(QVBoxLayout& column);
    void check();
    void runOrStop();
    void showReading();
    void showProgress();
    void choosePlace(const FigureCard& card, std::size_t place);
    void addRun(QMenu& menu, const Spec& spec, const RunStatus& status);
    QStringList arguments() const;

    QPointer<SweepProcess> m_process;
    Theme m_theme;
    QString m_language;
    std::optional<SweepDraft> m_draft; ///< nothing: a folder is followed
    QString m_folder; ///< that one
    bool m_valid = false; ///< it has been looked at, and nothing is wrong
    QString m_said; ///< by the process, when it ended
    QElapsedTimer m_since; ///< it was started,
    int m_doneBefore = 0; ///< when so many were done
    SweepWatch m_watch;
    Newest m_checks;

    QHBoxLayout* m_page;
    SweepForm* m_form = nullptr;
    QLabel *m_settings = nullptr, *m_count = nullptr, *m_progress = nullptr, *m_failures = nullptr, *m_hint = nullptr;
    QProgressBar* m_bar = nullptr;
    QPushButton* m_run = nullptr;
    QPlainTextEdit* m_command = nullptr;
    SweepChoosers* m_choosers = nullptr;
    CardGrid* m_grid = nullptr;
};

} // namespace bitstill
