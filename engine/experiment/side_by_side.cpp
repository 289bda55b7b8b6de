#include "engine/experiment/side_by_side.h"

#include "engine/experiment/groups.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bitstill {

/// Hands on what the run is to hear; it has no marks, no caches and no live fields.
class SideBySide::Piece::OwnContext : public Context {
public:
    OwnContext(Piece& piece, Spec spec) : m_piece(piece), m_run(piece.m_group.m_runner.context()), m_spec(std::move(spec)) { }
    void setPool(ThreadPool& pool) { m_pool = &pool; }

    const Spec& spec() const override { return m_spec; }
    ThreadPool& pool() override { return *m_pool; }
    bool wanted() const override { return false; }
    void show(Figure figure) override
    {
        m_piece.inTurn([this, figure = std::move(figure)] { m_run.show(figure); });
    }
    void drop(const std::string& prefix) override
    {
        m_piece.inTurn([this, prefix] { m_run.drop(prefix); });
    }
    void progress(double fraction, const Text& what) override
    {
        m_piece.m_reached = std::min(1.0, fraction);
        if (what == m_said) return;
        m_said = what;
        m_piece.inTurn([this, what] {
            m_piece.m_group.m_doing = what;
            m_piece.m_group.sayProgress();
        });
    }
    void metric(const std::string& name, double value) override
    {
        m_piece.inTurn([this, name, value] { m_run.metric(name, value); });
    }
    void dropMetric(const std::string& name) override
    {
        m_piece.inTurn([this, name] { m_run.dropMetric(name); });
    }
    void answers(const std::string& metric, std::uint64_t samples, const std::vector<char>& correct) override
    {
        m_piece.inTurn([this, metric, samples, correct] { m_run.answers(metric, samples, correct); });
    }
    void mark(const Text&, const std::vector<std::string>&) override { }
    void keepModel(const std::string& name, const Graph& graph) override
    {
        m_piece.inTurn([this, name, graph] { m_run.keepModel(name, graph); });
    }
    void checkpoint(long, bool epochEnds) override
    {
        m_piece.post({.steps = 1, .epochEnds = epochEnds});
        m_piece.m_group.m_held.wait(true);
        if (stopping()) throw Stopped{};
    }
    void pollLiveFields(long) override
    {
        if (stopping()) throw Stopped{};
    }
    bool stopping() const override { return m_piece.m_dropped || m_piece.m_group.m_over || m_run.stopping(); }
    bool superseded() const override { return false; }

private:
    Piece& m_piece;
    Context& m_run;
    Spec m_spec;
    ThreadPool* m_pool = nullptr;
    Text m_said;
};

SideBySide::Piece::Piece(SideBySide& group, Spec spec, Work work, double weight) :
    m_group(group), m_work(std::move(work)), m_context(std::make_unique<OwnContext>(*this, std::move(spec))), m_weight(weight)
{
}

SideBySide::Piece::~Piece() = default;

TrainingRunner& SideBySide::Piece::runner() { return *m_own; }

void SideBySide::Piece::inTurn(std::function<void()> give) { post({.give = std::move(give)}); }

void SideBySide::Piece::begin(ThreadPool& pool)
{
    m_context->setPool(pool);
    m_own.emplace(*m_context, m_group.m_runner.data());
    try {
        m_work(*this);
    } catch (...) {
        m_error = std::current_exception();
    }
}

void SideBySide::Piece::post(Event event)
{
    if (std::this_thread::get_id() == m_group.m_run) return apply(event);
    std::lock_guard lock(m_group.m_mutex);
    // Thousands of steps may wait for their turn.
    const bool goesOn = event.steps > 0 && !m_events.empty() && m_events.back().steps > 0 && !m_events.back().epochEnds;
    if (!goesOn) return m_events.push_back(std::move(event));
    m_events.back().steps += event.steps;
    m_events.back().epochEnds = event.epochEnds;
}

void SideBySide::Piece::apply(const Event& event)
{
    if (event.give) return event.give();
    for (long i = 1; i <= event.steps; ++i) {
        m_group.sayProgress();
        m_group.m_runner.stepped(event.epochEnds && i == event.steps);
    }
}

