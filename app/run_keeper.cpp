#include "app/run_keeper.h"

#include "app/settings.h"
#include "engine/experiment/catalogue.h"

#include <QApplication>
#include <algorithm>

namespace bitstill {

namespace {

const QString kLimitKey = QStringLiteral("history/limit");
constexpr std::int64_t kLimit = std::int64_t{4096} << 20; // until somebody chooses another

std::int64_t limit()
{
    const QVariant kept = Settings::recalled(kLimitKey);
    return kept.isValid() ? kept.toLongLong() : kLimit;
}

} // namespace

RunKeeper::RunKeeper(QWidget* window) : QObject(window), m_window(window), m_history({})
{
    connect(&m_history, &RunHistory::failed, this, &RunKeeper::failed);
    connect(&m_history, &RunHistory::damaged, this, &RunKeeper::failed);
    connect(&m_history, &RunHistory::stored, this, &RunKeeper::noteKept);
}

RunKeeper::~RunKeeper()
{
    delete m_shown; // they have the history's address
    delete m_tried;
}

void RunKeeper::setTheme(const Theme& theme)
{
    m_theme = theme;
    for (CompareWindow* window : m_window->findChildren<CompareWindow*>()) window->setTheme(theme);
    if (m_tried) {
        m_tried->setTheme(theme);
        m_tried->translate();
    }
    if (!m_shown) return;
    delete m_shown;
    showHistory();
}

void RunKeeper::follow(RunController& run)
{
    connect(&run, &RunController::over, this, [this, &run](const Record& record, const KeptModels& models, quint64 number) {
        if (experimentInfo(record.spec.experiment).instant || record.figures.empty()) return Q_EMIT kept(run, number);
        const auto newest = std::make_shared<const Record>(record);
        const RunHistory::Kept there = m_history.keep(record, models, limit());
        m_kept[&run] = {.run = there, .record = newest, .newest = newest};
        m_leaving.push_back({.from = &run, .number = number, .run = there});
    });
    connect(&run, &RunController::answered, this, [this, &run](const Record& record) {
        const auto found = m_kept.find(&run);
        if (found == m_kept.end() || record.outcome != Outcome::Finished) return;
        KeptRecord& kept = found->second;
        if (record.seconds != kept.record->seconds) return; // one that was stopped came to its end after this one
        const std::optional<TouchedSettings> touched = touchedBy(*kept.record, *kept.newest, record);
        kept.newest = std::make_shared<const Record>(record);
        if (touched) m_history.touch(kept.run, *touched);
    });
    connect(&run, &QObject::destroyed, this, [this, &run] {
        m_kept.erase(&run);
        std::erase_if(m_leaving, [&](const Leaving& l) { return l.from == &run; });
    });
}

/// The document may be closed by now.
void RunKeeper::noteKept(const RunHistory::Kept& stored)
{
    const auto found = std::ranges::find(m_leaving, stored, &Leaving::run);
    if (found == m_leaving.end()) return;
    const Leaving there = *found;
    m_leaving.erase(found);
    Q_EMIT kept(*there.from, there.number);
}

void RunKeeper::showHistory()
{
    if (!m_shown) {
        m_shown = new HistoryWindow(m_history, limit(), m_window);
        connect(m_shown, &HistoryWindow::openAsked, this, &RunKeeper::open);
        connect(m_shown, &HistoryWindow::compareAsked, this, &RunKeeper::compare);
        connect(m_shown, &HistoryWindow::limitChosen, this, &RunKeeper::setLimit);
    }
    m_shown->show();
    m_shown->raise();
    m_shown->activateWindow();
}

void RunKeeper::showTried(const std::string& experiment)
{
    if (!m_tried) {
        m_tried = new TriedWindow(m_history, {.experiment = experiment}, m_theme, m_window);
        connect(m_tried, &TriedWindow::openAsked, this, &RunKeeper::open);
        connect(m_tried, &TriedWindow::settingsAsked, this, &RunKeeper::settingsAsked);
        connect(m_tried, &TriedWindow::asked, this,
            [this](const FigurePointer& figure, FigureCommand command) { Q_EMIT asked(figure, command, m_tried->provenance(), m_tried); });
    }
    m_tried->setExperiment(experiment);
    m_tried->show();
    m_tried->raise();
    m_tried->activateWindow();
}

/// Held to when the next run is kept: nothing goes while somebody chooses.
void RunKeeper::setLimit(std::int64_t bytes) { Settings::remember(kLimitKey, QVariant::fromValue<qlonglong>(bytes)); }

void RunKeeper::open(RunId run)
{
    m_history.read(this, [this, run](History& history) {
        auto kept = std::make_shared<KeptRun>(history.read(run));
        return [this, kept, name = kept->record.spec.experiment + " #" + std::to_string(run)] { Q_EMIT opened(kept, name); };
    });
}

void RunKeeper::compare(const std::vector<RunId>& runs)
{
    m_history.read(this, [this, runs](History& history) {
        std::vector<std::shared_ptr<const Record>> records;
        for (const RunId run : runs) records.push_back(std::make_shared<const Record>(recordFromJson(history.record(run), "history")));
        return [this, records] { showCompared(records, false); };
    });
}

void RunKeeper::showCompared(const std::vector<std::shared_ptr<const Record>>& records, bool quietly)
{
    auto* window = new CompareWindow(records, m_theme, m_window);
    connect(window, &CompareWindow::asked, this, [this, window](const FigurePointer& figure, FigureCommand command) {
        Q_EMIT asked(figure, command, window->provenance(), window);
    });
    window->setAttribute(Qt::WA_ShowWithoutActivating, quietly);
    window->show();
}

/// In another window of ours, or writing: the next letter is not for a window that nobody expects.
bool RunKeeper::isElsewhere() const
{
    const QWidget *active = QApplication::activeWindow(), *focus = QApplication::focusWidget();
    return (active && active != m_window) || (focus && focus->testAttribute(Qt::WA_InputMethodEnabled));
}

void RunKeeper::compareOnceOver(RunController& run, const std::shared_ptr<const Record>& parent, const BranchPoint& point)
{
    const auto once = std::make_shared<QMetaObject::Connection>();
    *once = connect(&run, &RunController::over, this, [this, once, parent, point](const Record& record) {
        if (record.branch != point) return; // one that was let go of before
        disconnect(*once);
        if (record.outcome != Outcome::Finished) return;
        showCompared({parent, std::make_shared<const Record>(record)}, isElsewhere());
    });
}

} // namespace bitstill
