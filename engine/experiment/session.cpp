#include "engine/experiment/session.h"

#include "engine/experiment/catalogue.h"
#include "engine/experiment/groups.h"
#include "engine/io/model_file.h"

#include <algorithm>
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
    Worker(Spec spec, SessionOptions options) : m_spec(std::move(spec)), m_options(std::move(options))
    {
        m_record.spec = m_spec;
        m_record.version = versionText();
        m_record.build = buildText();
        m_record.cpu = cpuText();
        m_record.threads = m_options.threads;
        m_thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
    }

    // From other threads.
    void requestStop() { m_thread.request_stop(); }
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
    bool wanted() const override { return m_slot.wanted(); }
    void show(Figure figure) override
    {
        auto shared = std::make_shared<const Figure>(std::move(figure));
        for (FigurePointer& f : m_record.figures) {
            if (f->id != shared->id) continue;
            f = std::move(shared);
            return;
        }
        m_record.figures.push_back(std::move(shared));
    }
    void drop(const std::string& prefix) override
    {
        std::erase_if(m_record.figures, [&](const FigurePointer& f) { return f->id.starts_with(prefix); });
    }
    void progress(double fraction, const Text& what) override
    {
        m_progress = fraction;
        m_doing = what;
        if (wanted()) publish();
    }
    void metric(const std::string& name, double value) override
    {
        if (std::isnan(value))
            throw Diverged{text("%1 is no longer a number. Try a smaller learning rate, or look for huge values in the data.", name)};
        for (auto& [key, old] : m_record.metrics)
            if (key == name) {
                old = value;
                return;
            }
        m_record.metrics.emplace_back(name, value);
    }
    void mark(const Text& label) override { m_record.marks.push_back({label, m_record.figures}); }
    void keepModel(const std::string& name, const Graph& graph) override
    {
        if (!allFinite(graph)) throw Diverged{divergenceAdvice(m_spec, m_step)};
        std::map<std::string, Tensor> model = modelTensors(graph);
        std::lock_guard lock(m_mutex);
        m_models[name] = std::move(model);
    }
    void checkpoint(long step, bool epochEnds) override
    {
        at(step);
        bool changed = takePending();
        std::unique_lock lock(m_mutex);
        if (m_stepping && (m_stepSize == StepSize::Batch || epochEnds)) {
            m_paused = true;
            m_stepping = false;
        }
        const bool pausing = m_paused && !stopping();
        const Clock::time_point pausedAt = Clock::now();
        lock.unlock();
        if (changed) m_experiment->retune(*this);
        if (changed || pausing) publish(); // whoever moved a slider waits for it
        if (pausing) {
            waitWhilePaused();
            m_start += Clock::now() - pausedAt;
        }
        if (stopping()) throw Stopped{};
    }
    void answer(long step) override
    {
        at(step);
        if (takePending()) {
            m_experiment->retune(*this);
            publish();
        }
        if (stopping()) throw Stopped{};
    }
    bool stopping() const override { return m_stop.stop_requested(); }
    bool outdated() const override
    {
        std::lock_guard lock(m_mutex);
        m_overtaken = m_overtaken || !m_pending.empty();
        return !m_pending.empty() || stopping();
    }

