#pragma once

#include "engine/store/history.h"

#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <deque>
#include <functional>

namespace bitstill {

/// The window's side of the History: what is asked of it happens on a thread of its own, in this order, so that neither a slow disk nor
/// another program that writes holds the window up.
class RunHistory : public QObject {
    Q_OBJECT
public:
    /// Opened when it is first asked for something. Empty: the user's own, historyFolder().
    explicit RunHistory(std::filesystem::path folder, QObject* parent = nullptr);
    /// Does what was asked for before.
    ~RunHistory() override;

    /// A run that was handed over: its number, for the thread alone; 0 until it is in the history.
    using Kept = std::shared_ptr<RunId>;

    /// A run that is over: its record and what it has kept. One that cannot be kept now (the file is damaged, the disk full) is tried again
    /// with the next, whenever the history is read, after a repair and at the end. `most`: bytes on the disk, see History::keepWithin(); 0:
    /// as much as there is.
    Kept keep(Record record, KeptModels models, std::int64_t most);
    /// What was tried on its networks since goes with it, and waits as it does.
    void touch(const Kept& run, TouchedSettings touched);

    /// Returns what the receiver does with what was found, on its thread, if it is still there.
    using Read = std::function<std::function<void()>(History&)>;
    void read(QObject* receiver, Read work);
    /// Then changed().
    void change(std::function<void(History&)> work);
    /// The damaged file is set aside and what can be read of it kept.
    void repair();

    const std::filesystem::path& folder() const { return m_folder; }

Q_SIGNALS:
    void changed();
    /// Only what was tried on runs that were there.
    void touched();
    /// A run that was handed over is in the history now.
    void stored(const std::shared_ptr<bitstill::RunId>& run);
    /// Something could not be done; what was there before stays.
    void failed(const bitstill::Text& why);
    /// It needs repair().
    void damaged(const bitstill::Text& why);
    void repaired(const bitstill::HistoryRepair& done);

private:
    struct Over {
        Record record;
        KeptModels models;
        std::int64_t started = 0;
        Kept kept;
    };
    struct Touch {
        Kept run;
        TouchedSettings settings;
    };

    void post(std::function<void(History&)> work);
    bool isWaiting() const { return !m_waiting.empty() || !m_touches.empty(); }
    void keepWaiting(History& history);
    Text withWaiting(const Text& problem) const;

    std::filesystem::path m_folder;
    // Of the thread alone:
    std::optional<History> m_history;
    std::deque<Over> m_waiting; ///< not kept yet
    std::deque<Touch> m_touches; ///< nor these
    QThreadPool m_thread; ///< last: it waits in its destructor
};

} // namespace bitstill
