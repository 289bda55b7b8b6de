// Pieces of work side by side: whoever looks sees them one after the other, and the same for any number of threads.

#include "engine/data/catalogue.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/side_by_side.h"
#include "engine/experiment/time_left.h"
#include "engine/nn/zoo.h"
#include "tests/support/run.h"

#include <QtTest>
#include <algorithm>
#include <array>
#include <numeric>

using namespace bitstill;

namespace {

const Dataset& strokes()
{
    static const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 300, .noise = 0.2});
    return data;
}

/// Trains a network of so many neurons, of which the run hears all there is to hear.
void train(SideBySide::Piece& piece, int width, double rate = 0.05)
{
    TrainingRunner& runner = piece.runner();
    TrainOptions options{.epochs = 2, .batch = 50, .seed = runner.context().spec().seed};
    options.schedule.learningRate = rate;
    Graph graph = buildModel("mlp-" + std::to_string(width), strokes().shape, strokes().classCount());
    graph.initialize(options.seed);
    runner.next(1, text("width %1", std::to_string(width)));
    Figure begins;
    begins.id = "begins" + std::to_string(width);
    runner.context().show(begins);
    runner.train(graph, options);
    runner.context().keepModel("network" + std::to_string(width), graph);
    runner.context().metric("accuracy" + std::to_string(width), accuracy(runner.test(graph), strokes().test));
}

} // namespace