private:
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
            if (m_record.outcome == Outcome::Finished) answerLiveFields();
            m_experiment.reset();
        } catch (...) {
            // Only the machinery itself can end here: out of memory or threads.
            m_record.outcome = Outcome::Failed;
            m_record.message = describe(std::current_exception());
            end();
        }
        m_over = true;
    }

    void runToTheEnd()
    {
        try {
            m_experiment->run(*this);
            replayTheRest();
            if (m_record.outcome == Outcome::Running) m_record.outcome = Outcome::Finished;
        } catch (const Stopped&) {
            m_record.outcome = Outcome::Stopped;
        } catch (const Diverged& d) {
            m_record.outcome = Outcome::Diverged;
            m_record.message = d.advice;
        } catch (const NotFinite& e) {
            m_record.outcome = Outcome::Diverged;
            m_record.message = e.sentence();
        } catch (...) {
            m_record.outcome = Outcome::Failed;
            m_record.message = describe(std::current_exception());
        }
    }

    static Text describe(const std::exception_ptr& error)
    {
        try {
            std::rethrow_exception(error);
        } catch (const std::bad_alloc&) {
            return text("There is not enough memory for this. Choose a smaller model, batch or data set.");
        } catch (const Diverged& d) {
            return d.advice;
        } catch (const Error& e) {
            return e.sentence();
        } catch (const std::exception& e) {
            return Text(std::string(e.what()));
        } catch (...) {
            return text("Something unknown went wrong.");
        }
    }

    void end()
    {
        m_record.seconds = secondsSince(m_start);
        if (m_record.outcome == Outcome::Finished) m_progress = 1;
        publish();
        std::lock_guard lock(m_mutex);
        m_finalRecord = m_record;
        m_outcome = m_record.outcome;
        m_ended.notify_all();
    }

    void answerLiveFields()
    {
        while (!stopping()) {
            {
                std::unique_lock lock(m_mutex);
                if (!m_changed.wait(lock, m_stop, [this] { return !m_pending.empty() || m_slot.wanted(); })) return;
            }
            // Changes of one moment are answered together when they are replayed: nobody saw the answer that the next one overtook.
            if (!m_overtaken) ++m_moment;
            m_overtaken = false;
            try {
                if (takePending()) {
                    m_experiment->retune(*this);
                    std::lock_guard lock(m_mutex);
                    if (!m_overtaken) m_finalRecord = m_record;
                }
            } catch (const Stopped&) {
                return;
            } catch (...) {
                m_record.message = describe(std::current_exception());
            }
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
        bool changed = m_replayed;
        m_replayed = false;
        for (const auto& [key, value] : pending) changed = apply(key, value) || changed;
        return changed;
    }

    bool apply(const std::string& key, const Value& value)
    {
        Value& current = m_spec.values.at(key);
        if (current == value) return false;
        current = value;
        m_record.knobs.push_back({m_step, key, value, m_moment});
        return true;
    }

    /// The run asks for changes, this many steps done.
    void at(long step)
    {
        m_step = step;
        ++m_moment;
        replayKnobs();
    }

    void replayKnobs()
    {
        for (; m_nextReplay < m_options.replay.size(); ++m_nextReplay) {
            const KnobChange& change = m_options.replay[m_nextReplay];
            if (change.moment < 0 ? change.step > m_step : change.moment > m_moment) return;
            m_replayed = apply(change.field, change.value) || m_replayed;
        }
    }

    /// Changes that were made when the run was over.
    void replayTheRest()
    {
        while (m_nextReplay < m_options.replay.size()) {
            m_moment = std::max(m_moment + 1, m_options.replay[m_nextReplay].moment);
            m_step = std::max(m_step, m_options.replay[m_nextReplay].step);
            replayKnobs();
            if (takePending()) m_experiment->retune(*this);
        }
    }

    void waitWhilePaused()
    {
        for (;;) {
            {
                std::unique_lock lock(m_mutex);
                m_changed.wait(lock, m_stop, [this] { return !m_paused || !m_pending.empty() || m_slot.wanted(); });
                if (!m_paused || stopping()) return;
            }
            if (takePending()) m_experiment->retune(*this);
            if (wanted()) publish();
        }
    }

    void publish()
    {
        auto s = std::make_unique<Snapshot>();
        s->figures = m_record.figures;
        s->marks = m_record.marks;
        s->metrics = m_record.metrics;
        s->progress = m_progress;
        s->doing = m_doing;
        const double elapsed = secondsSince(m_start);
        if (m_progress > 0.02 && m_record.outcome == Outcome::Running) s->secondsLeft = elapsed * (1 - m_progress) / m_progress;
        s->outcome = m_record.outcome;
        s->message = m_record.message;
        {
            std::lock_guard lock(m_mutex);
            s->paused = m_paused;
        }
        m_slot.put(std::move(s));
        if (m_options.delivered) m_options.delivered();
    }

    // The worker's own.
    Spec m_spec;
    SessionOptions m_options;
    ThreadPool* m_pool = nullptr;
    std::unique_ptr<Experiment> m_experiment;
    Record m_record;
    double m_progress = 0;
    Text m_doing;
    long m_step = 0, m_moment = 0;
    std::size_t m_nextReplay = 0;
    bool m_replayed = false;
    mutable bool m_overtaken = false; ///< the experiment has been told that a newer change waits
    Clock::time_point m_start;
    std::stop_token m_stop;

    // Shared.
    mutable std::mutex m_mutex;
    mutable std::condition_variable_any m_changed;
    mutable std::condition_variable_any m_ended;
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
Session::~Session() { m_worker->requestStop(); }
void Session::stop() { m_worker->requestStop(); }
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
