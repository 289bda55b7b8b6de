#pragma once

#include "engine/experiment/catalogue.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/live_knobs.h"
#include "engine/experiment/session.h"
#include "engine/experiment/shown.h"
#include "engine/experiment/time_left.h"
#include "engine/nn/model_file.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <thread>

namespace bitstill {

/// The thread behind a Session, and the Context that its experiment sees.
class Session::Worker : public Context {
public:
    using Clock = std::chrono::steady_clock;

    Worker(Spec spec, SessionOptions options) : m_spec(std::move(spec)), m_options(std::move(options)), m_knobs(m_spec, m_options.replay)
    {
        m_record.spec = m_spec;
        m_record.version = versionText();
        m_record.build = buildText();
        m_record.cpu = cpuText();
        m_record.threads = m_options.threads;
        m_record.branch = m_options.branch;
        if (m_options.pauseAfter) stepOnce(*m_options.pauseAfter);
        m_thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
    }

    // From other threads.
    void close() { m_thread.request_stop(); }
    void stop()
    {
        std::lock_guard lock(m_mutex);
        m_runStops = true;
        m_changed.notify_all();
    }
    void setPaused(bool paused)
    {
        std::lock_guard lock(m_mutex);
        m_paused = paused;
        m_stepping = false;
        m_changed.notify_all();
    }
    void stepOnce(StepSize size)
    {
        std::lock_guard lock(m_mutex);
        m_stepping = true;
        m_stepSize = size;
        m_paused = false;
        m_changed.notify_all();
    }
    void setLive(const std::string& key, const Value& value)
    {
        std::lock_guard lock(m_mutex);
        m_pending[key] = value;
        m_changed.notify_all();
    }
    void request()
    {
        m_slot.request();
        std::lock_guard lock(m_mutex);
        m_changed.notify_all();
    }
    std::unique_ptr<const Snapshot> take() { return m_slot.take(); }
    Outcome outcome() const
    {
        std::lock_guard lock(m_mutex);
        return m_outcome;
    }
    void wait() const
    {
        std::unique_lock lock(m_mutex);
        m_ended.wait(lock, [this] { return m_outcome != Outcome::Running; });
    }
    Record record() const
    {
        std::lock_guard lock(m_mutex);
        return m_finalRecord;
    }
    bool isOver() const { return m_over.load(); }
    KeptModels models() const
    {
        std::lock_guard lock(m_mutex);
        return m_models;
    }

    // Context, on the worker.
    const Spec& spec() const override { return m_spec; }
    ThreadPool& pool() override { return *m_pool; }
    TeacherCache* teachers() override { return m_options.teachers.get(); }
    DataCache* datasets() override { return m_options.datasets.get(); }
    bool wanted() const override { return m_slot.wanted(); }
    void show(Figure figure) override
    {
        const auto shared = std::make_shared<const Figure>(std::move(figure));
        if (m_audience != Audience::Window) m_kept.show(shared);
        if (m_audience != Audience::Record) m_seen.show(shared);
        m_untold = true;
    }
    void drop(const std::string& prefix) override
    {
        if (m_audience != Audience::Window) m_kept.drop(prefix);
        if (m_audience != Audience::Record) m_seen.drop(prefix);
    }
    void progress(double fraction, const Text& what) override;
    void metric(const std::string& name, double value) override;
    void dropMetric(const std::string& name) override
    {
        if (m_audience != Audience::Window) m_kept.dropMetric(name);
        if (m_audience != Audience::Record) m_seen.dropMetric(name);
    }
    void answers(const std::string& metric, std::uint64_t samples, const std::vector<char>& correct) override;
    void mark(const Text& label, const std::vector<std::string>& open) override;
    void keepModel(const std::string& name, const Graph& graph) override
    {
        if (!allFinite(graph)) throw Diverged{divergenceAdvice(m_spec, m_knobs.step())};
        std::map<std::string, Tensor> model = modelTensors(graph);
        std::lock_guard lock(m_mutex);
        m_models[name] = std::move(model);
    }
    void checkpoint(long step, bool epochEnds) override
    {
        m_trained = step;
        if (!isRunning()) return throwIfSuperseded();
        m_knobs.ask(step);
        const bool changed = takePending();
        std::unique_lock lock(m_mutex);
        if (m_stepping && (m_stepSize == StepSize::Batch || epochEnds)) {
            m_paused = true;
            m_stepping = false;
        }
        const bool pausing = m_paused && !stopping();
        lock.unlock();
        if (changed) updateFigures();
        if (changed || pausing) publish(); // whoever moved a slider waits for it
        if (pausing) {
            const Clock::time_point pausedAt = Clock::now();
            stayPaused();
            m_start += Clock::now() - pausedAt;
        }
        if (stopping()) throw Stopped{};
    }
    void pollLiveFields(long step) override
    {
        m_trained = step;
        if (!isRunning()) return throwIfSuperseded();
        m_knobs.ask(step);
        if (takePending()) {
            updateFigures();
            publish();
        }
        if (stopping()) throw Stopped{};
    }
    bool stopping() const override { return m_stop.stop_requested() || (m_runStops && m_record.outcome == Outcome::Running); }
    bool superseded() const override
    {
        const bool resting = m_audience == Audience::Window;
        std::lock_guard lock(m_mutex);
        m_superseded = m_superseded || !m_pending.empty();
        return !m_pending.empty() || stopping() || (resting && !m_paused);
    }

private:
    /// For whom figures and metrics are made: what a pause shows is the window's alone.
    enum class Audience { Both, Window, Record };
    /// Ends an answer that nobody waits for any more.
    struct Superseded { };