class TestSideBySide : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theRunHearsTheSameForAnyNumberOfThreads()
    {
        std::vector<std::string> alone;
        for (const int threads : {1, 2, 3, 8}) {
            Run run(threads);
            TrainingRunner runner(run, strokes());
            std::vector<int> turns;
            SideBySide pieces(runner, 4);
            for (const int width : {64, 2, 32, 4}) // who comes first is through last
                pieces.add([&, width](SideBySide::Piece& piece) {
                    train(piece, width);
                    piece.inTurn([&turns, width] { turns.push_back(width); });
                });
            for (int i = 0; i < 4; ++i) pieces.next();
            QCOMPARE(turns, (std::vector<int>{64, 2, 32, 4}));
            QCOMPARE(run.reached, 1.0);
            QCOMPARE(run.doing, text("width %1", "4"));
            QCOMPARE(runner.steps(), std::ranges::count_if(run.log, [](const std::string& s) { return s.starts_with("step"); }));
            if (threads == 1) alone = run.log;
            QCOMPARE(run.log, alone);
        }
        QVERIFY(alone.size() > 4 * 10);
    }

    void workIsDoneAtTheSameTime()
    {
        Run run(2);
        TrainingRunner runner(run, strokes());
        std::atomic<int> there = 0;
        SideBySide pieces(runner, 2);
        for (int i = 0; i < 2; ++i)
            pieces.add([&](SideBySide::Piece&) { // each waits for the other
                ++there;
                for (int ms = 0; there < 2 && ms < 20'000; ++ms) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            });
        pieces.next();
        QCOMPARE(there.load(), 2);
        pieces.next();
    }

    void theLongestBeginFirstButNobodyWaitsForTheOneWhoseTurnItIs()
    {
        Run run(2);
        TrainingRunner runner(run, strokes());
        std::mutex mutex;
        std::vector<int> begun;
        std::array<std::atomic<bool>, 6> released{};
        SideBySide pieces(runner, 6);
        const auto waitFor = [](const auto& ready) {
            for (int ms = 0; !ready() && ms < 20'000; ++ms) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        };
        const auto add = [&](std::size_t number, double weight) {
            pieces.add(
                [&, number](SideBySide::Piece&) {
                    {
                        std::lock_guard lock(mutex);
                        begun.push_back(static_cast<int>(number));
                    }
                    waitFor([&] { return released[number].load(); });
                },
                weight);
        };
        const auto haveBegun = [&](std::size_t count) {
            waitFor([&] {
                std::lock_guard lock(mutex);
                return begun.size() == count;
            });
        };
        add(0, 1);
        haveBegun(1);
        add(1, 1);
        haveBegun(2);
        add(2, 1);
        add(3, 5);
        add(4, 9);
        released[0] = true;
        pieces.next();
        haveBegun(3);
        released[1] = true;
        pieces.next();
        haveBegun(4);
        add(5, 50);
        released[2] = true; // the turn is at 3, whoever is through before it
        haveBegun(5);
        for (std::atomic<bool>& r : released) r = true;
        for (int i = 2; i < 6; ++i) pieces.next();
        QCOMPARE(begun, (std::vector<int>{0, 1, 4, 2, 3, 5}));
    }

    /// Those whose turn is still to come count too.
    void progressIsOfAllPieces()
    {
        Run run(2);
        TrainingRunner runner(run, strokes());
        runner.stand(0.2);
        std::atomic<double> said = 0;
        run.atProgress = [&] { said = run.reached; };
        const auto isSaid = [&said](double share) {
            for (int ms = 0; std::abs(said - share) > 1e-9 && ms < 20'000; ++ms) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return std::abs(said - share) < 1e-9;
        };
        bool first = false, second = false;
        SideBySide pieces(runner, 2, 0.8);
        pieces.add([&](SideBySide::Piece&) { first = isSaid(0.2 + 0.8 * 3 * 0.5 / 4); }, 1);
        pieces.add(
            [&](SideBySide::Piece& piece) {
                piece.runner().next(1, text("done"));
                piece.runner().reached(0.5);
                second = isSaid(0.2 + 0.8 * (1 + 3 * 0.5) / 4);
            },
            3);
        pieces.next();
        pieces.next();
        QVERIFY(first);
        QVERIFY(second);
        QCOMPARE(run.reached, 1.0);
    }

    void whoIsDroppedHasNoTurnAndCountsForNothing()
    {
        for (const int threads : {1, 3}) {
            Run run(threads);
            TrainingRunner runner(run, strokes());
            std::vector<int> turns;
            SideBySide pieces(runner, 4);
            const auto add = [&](int number) {
                pieces.add([&turns, number](SideBySide::Piece& piece) {
                    piece.inTurn([&turns, number] { turns.push_back(number); });
                    while (number == 3 && !piece.runner().context().stopping()) std::this_thread::yield();
                });
            };
            for (int i = 0; i < 4; ++i) add(i);
            pieces.next();
            QCOMPARE(run.reached, 0.25);
            pieces.dropLast(2);
            pieces.next();
            QCOMPARE(run.reached, 1.0);
            add(4);
            pieces.next();
            QCOMPARE(turns, (std::vector<int>{0, 1, 4}));
        }
    }

    void noProgressIsTakenBack_data()
    {
        QTest::addColumn<QString>("id");
        for (const char* id : {"small-models", "four-ways", "ways-to-distil", "teacher-student", "squeeze", "omitted-class"})
            QTest::newRow(id) << QString(id);
    }
    void noProgressIsTakenBack()
    {
        QFETCH(QString, id);
        for (const int threads : {1, 2}) {
            Run run(threads, quickSpec(id.toStdString()));
            std::vector<double> course{0};
            run.atProgress = [&] { course.push_back(run.reached); };
            experimentInfo(id.toStdString()).make()->run(run);
            QVERIFY2(std::ranges::is_sorted(course), "it goes back");
            QCOMPARE(course.back(), 1.0);
            double leap = 0;
            for (std::size_t i = 1; i < course.size(); ++i) leap = std::max(leap, course[i] - course[i - 1]);
            if (threads == 1) QVERIFY2(leap < 0.13, qPrintable(QString::number(leap))); // else all may be through before somebody looks
        }
    }

    /// A branch that asks for more is a new plan, in which nothing comes to more than all.
    void progressFollowsTheNumberOfSeeds()
    {
        for (const std::string id : {"small-models", "ways-to-distil", "squeeze", "teacher-student"})
            for (const std::int64_t seeds : {1, 4}) {
                Run run(1, quickSpec(id));
                const std::string key = id == "small-models" ? "sweep.seeds" : "distill.seeds";
                run.set(key, std::int64_t{2});
                std::vector<double> course;
                run.atProgress = [&] { course.push_back(run.reached); };
                run.atMark = [&](const std::string& label) {
                    if (label != "seed 1") return;
                    run.set(key, seeds);
                    course.clear();
                };
                experimentInfo(id).make()->run(run);
                QVERIFY2(std::ranges::is_sorted(course), id.c_str());
                QVERIFY2(course.front() < (seeds == 1 ? 1.1 : 0.75), qPrintable(QString::number(course.front())));
                if (seeds == 4) QVERIFY(course.at(course.size() - 2) > 0.9);
                QCOMPARE(course.back(), 1.0);
            }
    }

    void teachingAgainCounts()
    {
        Run run(1, quickSpec("teacher-student"));
        std::vector<double> course;
        run.atProgress = [&] {
            if (run.doing.english().ends_with(", taught")) course.push_back(run.reached);
        };
        run.atMark = [&](const std::string& label) {
            if (label == "seed 2") course.clear();
            if (label == "seed 1") run.set("distill.temperature", 7.0);
        };
        experimentInfo("teacher-student").make()->run(run);
        QVERIFY(std::ranges::is_sorted(course));
        QVERIFY2(course.front() > 0.5 && course.front() < 0.95, qPrintable(QString::number(course.front())));
        QCOMPARE(run.reached, 1.0);
    }

    void theTimeLeftFollowsTheSpeedOfLate()
    {
        TimeLeft left;
        QCOMPARE(left.seconds(), -1.0);
        for (int i = 0; i <= 40; ++i) left.reached(i, 0.01 * i);
        QVERIFY(std::abs(left.seconds() - 60) < 1e-6);
        for (int i = 1; i <= 40; ++i) left.reached(40 + i, 0.4 + 0.002 * i);
        QVERIFY(std::abs(left.seconds() - 260) < 1e-6);
        left.reached(81, 0.2); // more is to be done
        QCOMPARE(left.seconds(), -1.0);
        left.reached(85, 0.6);
        QVERIFY(std::abs(left.seconds() - 4) < 1e-6);
    }

    void threadsAreSharedOut()
    {
        const auto poolsOf = [](int threads, std::size_t together) {
            Run run(threads);
            TrainingRunner runner(run, strokes());
            std::vector<int> sizes;
            std::atomic<std::size_t> begun = 0;
            SideBySide pieces(runner, together);
            for (std::size_t i = 0; i < together; ++i)
                pieces.add([&](SideBySide::Piece& piece) {
                    ++begun;
                    for (int ms = 0; begun < std::min<std::size_t>(together, threads) && ms < 20'000; ++ms)
                        std::this_thread::sleep_for(std::chrono::milliseconds(1));
                    piece.inTurn([&sizes, own = piece.runner().context().pool().threads()] { sizes.push_back(own); });
                });
            for (std::size_t i = 0; i < together; ++i) pieces.next();
            return std::accumulate(sizes.begin(), sizes.end(), 0);
        };
        QCOMPARE(poolsOf(5, 1), 5);
        QCOMPARE(poolsOf(5, 2), 5);
        QCOMPARE(poolsOf(2, 2), 2);
        QCOMPARE(poolsOf(8, 3), 8);
    }

    /// A live field that moves while others wait for a thread is not for them alone.
    void workHasTheSpecOfWhenItWasAdded()
    {
        for (const int threads : {1, 2}) {
            Run run(threads);
            TrainingRunner runner(run, strokes());
            std::vector<std::uint64_t> seeds;
            SideBySide pieces(runner, 3);
            for (std::uint64_t seed = 10; seed < 13; ++seed) {
                run.setSeed(seed);
                pieces.add([&seeds](SideBySide::Piece& piece) {
                    piece.inTurn([&seeds, own = piece.runner().context().spec().seed] { seeds.push_back(own); });
                });
            }
            run.setSeed(1);
            for (int i = 0; i < 3; ++i) pieces.next();
            QCOMPARE(seeds, (std::vector<std::uint64_t>{10, 11, 12}));
        }
    }

    void whatFailsFailsInItsTurn()
    {
        for (const int threads : {1, 2}) {
            Run run(threads);
            TrainingRunner runner(run, strokes());
            SideBySide pieces(runner, 3);
            pieces.add([](SideBySide::Piece& piece) { train(piece, 16); });
            pieces.add([](SideBySide::Piece& piece) { train(piece, 8, 1e30); });
            pieces.add([](SideBySide::Piece& piece) { train(piece, 4); });
            pieces.next();
            const long before = runner.steps();
            Text advice;
            try {
                pieces.next();
            } catch (const Diverged& d) {
                advice = d.advice;
            }
            // Of all steps of the run, as if one had come after the other.
            QVERIFY2(runner.steps() >= before, "steps");
            QCOMPARE(advice.english(), divergenceAdvice(run.spec(), runner.steps()).english());
            QVERIFY(before > 0);
            QVERIFY(!std::ranges::count(run.log, "figure begins4"));
        }
    }

    void aStopEndsAll()
    {
        for (const int threads : {1, 2}) {
            Run run(threads);
            TrainingRunner runner(run, strokes());
            run.atStep = [](long step) {
                if (step == 3) throw Stopped{};
            };
            std::atomic<int> through = 0;
            {
                SideBySide pieces(runner, 6);
                for (int i = 0; i < 6; ++i)
                    pieces.add([&](SideBySide::Piece& piece) {
                        for (int k = 0; k < 1000; ++k) train(piece, 4);
                        ++through;
                    });
                QVERIFY_EXCEPTION_THROWN(pieces.next(), Stopped);
            }
            QCOMPARE(through.load(), 0);
            QCOMPARE(run.log.back(), std::string("step 3"));
        }
    }

    /// Whoever pauses wants the machine for something else.
    void aPauseHoldsThoseWhoseTurnIsStillToCome()
    {
        Run run(2);
        TrainingRunner runner(run, strokes());
        std::atomic<long> ahead = 0;
        long moved = -1;
        run.atStep = [&](long step) {
            if (step != 2) return;
            for (int ms = 0; ahead == 0 && ms < 20'000; ++ms) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            for (int look = 0; look < 100 && moved != 0; ++look) { // a step may be under way
                const long before = ahead;
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
                moved = ahead - before;
            }
            throw Stopped{};
        };
        SideBySide pieces(runner, 2);
        pieces.add([](SideBySide::Piece& piece) {
            for (;;) train(piece, 4);
        });
        pieces.add([&](SideBySide::Piece& piece) {
            TrainingRunner& own = piece.runner();
            Graph graph = buildModel("mlp-4", strokes().shape, strokes().classCount());
            for (;;)
                own.train(graph, {.epochs = 2, .batch = 50}, [&](const StepReport&) {
                    ++ahead;
                    return true;
                });
        });
        QVERIFY_EXCEPTION_THROWN(pieces.next(), Stopped);
        QVERIFY(ahead > 0);
        QCOMPARE(moved, 0L);
    }
};

QTEST_GUILESS_MAIN(TestSideBySide)
#include "tst_side_by_side.moc"
