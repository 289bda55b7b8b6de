#include "engine/core/decimate.h"
#include "engine/core/error.h"
#include "engine/core/fnv.h"
#include "engine/core/latest_slot.h"
#include "engine/core/order.h"
#include "engine/core/rng.h"
#include "engine/core/tensor.h"
#include "engine/core/text.h"
#include "engine/core/thread_pool.h"
#include "tests/support/files.h"

#include <QtTest>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>
#include <sched.h>
#include <set>
#include <thread>

using namespace bitstill;
using namespace std::chrono_literals;

class TestCore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void numbersInNamesCountAsNumbers()
    {
        std::vector<std::string> names{"mlp-16", "b", "10.weight", "mlp-8", "2.weight", "mlp", "mlp-008x", "2"};
        std::ranges::sort(names, isNaturallyBefore);
        QVERIFY(names == std::vector<std::string>({"2", "2.weight", "10.weight", "b", "mlp", "mlp-8", "mlp-008x", "mlp-16"}));
        QVERIFY(!isNaturallyBefore("07", "7") && !isNaturallyBefore("7", "07"));
    }

    void wholeNumbersFitAnInteger()
    {
        for (const double whole : {0.0, -3.0, 9007199254740992.0}) QVERIFY(isWhole(whole));
        for (const double none : {0.5, 1e300, -1e19, std::nan(""), HUGE_VAL}) QVERIFY(!isWhole(none));
    }

    void foreignTextIsPrintable()
    {
        const std::pair<std::string, std::string> rows[] = {{"plain, 한글, ½ µ", "plain, 한글, ½ µ"}, {"a\x1b[31mb", "a\\x1b[31mb"},
            {"two\nlines\r\t", "two\\nlines\\r\\t"}, {std::string("nul\0l", 5), "nul\\x00l"}, {"\x7f", "\\x7f"}, {"\xC2\x9B", "\\x9b"},
            {"\xE2\x80\xAE"
             "gnp",
                "\\u202egnp"},
            {"caf\xE9", "caf\xEF\xBF\xBD"}, {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
            {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
            {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}, {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
            {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"}};
        for (const auto& [raw, shown] : rows) {
            QCOMPARE(printable(raw), shown);
            QCOMPARE(printable(shown), shown);
            QVERIFY(isUtf8(shown));
        }
        QVERIFY(isUtf8("한글") && !isUtf8("caf\xE9") && !isUtf8("\xED\xA0\x80") && !isUtf8("\xE2\x82"));
    }

    void longTextIsBounded()
    {
        std::string korean;
        for (int i = 0; i < 10'000; ++i) korean += "가";
        for (const std::string& text : {std::string(100'000, 'x'), korean, std::string(100'000, '\x1b')}) {
            const std::string shown = printable(text, 100);
            QVERIFY2(shown.size() <= 100 && shown.size() > 80 && isUtf8(shown), shown.c_str());
            QCOMPARE(printable(shown, 100), shown);
        }
        const Error e(
            std::string(100'000, 'f'), text("there is no tensor \"%1\"", std::string(1'000'000, 't')), std::string("\x1b]0;title\x07"));
        QVERIFY(std::string(e.what()).size() < 1200 && !contains(e.what(), "\x1b") && e.sentence().english() == e.what());
        const std::string problems = describe(std::vector<Problem>{{"a\x1b" + std::string(100'000, 'k'), std::string(100'000, 'w'), "h"}});
        QVERIFY(problems.size() < 1200 && !contains(problems, "\x1b"));
    }

    /// The values that its authors give: seeds, specs and networks are told apart by them.
    void hashesAreFnv1a()
    {
        QCOMPARE(fnv1a({}), std::uint64_t{0xcbf29ce484222325u});
        QCOMPARE(fnv1a("a"), std::uint64_t{0xaf63dc4c8601ec8cu});
        QCOMPARE(fnv1a("foobar"), std::uint64_t{0x85944171f73967e8u});
        QCOMPARE(fnv1a("bar", fnv1a("foo")), fnv1a("foobar"));
    }

    void streamsAreFixedForever()
    {
        // A seed means the same on every machine and in every version: these numbers must not change.
        Rng rng(1, "init");
        QCOMPARE(rng.next(), std::uint64_t{16271497861436605445u});
        QVERIFY(Rng(1, "init").next() != Rng(1, "shuffle").next());
        QVERIFY(Rng(1, "init").next() != Rng(2, "init").next());
        QVERIFY(Rng(1, "init", 0).next() != Rng(1, "init", 1).next());
    }

    void normalsHaveMeanZeroAndVarianceOne()
    {
        Rng rng(3, "noise");
        const int n = 200000;
        double sum = 0, squares = 0, laplace = 0;
        for (int i = 0; i < n; ++i) {
            const double v = rng.normal();
            sum += v;
            squares += v * v;
            laplace += std::abs(rng.laplace());
        }
        QVERIFY(std::abs(sum / n) < 0.01);
        QVERIFY(std::abs(squares / n - 1) < 0.02);
        QVERIFY(std::abs(laplace / n - 1) < 0.02);
    }

    void shufflesReachEveryPosition()
    {
        std::vector<int> hits(5, 0);
        for (std::uint64_t i = 0; i < 5000; ++i) {
            std::vector<int> v{0, 1, 2, 3, 4};
            Rng(7, "shuffle", i).shuffle(v);
            ++hits[static_cast<std::size_t>(std::find(v.begin(), v.end(), 0) - v.begin())];
            QCOMPARE(std::set<int>(v.begin(), v.end()).size(), 5u);
        }
        for (const int h : hits) QVERIFY(h > 850 && h < 1150);
    }

    void numbersReadBack_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("tenth") << 0.1 << "0.1";
        QTest::newRow("small") << 1e-4 << "0.0001";
        QTest::newRow("tiny") << 1e-9 << "1e-09";
        QTest::newRow("whole") << 60000.0 << "60000";
        QTest::newRow("third") << 1.0 / 3 << "0.3333333333333333";
    }
    void numbersReadBack()
    {
        QFETCH(double, value);
        QFETCH(QString, text);
        QCOMPARE(QString::fromStdString(shortest(value)), text);
        QCOMPARE(text.toDouble(), value);
    }

    void numbersAreWrittenForPeople()
    {
        QCOMPARE(grouped(1234567), std::string("1,234,567"));
        QCOMPARE(grouped(-123), std::string("-123"));
        QCOMPARE(signedFixed(-0.561, 2), std::string("−0.56"));
        QCOMPARE(signedFixed(-0.001, 2), std::string("0.00"));
        QCOMPARE(signedFixed(0.2, 2), std::string("+0.20"));
        QCOMPARE(significant(1.23e-7), std::string("1.23e-07"));
        QCOMPARE(significant(0.0), std::string("0"));
        QCOMPARE(percent(0.8953), std::string("89.53 %"));
        QCOMPARE(bytesText(940584), std::string("918.5 KiB"));
    }

    void anyNumberHasRoom()
    {
        QCOMPARE(fixed(1e300, 2), std::string("1.000e+300"));
        QCOMPARE(fixed(-123456789012.5, 1), std::string("-123456789012.5"));
        QCOMPARE(signedFixed(-1e300, 2), std::string("−1.000e+300"));
        QCOMPARE(percent(1e300), std::string("1.000e+302 %"));
        constexpr std::size_t kMost = 26;
        for (int power = -323; power <= 308; ++power)
            for (const double lead : {1.0, -1.0, 1.2345678901234567, -9.87654321e-1}) {
                const double value = lead * std::pow(10.0, power);
                for (const std::string& shown : {fixed(value, 3), signedFixed(value, 3), significant(value), percent(value),
                         shortest(value), shortest(static_cast<float>(value))})
                    QVERIFY2(shown.size() <= kMost, shown.c_str());
            }
    }

    void patternsTakeTheirArgumentsInAnyOrder()
    {
        QCOMPARE(text("%2 of %1", "a", "b").english(), std::string("b of a"));
        QCOMPARE(Text("100 % of %1", {"x"}).english(), std::string("100 % of x"));
        QCOMPARE(text("%1 and %2", "%2").english(), std::string("%2 and %2"));
    }

    void nearestNameIsFound()
    {
        QCOMPARE(nearest("quant.bit", {"quant.bits", "quant.scheme"}), std::string("quant.bits"));
        QCOMPARE(nearest("xyzzy", {"quant.bits"}), std::string());
    }

    void decimationKeepsExtremesAndEnds()
    {
        std::vector<double> x(100000), y(100000, 0.0);
        std::iota(x.begin(), x.end(), 0.0);
        y[4711] = 9;
        y[4712] = -9;
        y.back() = 1;
        const Points p = decimate(x, y, 1000);
        QVERIFY(p.x.size() <= 1000);
        QCOMPARE(*std::max_element(p.y.begin(), p.y.end()), 9.0);
        QCOMPARE(*std::min_element(p.y.begin(), p.y.end()), -9.0);
        QCOMPARE(p.x.front(), 0.0);
        QCOMPARE(p.y.back(), 1.0);
        QVERIFY(std::is_sorted(p.x.begin(), p.x.end()));
    }

    void poolDoesEveryTaskOnce()
    {
        for (const int threads : {1, 2, 5}) {
            ThreadPool pool(threads);
            for (int round = 0; round < 50; ++round) {
                std::vector<std::atomic<int>> done(37);
                pool.run(
                    37, [&](int i) { ++done[static_cast<std::size_t>(i)]; }, round % 2 == 1);
                for (const auto& d : done) QCOMPARE(d.load(), 1);
            }
        }
    }

    void lanesAreNeverShared()
    {
        ThreadPool pool(3), inner(2);
        std::array<std::atomic<int>, 3> busy{};
        std::atomic<bool> shared = false, wrong = false;
        for (int round = 0; round < 20; ++round)
            pool.run(30, [&](int) {
                const int lane = ThreadPool::lane();
                wrong = wrong || lane < 0 || lane >= 3;
                shared = shared || busy[static_cast<std::size_t>(lane)].fetch_add(1) != 0;
                std::this_thread::yield();
                busy[static_cast<std::size_t>(lane)].fetch_sub(1);
            });
        QVERIFY(!wrong && !shared);
        // A thread of one pool that has a pool of its own is the caller there, and itself again afterwards.
        std::mutex one;
        std::atomic<bool> outside = false;
        pool.run(6, [&](int) {
            std::lock_guard lock(one);
            const int before = ThreadPool::lane();
            inner.run(1, [&](int) { outside = outside || ThreadPool::lane() != 0; });
            outside = outside || ThreadPool::lane() != before;
        });
        QVERIFY(!outside);
    }

    void threadsBeginWithTheirOwnPart()
    {
        ThreadPool pool(2);
        std::array<std::atomic<int>, 2> started{};
        std::array<int, 2> lanes{-1, -1};
        pool.run(2, [&](int i) {
            lanes[static_cast<std::size_t>(i)] = ThreadPool::lane();
            started[static_cast<std::size_t>(i)] = 1;
            while (started[static_cast<std::size_t>(1 - i)] == 0) std::this_thread::yield(); // so that nobody helps the other
        });
        QCOMPARE(lanes[0], 0);
        QCOMPARE(lanes[1], 1);
    }

    void backwardsEachThreadBeginsAtTheEndOfItsPart()
    {
        for (const int threads : {1, 2}) {
            ThreadPool pool(threads);
            std::vector<std::vector<int>> order(2); // by lane
            std::atomic<int> started = 0;
            pool.run(
                8,
                [&](int i) {
                    std::vector<int>& mine = order[static_cast<std::size_t>(ThreadPool::lane())];
                    mine.push_back(i);
                    if (mine.size() > 1) return;
                    for (++started; started < threads;) std::this_thread::yield(); // so that nobody helps the other before it begins
                },
                true);
            QCOMPARE(order[0].front(), threads == 1 ? 7 : 3);
            if (threads == 2) QCOMPARE(order[1].front(), 7);
            if (threads == 1) QCOMPARE(order[0], (std::vector<int>{7, 6, 5, 4, 3, 2, 1, 0}));
        }
    }

    void aThreadLeavesTheCoreOfAnother()
    {
        cpu_set_t allowed, core;
        QCOMPARE(sched_getaffinity(0, sizeof allowed, &allowed), 0);
        if (CPU_COUNT(&allowed) < 2) QSKIP("one core only");
        const int crowded = sched_getcpu();
        CPU_ZERO(&core);
        CPU_SET(crowded, &core);
        ThreadPool pool(2);
        std::atomic<bool> left = false;
        std::jthread([&] {
            sched_setaffinity(0, sizeof core, &core);
            std::atomic<int> there = 0;
            pool.run(2, [&](int) {
                sched_setaffinity(0, sizeof core, &core);
                for (++there; there < 2;) std::this_thread::yield();
            });
            for (int round = 0; round < 20 && !left; ++round)
                pool.run(2, [&](int) {
                    if (ThreadPool::lane() == 1) left = sched_getcpu() != crowded;
                    const auto end = std::chrono::steady_clock::now() + 20ms; // longer than the scheduler leaves it the core
                    while (!left && std::chrono::steady_clock::now() < end) continue;
                });
        }).join();
        QVERIFY(left);
    }

    void poolPassesExceptionsOn()
    {
        ThreadPool pool(3);
        QVERIFY_EXCEPTION_THROWN(pool.run(10,
                                     [](int i) {
                                         if (i == 7) throw std::runtime_error("x");
                                     }),
            std::runtime_error);
        std::atomic<int> after{0};
        pool.run(4, [&](int) { ++after; });
        QCOMPARE(after.load(), 4);
    }

    void slotHandsOverTheNewestValue()
    {
        LatestSlot<int> slot;
        QVERIFY(slot.wanted());
        slot.put(std::make_unique<const int>(1));
        slot.put(std::make_unique<const int>(2));
        QVERIFY(!slot.wanted());
        QCOMPARE(*slot.take(), 2);
        QVERIFY(!slot.take());
        slot.request();
        QVERIFY(slot.wanted());
    }
};

QTEST_APPLESS_MAIN(TestCore)
#include "tst_core.moc"
