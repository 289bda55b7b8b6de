#pragma once

#include "engine/core/thread_pool.h"
#include "engine/experiment/figure.h"
#include "engine/experiment/spec.h"

namespace bitstill {

class DataCache;
class Graph;
class TeacherCache;

/// Thrown where a network, or what was measured of it, turns out to be no numbers any more: the session ends the run as diverged.
struct Diverged {
    Text advice; ///< what happened and what to do
};

/// What an experiment is given. All of it is called on the session's worker.
class Context {
public:
    virtual ~Context() = default;

    /// The spec as it is now; live fields change at checkpoint().
    virtual const Spec& spec() const = 0;
    virtual ThreadPool& pool() = 0;
    /// Teachers of runs before; null where nobody keeps them.
    virtual TeacherCache* teachers() { return nullptr; }
    /// Data sets of runs before; null where nobody keeps them.
    virtual DataCache* datasets() { return nullptr; }

    /// Does anybody wait for a picture? Figures that cost something are made only then, or when they are final.
    virtual bool wanted() const = 0;
    /// Puts the figure in the place of the one with the same id, or behind the others of its Place.
    virtual void show(Figure figure) = 0;
    /// Drops figures whose id begins with `prefix`.
    virtual void drop(const std::string& prefix) = 0;
    /// Share of the work done, 0...1, and what is going on. Also hands over what was shown, if somebody waits.
    virtual void progress(double fraction, const Text& what) = 0;
    /// Throws Diverged when `value` is no number.
    virtual void metric(const std::string& name, double value) = 0;
    /// Nothing is known of it any more.
    virtual void dropMetric(const std::string& name) { static_cast<void>(name); }
    /// What is behind this metric, which was just given and is the share of right answers to the samples with this fingerprintOf(). Its
    /// next value drops them. Of more than kMostAnswers samples nothing is kept.
    virtual void answers(const std::string& metric, std::uint64_t samples, const std::vector<char>& correct)
    {
        static_cast<void>(metric), static_cast<void>(samples), static_cast<void>(correct);
    }
    /// Freezes the figures of this moment. A branch may begin here: of the spec, live fields and those named by `open` are then others
    /// when it returns. Open is what nothing depends on that was done before and what is read again after.
    virtual void mark(const Text& label, const std::vector<std::string>& open = {}) = 0;
    /// A network that `run --out` keeps under this name, one of those that ExperimentInfo::networks announces. The last one of a name
    /// counts. Throws Diverged when a weight or a running statistic is no number.
    virtual void keepModel(const std::string& name, const Graph& graph) = 0;

    /// Between two steps of work: waits while paused, lets live fields take effect (and calls retune). Throws Stopped.
    /// `step` counts training steps done; `epochEnds` lets "step one epoch" halt here.
    virtual void checkpoint(long step, bool epochEnds) = 0;
    /// In the middle of a piece of work: live fields take effect (and retune is called) as at the checkpoint of this step, which
    /// is still to come. Throws Stopped.
    virtual void pollLiveFields(long step) = 0;
    /// Has somebody asked to stop? For loops too short-breathed for a checkpoint.
    virtual bool stopping() const = 0;
    /// Has a live field changed that checkpoint has not yet handed over? Work in retune() that is about to be
    /// overtaken can be cut short.
    virtual bool superseded() const = 0;
};

} // namespace bitstill
