#include "app/sweep_watch.h"

#include "engine/core/error.h"

#include <QElapsedTimer>
#include <algorithm>

namespace bitstill {

namespace {

constexpr int kEvery = 1000; // ms
constexpr int kShare = 4; ///< reading a large sweep takes at most one part in so many of one core, and of a shared disk

void addOnce(std::vector<std::string>& words, std::string word)
{
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
}

std::vector<SweepReading::Values> axesOf(const Sweep& sweep)
{
    constexpr std::size_t kMost = 20;
    std::vector<SweepReading::Values> axes;
    for (const std::string& key : sweep.varied) {
        SweepReading::Values axis{.key = key, .values = {}};
        for (const PlannedRun& run : sweep.runs)
            if (axis.values.size() <= kMost) addOnce(axis.values, settingOf(run.spec, key));
        if (axis.values.size() > kMost) axis.values.back() = "…";
        axes.push_back(std::move(axis));
    }
    return axes;
}

/// Values of a field among the runs with these settings, in the order of the plan.
std::vector<std::string> valuesIn(const Sweep& sweep, const PlotChoice& choice, const std::string& key)
{
    std::vector<std::string> values;
    for (const std::size_t i : chosenRuns(sweep, choice.where)) addOnce(values, settingOf(sweep.runs[i].spec, key));
    return values;
}

bool holds(const std::vector<std::string>& words, const std::string& word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool areNumbers(const Sweep& sweep, const std::string& key)
{
    return std::all_of(
        sweep.runs.begin(), sweep.runs.end(), [&](const PlannedRun& r) { return numberIn(valueOf(r.spec, key)).has_value(); });
}

/// Fields for the axis and the series that say most.
PlotChoice firstChoice(const Sweep& sweep)
{
    PlotChoice choice{.x = "seed", .y = {}};
    const std::vector<std::string>& varied = sweep.varied;
    if (varied.empty()) return choice;
    const auto number = std::find_if(varied.begin(), varied.end(), [&](const std::string& key) { return areNumbers(sweep, key); });
    choice.x = number == varied.end() ? varied.front() : *number;
    constexpr std::size_t kMostSeries = 5;
    for (const std::string& key : mixedKeys(sweep, choice))
        if (choice.by.empty() && valuesIn(sweep, choice, key).size() <= kMostSeries) choice.by = key;
    return choice;
}

/// An accuracy before others, and not the one from before anything was done to the network.
std::string firstMetric(const std::vector<std::string>& metrics)
{
    std::string best;
    int rank = -1;
    for (const std::string& name : metrics) {
        const int its = (name.find("accuracy") != std::string::npos ? 2 : 0) + (name.starts_with("float") ? 0 : 1);
        if (its <= rank) continue;
        best = name;
        rank = its;
    }
    return best;
}

/// Makes what was wanted fit what there is.
void fit(SweepReading& reading, const PlotChoice& wanted)
{
    const Sweep& sweep = *reading.sweep;
    std::vector<std::string> keys = sweep.varied;
    keys.emplace_back("seed");
    PlotChoice choice = wanted;
    choice.where.clear();
    if (!holds(keys, choice.x)) {
        choice = firstChoice(sweep);
        choice.y = wanted.y;
    }
    if (!holds(keys, choice.by) || choice.by == choice.x) choice.by.clear();
    if (!holds(reading.metrics, choice.y)) choice.y = firstMetric(reading.metrics);
    for (std::vector<std::string> mixed = mixedKeys(sweep, choice); !mixed.empty(); mixed = mixedKeys(sweep, choice)) {
        SweepReading::Values fixed{.key = mixed.front(), .values = valuesIn(sweep, choice, mixed.front())};
        const auto before =
            std::find_if(wanted.where.begin(), wanted.where.end(), [&](const auto& condition) { return condition.first == fixed.key; });
        const bool stays = before != wanted.where.end() && holds(fixed.values, before->second);
        choice.where.emplace_back(fixed.key, stays ? before->second : fixed.values.front());
        reading.fixed.push_back(std::move(fixed));
    }
    reading.choice = std::move(choice);
}

void draw(SweepReading& reading)
{
    const auto add = [&](auto view, const PlotChoice& choice) {
        try {
            SweepView made = view(*reading.sweep, reading.statuses, choice);
            if (made.runs.empty()) return; // nothing of it is there yet
            reading.views.push_back({std::make_shared<const Figure>(std::move(made.figure)), std::move(made.runs)});
        } catch (const Error& e) {
            if (reading.problem.empty()) reading.problem = e.sentence();
        }
    };
    const PlotChoice& choice = reading.choice;
    add(plotOf, choice);
    PlotChoice map = choice; // over two fields: the series', or the only other one
    if (map.by.empty() && map.where.size() == 1) map = {.x = choice.x, .y = choice.y, .by = choice.where.front().first};
    if (!map.by.empty()) add(mapOf, map);
    add(meansOf, {.x = {}, .y = choice.y});
}

/// Throws Stopped.
SweepReading read(
    const std::filesystem::path& folder, const PlotChoice& choice, const SweepReading& before, const Newest::KeepGoing& keepGoing)
{
    SweepReading now;
    try {
        std::error_code none;
        now.planned = std::filesystem::last_write_time(folder / "sweep.json", none);
        const bool same = before.sweep && !none && before.sweep->folder == folder && before.planned == now.planned;
        now.sweep = same ? before.sweep : std::make_shared<const Sweep>(readSweep(folder));
        now.axes = same ? before.axes : axesOf(*now.sweep);
        for (const PlannedRun& run : now.sweep->runs) {
            if (!keepGoing()) throw Stopped();
            now.statuses.push_back(statusOf(*now.sweep, run.hash));
        }
        now.metrics = metricsOf(comparable(*now.sweep, now.statuses), {});
        fit(now, choice);
        if (!now.isAs(before) && !now.metrics.empty()) draw(now);
    } catch (const Error& e) {
        now = {};
        now.problem = e.sentence();
    }
    return now;
}

} // namespace

bool SweepReading::isAs(const SweepReading& other) const
{
    return sweep == other.sweep && statuses == other.statuses && choice == other.choice && fixed == other.fixed;
}

SweepWatch::SweepWatch(QObject* parent) : QObject(parent)
{
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, &SweepWatch::readNow);
}

void SweepWatch::watch(const std::filesystem::path& folder)
{
    if (folder == m_folder) return;
    m_folder = folder;
    readNow();
}

void SweepWatch::choose(const PlotChoice& choice)
{
    m_choice = choice;
    readNow();
}

void SweepWatch::readNow()
{
    m_again.stop();
    m_worker.ask([this, folder = m_folder, choice = m_choice, before = m_reading](const Newest::KeepGoing& keepGoing) {
        QElapsedTimer timer;
        timer.start();
        auto now = std::make_shared<const SweepReading>(folder.empty() ? SweepReading() : read(folder, choice, *before, keepGoing));
        const auto next = std::max<qint64>(kEvery, kShare * timer.elapsed());
        return Newest::Deliver([this, before, now, next] {
            m_again.start(static_cast<int>(next));
            // A problem of an unchanged reading is that of its figures.
            const bool same = now->sweep ? now->isAs(*before) : !before->sweep && now->problem == before->problem;
            if (same) return;
            m_reading = now;
            Q_EMIT changed();
        });
    });
}

} // namespace bitstill
