#include "app/run_controller.h"
#include "tests/support/figure_of.h"
#include "tests/support/patience.h"
#include "tests/support/quick.h"

#include <QtTest>
#include <nlohmann/json.hpp>

using namespace bitstill;

class TestRunController : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void deliversTheEnd()
    {
        RunController c;
        QSignalSpy snapshots(&c, &RunController::snapshotReady);
        c.start(quickSpec("before-after"));
        QVERIFY(c.isRunning());
        EVENTUALLY(c.latest() && c.latest()->outcome == Outcome::Finished);
        QVERIFY(!c.isRunning());
        QVERIFY(!snapshots.isEmpty());
        QCOMPARE(c.latest()->progress, 1.0);
        QVERIFY(c.latest()->figures.size() > 3);
    }

    void theWindowComputesWhatTheCommandLineComputes()
    {
        const Spec spec = quickSpec("before-after");
        RunController c;
        c.start(spec);
        EVENTUALLY(c.latest() && c.latest()->outcome == Outcome::Finished);
        Session plain(spec, {.threads = 1, .replay = {}});
        plain.wait();
        QCOMPARE(toJson(c.record())["figures"].dump(), toJson(plain.record())["figures"].dump());
        QVERIFY(c.record().metrics == plain.record().metrics);
    }

    /// What the teacher gave in the runs before stays in the picture.
    void contrastsThatWereRunStandBesideEachOther()
    {
        RunController c;
        const auto bars = [&c] {
            if (!c.latest() || c.latest()->outcome != Outcome::Finished) return std::size_t{0};
            const Figure* contrasts = figureOf(c.latest()->figures, "contrasts");
            return contrasts ? std::get<Bars>(contrasts->body).series[0].values.size() : 0;
        };
        Spec spec = quickSpec("teacher-student");
        spec.values["train.epochs"] = std::int64_t{2};
        c.start(spec);
        EVENTUALLY_EQUAL(bars(), std::size_t{1});
        spec.values["distill.knowledge"] = std::string("hard");
        c.start(spec);
        EVENTUALLY_EQUAL(bars(), std::size_t{2});
    }

    void answersLiveFieldsAfterTheEnd()
    {
        RunController c;
        c.start(quickSpec("before-after"));
        EVENTUALLY(c.latest() && c.latest()->outcome == Outcome::Finished);
        c.setLive(QStringLiteral("quant.bits"), std::int64_t{2});
        EVENTUALLY(std::any_of(
            c.latest()->metrics.begin(), c.latest()->metrics.end(), [](const auto& m) { return m.first == "static.b2.accuracy"; }));
        QVERIFY(c.spec().values.at("quant.bits") == Value(std::int64_t{2}));
    }

    void startingAgainDoesNotWait()
    {
        RunController c;
        Spec spec = quickSpec("before-after");
        spec.values["data.samples"] = std::int64_t{6000};
        spec.values["train.epochs"] = std::int64_t{1000}; // some minutes each
        c.start(spec);
        EVENTUALLY(c.latest());
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 5; ++i) c.start(spec);
        QVERIFY2(timer.elapsed() < 20000, qPrintable(QString::number(timer.elapsed())));
        c.reset();
        QVERIFY(!c.isRunning() && !c.latest());
        QTest::qWait(100);
        QVERIFY(!c.latest());
    }

    void pausesAndGoesOn()
    {
        RunController c;
        Spec spec = quickSpec("before-after");
        spec.values["train.epochs"] = std::int64_t{100};
        c.start(spec, StepSize::Batch);
        QVERIFY(c.isPaused());
        QTest::qSleep(200); // a busy machine
        EVENTUALLY(c.latest() && c.latest()->paused);
        QCOMPARE(c.latest()->step, long{1});
        const double held = c.latest()->progress;
        c.stepOnce(StepSize::Batch);
        EVENTUALLY(c.latest()->paused && c.latest()->progress > held);
        c.setPaused(false);
        EVENTUALLY(!c.latest()->paused);
        c.stop();
        EVENTUALLY(c.latest()->outcome == Outcome::Stopped);
    }
};

QTEST_MAIN(TestRunController)
#include "tst_run_controller.moc"
