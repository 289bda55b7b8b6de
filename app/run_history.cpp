#include "app/run_history.h"

#include "app/problem_of.h"

namespace bitstill {

RunHistory::RunHistory(std::filesystem::path folder, QObject* parent) : QObject(parent), m_folder(std::move(folder))
{
    m_thread.setMaxThreadCount(1);
    m_thread.setExpiryTimeout(-1); // the database belongs to one thread
}

RunHistory::~RunHistory()
{
    m_thread.start([this] {
        if (m_history && isWaiting()) problemOf({}, [this] { keepWaiting(*m_history); });
        m_history.reset();
    });
    m_thread.waitForDone();
}

void RunHistory::post(std::function<void(History&)> work)
{
    m_thread.start([this, work = std::move(work)] {
        bool broken = false;
        const Text problem = problemOf(text("There is not enough memory for the history; close something else."), [&] {
            try {
                if (!m_history) m_history.emplace(m_folder.empty() ? historyFolder() : m_folder);
                work(*m_history);
            } catch (const HistoryDamaged&) {
                broken = true;
                m_history.reset();
                throw;
            }
        });
        if (problem.empty()) return;
        if (broken)
            Q_EMIT damaged(problem);
        else
            Q_EMIT failed(withWaiting(problem));
    });
}

/// Of the thread: also says that nothing is lost yet.
Text RunHistory::withWaiting(const Text& problem) const
{
    if (m_waiting.empty()) return problem;
    const Text still = counted(static_cast<std::int64_t>(m_waiting.size()),
        "%1 run is not in the history yet; Bitstill still has it and tries again with the next run, when the history is opened, and at the end.",
        "%1 runs are not in the history yet; Bitstill still has them and tries again with the next run, when the history is opened, and at the end.");
    return Text("%1. %2", {problem, still});
}

RunHistory::Kept RunHistory::keep(Record record, KeptModels models, std::int64_t most)
{
    const std::int64_t started = historyNow() - static_cast<std::int64_t>(record.seconds * 1000);
    auto kept = std::make_shared<RunId>(0);
    m_thread.start([this, over = Over{std::move(record), std::move(models), started, kept}]() mutable {
        constexpr std::size_t kMost = 20; // of a disk that stays full all day
        if (m_waiting.size() >= kMost) m_waiting.pop_front();
        m_waiting.push_back(std::move(over));
    });
    change([this, most](History& history) {
        keepWaiting(history);
        if (most > 0) history.keepWithin(most);
    });
    return kept;
}

void RunHistory::touch(const Kept& run, TouchedSettings touched)
{
    m_thread.start([this, touch = Touch{run, std::move(touched)}]() mutable {
        if (m_touches.size() >= static_cast<std::size_t>(kMostTouched)) m_touches.pop_front();
        m_touches.push_back(std::move(touch));
    });
    post([this](History& history) {
        const bool moreRuns = !m_waiting.empty();
        keepWaiting(history);
        if (moreRuns) return Q_EMIT changed();
        Q_EMIT this->touched();
    });
}

void RunHistory::keepWaiting(History& history)
{
    for (; !m_waiting.empty(); m_waiting.pop_front()) {
        const Over& over = m_waiting.front();
        *over.kept = history.add(over.record, over.models, over.started, "window").id;
        Q_EMIT stored(over.kept);
    }
    for (; !m_touches.empty(); m_touches.pop_front()) history.touch(*m_touches.front().run, m_touches.front().settings);
}

void RunHistory::read(QObject* receiver, Read work)
{
    post([this, receiver = QPointer<QObject>(receiver), work = std::move(work)](History& history) {
        if (isWaiting() && problemOf({}, [&] { keepWaiting(history); }).empty()) Q_EMIT changed();
        std::function<void()> deliver = work(history);
        // Asked on its own thread whether it is still there.
        QMetaObject::invokeMethod(
            this,
            [receiver, deliver = std::move(deliver)] {
                if (receiver) deliver();
            },
            Qt::QueuedConnection);
    });
}

void RunHistory::change(std::function<void(History&)> work)
{
    post([this, work = std::move(work)](History& history) {
        work(history);
        Q_EMIT changed();
    });
}

void RunHistory::repair()
{
    m_thread.start([this] {
        m_history.reset();
        HistoryRepair done;
        const Text problem = problemOf(text("There is not enough memory for the history; close something else."),
            [&] { done = History::repair(m_folder.empty() ? historyFolder() : m_folder); });
        if (!problem.empty()) return Q_EMIT failed(problem);
        Q_EMIT repaired(done);
    });
    change([this](History& history) { keepWaiting(history); });
}

} // namespace bitstill
