#include "app/run_controller.h"
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
        QTRY_VERIFY_WITH_TIMEOUT(c.latest() && c.latest()->outcome == Outcome::Finished, 20000);
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
        QTRY_VERIFY_WITH_TIMEOUT(c.latest() && c.latest()->outcome == Outcome::Finished, 20000);
        Session plain(spec, {.threads = 1, .replay = {}});
        plain.wait();
        QCOMPARE(toJson(c.record())["figures"].dump(), toJson(plain.record())["figures"].dump());
        QVERIFY(c.record().metrics == plain.record().metrics);
    }

    void answersLiveFieldsAfterTheEnd()
    {
        RunController c;
        c.start(quickSpec("before-after"));
        QTRY_VERIFY_WITH_TIMEOUT(c.latest() && c.latest()->outcome == Outcome::Finished, 20000);
        c.setLive(QStringLiteral("quant.bits"), std::int64_t{2});
        QTRY_VERIFY_WITH_TIMEOUT(std::any_of(c.latest()->metrics.begin(), c.latest()->metrics.end(),
                                     [](const auto& m) { return m.first == "static.b2.accuracy"; }),
            10000);
        QVERIFY(c.spec().values.at("quant.bits") == Value(std::int64_t{2}));
    }

    void startingAgainDoesNotWait()
    {
        RunController c;
        Spec spec = quickSpec("before-after");
        spec.values["train.epochs"] = std::int64_t{200};
        c.start(spec);
        QTRY_VERIFY_WITH_TIMEOUT(c.latest(), 10000);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 5; ++i) c.start(spec);
        QVERIFY2(timer.elapsed() < 50 * kSlow, qPrintable(QString::number(timer.elapsed())));
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
        c.start(spec);
        c.setPaused(true);
        QTRY_VERIFY_WITH_TIMEOUT(c.latest() && c.latest()->paused, 10000);
        const double held = c.latest()->progress;
        c.stepOnce(Session::StepSize::Batch);
        QTRY_VERIFY(c.latest()->paused && c.latest()->progress > held);
        c.setPaused(false);
        QTRY_VERIFY(!c.latest()->paused);
        c.stop();
        QTRY_VERIFY(c.latest()->outcome == Outcome::Stopped);
    }
};

QTEST_MAIN(TestRunController)
#include "tst_run_controller.moc"
