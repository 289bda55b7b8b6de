#pragma once

#include "engine/experiment/training_runner.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace bitstill {

/// Pieces of work that need nothing of each other, such as trainings from several seeds, at the same time: as many as the session has
/// threads, a thread or more each. To the run, and to whoever looks at it, they come one after the other: what a piece shows, measures and
/// counts reaches the run in the piece's turn, so that every record has the same bits for any number of threads.
class SideBySide {
public:
    class Piece;
    using Work = std::function<void(Piece&)>;

    /// `together`: so many at most are there at the same time; further threads are shared out among them. `share`: of the run's work, that
    /// all pieces are. The runner, and all that the work reads, must outlive this.
    SideBySide(TrainingRunner& runner, std::size_t together, double share = 1);
    /// Ends what is under way and drops what had no turn.
    ~SideBySide();
    SideBySide(const SideBySide&) = delete;
    SideBySide& operator=(const SideBySide&) = delete;

    /// Begins as soon as a thread is free, with the spec of now: whoever's turn it is first, then the one with the largest `weight` (how
    /// long it takes, in any unit) of the next few, so that no thread is left with a long one at the end. The run's progress is the share
    /// that is done of all the weight there is, whoever's turn it is.
    void add(Work work, double weight = 1);
    /// Nobody wants the last `count` of them any more: they have no turn.
    void dropLast(std::size_t count);
    /// The turn of the next one: returns when it is through, and throws what it threw.
    void next();

private:
    void lane(const std::stop_token& stop, ThreadPool& pool);
    Piece& choose();
    void follow(Piece& piece);
    /// Of the run's work, by all pieces together.
    double reached() const;
    void sayProgress();

    TrainingRunner& m_runner;
    const double m_before, m_share; ///< of the run's work: done before, and what all pieces are
    const std::thread::id m_run = std::this_thread::get_id(); ///< the thread that gives turns
    std::mutex m_mutex;
    std::condition_variable_any m_added, m_ended;
    std::vector<std::unique_ptr<Piece>> m_pieces; ///< null once its turn is over
    std::size_t m_turn = 0; ///< whose it is
    double m_weight = 0; ///< of all that have a turn
    double m_through = 0; ///< of those that had theirs
    std::size_t m_waiting = 0; ///< for a thread
    Text m_doing;
    std::atomic<bool> m_held = false; ///< the run is paused, or answers a live field: nobody goes on
    std::atomic<bool> m_over = false;
    std::vector<std::unique_ptr<ThreadPool>> m_pools; ///< by lane
    std::vector<std::jthread> m_lanes; ///< none where one thread does it all; last: they use all the others
};

/// One of them, as its work sees it, on whatever thread it is done.
class SideBySide::Piece {
public:
    ~Piece();
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;

    /// Trains and measures with what the piece has for itself: threads, and the spec as it was when it was added. What its context is
    /// given is handed on in the piece's turn. It has no marks and is never asked for live fields. Shares are of the piece's own work.
    TrainingRunner& runner();
    /// Called in the piece's turn, on the run's thread and in order with all else: for what the pieces have in common.
    void inTurn(std::function<void()> give);

private:
    friend class SideBySide;
    class OwnContext;
    /// Something for the run: steps that were trained, or something else to do.
    struct Event {
        long steps = 0;
        bool epochEnds = false;
        std::function<void()> give{};
    };

    Piece(SideBySide& group, Spec spec, Work work, double weight);
    void begin(ThreadPool& pool);
    void post(Event event);
    void apply(const Event& event);

    SideBySide& m_group;
    Work m_work;
    std::unique_ptr<OwnContext> m_context;
    std::optional<TrainingRunner> m_own;
    std::vector<Event> m_events; ///< the group's mutex is for them and what follows
    const double m_weight;
    bool m_begun = false, m_ended = false;
    std::exception_ptr m_error;
    std::atomic<double> m_reached = 0; ///< 0...1
    std::atomic<bool> m_dropped = false;
};

} // namespace bitstill
