#pragma once

#include "app/compare_window.h"
#include "app/history_window.h"
#include "app/run_controller.h"
#include "app/run_history.h"
#include "app/tried_window.h"

namespace bitstill {

/// Keeps the window's runs in the history, shows it, and brings runs back from it.
class RunKeeper : public QObject {
    Q_OBJECT
public:
    /// `window` becomes the parent of the windows.
    explicit RunKeeper(QWidget* window);
    ~RunKeeper() override;

    /// Also in another language: what is open takes both.
    void setTheme(const Theme& theme);
    /// From now on its runs are kept when they are over; not those of an experiment that only draws: they are there again at once.
    void follow(RunController& run);
    void showHistory();
    /// `experiment`: whose runs are shown first, where there are any.
    void showTried(const std::string& experiment);
    /// Shows the branch beside its parent when it is over.
    void compareOnceOver(RunController& run, const std::shared_ptr<const Record>& parent, const BranchPoint& point);

Q_SIGNALS:
    /// The history has the run of this number now, or there was nothing to keep.
    void kept(const bitstill::RunController& run, quint64 number);
    /// `name`: "before-after #12".
    void opened(const std::shared_ptr<bitstill::KeptRun>& run, const std::string& name);
    /// Of a figure of several runs, in this window.
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command, const std::string& provenance, QWidget* window);
    /// These are to be set.
    void settingsAsked(const bitstill::Spec& spec);
    void failed(const bitstill::Text& why);

private:
    void noteKept(const RunHistory::Kept& stored);
    void open(RunId run);
    void compare(const std::vector<RunId>& runs);
    /// `quietly`: somebody is at something else, and the keyboard stays there.
    void showCompared(const std::vector<std::shared_ptr<const Record>>& records, bool quietly);
    bool isElsewhere() const;
    void setLimit(std::int64_t bytes);

    /// The newest run of a document, from which live fields go on.
    struct KeptRecord {
        RunHistory::Kept run;
        std::shared_ptr<const Record> record, newest; ///< as it ended, and with what was changed since
    };
    /// On its way into the history.
    struct Leaving {
        const RunController* from;
        quint64 number;
        RunHistory::Kept run;
    };

    QWidget* m_window;
    std::map<const RunController*, KeptRecord> m_kept;
    std::vector<Leaving> m_leaving;
    QPointer<HistoryWindow> m_shown;
    QPointer<TriedWindow> m_tried;
    Theme m_theme;
    RunHistory m_history;
};

} // namespace bitstill
