#include "engine/experiment/session_worker.h"

#include "engine/experiment/branch.h"
#include "engine/experiment/ending.h"

#include <sys/resource.h>
#include <unistd.h>

namespace bitstill {

namespace {

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// On Linux a thread has a priority of its own; those it starts inherit it. A window that mostly sleeps needs no more than a little
/// precedence, and beside another busy program each step down costs a fifth of what is left.
void lowerPriority()
{
    constexpr int kNice = 4;
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
}

} // namespace

void Session::Worker::progress(double fraction, const Text& what)
{
    const bool answers = m_updating && !m_inRun;
    if (isRunning() || answers || m_record.outcome == Outcome::Finished) { // a pause and a stop leave it where it stands
        m_progress = std::min(1.0, fraction);
        m_doing = what;
        m_timeLeft.reached(secondsSince(m_start), m_progress);
    }
    if (wanted() || m_untold) publish(); // what is new must not wait for the next occasion, which may be long in coming
}

void Session::Worker::metric(const std::string& name, double value)
{
    if (std::isnan(value))
        throw Diverged{text("%1 became NaN or infinite. Try a smaller learning rate, or look for huge values in the data.", name)};
    if (m_audience != Audience::Window) m_kept.metric(name, value);
    if (m_audience != Audience::Record) m_seen.metric(name, value);
}

void Session::Worker::answers(const std::string& metric, std::uint64_t samples, const std::vector<char>& correct)
{
    if (m_audience == Audience::Window || correct.empty() || correct.size() > kMostAnswers) return;
    m_kept.answers.insert_or_assign(metric, Answers{samples, {correct.begin(), correct.end()}});
}

void Session::Worker::mark(const Text& label, const std::vector<std::string>& open)
{
    m_record.marks.push_back({label, m_kept.figures, liveValues(), open});
    const std::size_t before = m_knobs.changes().size();
    const auto number = static_cast<long>(m_record.marks.size());
    const std::optional<BranchPoint>& branch = m_options.branch;
    if (branch && branch->mark == number && !branch->label.empty() && branch->label != label.english())
        throw Error("branch",
            text("the moment %1 of this run is \"%2\", and its parent was left at \"%3\"", std::to_string(number), label, branch->label),
            text("run the parent anew, and branch from that record"));
    m_knobs.passMark(number);
    for (std::size_t i = before; i < m_knobs.changes().size(); ++i)
        if (const Problem p = openProblem(m_record, number, m_knobs.changes()[i].field); !p.what.empty())
            throw Error(p.field, p.what, p.hint);
}

void Session::Worker::work(const std::stop_token& stop)
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
        m_superseded = false;
        if (m_record.outcome == Outcome::Stopped) measureWhereItStopped();
        if (m_record.outcome == Outcome::Finished || m_record.outcome == Outcome::Stopped) followLiveFields();
        m_experiment.reset();
    } catch (...) {
        // Only the machinery itself can end here: out of memory or threads.
        m_record.outcome = Outcome::Failed;
        m_record.message = sentenceOf(std::current_exception());
        end();
    }
    m_over = true;
}

void Session::Worker::runToTheEnd()
{
    try {
        m_inRun = true;
        m_experiment->run(*this);
        m_inRun = false;
        replayTheRest();
        requireBranched();
        m_record.outcome = Outcome::Finished;
    } catch (...) {
        m_inRun = false;
        endBy(std::current_exception(), m_record);
    }
}

void Session::Worker::replayTheRest()
{
    if (m_knobs.takeReplayed()) try { // at the last mark
            m_experiment->retune(*this);
        } catch (const Superseded&) {
        }
    while (m_knobs.replayNext()) try {
            if (takePending()) m_experiment->retune(*this);
        } catch (const Superseded&) {
        }
}

void Session::Worker::requireBranched() const
{
    long missed = m_knobs.missedMark();
    const auto count = static_cast<long>(m_record.marks.size());
    if (m_options.branch && m_options.branch->mark > count) missed = m_options.branch->mark;
    if (missed > 0)
        throw Error("branch", text("it was to change at its moment %1, and made only %2", std::to_string(missed), std::to_string(count)),
            text("run the parent anew, and branch from that record"));
}

void Session::Worker::end()
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

void Session::Worker::keepRecord()
{
    m_finalRecord = m_record;
    m_finalRecord.figures = m_kept.figures;
    m_finalRecord.metrics = m_kept.metrics;
    m_finalRecord.answers = m_kept.answers;
    m_finalRecord.knobs = m_knobs.changes();
}

void Session::Worker::throwIfSuperseded() const
{
    if (stopping()) throw Stopped{};
    if (superseded()) throw Superseded{};
}

