// Live fields: each changes what it says, during the run, in a pause and after any end; moments know their settings.

#include "engine/experiment/teacher_cache.h"
#include "tests/support/figure_of.h"
#include "tests/support/listener.h"
#include "tests/support/patience.h"
#include "tests/support/sessions.h"

#include <QtTest>
#include <algorithm>
#include <cmath>

using namespace bitstill;
using namespace std::chrono_literals;

namespace {

bool hasCaption(const std::vector<FigurePointer>& figures, const std::string& part)
{
    return std::ranges::any_of(figures, [&](const FigurePointer& f) { return contains(f->caption.english(), part); });
}

/// Another value that the field may have.
Value otherValue(const Field& f, const Values& values)
{
    if (f.kind == Field::Kind::Choice) return f.choices.back().value;
    if (f.kind == Field::Kind::Flag) return !std::get<bool>(f.initial);
    if (f.key == "own.layers") return std::string("dense1=8");
    if (f.kind == Field::Kind::Name) return std::string("dense1");
    if (f.kind == Field::Kind::Real) return std::get<double>(f.initial) > 0.5 * f.high ? 0.4 * f.high : 0.7 * f.high;
    const auto now = std::get<std::int64_t>(f.initial), high = f.highest ? f.highest(values) : static_cast<std::int64_t>(f.high);
    return now == std::lround(f.low) ? std::min<std::int64_t>(high, 2 * now + 1) : static_cast<std::int64_t>(f.low);
}

/// Every live field: the experiment at a size, and with the settings, at which it is to be seen.
Spec specShowing(const std::string& id, const Field& f)
{
    Spec spec = quickestSpec(id);
    if (f.key == "distill.feature_weight") {
        spec.values["distill.method"] = std::string("attention");
        spec.values["model.name"] = spec.values["distill.teacher"] = std::string("cnn-4-8");
    }
    return spec;
}

void liveFieldRows()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("key");
    for (const ExperimentInfo& e : experiments())
        for (const Field& f : e.fields)
            if (f.live)
                QTest::addRow("%s %s", e.id.c_str(), f.key.c_str()) << QString::fromStdString(e.id) << QString::fromStdString(f.key);
}

/// Figures and metrics, but for times and for what has been tried.
std::string lastingText(Record r)
{
    r.marks.clear();
    std::erase_if(r.figures, [](const FigurePointer& f) { return f->id == "trials"; });
    std::erase_if(r.metrics, [](const auto& m) { return m.first.starts_with("static.b3.") || m.first.starts_with("static.change"); });
    std::erase_if(r.answers, [](const auto& a) { return a.first.starts_with("static.b3."); });
    return figuresText(std::move(r));
}

/// Moves the bits while the first epoch is being measured.
class Mover : public Listener {
public:
    using Listener::Listener;
    void pollLiveFields(long step) override
    {
        if (step != kEpoch || moved) return;
        moved = true;
        set("quant.bits", std::int64_t{2});
        experiment->retune(*this);
        answer = figures.at("result");
    }
    void checkpoint(long step, bool epochEnds) override
    {
        if (epochEnds && step == kEpoch) after = figures.at("result");
    }

    static constexpr long kEpoch = 19; ///< steps
    std::unique_ptr<Experiment> experiment;
    bool moved = false;
    Figure answer, after;
};

std::string roundedTo(const Figure& result) { return std::get<Table>(result.body).columns.at(2).english(); }

} // namespace

class TestLive : public QObject {
    Q_OBJECT

    static void experimentRows()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments()) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }

