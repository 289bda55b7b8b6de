// An experiment at work: run, stop, pause, step, live fields, replay. Every test runs every experiment of the table.

#include "tests/support/figure_of.h"
#include "tests/support/patience.h"
#include "tests/support/sessions.h"

#include <QtTest>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace bitstill;
using namespace std::chrono_literals;

namespace {

std::size_t trialsOf(const Record& r)
{
    const auto found = std::ranges::find(r.figures, "trials", [](const FigurePointer& f) { return f->id; });
    return found == r.figures.end() ? 0 : std::get<Scatter>((*found)->body).points.size();
}

/// Of quickestSpec on one thread, made once.
const Record& quickRecord(const std::string& id)
{
    static std::map<std::string, Record> made;
    const auto found = made.find(id);
    return found != made.end() ? found->second : made.emplace(id, ran(quickestSpec(id), {.threads = 1, .replay = {}})).first->second;
}

} // namespace

class TestSession : public QObject {
    Q_OBJECT

    static void experimentRows()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments()) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }

private Q_SLOTS:
    void finishesWithFiguresAndMetrics_data() { experimentRows(); }
    void finishesWithFiguresAndMetrics()
    {
        QFETCH(QString, id);
        const Record& r = quickRecord(id.toStdString());
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QVERIFY(r.figures.size() >= 3);
        QVERIFY(!r.metrics.empty());
        for (const auto& [name, value] : r.metrics) QVERIFY2(std::isfinite(value), name.c_str());
        for (const FigurePointer& f : r.figures)
            QVERIFY2(!f->title.empty() && !f->caption.empty() && !f->description.empty(), f->id.c_str());
    }

    /// What the window promises before a run is what the run draws.
    void expectedFiguresCome_data() { experimentRows(); }
    void expectedFiguresCome()
    {
        QFETCH(QString, id);
        const Record& r = quickRecord(id.toStdString());
        const std::vector<ExpectedFigure>& expected = experimentInfo(id.toStdString()).expected;
        QVERIFY(expected.size() >= 3);
        for (const ExpectedFigure& e : expected) {
            const auto isIt = [&](const FigurePointer& f) {
                return (e.id.ends_with('.') ? f->id.starts_with(e.id) : f->id == e.id) && f->body.index() == e.kind.index();
            };
            QVERIFY2(std::ranges::any_of(r.figures, isIt), e.id.c_str());
        }
    }

    void sameSpecSameRecord_data() { experimentRows(); }
    void sameSpecSameRecord()
    {
        QFETCH(QString, id);
        const Spec spec = quickestSpec(id.toStdString());
        Spec other = spec;
        other.seed = 2;
        Session many(spec, {.threads = 4, .replay = {}}),
            reseeded(other, {}); // beside each other: some measure latencies, which takes time
        Session watched(spec, {.threads = 2, .replay = {}}); // with snapshots
        while (watched.outcome() == Outcome::Running) {
            watched.request();
            std::this_thread::sleep_for(1ms);
            watched.take();
        }
        many.wait();
        reseeded.wait();
        const Record& a = quickRecord(id.toStdString());
        QCOMPARE(figuresText(watched.record()), figuresText(a));
        QCOMPARE(figuresText(many.record()), figuresText(a));
        QVERIFY(figuresText(reseeded.record()) != figuresText(a));
    }

    void aStoppedRunIsARecord()
    {
        Session s(longSpec("before-after"), {});
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.marks.size() >= 2; }));
        s.stop();
        s.wait();
        QVERIFY(s.record().outcome == Outcome::Stopped);
        QVERIFY(!s.record().figures.empty());
    }

    /// However late the first request comes.
    void aRunThatBeginsWithAStepPausesAfterIt()
    {
        Session batch(longSpec("before-after"), {.pauseAfter = StepSize::Batch}),
            epoch(longSpec("before-after"), {.pauseAfter = StepSize::Epoch});
        std::this_thread::sleep_for(200ms);
        QVERIFY(snapshotWith(batch, [](const Snapshot& x) { return x.paused && x.step == 1; }));
        QVERIFY(snapshotWith(epoch, [](const Snapshot& x) { return x.paused && x.step == 19; }));
    }

    /// A network is drawn as soon as it is open, although calibrating it takes long and nobody asked in the moment before.
    void aFigureThatIsNewIsDeliveredUnasked()
    {
        std::atomic<Session*> session = nullptr;
        std::atomic<bool> seen = false;
        const auto look = [&] {
            if (!session || seen) return;
            const auto x = session.load()->take(); // and no request
            seen = x && x->outcome == Outcome::Running && figureOf(x->figures, "map");
        };
        Session s(quickSpec("own-model"), {.delivered = look});
        session = &s;
        s.wait();
        QVERIFY(seen);
    }

    void pauseHoldsAndStepMovesOn()
    {
        Session s(longSpec("before-after"), {});
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.progress > 0; }));
        s.pause();
        const auto held = snapshotWith(s, [](const Snapshot& x) { return x.paused; });
        QVERIFY(held);
        std::this_thread::sleep_for(30ms);
        const auto later = snapshotWith(s, [](const Snapshot&) { return true; });
        QCOMPARE(later->progress, held->progress);
        s.stepOnce(StepSize::Batch);
        const double oneStep = 1.0 / (200 * 19);
        const auto stepped =
            snapshotWith(s, [&](const Snapshot& x) { return x.paused && std::abs(x.progress - held->progress - oneStep) < 1e-9; });
        QVERIFY(stepped);
        s.stepOnce(StepSize::Epoch);
        QVERIFY(snapshotWith(s, [&](const Snapshot& x) { return x.paused && x.marks.size() == stepped->marks.size() + 1; }));
        s.resume();
        QVERIFY(snapshotWith(s, [&](const Snapshot& x) { return !x.paused && x.marks.size() > stepped->marks.size() + 1; }));
    }

    void liveFieldsActAfterTheRun_data() { experimentRows(); }
    void liveFieldsActAfterTheRun()
    {
        QFETCH(QString, id);
        const std::vector<Field>& all = experimentInfo(id.toStdString()).fields;
        if (std::none_of(all.begin(), all.end(), [](const Field& f) { return f.live; })) QSKIP("has no live field");
        Session s(quickestSpec(id.toStdString()), {});
        s.wait();
        const Record before = s.record();
        for (const Field& f : experimentInfo(id.toStdString()).fields) {
            if (!f.live) continue;
            Value value = f.low;
            if (f.kind == Field::Kind::Choice) value = f.choices.back().value;
            if (f.kind == Field::Kind::Int)
                value = static_cast<std::int64_t>(std::get<std::int64_t>(f.initial) == std::lround(f.low) ? f.high : f.low);
            if (f.kind == Field::Kind::Flag) value = true;
            if (f.kind == Field::Kind::Name) value = std::string(f.key == "own.layers" ? "dense1=8" : "dense1");
            s.setLive(f.key, value);
            QTRY_VERIFY2_WITH_TIMEOUT(!s.record().knobs.empty() && s.record().knobs.back().field == f.key, f.key.c_str(), 60000);
        }
        QVERIFY(figuresText(s.record()) != figuresText(before));
    }

    void bitsRequantizeWithoutTraining()
    {
        Session s(quickSpec("before-after"), {});
        s.wait();
        const double three = s.record().metric("static.b3.accuracy"), full = s.record().metric("float32.accuracy");
        QVERIFY(three > 0 && full > 0);
        s.setLive("quant.bits", std::int64_t{8});
        EVENTUALLY(!std::isnan(s.record().metric("static.accuracy")));
        QCOMPARE(s.record().metric("float32.accuracy"), full);
        s.setLive("quant.bits", std::int64_t{2});
        EVENTUALLY(!std::isnan(s.record().metric("static.b2.accuracy")));
        s.setLive("quant.bits", std::int64_t{3});
        EVENTUALLY_EQUAL(s.record().knobs.size(), 3u);
        QCOMPARE(s.record().metric("static.b3.accuracy"), three);
    }

    void knobLogsReplay()
    {
        const Spec spec = quickSpec("before-after");
        Session s(spec, {.pauseAfter = StepSize::Epoch});
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.paused && x.marks.size() == 2; }));
        s.setLive("quant.bits", std::int64_t{2});
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.paused; }));
        EVENTUALLY(snapshotWith(s, [](const Snapshot& x) {
            return std::any_of(
                x.figures.begin(), x.figures.end(), [](const FigurePointer& f) { return contains(f->caption.english(), "of 3 levels"); });
        }));
        s.resume();
        s.wait();
        const Record first = s.record();
        QCOMPARE(first.knobs.size(), 1u);
        const Record again = ran(spec, {.threads = 2, .replay = first.knobs});
        QVERIFY(again.knobs == first.knobs);
        QCOMPARE(figuresText(again), figuresText(first));
    }

    /// A temperature that changes while a student is taught: the log gives the same weights again, and others than without it.
    void temperatureChangesReplay()
    {
        const Spec spec = quickSpec("teacher-student");
        const std::vector<KnobChange> log{{.step = 45, .field = "distill.temperature", .value = 9.0}};
        const Record a = ran(spec, {.threads = 1, .replay = log}), b = ran(spec, {.threads = 2, .replay = log}), plain = ran(spec);
        QCOMPARE(a.knobs.size(), 1u);
        QVERIFY(a.knobs == b.knobs && a.knobs[0].moment > 0);
        QVERIFY(a.knobs[0] == (KnobChange{log[0].step, log[0].field, log[0].value, a.knobs[0].moment}));
        QCOMPARE(figuresText(b), figuresText(a));
        QVERIFY(figuresText(a) != figuresText(plain));
        QCOMPARE(a.metric("student.alone.accuracy"), plain.metric("student.alone.accuracy"));
    }

    /// Moved in the middle of a step or of a test: the log tells between which steps.
    void aMovedSliderReplays_data()
    {
        QTest::addColumn<QString>("id");
        QTest::newRow("temperature") << "soft-labels";
        QTest::newRow("bits") << "before-after";
    }
    void aMovedSliderReplays()
    {
        QFETCH(QString, id);
        Spec spec = quickSpec(id.toStdString());
        spec.values["data.samples"] = std::int64_t{3000};
        Session s(spec, {});
        for (int i = 1; s.outcome() == Outcome::Running; ++i) {
            if (id == "soft-labels")
                s.setLive("distill.temperature", 0.5 * (1 + i % 40));
            else
                s.setLive("quant.bits", std::int64_t{2 + i % 7});
            std::this_thread::sleep_for(1ms);
        }
        s.wait();
        const Record first = s.record();
        QVERIFY(first.outcome == Outcome::Finished && first.knobs.size() > 5);
        const Record again = ran(spec, {.threads = 2, .replay = first.knobs});
        QCOMPARE(figuresText(again), figuresText(first));
    }

    /// A trial that a newer change overtook leaves nothing behind, in the replay neither.
    void anOvertakenAnswerIsNotReplayed()
    {
        Spec spec = quickSpec("teacher-student");
        spec.values["train.epochs"] = std::int64_t{200};
        Session s(spec, {});
        s.wait();
        const std::size_t before = trialsOf(s.record());
        for (const double t : {3.0, 5.0, 7.0}) {
            s.setLive("distill.temperature", t);
            std::this_thread::sleep_for(5ms);
        }
        EVENTUALLY_EQUAL(trialsOf(s.record()), before + 1);
        QCOMPARE(figuresText(ran(spec, {.threads = 2, .replay = s.record().knobs})), figuresText(s.record()));
    }

    void aRunStoppedBetweenAnswersReplays()
    {
        Spec spec = quickSpec("teacher-student");
        spec.values["train.epochs"] = std::int64_t{200};
        for (const auto pause : {0ms, 3ms, 6ms}) {
            Session s(spec, {});
            s.wait();
            s.setLive("distill.temperature", 3.0);
            std::this_thread::sleep_for(5ms);
            s.setLive("distill.temperature", 5.0);
            std::this_thread::sleep_for(pause);
            s.close();
            EVENTUALLY(s.isOver());
            QCOMPARE(figuresText(ran(spec, {.threads = 2, .replay = s.record().knobs})), figuresText(s.record()));
        }
    }

    /// Nobody has to poll for the answer to a live field.
    void newsIsDelivered()
    {
        std::atomic<int> deliveries{0};
        Session s(quickSpec("soft-labels"), {.replay = {}, .delivered = [&] { ++deliveries; }});
        s.wait();
        EVENTUALLY(deliveries > 0);
        s.take();
        const int before = deliveries;
        s.setLive("distill.temperature", 7.5);
        EVENTUALLY(deliveries > before);
        const auto snapshot = s.take();
        QVERIFY(snapshot);
        QCOMPARE(std::get<Bars>(figureOf(snapshot->figures, "labels")->body).series.front().name.english(), "T = " + significant(7.5));
    }

    void divergenceComesWithAdvice()
    {
        Spec spec = quickSpec("before-after");
        spec.values["train.learning_rate"] = 10.0;
        spec.values["train.epochs"] = std::int64_t{50};
        spec.values["train.schedule"] = std::string("constant");
        spec.values["model.name"] = std::string("mlp-64-64-64-64");
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Diverged, nameOf(r.outcome));
        QVERIFY(contains(r.message.english(), "smaller learning rate"));
    }

    /// One way for all experiments that train; with BatchNorm the loss may stay a number when the network is none.
    void divergenceEndsEveryExperimentTheSameWay_data() { experimentRows(); }
    void divergenceEndsEveryExperimentTheSameWay()
    {
        QFETCH(QString, id);
        Spec spec = quickSpec(id.toStdString());
        if (!spec.values.contains("train.learning_rate")) QSKIP("trains nothing");
        const auto set = [&](const char* key, const Value& value) {
            if (spec.values.contains(key)) spec.values[key] = value;
        };
        for (const char* key : {"model.name", "distill.teacher"}) set(key, std::string("cnn-4-8"));
        set("sweep.narrowest", std::int64_t{64});
        set("sweep.widest", std::int64_t{64});
        set("train.learning_rate", 10.0);
        set("train.momentum", 0.999);
        set("train.schedule", std::string("constant"));
        set("train.epochs", std::int64_t{20});
        set("distill.teacher_epochs", std::int64_t{20});
        Session s(spec, {});
        s.wait();
        const Record r = s.record();
        QVERIFY2(r.outcome == Outcome::Diverged, (std::string(nameOf(r.outcome)) + ": " + r.message.english()).c_str());
        QVERIFY2(contains(r.message.english(), "smaller learning rate"), r.message.english().c_str());
        QVERIFY2(!contains(r.message.english(), "[train]"), r.message.english().c_str());
        for (const auto& [name, value] : r.metrics) QVERIFY2(!std::isnan(value), name.c_str());
        for (const auto& [network, model] : s.models())
            for (const auto& [name, tensor] : model)
                for (const float v : tensor) QVERIFY2(std::isfinite(v), (network + " " + name).c_str());
    }

    void failuresAreTold()
    {
        Spec spec = quickSpec("before-after");
        spec.values["data.set"] = std::string("idx");
        spec.values["data.path"] = std::string("/nowhere");
        const Record r = ran(spec);
        QVERIFY(r.outcome == Outcome::Failed);
        QVERIFY(contains(r.message.english(), "/nowhere"));
        spec.values["data.set"] = std::string("moons");
        spec.values["model.name"] = std::string("cnn-4");
        const Record fit = ran(spec);
        QVERIFY(fit.outcome == Outcome::Failed);
        QVERIFY2(contains(fit.message.english(), "mlp"), fit.message.english().c_str());
    }
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
