#pragma once

#include "app/compare_window.h"
#include "app/history_window.h"
#include "app/run_controller.h"
#include "app/run_history.h"

namespace bitstill {

/// Keeps the window's runs in the history, shows it, and brings runs back from it.
class RunKeeper : public QObject {
    Q_OBJECT
public:
    /// `window` becomes the parent of the windows.
    explicit RunKeeper(QWidget* window);
    ~RunKeeper() override;

    /// Also in another language: what was open is made anew.
    void setTheme(const Theme& theme);
    /// From now on its runs are kept when they are over; not those of an experiment that only draws: they are there again at once.
    void follow(RunController& run);
    void showHistory();

Q_SIGNALS:
    /// `name`: "before-after #12".
    void opened(const std::shared_ptr<bitstill::KeptRun>& run, const std::string& name);
    /// Of a figure of runs that are compared.
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command, bitstill::CompareWindow* window);
    void failed(const bitstill::Text& why);

private:
    void open(RunId run);
    void compare(const std::vector<RunId>& runs);
    void setLimit(std::int64_t bytes);

    QWidget* m_window;
    QPointer<HistoryWindow> m_shown;
    Theme m_theme;
    RunHistory m_history;
};

} // namespace bitstill