bool Session::Worker::isRunning() const { return m_inRun && m_audience == Audience::Both; }

bool Session::Worker::updateWith(const std::function<void()>& work)
{
    bool recorded = false;
    try {
        work();
        std::lock_guard lock(m_mutex);
        recorded = !m_superseded;
        if (recorded) keepRecord();
    } catch (const Stopped&) {
        return false;
    } catch (const Superseded&) {
    } catch (...) {
        m_record.message = sentenceOf(std::current_exception());
    }
    publish();
    return recorded;
}

void Session::Worker::measureWhereItStopped()
{
    bool again = !stopping();
    while (again) {
        again = false;
        updateWith([&] {
            try {
                m_experiment->interrupted(*this, Interruption::Stop);
            } catch (const Superseded&) {
                again = true;
                throw;
            }
        });
        // What was changed meanwhile is measured with, as in a pause.
        if (again) takePending();
        m_superseded = false;
    }
}

void Session::Worker::followLiveFields()
{
    while (!stopping()) {
        {
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, m_stop, [this] { return !m_pending.empty() || m_slot.wanted(); })) return;
        }
        // Changes of one moment are answered together when they are replayed: nobody saw the answer that the next one overtook.
        if (!m_superseded) m_knobs.nextMoment();
        m_superseded = false;
        if (!takePending())
            publish();
        else if (updateWith([this] { updateFigures(); }) && m_options.answered)
            m_options.answered(record());
    }
}

bool Session::Worker::takePending()
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

void Session::Worker::updateFigures()
{
    const struct Flag {
        bool& value;
        explicit Flag(bool& v) : value(v) { value = true; }
        ~Flag() { value = false; }
    } updating(m_updating);
    const struct Stand {
        Worker& worker;
        double progress = worker.m_progress;
        Text doing = worker.m_doing;
        ~Stand()
        {
            if (worker.m_record.outcome != Outcome::Stopped) return;
            worker.m_progress = progress;
            worker.m_doing = doing;
        }
    } stoppedAt{*this};
    const bool asked = wanted();
    m_slot.put(snapshot());
    if (asked) m_slot.request(); // for the answer
    m_experiment->retune(*this);
}

void Session::Worker::stayPaused()
{
    m_audience = Audience::Window;
    bool changed = false;
    try {
        bool measured = false;
        while (isPaused()) {
            try {
                if (takePending()) {
                    changed = true;
                    if (measured) updateFigures();
                }
                if (!measured) m_experiment->interrupted(*this, Interruption::Pause);
                measured = true;
                publish();
                waitForNews();
            } catch (const Superseded&) {
            }
        }
    } catch (...) {
        m_audience = Audience::Both;
        throw;
    }
    m_audience = Audience::Record;
    m_experiment->resumed();
    if (changed && !stopping()) m_experiment->retune(*this);
    m_audience = Audience::Both;
}

bool Session::Worker::isPaused() const
{
    std::lock_guard lock(m_mutex);
    return m_paused && !stopping();
}

void Session::Worker::waitForNews()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, m_stop, [this] { return !m_paused || m_runStops || !m_pending.empty() || m_slot.wanted(); });
}

std::unique_ptr<const Snapshot> Session::Worker::snapshot() const
{
    auto s = std::make_unique<Snapshot>();
    s->figures = m_seen.figures;
    s->metrics = m_seen.metrics;
    s->marks = m_record.marks;
    s->progress = m_progress;
    s->doing = m_updating ? text("updating the figures") : m_doing;
    if (m_updating || m_record.outcome == Outcome::Running) s->secondsLeft = m_timeLeft.seconds();
    s->outcome = m_record.outcome;
    s->message = m_record.message;
    s->step = m_trained;
    s->updating = m_updating;
    s->live = liveValues();
    s->whyNoEffect = whyNoEffect();
    std::lock_guard lock(m_mutex);
    s->paused = m_paused;
    return s;
}

Values Session::Worker::liveValues() const
{
    Values live;
    for (const Field& f : experimentInfo(m_spec.experiment).fields)
        if (f.live) live[f.key] = m_spec.values.at(f.key);
    return live;
}

Text Session::Worker::whyNoEffect() const
{
    if (m_record.outcome == Outcome::Failed || m_record.outcome == Outcome::Diverged)
        return text("This run failed: start it again to see the effect of a change.");
    const Text why = m_experiment->whyNoEffect();
    return why.empty() || m_record.outcome == Outcome::Running
        ? why
        : text("The run stopped before there was anything to change: start it again.");
}

void Session::Worker::publish()
{
    m_untold = false;
    m_slot.put(snapshot());
    if (m_options.delivered) m_options.delivered();
}

} // namespace bitstill
