#include "engine/experiment/session.h"

#include "engine/experiment/catalogue.h"
#include "engine/experiment/ending.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/live_knobs.h"
#include "engine/experiment/shown.h"
#include "engine/io/model_file.h"

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace bitstill {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// On Linux a thread has a priority of its own; those it starts inherit it.
void lowerPriority() { setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10); }

} // namespace

class Session::Worker : public Context {
public:
    Worker(Spec spec, SessionOptions options) : m_spec(std::move(spec)), m_options(std::move(options)), m_knobs(m_spec, m_options.replay)
    {
        m_record.spec = m_spec;
        m_record.version = versionText();
        m_record.build = buildText();
        m_record.cpu = cpuText();
        m_record.threads = m_options.threads;
        m_thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
    }

    // From other threads.
    void close() { m_thread.request_stop(); }
    void stop()
    {
        std::lock_guard lock(m_mutex);
        if (m_outcome != Outcome::Running) return close();
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
    bool wanted() const override { return m_slot.wanted(); }
    void show(Figure figure) override
    {
        const auto shared = std::make_shared<const Figure>(std::move(figure));
        if (m_audience != Audience::Window) m_kept.show(shared);
        if (m_audience != Audience::Record) m_seen.show(shared);
    }
    void drop(const std::string& prefix) override
    {
        if (m_audience != Audience::Window) m_kept.drop(prefix);
        if (m_audience != Audience::Record) m_seen.drop(prefix);
    }
    void progress(double fraction, const Text& what) override
    {
        if (isRunning() || m_record.outcome == Outcome::Finished) { // a pause and a stop leave it where it stands
            m_progress = fraction;
            m_doing = what;
        }
        if (wanted()) publish();
    }
    void metric(const std::string& name, double value) override
    {
        if (std::isnan(value))
            throw Diverged{text("%1 is no longer a number. Try a smaller learning rate, or look for huge values in the data.", name)};
        if (m_audience != Audience::Window) m_kept.metric(name, value);
        if (m_audience != Audience::Record) m_seen.metric(name, value);
    }
    void mark(const Text& label) override
    {
        Mark mark{label, m_kept.figures, {}};
        for (const Field& f : experimentInfo(m_spec.experiment).fields)
            if (f.live) mark.live[f.key] = m_spec.values.at(f.key);
        m_record.marks.push_back(std::move(mark));
    }
    void keepModel(const std::string& name, const Graph& graph) override
    {
        if (!allFinite(graph)) throw Diverged{divergenceAdvice(m_spec, m_knobs.step())};
        std::map<std::string, Tensor> model = modelTensors(graph);
        std::lock_guard lock(m_mutex);
        m_models[name] = std::move(model);
    }
    void checkpoint(long step, bool epochEnds) override
    {
        if (!isRunning()) return beOvertaken();
        m_knobs.ask(step);
        const bool changed = takePending();
        std::unique_lock lock(m_mutex);
        if (m_stepping && (m_stepSize == StepSize::Batch || epochEnds)) {
            m_paused = true;
            m_stepping = false;
        }
        const bool pausing = m_paused && !stopping();
        lock.unlock();
        if (changed) answerNow();
        if (changed || pausing) publish(); // whoever moved a slider waits for it
        if (pausing) {
            const Clock::time_point pausedAt = Clock::now();
            rest();
            m_start += Clock::now() - pausedAt;
        }
        if (stopping()) throw Stopped{};
    }
    void answer(long step) override
    {
        if (!isRunning()) return beOvertaken();
        m_knobs.ask(step);
        if (takePending()) {
            answerNow();
            publish();
        }
        if (stopping()) throw Stopped{};
    }
    bool stopping() const override { return m_stop.stop_requested() || (m_runStops && m_record.outcome == Outcome::Running); }
    bool outdated() const override
    {
        const bool resting = m_audience == Audience::Window;
        std::lock_guard lock(m_mutex);
        m_overtaken = m_overtaken || !m_pending.empty();
        return !m_pending.empty() || stopping() || (resting && !m_paused);
    }

private:
    /// For whom figures and metrics are made: what a pause shows is the window's alone.
    enum class Audience { Both, Window, Record };
    /// Ends an answer that nobody waits for any more.
    struct Overtaken { };

    void work(const std::stop_token& stop)
    {
        if (m_options.yieldToWindow) lowerPriority();
        m_stop = stop;
        m_start = Clock::now();
        try {
            ThreadPool pool(m_options.threads);
            m_pool = &pool;
            m_experiment = experimentInfo(m_spec.experiment).make();
            runToTheEnd();
            end();
            m_overtaken = false;
            if (m_record.outcome == Outcome::Stopped && !stopping()) answerWith([this] { m_experiment->halt(*this, Halt::Stop); });
            if (m_record.outcome == Outcome::Finished || m_record.outcome == Outcome::Stopped) answerLiveFields();
            m_experiment.reset();
        } catch (...) {
            // Only the machinery itself can end here: out of memory or threads.
            m_record.outcome = Outcome::Failed;
            m_record.message = sentenceOf(std::current_exception());
            end();
        }
        m_over = true;
    }

    void runToTheEnd()
    {
        try {
            m_inRun = true;
            m_experiment->run(*this);
            m_inRun = false;
            replayTheRest();
            m_record.outcome = Outcome::Finished;
        } catch (...) {
            m_inRun = false;
            endBy(std::current_exception(), m_record);
        }
    }

    /// Changes that were made when the run was over.
    void replayTheRest()
    {
        while (m_knobs.replayNext()) try {
                if (takePending()) m_experiment->retune(*this);
            } catch (const Overtaken&) {
            }
    }

    void end()
    {
        m_record.seconds = secondsSince(m_start);
        if (m_record.outcome == Outcome::Finished) m_progress = 1;
        m_seen = m_kept;
        publish();
        std::lock_guard lock(m_mutex);
        keepRecord();
        m_outcome = m_record.outcome;
        m_ended.notify_all();
    }

    void keepRecord()
    {
        m_finalRecord = m_record;
        m_finalRecord.figures = m_kept.figures;
        m_finalRecord.metrics = m_kept.metrics;
        m_finalRecord.knobs = m_knobs.changes();
    }

    /// A checkpoint that is none: in a pause or after the run only somebody who wants something else ends the work.
    void beOvertaken() const
    {
        if (stopping()) throw Stopped{};
        if (outdated()) throw Overtaken{};
    }

    bool isRunning() const { return m_inRun && m_audience == Audience::Both; }

    /// After the run: what `work` makes becomes part of the record, unless something newer waits.
    void answerWith(const std::function<void()>& work)
    {
        try {
            work();
            std::lock_guard lock(m_mutex);
            if (!m_overtaken) keepRecord();
        } catch (const Stopped&) {
            return;
        } catch (const Overtaken&) {
        } catch (...) {
            m_record.message = sentenceOf(std::current_exception());
        }
        publish();
    }

    void answerLiveFields()
    {
        while (!stopping()) {
            {
                std::unique_lock lock(m_mutex);
                if (!m_changed.wait(lock, m_stop, [this] { return !m_pending.empty() || m_slot.wanted(); })) return;
            }
            // Changes of one moment are answered together when they are replayed: nobody saw the answer that the next one overtook.
            if (!m_overtaken) m_knobs.nextMoment();
            m_overtaken = false;
            if (takePending())
                answerWith([this] { answerNow(); });
            else
                publish();
        }
    }

    /// Live changes that came in since; true when there were any.
    bool takePending()
    {
        std::map<std::string, Value> pending;
        {
            std::lock_guard lock(m_mutex);
            pending.swap(m_pending);
        }
        bool changed = m_knobs.takeReplayed();
        for (const auto& [key, value] : pending) changed = m_knobs.apply(key, value) || changed;
        return changed;
    }

    /// Until it is through, a snapshot says that it shows what was before.
    void answerNow()
    {
        const struct Flag {
            bool& value;
            explicit Flag(bool& v) : value(v) { value = true; }
            ~Flag() { value = false; }
        } answering(m_answering);
        const bool asked = wanted();
        m_slot.put(snapshot());
        if (asked) m_slot.request(); // for the answer
        m_experiment->retune(*this);
    }

    /// A pause: shows the network of this moment and answers live fields with it. The run itself must go on as if nobody had
    /// looked, or its knob log would not give it again: it answers the changes once, at the end, as a replay does.
    void rest()
    {
        m_audience = Audience::Window;
        bool changed = false;
        try {
            bool measured = false;
            while (isResting()) {
                try {
                    if (takePending()) {
                        changed = true;
                        if (measured) answerNow();
                    }
                    if (!measured) m_experiment->halt(*this, Halt::Pause);
                    measured = true;
                    publish();
                    waitForNews();
                } catch (const Overtaken&) {
                }
            }
        } catch (...) {
            m_audience = Audience::Both;
            throw;
        }
        m_audience = Audience::Record;
        m_experiment->proceed();
        if (changed && !stopping()) m_experiment->retune(*this);
        m_audience = Audience::Both;
    }

    bool isResting() const
    {
        std::lock_guard lock(m_mutex);
        return m_paused && !stopping();
    }

    void waitForNews()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, m_stop, [this] { return !m_paused || m_runStops || !m_pending.empty() || m_slot.wanted(); });
    }

    std::unique_ptr<const Snapshot> snapshot() const
    {
        auto s = std::make_unique<Snapshot>();
        s->figures = m_seen.figures;
        s->metrics = m_seen.metrics;
        s->marks = m_record.marks;
        s->progress = m_progress;
        s->doing = m_answering ? text("answering the change") : m_doing;
        const double elapsed = secondsSince(m_start);
        if (m_progress > 0.02 && m_record.outcome == Outcome::Running) s->secondsLeft = elapsed * (1 - m_progress) / m_progress;
        s->outcome = m_record.outcome;
        s->message = m_record.message;
        s->step = m_knobs.step();
        s->answering = m_answering;
        s->unanswered = unanswered();
        std::lock_guard lock(m_mutex);
        s->paused = m_paused;
        return s;
    }

    Text unanswered() const
    {
        if (m_record.outcome == Outcome::Failed || m_record.outcome == Outcome::Diverged)
            return text("This run has failed: start it again to see what a change makes.");
        const Text why = m_experiment->unanswered();
        return why.empty() || m_record.outcome == Outcome::Running
            ? why
            : text("The run was stopped before there was anything to change: start it again.");
    }

    void publish()
    {
        m_slot.put(snapshot());
        if (m_options.delivered) m_options.delivered();
    }

    // The worker's own.
    Spec m_spec;
    SessionOptions m_options;
    ThreadPool* m_pool = nullptr;
    std::unique_ptr<Experiment> m_experiment;
    LiveKnobs m_knobs;
    Record m_record; ///< without figures, metrics and knobs until it is handed out
    Shown m_kept; ///< the record's
    Shown m_seen; ///< the window's: differs by what a pause has shown
    Audience m_audience = Audience::Both;
    bool m_inRun = false; ///< experiment's run() is under way
    bool m_answering = false;
    double m_progress = 0;
    Text m_doing;
    mutable bool m_overtaken = false; ///< the experiment has been told that a newer change waits
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

Session::Session(Spec spec, SessionOptions options) : m_worker(std::make_unique<Worker>(std::move(spec), std::move(options))) { }
Session::~Session() { m_worker->close(); }
void Session::stop() { m_worker->stop(); }
void Session::close() { m_worker->close(); }
void Session::pause() { m_worker->setPaused(true); }
void Session::resume() { m_worker->setPaused(false); }
void Session::stepOnce(StepSize size) { m_worker->stepOnce(size); }
void Session::setLive(const std::string& key, const Value& value) { m_worker->setLive(key, value); }
void Session::request() { m_worker->request(); }
std::unique_ptr<const Snapshot> Session::take() { return m_worker->take(); }
Outcome Session::outcome() const { return m_worker->outcome(); }
bool Session::isOver() const { return m_worker->isOver(); }
void Session::wait() const { m_worker->wait(); }
Record Session::record() const { return m_worker->record(); }
KeptModels Session::models() const { return m_worker->models(); }

} // namespace bitstill
