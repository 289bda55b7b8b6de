// What a run that was stopped says is of the settings that it ends with.

#include "engine/experiment/catalogue.h"
#include "tests/support/figure_of.h"
#include "tests/support/run.h"

#include <QtTest>

using namespace bitstill;

namespace {

/// Stops at the first step after the moment of this name, at which `change` was made; measures what there is.
void stopAfter(Run& run, const std::string& moment, const std::function<void(const std::string&)>& change)
{
    const std::unique_ptr<Experiment> experiment = experimentInfo(run.spec().experiment).make();
    bool stops = false;
    run.atMark = [&](const std::string& label) {
        change(label);
        stops = label == moment;
    };
    run.atStep = [&](long) {
        if (stops) throw Stopped{};
    };
    QVERIFY_EXCEPTION_THROWN(experiment->run(run), Stopped);
    experiment->interrupted(run, Interruption::Stop);
}

Spec threeSeeds()
{
    Spec spec = quickSpec("teacher-student");
    spec.values["distill.seeds"] = std::int64_t{3};
    return spec;
}

} // namespace

class TestStopped : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onlyPairsTaughtWithTheLastSettingsAreInTheMetrics()
    {
        Run run(1, threeSeeds());
        stopAfter(run, "seed 2", [&](const std::string& label) {
            if (label == "seed 1") run.set("distill.temperature", 9.0);
        });
        QVERIFY(run.metricOf("gain.mean"));
        QVERIFY(!run.metricOf("gain.low") && !run.metricOf("gain.high")); // of one pair there is no interval
    }

    void ofSettingsThatNobodyWasTaughtWithThereIsNoGain()
    {
        Run run(1, threeSeeds());
        stopAfter(run, "seed 2", [&](const std::string& label) {
            if (label == "seed 2") run.set("distill.temperature", 9.0);
        });
        QVERIFY(run.metricOf("teacher.accuracy"));
        for (const char* name : {"gain.mean", "gain.low", "gain.high", "student.taught.accuracy", "student.alone.accuracy"})
            QVERIFY2(!run.metricOf(name), name);
        for (const char* id : {"pairs", "table", "seen"}) QVERIFY2(!figureOf(run.shown.figures, id), id);
        const Figure* verdict = figureOf(run.shown.figures, "verdict");
        QVERIFY(verdict && verdict->caption.english().find("0 of 2") != std::string::npos);
    }

    void aStopWithoutChangesLeavesAllPairs()
    {
        Run run(1, threeSeeds());
        stopAfter(run, "seed 2", [](const std::string&) {});
        QVERIFY(run.metricOf("gain.low"));
        QVERIFY(figureOf(run.shown.figures, "pairs"));
    }

    /// While it is measured a change is answered on some of the samples.
    void anEpochsEndIsMeasuredOnAllTestSamples()
    {
        Spec spec = quickSpec("before-after");
        spec.values["data.samples"] = std::int64_t{12000};
        spec.values["train.batch"] = std::int64_t{512};
        spec.values["quant.bits"] = std::int64_t{8};
        Run run(1, spec);
        const std::unique_ptr<Experiment> experiment = experimentInfo("before-after").make();
        bool trains = false, changed = false;
        run.atMark = [&](const std::string&) { trains = true; };
        run.atPoll = [&] {
            if (!trains || changed || run.doing.english().find("training") == std::string::npos) return;
            changed = true;
            run.set("quant.bits", std::int64_t{2});
            experiment->retune(run);
        };
        run.atStep = [&](long) {
            if (changed) throw Stopped{};
        };
        QVERIFY_EXCEPTION_THROWN(experiment->run(run), Stopped);
        QVERIFY(changed);
        QVERIFY(!run.metricOf("static.b2.accuracy"));
        experiment->interrupted(run, Interruption::Stop);
        QVERIFY(run.metricOf("static.b2.accuracy"));
        QVERIFY(*run.metricOf("test.samples") > 1000);
    }
};

QTEST_GUILESS_MAIN(TestStopped)
#include "tst_stopped.moc"