    void work(const std::stop_token& stop);
    void runToTheEnd();
    /// Changes that were made when the run was over.
    void replayTheRest();
    /// Throws Error where the moment that it should leave its parent at has not come.
    void requireBranched() const;
    void end();
    void keepRecord();
    /// A checkpoint that is none: in a pause or after the run only somebody who wants something else ends the work.
    void throwIfSuperseded() const;
    bool isRunning() const;
    /// After the run: what `work` makes becomes part of the record, unless something newer waits. Did it?
    bool updateWith(const std::function<void()>& work);
    void measureWhereItStopped();
    void followLiveFields();
    /// Live changes that came in since; true when there were any.
    bool takePending();
    /// Until it is through, a snapshot says that it shows what was before.
    void updateFigures();
    /// A pause: shows the network of this moment and answers live fields with it. The run itself must go on as if nobody had
    /// looked, or its knob log would not give it again: it answers the changes once, at the end, as a replay does.
    void stayPaused();
    bool isPaused() const;
    void waitForNews();
    std::unique_ptr<const Snapshot> snapshot() const;
    Values liveValues() const;
    Text whyNoEffect() const;
    void publish();

    // The worker's own.
    Spec m_spec;
    SessionOptions m_options;
    ThreadPool* m_pool = nullptr;
    std::unique_ptr<Experiment> m_experiment;
    LiveKnobs m_knobs;
    long m_trained = 0; ///< steps, the one that a stop found under way among them
    Record m_record; ///< without figures, metrics and knobs until it is handed out
    Shown m_kept; ///< the record's
    Shown m_seen; ///< the window's: differs by what a pause has shown
    Audience m_audience = Audience::Both;
    bool m_inRun = false; ///< experiment's run() is under way
    bool m_updating = false;
    bool m_untold = false; ///< a figure has been shown that no snapshot has
    double m_progress = 0;
    TimeLeft m_timeLeft;
    Text m_doing;
    mutable bool m_superseded = false; ///< the experiment has been told that a newer change waits
    Clock::time_point m_start;
    std::stop_token m_stop;

    // Shared.
    mutable std::mutex m_mutex;
    mutable std::condition_variable_any m_changed;
    mutable std::condition_variable_any m_ended;
    std::atomic<bool> m_runStops{false};
    bool m_paused = false;
    bool m_stepping = false;
    StepSize m_stepSize = StepSize::Batch;
    std::map<std::string, Value> m_pending;
    Outcome m_outcome = Outcome::Running;
    Record m_finalRecord;
    KeptModels m_models;
    LatestSlot<Snapshot> m_slot;
    std::atomic<bool> m_over{false};

    std::jthread m_thread; ///< last: it uses all the others
};

} // namespace bitstill