SideBySide::SideBySide(TrainingRunner& runner, std::size_t together, double share) :
    m_runner(runner), m_before(runner.done()), m_share(share)
{
    const int threads = runner.context().pool().threads(), lanes = std::min(threads, static_cast<int>(together));
    if (lanes < 2) return;
    for (int i = 0; i < lanes; ++i) m_pools.push_back(std::make_unique<ThreadPool>(threads / lanes + (i < threads % lanes)));
    for (const std::unique_ptr<ThreadPool>& pool : m_pools)
        m_lanes.emplace_back([this, &pool = *pool](const std::stop_token& stop) { lane(stop, pool); });
}

SideBySide::~SideBySide()
{
    m_over = true;
    m_held = false;
    m_held.notify_all();
    for (std::jthread& lane : m_lanes) lane.request_stop();
}

void SideBySide::add(Work work, double weight)
{
    std::lock_guard lock(m_mutex);
    m_pieces.push_back(std::unique_ptr<Piece>(new Piece(*this, m_runner.context().spec(), std::move(work), weight)));
    m_weight += weight;
    ++m_waiting;
    m_added.notify_one();
}

void SideBySide::dropLast(std::size_t count)
{
    std::lock_guard lock(m_mutex);
    for (std::size_t i = m_pieces.size(); i-- > m_turn && count > 0;) {
        Piece& piece = *m_pieces[i];
        if (piece.m_dropped) continue;
        piece.m_dropped = true;
        m_weight -= piece.m_weight;
        if (!piece.m_begun) --m_waiting;
        --count;
    }
}

SideBySide::Piece& SideBySide::choose()
{
    const std::size_t few = 4 * (m_lanes.size() - 1);
    Piece* heaviest = nullptr;
    std::size_t seen = 0;
    bool isTurn = true; // as soon as the run has heard of those that have ended
    for (std::size_t i = m_turn; i < m_pieces.size() && seen < few; ++i) {
        Piece& piece = *m_pieces[i];
        if (piece.m_dropped) continue;
        if (piece.m_begun) {
            isTurn = isTurn && piece.m_ended;
            continue;
        }
        if (isTurn) return piece;
        ++seen;
        if (!heaviest || piece.m_weight > heaviest->m_weight) heaviest = &piece;
    }
    return *heaviest;
}

void SideBySide::lane(const std::stop_token& stop, ThreadPool& pool)
{
    std::unique_lock lock(m_mutex);
    while (m_added.wait(lock, stop, [this] { return m_waiting > 0; }) && !m_over) {
        Piece& piece = choose();
        piece.m_begun = true;
        --m_waiting;
        lock.unlock();
        piece.begin(pool);
        lock.lock();
        piece.m_ended = true;
        m_ended.notify_all();
    }
}

void SideBySide::next()
{
    {
        std::lock_guard lock(m_mutex);
        while (m_pieces[m_turn]->m_dropped) ++m_turn;
    }
    Piece& piece = *m_pieces[m_turn];
    if (m_lanes.empty())
        piece.begin(m_runner.context().pool());
    else
        follow(piece);
    if (piece.m_error) try {
            std::rethrow_exception(piece.m_error);
        } catch (const DivergedTraining&) { // it knows only its own steps
            throw DivergedTraining(m_runner.context().spec(), m_runner.steps());
        }
    m_through += piece.m_weight;
    std::unique_ptr<Piece> over;
    {
        std::lock_guard lock(m_mutex);
        over.swap(m_pieces[m_turn++]);
    }
    m_runner.stand(m_before + m_share * m_through / m_weight);
    sayProgress();
}

void SideBySide::follow(Piece& piece)
{
    constexpr std::chrono::milliseconds kOften(4); // woken for each step, it would take the cores from those who work
    std::unique_lock lock(m_mutex);
    for (bool through = false; !through;) {
        m_ended.wait_for(lock, kOften, [&] { return piece.m_ended; });
        through = piece.m_ended;
        const std::vector<Piece::Event> events = std::exchange(piece.m_events, {});
        lock.unlock();
        for (const Piece::Event& event : events) {
            m_held = true;
            piece.apply(event);
            m_held = false;
            m_held.notify_all();
        }
        sayProgress(); // whoever waits for a picture gets it also while nobody steps
        lock.lock();
    }
}

double SideBySide::reached() const
{
    double done = m_through;
    for (std::size_t i = m_turn; i < m_pieces.size(); ++i)
        if (!m_pieces[i]->m_dropped) done += m_pieces[i]->m_weight * m_pieces[i]->m_reached;
    return m_before + m_share * done / m_weight;
}

void SideBySide::sayProgress() { m_runner.context().progress(reached(), m_doing); }

} // namespace bitstill