private Q_SLOTS:
    /// Each one by itself: something in view changes, and all of it is what a run started with that value shows.
    void everyLiveFieldChangesWhatItSays_data() { liveFieldRows(); }
    void everyLiveFieldChangesWhatItSays()
    {
        QFETCH(QString, id);
        QFETCH(QString, key);
        const Field& field = *fieldOf(experimentInfo(id.toStdString()), key.toStdString());
        Spec spec = specShowing(id.toStdString(), field);
        Session s(spec, {});
        s.wait();
        const Record before = s.record();
        QVERIFY2(before.outcome == Outcome::Finished, before.message.english().c_str());
        const Value value = otherValue(field, spec.values);
        s.setLive(field.key, value);
        EVENTUALLY(!s.record().knobs.empty());
        const Record after = s.record();
        QVERIFY(lastingText(after) != lastingText(before));
        spec.values[field.key] = value;
        Record fresh = ran(spec);
        // What was measured with the values before stays among the metrics, under names of its own.
        for (const auto& [name, measured] : fresh.metrics)
            if (!contains(name, "latency")) QVERIFY2(after.metric(name) == measured, name.c_str());
        for (const auto& [name, answers] : fresh.answers)
            QVERIFY2(after.answers.contains(name) && after.answers.at(name) == answers, name.c_str());
        fresh.metrics = after.metrics;
        fresh.answers = after.answers;
        std::ranges::sort(fresh.figures, {}, [](const FigurePointer& f) { return f->id; });
        Record sorted = after;
        std::ranges::sort(sorted.figures, {}, [](const FigurePointer& f) { return f->id; });
        QCOMPARE(lastingText(sorted), lastingText(fresh));
    }

    /// Nobody waits for the end of the measuring: the network of the epoch before answers at once, then the one that was measured.
    void bitsAreAnsweredWhileAnEpochIsMeasured()
    {
        Mover mover(longSpec("before-after"));
        mover.experiment = experimentInfo("before-after").make();
        mover.set("train.epochs", std::int64_t{1});
        mover.experiment->run(mover);
        QVERIFY(mover.moved);
        QVERIFY2(contains(roundedTo(mover.answer), "int2"), roundedTo(mover.answer).c_str());
        QVERIFY2(contains(mover.answer.caption.english(), "Untrained"), mover.answer.caption.english().c_str());
        QVERIFY2(contains(roundedTo(mover.after), "int2"), roundedTo(mover.after).c_str());
        QVERIFY2(contains(mover.after.caption.english(), "After epoch 1"), mover.after.caption.english().c_str());
    }

    void liveFieldsFollowAfterAStop()
    {
        Session s(longSpec("before-after"), {});
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.marks.size() >= 2; }));
        s.stop();
        s.wait();
        QVERIFY(s.record().outcome == Outcome::Stopped);
        EVENTUALLY(figureOf(s.record().figures, "result"));
        QVERIFY(!s.isOver());
        s.setLive("quant.bits", std::int64_t{2});
        EVENTUALLY(hasCaption(s.record().figures, "of 3 levels"));
        EVENTUALLY(!std::isnan(s.record().metric("static.b2.accuracy")));
        const std::string moment = figureOf(s.record().figures, "result")->caption.english();
        QVERIFY2(contains(moment, "After epoch ") || contains(moment, "After step "), moment.c_str());
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.outcome == Outcome::Stopped && x.whyNoEffect.empty(); }));
        s.stop(); // again, which changes nothing
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.outcome == Outcome::Stopped && x.whyNoEffect.empty(); }));
        s.close();
        EVENTUALLY(s.isOver());
    }

    /// The count beside the figures and the one in their captions, wherever in a step the run was stopped.
    void aStoppedRunHasOneCount()
    {
        int compared = 0;
        for (const long after : {1, 5, 21, 40}) {
            Session s(longSpec("before-after"), {});
            QVERIFY(snapshotWith(s, [&](const Snapshot& x) { return !x.marks.empty() && x.step >= after; }));
            s.stop();
            s.wait();
            // Answered once the present has been measured.
            s.setLive("quant.bits", std::int64_t{2});
            const auto x = snapshotWith(s, [](const Snapshot& y) { return !y.updating && hasCaption(y.figures, "of 3 levels"); });
            QVERIFY(x);
            const std::string caption = figureOf(x->figures, "result")->caption.english();
            if (contains(caption, "After epoch ")) continue; // it ended just then
            QVERIFY2(contains(caption, "After step " + std::to_string(x->step) + "."), (caption + std::to_string(x->step)).c_str());
            ++compared;
        }
        QVERIFY(compared > 0);
    }

    void aStoppedRunAnswersOrSaysWhyNot_data() { experimentRows(); }
    void aStoppedRunAnswersOrSaysWhyNot()
    {
        QFETCH(QString, id);
        const ExperimentInfo& info = experimentInfo(id.toStdString());
        for (const int after : {0, 30}) {
            Session s(longSpec(info.id), {});
            std::this_thread::sleep_for(std::chrono::milliseconds(after));
            s.stop();
            s.wait();
            for (const Field& f : info.fields)
                if (f.live) s.setLive(f.key, otherValue(f, quickestSpec(info.id).values));
            QVERIFY(snapshotWith(s, [&](const Snapshot& x) { return x.outcome != Outcome::Running && !x.updating; }));
            s.close();
            EVENTUALLY(s.isOver());
        }
    }

    /// Where the run stopped, and not how far its last answer has come.
    void anAnswerAfterAStopLeavesTheProgress()
    {
        Spec spec = quickSpec("teacher-student");
        spec.values["distill.seeds"] = std::int64_t{50};
        Session s(spec, {});
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.marks.size() > 2; }));
        s.stop();
        s.wait();
        const auto stopped = snapshotWith(s, [](const Snapshot& x) { return x.outcome == Outcome::Stopped && !x.updating; });
        QVERIFY(stopped && stopped->progress > 0 && stopped->progress < 1);
        s.setLive("distill.temperature", 9.0);
        const auto answered =
            snapshotWith(s, [](const Snapshot& x) { return !x.updating && x.live.at("distill.temperature") == Value(9.0); });
        QVERIFY(answered);
        QCOMPARE(answered->progress, stopped->progress);
        QCOMPARE(answered->doing.english(), stopped->doing.english());
    }

    /// In the middle of an epoch: weights, table and curve are of one network, and say so; a live field is answered with it.
    void aPauseMeasuresThePresent()
    {
        Session s(longSpec("before-after"), {.pauseAfter = StepSize::Batch});
        for (long step = 1; step <= 2; ++step) {
            if (step > 1) s.stepOnce(StepSize::Batch);
            const std::string name = "After step " + std::to_string(step) + ".";
            const auto x = snapshotWith(s, [&](const Snapshot& y) { return y.paused && hasCaption(y.figures, name); });
            QVERIFY(x);
            QCOMPARE(x->step, step);
            for (const char* id : {"weights.dense1", "sqnr", "codes", "result"})
                QVERIFY2(contains(figureOf(x->figures, id)->caption.english(), name), id);
            const std::vector<CurveSeries>& curves = std::get<Curves>(figureOf(x->figures, "accuracy")->body).series;
            const auto test = std::ranges::find(curves, std::string("test"), [](const CurveSeries& c) { return c.name.english(); });
            QVERIFY(std::abs(test->x.back() - static_cast<double>(step) / 19) < 1e-9);
            QCOMPARE(percent(test->y.back()), std::get<Table>(figureOf(x->figures, "result")->body).rows[0][1].english());
        }
        s.setLive("quant.bits", std::int64_t{2});
        QVERIFY(snapshotWith(s, [](const Snapshot& x) {
            return x.paused && !x.updating && hasCaption(x.figures, "of 3 levels") && hasCaption(x.figures, "After step 2.");
        }));
        s.resume();
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return !x.paused && hasCaption(x.figures, "After epoch "); }));
    }

    /// Whatever was looked at and moved in a pause: the log gives the same record, without the pause.
    void whatAPauseShowsIsNoPartOfTheRecord_data() { experimentRows(); }
    void whatAPauseShowsIsNoPartOfTheRecord()
    {
        QFETCH(QString, id);
        const ExperimentInfo& info = experimentInfo(id.toStdString());
        if (!fieldOf(info, "train.batch")) QSKIP("does not pause");
        const Spec spec = quickestSpec(info.id);
        Session s(spec, {.pauseAfter = StepSize::Batch});
        long step = 0;
        for (int i = 0; i < 3; ++i) {
            for (int batches = 0; batches < 10; ++batches) {
                if (step > 0) s.stepOnce(StepSize::Batch);
                const auto x = snapshotWith(s, [&](const Snapshot& y) { return y.paused && y.step > step; });
                QVERIFY(x);
                step = x->step;
            }
            for (const Field& f : info.fields)
                if (f.live) s.setLive(f.key, i == 1 ? spec.values.at(f.key) : otherValue(f, spec.values));
            std::this_thread::sleep_for(20ms);
        }
        s.resume();
        s.wait();
        const Record first = s.record();
        QVERIFY2(first.outcome == Outcome::Finished, first.message.english().c_str());
        const Record again = ran(spec, {.threads = 2, .replay = first.knobs});
        QVERIFY(again.knobs == first.knobs);
        QCOMPARE(figuresText(again), figuresText(first));
    }

    void everyExperimentHasMomentsThatKnowTheirSettings_data() { experimentRows(); }
    void everyExperimentHasMomentsThatKnowTheirSettings()
    {
        QFETCH(QString, id);
        const ExperimentInfo& info = experimentInfo(id.toStdString());
        const Record r = ran(quickestSpec(info.id));
        QVERIFY(!r.marks.empty());
        for (const Mark& m : r.marks) {
            QVERIFY(!m.figures.empty());
            for (const Field& f : info.fields) QCOMPARE(m.live.contains(f.key), f.live);
        }
    }

    void momentsKeepTheSettingsOfTheirTime()
    {
        Session s(quickSpec("before-after"), {.pauseAfter = StepSize::Epoch});
        QVERIFY(snapshotWith(s, [](const Snapshot& x) { return x.paused && x.marks.size() == 2; }));
        s.setLive("quant.bits", std::int64_t{2});
        s.resume();
        s.wait();
        const Record r = s.record();
        QCOMPARE(r.marks.size(), 3u);
        QVERIFY(r.marks[1].live.at("quant.bits") == Value(std::int64_t{3}));
        QVERIFY(r.marks[2].live.at("quant.bits") == Value(std::int64_t{2}));
    }

    /// The headline follows the temperature, and says so while it does not yet.
    void theHeadlineFollowsTheTemperature()
    {
        Spec spec = quickSpec("teacher-student");
        spec.values["train.epochs"] = std::int64_t{100};
        Session s(spec, {});
        s.wait();
        const auto verdict = [&](const std::vector<FigurePointer>& figures) { return toJson(*figureOf(figures, "verdict")).dump(); };
        const std::string before = verdict(s.record().figures);
        s.setLive("distill.temperature", 20.0);
        bool said = false;
        QVERIFY(snapshotWith(s, [&](const Snapshot& x) {
            said = said || (x.updating && x.doing.english() != "done");
            return !x.updating && verdict(x.figures) != before && !hasCaption(x.figures, "being taught again");
        }));
        QVERIFY(said);
        spec.values["distill.temperature"] = 20.0;
        EVENTUALLY_EQUAL(verdict(s.record().figures), verdict(ran(spec).figures));
    }

    /// In a window, which keeps what teachers gave; a record of the command line is of its run alone.
    void contrastsThatWereRunKeepTheirBar()
    {
        Spec spec = quickSpec("teacher-student");
        spec.values["train.epochs"] = std::int64_t{2};
        const auto bars = [](const Record& r) { return std::get<Bars>(figureOf(r.figures, "contrasts")->body).series[0].values; };
        const auto window = std::make_shared<TeacherCache>(TeacherCache::Keep::TeachersAndGains);
        const std::vector<double> first = bars(ran(spec, {.replay = {}, .teachers = window}));
        QCOMPARE(first.size(), std::size_t{1});
        spec.values["distill.knowledge"] = std::string("shuffled");
        const std::vector<double> both = bars(ran(spec, {.replay = {}, .teachers = window})), alone = bars(ran(spec));
        QCOMPARE(both.size(), std::size_t{2});
        QCOMPARE(both[0], first[0]);
        QCOMPARE(std::vector<double>{both[1]}, alone);
        QCOMPARE(bars(ran(spec, {.replay = {}, .teachers = window})), both); // run again: no third
    }

    /// A contrast that leaves the teacher alone finds it again; the record does not tell.
    void knownTeachersMakeTheSameRecord_data() { experimentRows(); }
    void knownTeachersMakeTheSameRecord()
    {
        QFETCH(QString, id);
        const ExperimentInfo& info = experimentInfo(id.toStdString());
        if (!fieldOf(info, "distill.ensemble")) QSKIP("has no teacher to keep");
        Spec spec = quickestSpec(info.id);
        spec.values["distill.ensemble"] = std::int64_t{2};
        const auto teachers = std::make_shared<TeacherCache>();
        const Record first = ran(spec, {.replay = {}, .teachers = teachers});
        const auto known = teachers->find(TeacherCache::keyOf(spec, false));
        QVERIFY(known && known->steps == 2 * 2 * 19);
        for (const Contrast& c : info.contrasts)
            if (c.id == "shuffled" || c.id == "same-data") {
                Spec contrast = spec;
                for (const auto& [key, value] : c.values) contrast.values[key] = value;
                const bool same = c.id == "same-data";
                QCOMPARE(teachers->find(TeacherCache::keyOf(contrast, same)) != nullptr, !same);
                QCOMPARE(figuresText(ran(contrast, {.replay = {}, .teachers = teachers})), figuresText(ran(contrast)));
            }
        const std::vector<KnobChange> log = fieldOf(info, "distill.temperature")->live
            ? std::vector<KnobChange>{{.step = 90, .field = "distill.temperature", .value = 9.0}}
            : std::vector<KnobChange>{};
        const Record with = ran(spec, {.replay = log, .teachers = teachers}), without = ran(spec, {.replay = log});
        QCOMPARE(figuresText(with), figuresText(without));
        QVERIFY(with.knobs == without.knobs);
        Spec other = spec;
        other.values["train.learning_rate"] = 0.01;
        QVERIFY(!teachers->find(TeacherCache::keyOf(other, false)));
    }
};

QTEST_GUILESS_MAIN(TestLive)
#include "tst_live.moc"
