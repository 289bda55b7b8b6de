#pragma once

#include "engine/experiment/branch.h"
#include "engine/experiment/kept_run.h"

#include <QObject>
#include <QTimer>
#include <memory>
#include <vector>

namespace bitstill {

/// The window's side of a Session: asks for snapshots at the rate of the screen while there is something new, and never
/// waits for the worker.
class RunController : public QObject {
    Q_OBJECT
public:
    explicit RunController(QObject* parent = nullptr);
    ~RunController() override;

    /// Stops what runs and starts this, to pause after a first step if so wished. `spec` must be valid and complete.
    void start(const Spec& spec, std::optional<StepSize> pauseAfter = {});
    /// A run that was kept takes the place of the one before: its figures, marks and networks, and nobody to answer live fields.
    void show(KeptRun run);
    void stop();
    /// As stop(), and nothing is answered any more: the window closes.
    void close();
    /// After close(): waits for the worker, and tells over() of what had not ended.
    void settle();
    /// Stops and forgets the run with its figures.
    /// Its parent's spec, with the changes that make it a branch.
    void start(const BranchedRun& branch);
    void reset();
    void setPaused(bool paused);
    void stepOnce(StepSize size);
    /// A live field has changed. False when nobody is there to answer: no run, or one that was stopped or failed.
    bool setLive(const QString& key, const Value& value);
    /// While nobody looks, a look now and then is enough.
    void setWatched(bool watched);

    /// One that was started here, or one that was kept.
    bool hasRun() const { return m_session || m_kept; }
    bool isKept() const { return m_kept.has_value(); }
    bool isRunning() const { return m_session && m_session->outcome() == Outcome::Running; }
    /// Over, and all of it known: what a branch does again is what it did.
    bool canBeLeft() const { return m_kept ? m_kept->repeatable : m_session && !isRunning(); }
    /// A run is under way, or has ended and over() is still to be told.
    bool isOpen() const { return m_session && !m_ended; }
    /// Of the run that was started last, counted from 1.
    quint64 number() const { return m_started; }
    bool isPaused() const { return m_paused && isRunning(); }
    /// The spec as it was started, with the live changes since.
    const Spec& spec() const { return m_spec; }
    /// As spec(), but for what a branch has changed only after this moment, counted from 0.
    Spec settingsBefore(int mark) const;
    /// Of its figures.
    std::string provenance() const { return m_branch ? bitstill::provenance(*m_branch) : bitstill::provenance(m_spec); }
    std::shared_ptr<const Snapshot> latest() const { return m_latest; }
    /// What the last run has kept, once it has ended; names alone cost nothing.
    const std::vector<std::string>& networks() const { return m_networks; }
    KeptModels models() const;
    Record record() const;

Q_SIGNALS:
    void snapshotReady(std::shared_ptr<const bitstill::Snapshot> snapshot);
    /// Started, paused, resumed, ended or reset.
    void stateChanged();
    /// A run has come to its end or was stopped; not one that another run or a reset took the place of.
    void ended();
    /// The same, with what has come of it, and also for one that another run or a reset took the place of. `number`: which it was.
    void over(const bitstill::Record& record, const bitstill::KeptModels& models, quint64 number);

    /// It failed before it had anything to show: the run before it is there again, as it was.
    void cameToNothing(const bitstill::Text& why);
    /// After over(): all that a live field asked for has been computed; the record of now.
    void answered(const bitstill::Record& record);

private:
    /// The run before, until the one that takes its place has something to show.
    struct Before {
        std::unique_ptr<Session> session;
        quint64 number = 0;
        std::optional<KeptRun> kept;
        std::shared_ptr<const Snapshot> latest;
        Spec spec;
        std::optional<Record> branch;
        std::vector<std::string> networks;
    };
    /// Stopped, until its thread has returned.
    struct Retired {
        std::unique_ptr<Session> session;
        quint64 number = 0;
        bool hadEnded = false; ///< over() was told
    };

    void start(const Spec& spec, SessionOptions options);
    void tick();
    /// Whether the session has ended since it was last asked; the first to know tells over().
    bool noteEnd();
    void takeSnapshot();
    void setAside();
    bool takeBack();
    void dropBefore();
    void retireSession();
    void retire();
    void dropRetired();
    void tellOver(const Retired& run);

    std::unique_ptr<Session> m_session;
    quint64 m_number = 0, m_started = 0; ///< of the session, counted from 1, and of the newest
    std::optional<Before> m_before;
    std::optional<KeptRun> m_kept; ///< instead of a session
    std::vector<Retired> m_retired;
    std::shared_ptr<const Snapshot> m_latest;
    std::shared_ptr<TeacherCache> m_teachers; ///< of its runs so far, and what they gave
    QTimer m_timer;
    Spec m_spec;
    std::optional<Record> m_branch; ///< where it came from, if it is one; without what came of it
    std::vector<std::string> m_networks;
    bool m_paused = false;
    bool m_ended = false;
    int m_idleTicks = 0;
};

} // namespace bitstill
