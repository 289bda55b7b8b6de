#include "app/run_controller.h"

#include "engine/core/thread_pool.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/teacher_cache.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr int kTick = 16, kUnwatchedTick = 250; // ms
constexpr int kIdleTicks = 60; // without news, after the run: a retune may still be measuring

/// As the run's session left it.
Snapshot snapshotOf(const Record& record, const Spec& settings)
{
    Snapshot s;
    s.figures = record.figures;
    s.marks = record.marks;
    s.metrics = record.metrics;
    s.progress = record.outcome == Outcome::Finished ? 1 : 0;
    s.doing = text("a run that was kept");
    s.outcome = record.outcome == Outcome::Running ? Outcome::Stopped : record.outcome; // nobody goes on with it
    s.message = record.message;
    for (const Field& f : experimentInfo(settings.experiment).fields)
        if (f.live) s.live[f.key] = settings.values.at(f.key);
    return s;
}

/// What provenance() says, without what came of it.
Record originOf(const Spec& spec, const std::vector<KnobChange>& knobs, const BranchPoint& point)
{
    Record record;
    record.spec = spec;
    record.knobs = knobs;
    record.branch = point;
    return record;
}

} // namespace

RunController::RunController(QObject* parent) :
    QObject(parent), m_teachers(std::make_shared<TeacherCache>(TeacherCache::Keep::TeachersAndGains))
{
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(kTick);
    connect(&m_timer, &QTimer::timeout, this, &RunController::tick);
}

RunController::~RunController() = default;

void RunController::start(const Spec& spec, std::optional<StepSize> pauseAfter)
{
    setAside();
    m_spec = spec;
    m_branch.reset();
    start(spec, SessionOptions{.pauseAfter = pauseAfter});
}

void RunController::start(const BranchedRun& branch)
{
    setAside();
    m_spec = branch.settings;
    m_branch = originOf(branch.spec, branch.knobs, branch.point);
    start(branch.spec, SessionOptions{.replay = branch.knobs, .branch = branch.point});
}

void RunController::start(const Spec& spec, SessionOptions options)
{
    m_number = ++m_started;
    options.threads = defaultThreads();
    options.yieldToWindow = true;
    options.teachers = m_teachers;
    options.delivered = [this] { QMetaObject::invokeMethod(this, &RunController::takeSnapshot, Qt::QueuedConnection); };
    options.answered = [this, number = m_number](const Record& record) {
        QMetaObject::invokeMethod(
            this,
            [this, number, record] {
                if (m_session && number == m_number && m_ended) Q_EMIT answered(record);
            },
            Qt::QueuedConnection);
    };
    m_paused = options.pauseAfter.has_value();
    m_session = std::make_unique<Session>(spec, std::move(options));
    m_ended = false;
    m_timer.start();
    Q_EMIT stateChanged();
}

void RunController::setAside()
{
    if (noteEnd()) takeSnapshot();
    if (m_before) return retireSession(); // which has shown nothing
    const bool hasFigures = m_latest && !m_latest->figures.empty();
    if (!hasFigures || !(m_kept || m_ended)) return retire();
    m_before = Before{std::move(m_session), m_number, std::move(m_kept), m_latest, m_spec, m_branch, m_networks};
    m_kept.reset();
    m_networks.clear();
}

bool RunController::takeBack()
{
    const bool failed = m_latest && m_latest->outcome != Outcome::Finished && m_latest->outcome != Outcome::Stopped;
    if (!m_before || !failed || !m_latest->figures.empty()) return dropBefore(), false;
    m_retired.push_back({.session = std::move(m_session), .number = m_number, .hadEnded = true});
    m_session = std::move(m_before->session);
    m_number = m_before->number;
    m_kept = std::move(m_before->kept);
    m_latest = m_before->latest;
    m_spec = m_before->spec;
    m_branch = m_before->branch;
    m_networks = m_before->networks;
    m_before.reset();
    return true;
}

void RunController::dropBefore()
{
    if (!m_before) return;
    if (m_before->session) {
        m_before->session->close();
        m_retired.push_back({.session = std::move(m_before->session), .number = m_before->number, .hadEnded = true});
    }
    m_before.reset();
}

void RunController::show(KeptRun run)
{
    retire();
    m_spec = settingsAtEnd(run.record);
    m_branch.reset();
    if (run.record.branch) m_branch = originOf(run.record.spec, run.record.knobs, *run.record.branch);
    m_latest = std::make_shared<const Snapshot>(snapshotOf(run.record, m_spec));
    for (const auto& [name, tensors] : run.models) m_networks.push_back(name);
    m_kept = std::move(run);
    m_paused = false;
    Q_EMIT snapshotReady(m_latest);
    Q_EMIT stateChanged();
}

