// What was tried: a dot for each network of each run, and the frontier.

#include "engine/core/thread_pool.h"
#include "engine/measure/interval.h"
#include "engine/store/tried.h"
#include "engine/store/tried_search.h"
#include "tests/support/history.h"
#include "tests/support/sessions.h"

#include <QtTest>
#include <cmath>

using namespace bitstill;

namespace {

std::string namesIn(const Tried& tried, const std::vector<std::size_t>& dots)
{
    std::string all;
    for (const std::size_t i : dots) all += (all.empty() ? "" : " ") + tried.dots[i].network;
    return all;
}

/// Of a run of before-after.
TrainedNetwork trained()
{
    static const std::pair<Spec, KeptModels> kRun = [] {
        Session session(quickSpec("before-after"), {});
        session.wait();
        return std::pair(quickSpec("before-after"), session.models());
    }();
    return trainedNetwork(kRun.first, "float32", kRun.second.at("float32"));
}

std::vector<TriedDot> dotsAt(const std::vector<std::pair<double, double>>& places)
{
    std::vector<TriedDot> dots;
    for (const auto& [cost, accuracy] : places) dots.push_back({.accuracy = {.mean = accuracy}, .cost = cost});
    return dots;
}

} // namespace

class TestTried : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFrontierIsWhatNothingBeats()
    {
        QVERIFY(frontierOf({}).empty());
        // Dearer and no better, as dear and worse, and the same again are not on it.
        const std::vector<TriedDot> dots = dotsAt({{3, 0.8}, {1, 0.5}, {2, 0.8}, {4, 0.9}, {2, 0.7}, {5, 0.85}, {2, 0.8}, {9, 0.9}});
        QCOMPARE(frontierOf(dots), (std::vector<std::size_t>{1, 2, 3}));
    }

    /// By its knob log a run ends with other settings than it began with; so does a branch.
    void theSettingsAreThoseAtTheEnd()
    {
        const Folder folder;
        History history(folder.path());
        Record retuned = triedAt(3, 0.8, 400), branch = triedAt(3, 0.7, 500), looked = triedAt(3, 0.6, 600);
        retuned.knobs = {{.step = 5, .field = "quant.granularity", .value = std::string("per-channel")}};
        branch.knobs = {{.field = "train.learning_rate", .value = 0.5, .mark = 1}};
        looked.knobs = {{.step = 5, .field = "show.layer", .value = std::int64_t{1}}};
        const RunId first = history.add(triedAt(3, 0.9, 300), {}, 1, "").id;
        const RunId second = history.add(retuned, {{"float32", modelsOf(1).at("network")}}, 2, "").id;
        history.add(branch, {}, 3, "");
        history.add(looked, {}, 4, "");
        const Tried tried = triedOf(history);
        const auto settings = [&](double accuracy) {
            const auto dot = std::ranges::find_if(tried.dots, [&](const TriedDot& d) { return d.accuracy.mean == accuracy; });
            return dot == tried.dots.end() ? std::string() : dot->settings.english();
        };
        QVERIFY2(contains(settings(0.8), "Granularity per channel"), settings(0.8).c_str());
        QVERIFY2(contains(settings(0.9), "Granularity per tensor"), settings(0.9).c_str());
        QVERIFY2(contains(settings(0.7), "Learning rate 0.5"), settings(0.7).c_str());
        QVERIFY(settingsAtEnd(history, history.entry(first)) == triedAt(3, 0.9, 300).spec);
        QCOMPARE(runToSearch(history, {second}).spec.word("quant.granularity"), std::string("per-channel"));
    }

    void everyNetworkOfARunIsADot()
    {
        const Folder folder;
        History history(folder.path());
        const RunId three = history.add(triedAt(3, 0.8, 400), {}, 1, "").id, four = history.add(triedAt(4, 0.85, 500), {}, 2, "").id;
        history.add(triedAt(2, 0.3, 450), {}, 3, "");
        const Tried tried = triedOf(history);
        QCOMPARE(tried.chosen.experiment, std::string("before-after"));
        QCOMPARE(tried.chosen.cost, std::string("bytes"));
        QCOMPARE(tried.dots.size(), std::size_t{4}); // the float network is the same in all
        QCOMPARE(namesIn(tried, frontierOf(tried.dots)), std::string("static.b3 static.b4 float32"));
        const TriedDot& dot = tried.dots[frontierOf(tried.dots)[0]];
        QCOMPARE(dot.run, three);
        QCOMPARE(dot.cost, 400.0);
        QCOMPARE(dot.settings.english(), std::string("Bits 3"));
        QCOMPARE(tried.dots[frontierOf(tried.dots)[1]].run, four);
        QCOMPARE(tried.dots[frontierOf(tried.dots)[2]].runs, std::size_t{3});
    }

    void anAccuracyHasTheIntervalOfItsSamples()
    {
        const Folder folder;
        History history(folder.path());
        history.add(triedAt(3, 0.8, 400), {}, 1, "");
        std::vector<char> correct(400, 0);
        std::fill_n(correct.begin(), 320, char{1});
        const Interval expected = accuracyInterval(correct), found = triedOf(history).dots.back().accuracy;
        QCOMPARE(found.low, expected.low);
        QCOMPARE(found.high, expected.high);
        QCOMPARE(found.samples, std::size_t{400});
        Record old = triedAt(4, 0.7, 300);
        old.metrics.erase(old.metrics.begin());
        history.add(old, {}, 2, "");
        QCOMPARE(triedOf(history).dots.front().accuracy.samples, std::size_t{0}); // nobody noted how many
        QVERIFY(!std::get<Scatter>(figuresOf(triedOf(history))[0].figure.body).points.empty());
    }

    void runsOnOtherDataAreNotMixedIn()
    {
        const Folder folder;
        History history(folder.path());
        Record harder = triedAt(3, 0.4, 400), more = triedAt(4, 0.7, 500);
        harder.spec.values["data.noise"] = 0.9;
        more.spec.values["data.samples"] = std::int64_t{5000}; // of the same kind
        history.add(triedAt(3, 0.8, 400), {}, 1, "");
        history.add(harder, {}, 2, "");
        history.add(more, {}, 3, "");
        const Tried tried = triedOf(history);
        QCOMPARE(tried.dataSets, (std::vector<std::string>{"strokes", "strokes data.noise=0.9"}));
        QCOMPARE(tried.dots.size(), std::size_t{3});
        const Tried other = triedOf(history, {.experiment = "before-after", .data = "strokes data.noise=0.9"});
        QCOMPARE(other.dots.size(), std::size_t{2});
    }

    void whereNoRunHasWhatWasChosenAnotherIsShown()
    {
        const Folder folder;
        History history(folder.path());
        history.add(triedAt(3, 0.8, 400), {}, 1, "");
        const Tried tried = triedOf(history, {.experiment = "before-after", .data = "moons", .cost = "latency"});
        QCOMPARE(tried.chosen.data, std::string("strokes"));
        QCOMPARE(tried.chosen.cost, std::string("bytes"));
        QCOMPARE(tried.dots.size(), std::size_t{2});
    }

    void onlyFinishedRunsThatNotedBothAreDots()
    {
        const Folder folder;
        History history(folder.path());
        Record stopped = triedAt(3, 0.8, 400), bare = triedAt(4, 0.8, 400), spoilt = triedAt(5, NAN, 400);
        stopped.outcome = Outcome::Stopped;
        bare.metrics = {{"float32.accuracy", 0.9}};
        history.add(stopped, {}, 1, "");
        history.add(bare, {}, 2, "");
        history.add(recordOf(1), {}, 3, "");
        QVERIFY(triedOf(history).dots.empty() && triedOf(history).experiments.empty());
        QVERIFY(figuresOf(triedOf(history)).empty());
        history.add(spoilt, {}, 4, "");
        QCOMPARE(triedOf(history).dots.size(), std::size_t{1}); // its float network
        QVERIFY(contains(messageOf([&] { triedOf(history, {.cost = "money"}); }), "bytes, latency"));
    }

    void figuresLeadToTheirRuns()
    {
        const Folder folder;
        History history(folder.path());
        const RunId three = history.add(triedAt(3, 0.8, 2048), {}, 1, "").id;
        history.add(triedAt(2, 0.3, 3000), {}, 2, "");
        const Tried tried = triedOf(history);
        const std::vector<TriedFigure> figures = figuresOf(tried);
        QCOMPARE(figures.size(), std::size_t{2});
        const Scatter& map = std::get<Scatter>(figures[0].figure.body);
        QCOMPARE(map.points.size(), figures[0].leads.size());
        std::size_t on = 0;
        for (std::size_t i = 0; i < map.points.size(); ++i)
            if (map.points[i].role == map.stairs && ++on == 1) {
                QCOMPARE(tried.dots[figures[0].leads[i]].run, three);
                QCOMPARE(map.points[i].x, 2.0); // KiB
                QVERIFY(map.points[i].interval.has_value());
            }
        QCOMPARE(on, std::size_t{2});
        const Table& table = std::get<Table>(figures[1].figure.body);
        QCOMPARE(table.rows.size(), std::size_t{2});
        QCOMPARE(tried.dots[figures[1].leads[0]].run, three);
        QCOMPARE(table.rows[0][3].english(), std::string("2,048"));
    }

    void thousandsOfDotsAreDrawnWithinBounds()
    {
        Tried tried{.chosen = {.experiment = "before-after", .data = "strokes", .cost = "bytes"}};
        for (int i = 0; i < 5000; ++i) tried.dots.push_back({.run = i + 1, .accuracy = {.mean = 0.0001 * i}, .cost = 500.0 + i % 97});
        const TriedFigure map = figuresOf(tried)[0];
        QCOMPARE(std::get<Scatter>(map.figure.body).points.size(), kMostDots);
        QVERIFY(contains(map.figure.caption.english(), "not drawn"));
        for (const std::size_t i : frontierOf(tried.dots)) QVERIFY(std::ranges::count(map.leads, i) == 1);
    }

    void aRealRunLeavesItsDots()
    {
        const Folder folder;
        History history(folder.path());
        history.add(ran(quickSpec("before-after")), {}, 1, "");
        history.add(ran(quickSpec("four-ways")), {}, 2, "");
        const Tried ways = triedOf(history);
        QCOMPARE(ways.experiments, (std::vector<std::string>{"four-ways", "before-after"}));
        QCOMPARE(ways.costs, (std::vector<std::string>{"bytes", "latency", "bytes-moved", "bit-operations"}));
        for (const std::string& cost : ways.costs) {
            const Tried tried = triedOf(history, {.cost = cost});
            QVERIFY(tried.dots.size() >= 2 && figuresOf(tried).size() == 2);
            for (const TriedDot& dot : tried.dots) QVERIFY(dot.accuracy.samples > 0);
        }
        QCOMPARE(triedOf(history, {.experiment = "before-after"}).dots.size(), std::size_t{2});
    }

    void withinSoManyBytesTheMostAccurateIsFound()
    {
        TrainedNetwork network = trained();
        ThreadPool pool(2);
        const SearchResult all = findWithin(network, {.bytes = 1'000'000}, pool);
        QCOMPARE(all.steps.size(), std::size_t{28}); // 7 numbers of bits × 2 granularities × 2 observers
        QVERIFY(std::ranges::is_sorted(all.steps, {}, [](const SearchStep& s) { return s.dot.cost; }));
        const Budget small{.bytes = static_cast<std::int64_t>(all.steps[9].dot.cost)};
        const SearchResult found = findWithin(network, small, pool);
        QVERIFY(found.answer && found.steps.size() < all.steps.size());
        for (const SearchStep& s : found.steps) {
            QVERIFY(s.dot.cost <= static_cast<double>(small.bytes));
            QVERIFY(s.dot.accuracy.mean <= found.steps[*found.answer].dot.accuracy.mean);
        }
        const SearchResult none = findWithin(network, {.bytes = 1}, pool);
        QVERIFY(none.steps.empty() && !none.answer);
        QVERIFY(contains(sentenceOf(none, {.bytes = 1}).english(), "No quantized network fits"));
    }

    void withinSoManyPointsTheSmallestIsFound()
    {
        TrainedNetwork network = trained();
        ThreadPool pool(2);
        const Budget budget{.points = 3};
        const SearchResult found = findWithin(network, budget, pool);
        QVERIFY(found.answer && *found.answer + 1 == found.steps.size()); // it stops there
        for (std::size_t i = 0; i + 1 < found.steps.size(); ++i) QVERIFY(found.steps[i].change.mean < -0.03);
        QVERIFY(found.steps.back().change.mean >= -0.03);
        QVERIFY(contains(sentenceOf(found, budget).english(), "against float"));
        QVERIFY(!findWithin(network, {.points = -100}, pool).answer);
    }

    void aLossOfJustTheBudgetKeepsToIt()
    {
        for (int i = 0; i < 2000; ++i) { // hundredths of a point, as they are typed
            QVERIFY(losesAtMost({.mean = -i / 10000.0}, i / 100.0));
            QVERIFY(!losesAtMost({.mean = -(i + 1) / 10000.0}, i / 100.0));
        }
    }

    void theNewestRunWithItsNetworkIsSearched()
    {
        const Folder folder;
        History history(folder.path());
        Record kept = triedAt(3, 0.8, 400), imported = triedAt(4, 0.7, 500);
        kept.spec.values.erase("quant.observer"); // as of a version that had no such field
        history.add(triedAt(2, 0.3, 300), {{"float32", modelsOf(1).at("network")}}, 1, "");
        history.add(kept, {{"float32", modelsOf(2).at("network")}}, 2, "");
        history.add(imported, {}, 3, "");
        const RunToSearch found = runToSearch(history, triedOf(history).runs);
        QCOMPARE(found.spec.integer("quant.bits"), 3);
        QCOMPARE(found.spec.word("quant.observer"), quickSpec("before-after").word("quant.observer"));
        QVERIFY(found.tensors.contains("dense.weight"));
        QVERIFY(contains(messageOf([&] { runToSearch(history, {3}); }), "none of these runs has kept its network"));
    }

    /// The settings of the answer do in a run what was measured.
    void aRunWithTheAnswersSettingsFindsTheSame()
    {
        TrainedNetwork network = trained();
        ThreadPool pool(2);
        const SearchResult found = findWithin(network, {.bytes = 1'000'000}, pool);
        const SearchStep& step = found.steps[5];
        const Metrics metrics = ran(specOf(step, network.spec)).metrics;
        QCOMPARE(metricIn(metrics, step.dot.network + ".accuracy"), step.dot.accuracy.mean);
        QCOMPARE(metricIn(metrics, step.dot.network + ".bytes"), step.dot.cost);
    }

    void aSearchStopsWhenItMay()
    {
        TrainedNetwork network = trained();
        ThreadPool pool(2);
        int seen = 0;
        bool stopped = false;
        try {
            const auto keepGoing = [&] { return seen < 2; };
            findWithin(network, {.bytes = 1'000'000}, pool, keepGoing, [&](const SearchStep&, double) { ++seen; });
        } catch (const Stopped&) {
            stopped = true;
        }
        QVERIFY(stopped);
        QCOMPARE(seen, 2);
    }
};

QTEST_APPLESS_MAIN(TestTried)
#include "tst_tried.moc"
