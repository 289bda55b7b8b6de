// What was tried on a run's networks after its end leaves dots too.

#include "engine/store/tried.h"
#include "tests/support/history.h"
#include "tests/support/patience.h"
#include "tests/support/sessions.h"

#include <cmath>
#include <mutex>

using namespace bitstill;

class TestTouched : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsTouchedAfterARunIsADotOfItsOwn()
    {
        const Folder folder;
        const TouchedSettings touched{.changed = {{"quant.bits", std::int64_t{5}}},
            .metrics = {{"static.b5.accuracy", 0.85}, {"static.b5.bytes", 600}, {"test.samples", 400}}};
        const TouchedSettings same{
            .changed = {{"quant.observer", std::string("mse")}}, .metrics = {{"static.b3.accuracy", 0.8}, {"static.b3.bytes", 400}}};
        RunId run = 0;
        {
            History history(folder.path());
            run = history.add(triedAt(3, 0.8, 400), {}, 1, "").id;
            history.touch(run, touched);
            history.touch(run, same);
        }
        History history(folder.path()); // another day
        const Tried tried = triedOf(history);
        QCOMPARE(tried.runs, std::vector<RunId>{run});
        QCOMPARE(tried.dots.size(), std::size_t{3}); // where a run's own dot is there is no other
        const auto dot = std::ranges::find_if(tried.dots, [](const TriedDot& d) { return d.network == "static.b5"; });
        QVERIFY(dot != tried.dots.end());
        QCOMPARE(dot->run, run);
        QVERIFY(dot->touched == touched.changed && dot->accuracy.samples == 400);
        QVERIFY2(contains(dot->settings.english(), "Bits 5"), dot->settings.english().c_str());
        QCOMPARE(std::ranges::count_if(tried.dots, [](const TriedDot& d) { return d.touched.empty() && d.runs == 1; }), 2);
        history.toTrash({run});
        QVERIFY(triedOf(history).dots.empty());
    }

    void whatIsTouchedIsKeptWithItsRunAndBounded()
    {
        const Folder folder;
        History history(folder.path());
        const RunId run = history.add(triedAt(3, 0.8, 400), {}, 1, "").id, other = history.add(triedAt(4, 0.9, 500), {}, 2, "").id;
        const auto at = [](std::int64_t samples, double accuracy) {
            return TouchedSettings{.changed = {{"quant.calibration", samples}}, .metrics = {{"static.b3.accuracy", accuracy}}};
        };
        for (int i = 0; i < kMostTouched + 2; ++i) history.touch(run, at(i, 0.1));
        history.touch(run, at(7, 0.2)); // again: the newest of them
        history.touch(other, at(1, 0.3));
        const auto kept = history.touched("before-after");
        QCOMPARE(kept.at(run).size(), static_cast<std::size_t>(kMostTouched));
        QVERIFY(kept.at(run).back() == at(7, 0.2) && kept.at(run).front() == at(2, 0.1));
        QCOMPARE(kept.at(other).size(), std::size_t{1});
        QVERIFY(history.touched("four-ways").empty());
        history.forget({run});
        history.touch(run, at(1, 0.1)); // it is gone
        QCOMPARE(history.touched("before-after").size(), std::size_t{1});
        QVERIFY(history.check().isWhole());
    }

    void aTouchIsTheNetworksThatAreOthersNow()
    {
        const Record run = triedAt(3, 0.8, 400);
        Record four = run, back = run, axis = run;
        four.knobs = {{.field = "quant.bits", .value = std::int64_t{4}}};
        four.metrics.insert(four.metrics.end(), {{"static.b4.accuracy", 0.85}, {"static.b4.bytes", 500}, {"other.accuracy", 0.5}});
        const std::optional<TouchedSettings> touched = touchedBy(run, run, four);
        QVERIFY(touched.has_value());
        QCOMPARE(touched->changed, (Values{{"quant.bits", std::int64_t{4}}}));
        const Metrics expected{{"static.b4.accuracy", 0.85}, {"static.b4.bytes", 500}, {"test.samples", 400}}; // no cost, no dot
        QCOMPARE(touched->metrics, expected);
        axis.knobs = {{.field = "show.shared_axis", .value = true}};
        QVERIFY(!touchedBy(run, run, axis)); // nothing was measured
        back.knobs = four.knobs;
        back.knobs.push_back({.field = "quant.bits", .value = std::int64_t{3}});
        back.metrics = four.metrics;
        back.metrics[3].second = 0.79;
        QVERIFY(!touchedBy(run, four, back)); // the run's own settings
    }

    /// A real run, changed after its end, comes to what a run of these settings finds.
    void aTouchIsWhatARunOfItsSettingsFinds()
    {
        std::mutex mutex;
        std::vector<Record> answered;
        const auto count = [&] {
            const std::lock_guard lock(mutex);
            return answered.size();
        };
        Session session(quickSpec("before-after"), {.answered = [&](const Record& record) {
            const std::lock_guard lock(mutex);
            answered.push_back(record);
        }});
        session.wait();
        const Record run = session.record();
        QCOMPARE(count(), std::size_t{0});
        session.setLive("quant.bits", std::int64_t{5});
        EVENTUALLY(count() == 1);
        const std::optional<TouchedSettings> touched = touchedBy(run, run, answered[0]);
        QVERIFY(touched.has_value());
        Spec spec = quickSpec("before-after");
        spec.values["quant.bits"] = std::int64_t{5};
        const Record again = ran(spec);
        for (const auto& [metric, value] : touched->metrics) QCOMPARE(again.metric(metric), value);
        QVERIFY(!std::isnan(metricIn(touched->metrics, "static.b5.accuracy")));
        QVERIFY(std::isnan(metricIn(touched->metrics, "float32.accuracy"))); // as before
    }
};

QTEST_GUILESS_MAIN(TestTouched)
#include "tst_touched.moc"