Spec RunController::settingsBefore(int mark) const
{
    Spec settings = m_spec;
    if (!m_branch || mark >= m_branch->branch->mark) return settings;
    for (const KnobChange& knob : m_branch->knobs)
        if (const auto before = m_branch->spec.values.find(knob.field); knob.mark > 0 && before != m_branch->spec.values.end())
            settings.values[knob.field] = before->second;
    return settings;
}

KeptModels RunController::models() const { return m_kept ? m_kept->models : m_session ? m_session->models() : KeptModels(); }

Record RunController::record() const { return m_kept ? m_kept->record : m_session ? m_session->record() : Record{}; }

void RunController::stop()
{
    if (m_session) m_session->stop();
}

void RunController::close()
{
    if (m_session) m_session->close();
    if (m_before && m_before->session) m_before->session->close();
}

void RunController::reset()
{
    retire();
    m_latest.reset();
    Q_EMIT stateChanged();
}

void RunController::retire()
{
    dropBefore();
    m_networks.clear();
    m_kept.reset();
    retireSession();
}

void RunController::retireSession()
{
    if (!m_session) return;
    m_session->close();
    m_retired.push_back({.session = std::move(m_session), .number = m_number, .hadEnded = m_ended});
    m_timer.start();
}

void RunController::setPaused(bool paused)
{
    if (!isRunning()) return;
    m_paused = paused;
    if (paused)
        m_session->pause();
    else
        m_session->resume();
    Q_EMIT stateChanged();
}

void RunController::stepOnce(StepSize size)
{
    if (!isRunning()) return;
    m_session->stepOnce(size);
    m_paused = true;
    Q_EMIT stateChanged();
}

bool RunController::setLive(const QString& key, const Value& value)
{
    const std::string name = key.toStdString();
    if (!m_session || m_session->isOver()) return false;
    if (m_spec.values[name] == value) return true;
    m_spec.values[name] = value;
    m_session->setLive(name, value);
    m_idleTicks = 0;
    m_session->request();
    m_timer.start();
    return true;
}

void RunController::setWatched(bool watched) { m_timer.setInterval(watched ? kTick : kUnwatchedTick); }

void RunController::takeSnapshot()
{
    if (!m_session) return;
    if (std::unique_ptr<const Snapshot> snapshot = m_session->take()) {
        m_idleTicks = 0;
        m_latest = std::move(snapshot);
        if (!m_latest->figures.empty()) dropBefore();
        Q_EMIT snapshotReady(m_latest);
    }
}

void RunController::dropRetired()
{
    std::vector<Retired> gone;
    for (std::size_t i = m_retired.size(); i-- > 0;) {
        if (!m_retired[i].session->isOver()) continue;
        gone.push_back(std::move(m_retired[i]));
        m_retired.erase(m_retired.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (const Retired& r : gone) tellOver(r);
}

void RunController::tellOver(const Retired& run)
{
    if (!run.hadEnded) Q_EMIT over(run.session->record(), run.session->models(), run.number);
}

void RunController::settle()
{
    retire();
    for (const Retired& r : m_retired) {
        r.session->wait();
        tellOver(r);
    }
    m_retired.clear();
}

bool RunController::noteEnd()
{
    if (!m_session || m_ended || m_session->outcome() == Outcome::Running) return false;
    m_ended = true;
    m_paused = false;
    for (const auto& [name, tensors] : m_session->models()) m_networks.push_back(name);
    Q_EMIT over(m_session->record(), m_session->models(), m_number);
    return true;
}

void RunController::tick()
{
    dropRetired();
    if (!m_session) {
        if (m_retired.empty()) m_timer.stop();
        return;
    }
    ++m_idleTicks;
    takeSnapshot();
    if (noteEnd()) {
        const Text message = m_session->record().message;
        if (takeBack()) {
            Q_EMIT snapshotReady(m_latest);
            Q_EMIT stateChanged();
            return Q_EMIT cameToNothing(message);
        }
        Q_EMIT stateChanged();
        Q_EMIT ended();
    }
    // While it runs, and while the last change is still being answered.
    const bool running = m_session->outcome() == Outcome::Running;
    if (running || (m_idleTicks < kIdleTicks && m_idleTicks % 2 == 0)) m_session->request();
    if (!running && m_idleTicks >= kIdleTicks && m_retired.empty()) m_timer.stop();
}

} // namespace bitstill
