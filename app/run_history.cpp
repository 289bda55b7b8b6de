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
    m_thread.start([this] { m_history.reset(); });
    m_thread.waitForDone();
}

void RunHistory::post(std::function<void(History&)> work)
{
    m_thread.start([this, work = std::move(work)] {
        bool broken = false;
        const Text problem = problemOf(text("There is not enough memory for the history; close something else."), [&] {
            try {
                if (!m_history) m_history.emplace(m_folder);
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
            Q_EMIT failed(problem);
    });
}

void RunHistory::keep(Record record, KeptModels models, std::int64_t most)
{
    change([record = std::move(record), models = std::move(models)](History& history) {
        history.add(record, models, historyNow() - static_cast<std::int64_t>(record.seconds * 1000), "window");
    });
    keepWithin(most);
}

void RunHistory::keepWithin(std::int64_t most)
{
    if (most > 0) change([most](History& history) { history.keepWithin(most); });
}

void RunHistory::read(QObject* receiver, Read work)
{
    post([receiver = QPointer<QObject>(receiver), work = std::move(work)](History& history) {
        std::function<void()> deliver = work(history);
        if (receiver) QMetaObject::invokeMethod(receiver, std::move(deliver), Qt::QueuedConnection);
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
        const Text problem =
            problemOf(text("There is not enough memory for the history; close something else."), [&] { done = History::repair(m_folder); });
        if (!problem.empty()) return Q_EMIT failed(problem);
        Q_EMIT repaired(done);
        Q_EMIT changed();
    });
}

} // namespace bitstill
