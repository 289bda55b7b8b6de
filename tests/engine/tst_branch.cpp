// A branch: the run of a record up to one of its marks, and from there another future with the same samples.

#include "engine/experiment/branch.h"
#include "engine/experiment/groups.h"
#include "engine/io/json_text.h"
#include "engine/store/comparison.h"
#include "engine/store/history.h"
#include "tests/support/branches.h"
#include "tests/support/sessions.h"

#include <QtTest>
#include <algorithm>

using namespace bitstill;

namespace {

bool trains(const ExperimentInfo& e) { return fieldOf(e, "train.learning_rate") != nullptr; }

/// Of quickestSpec, made once.
const Record& parentOf(const std::string& id)
{
    static std::map<std::string, Record> made;
    const auto found = made.find(id);
    return found != made.end() ? found->second : made.emplace(id, ran(quickestSpec(id), {.threads = 2})).first->second;
}

Record branched(const Record& parent, long mark, const Values& changes, int threads = 2)
{
    const BranchedRun run = branchOf(parent, mark, changes);
    return ran(run.spec, {.threads = threads, .replay = run.knobs, .branch = run.point});
}

std::string marksText(const Record& r, long until)
{
    Record before = r;
    before.figures.clear();
    before.metrics.clear();
    before.answers.clear();
    before.marks.resize(static_cast<std::size_t>(until));
    return figuresText(before);
}

std::string futureText(Record r, long from)
{
    r.marks.erase(r.marks.begin(), r.marks.begin() + from);
    return figuresText(r);
}

/// A value that the field does not have but may.
Value otherValue(const Field& field, const Value& now)
{
    switch (field.kind) {
    case Field::Kind::Int: return std::get<std::int64_t>(now) + (field.high > static_cast<double>(std::get<std::int64_t>(now)) ? 1 : -1);
    case Field::Kind::Real: return std::get<double>(now) == 0 ? field.high / 2 : std::get<double>(now) / 2;
    case Field::Kind::Flag: return !std::get<bool>(now);
    case Field::Kind::Choice: return field.choices[field.choices.front().value == std::get<std::string>(now) ? 1 : 0].value;
    default: return std::string("mlp-8"); // of the fields that are open only a network
    }
}

/// Another value for each of these fields.
Values others(const Record& run, const std::vector<std::string>& keys)
{
    Values values;
    for (const std::string& key : keys)
        values[key] = otherValue(*fieldOf(experimentInfo(run.spec.experiment), key), run.spec.values.at(key));
    return values;
}

const std::vector<std::string>& openAt(const Record& run, long mark) { return run.marks[static_cast<std::size_t>(mark - 1)].open; }

std::vector<std::string> changedBy(const Record& run)
{
    std::vector<std::string> keys;
    for (const KnobChange& k : run.knobs) keys.push_back(k.field);
    return keys;
}

} // namespace

class TestBranch : public QObject {
    Q_OBJECT

    static void experimentRows()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments())
            if (trains(e)) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }

private Q_SLOTS:
    void everyTrainingCanBeLeft_data() { experimentRows(); }
    void everyTrainingCanBeLeft()
    {
        QFETCH(QString, id);
        const Record& parent = parentOf(id.toStdString());
        QVERIFY2(parent.outcome == Outcome::Finished, parent.message.english().c_str());
        QVERIFY(!openAt(parent, openMark(parent)).empty());
        for (const Mark& m : parent.marks)
            for (const std::string& key : m.open) {
                const Field* field = fieldOf(experimentInfo(parent.spec.experiment), key);
                QVERIFY2(field && !field->live, key.c_str());
            }
    }

    void withoutChangesItIsTheParent_data() { experimentRows(); }
    void withoutChangesItIsTheParent()
    {
        QFETCH(QString, id);
        const Record& parent = parentOf(id.toStdString());
        const Record branch = branched(parent, openMark(parent), {});
        QCOMPARE(figuresText(branch), figuresText(parent));
        QVERIFY(branch.knobs.empty() && branch.branch == branchOf(parent, openMark(parent), {}).point);
    }

    /// The same past and another future, the same bits for any number of threads, and again from its own record.
    void itKeepsThePastAndIsRepeated_data() { experimentRows(); }
    void itKeepsThePastAndIsRepeated()
    {
        QFETCH(QString, id);
        const Record& parent = parentOf(id.toStdString());
        const long mark = openMark(parent);
        const Values changes = others(parent, openAt(parent, mark));
        QVERIFY(branchProblems(parent, mark, changes).empty());
        const Record branch = branched(parent, mark, changes);
        QVERIFY2(branch.outcome == Outcome::Finished, branch.message.english().c_str());
        QCOMPARE(marksText(branch, mark), marksText(parent, mark));
        QVERIFY(figuresText(branch) != figuresText(parent));
        QCOMPARE(branch.knobs.size(), changes.size());
        for (const KnobChange& k : branch.knobs) QVERIFY(k.mark == mark && changes.at(k.field) == k.value);
        QCOMPARE(figuresText(branched(parent, mark, changes, 1)), figuresText(branch));

        const std::string document = jsonText(toJson(branch));
        const Record read = recordFromJson(document, "record.json");
        QVERIFY(read.branch == branch.branch && read.knobs == branch.knobs);
        QCOMPARE(jsonText(toJson(read)), document);
        const std::vector<KnobChange> log = knobLogFrom(document, "record.json", read.spec);
        const Record again = ran(read.spec, {.threads = 1, .replay = log, .branch = branchPointFrom(document, "record.json")});
        QCOMPARE(figuresText(again), figuresText(branch));
        QVERIFY(again.knobs == branch.knobs && again.branch == branch.branch);
    }

    /// What is said to be open had no part in what was done before: the branch is the run that was like it from the beginning. What sets
    /// the pace of all trainings had one.
    void openIsWhatMattersOnlyAfterwards_data() { experimentRows(); }
    void openIsWhatMattersOnlyAfterwards()
    {
        QFETCH(QString, id);
        const Record& parent = parentOf(id.toStdString());
        const long mark = openMark(parent);
        if (id == "soft-labels") QSKIP("its marks are within the training");
        std::vector<std::string> keys = openAt(parent, mark);
        if (id != "before-after") std::erase_if(keys, [](const std::string& k) { return k.starts_with("train.") && k != "train.epochs"; });
        const Values changes = others(parent, keys);
        Spec spec = parent.spec;
        for (const auto& [key, value] : changes) spec.values[key] = value;
        QCOMPARE(futureText(branched(parent, mark, changes), mark), futureText(ran(spec, {.threads = 2}), mark));
    }

    /// At an unchanging rate a training that goes on longer is the longer training.
    void trainingGoesOnLonger_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("field");
        QTest::newRow("before-after") << "before-after"
                                      << "train.epochs";
        QTest::newRow("inside-qat") << "inside-qat"
                                    << "quant.aware_epochs";
        QTest::newRow("soft-labels") << "soft-labels"
                                     << "distill.teacher_epochs";
    }
    void trainingGoesOnLonger()
    {
        QFETCH(QString, id);
        QFETCH(QString, field);
        const std::string key = field.toStdString();
        Spec spec = quickSpec(id.toStdString());
        spec.values["train.schedule"] = std::string("constant");
        const Record parent = ran(spec, {.threads = 2});
        const long last = static_cast<long>(parent.marks.size());
        const Value longer = spec.integer(key) + 2;
        const Record branch = branched(parent, last, {{key, longer}});
        QCOMPARE(branch.marks.size(), parent.marks.size() + 2);
        spec.values[key] = longer;
        const Record whole = ran(spec, {.threads = 2});
        QCOMPARE(marksText(branch, last), marksText(parent, last));
        QCOMPARE(futureText(branch, last), futureText(whole, last));
        QCOMPARE(branched(whole, last, {{key, std::int64_t{1}}}).marks.size(), parent.marks.size()); // that was enough
    }

    /// Figures and settings are of one number of seeds.
    void aBranchWithFewerSeedsSpeaksOfThem_data()
    {
        QTest::addColumn<QString>("id");
        for (const char* id : {"teacher-student", "ways-to-distil", "squeeze", "small-models"}) QTest::newRow(id) << id;
    }
    void aBranchWithFewerSeedsSpeaksOfThem()
    {
        QFETCH(QString, id);
        const std::string key = id == "small-models" ? "sweep.seeds" : "distill.seeds";
        Spec spec = quickSpec(id.toStdString());
        spec.values[key] = std::int64_t{3};
        const Record parent = ran(spec, {.threads = 2});
        const long last = markNamed(parent, "seed 3");
        for (const std::int64_t fewer : {2, 1}) {
            Record branch = branched(parent, last, {{key, fewer}});
            spec.values[key] = fewer;
            Record whole = ran(spec, {.threads = 2});
            branch.marks = whole.marks = {};
            QCOMPARE(figuresText(branch), figuresText(whole));
        }
    }

    /// With more seeds, or longer trainings, than when it began: from there on it grows from epoch to epoch, and is never more than all.
    void progressCountsWhatTheBranchAdds_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("field");
        for (const char* id : {"teacher-student", "ways-to-distil", "squeeze"}) QTest::newRow(id) << id << "distill.seeds";
        QTest::newRow("small-models") << "small-models"
                                      << "sweep.seeds";
        QTest::newRow("four-ways") << "four-ways"
                                   << "quant.aware_epochs";
    }
    void progressCountsWhatTheBranchAdds()
    {
        QFETCH(QString, id);
        QFETCH(QString, field);
        const std::string key = field.toStdString();
        Spec spec = quickSpec(id.toStdString());
        spec.values[key] = std::int64_t{1};
        const Record parent = ran(spec, {.threads = 1});
        const std::int64_t last = static_cast<std::int64_t>(parent.marks.size()), mark = id == "four-ways" ? 1 : last;
        const BranchedRun run = branchOf(parent, mark, {{key, std::int64_t{4}}});
        Session session(run.spec, {.threads = 1, .replay = run.knobs, .branch = run.point, .pauseAfter = StepSize::Epoch});
        long step = 0; // a snapshot of the pause before may still lie ready
        const auto rests = [&](const Snapshot& s) { return (s.paused && s.step > step) || s.outcome != Outcome::Running; };
        double before = 0;
        std::size_t passed = 0;
        for (auto s = snapshotWith(session, rests); s && s->outcome == Outcome::Running; s = snapshotWith(session, rests)) {
            const auto left = static_cast<std::size_t>(mark);
            if (passed < left && s->marks.size() >= left) before = 0; // more is to be done than was known before
            passed = s->marks.size();
            step = s->step;
            QVERIFY2(s->progress > before + 1e-9 && s->progress < 1 + 1e-9, qPrintable(QString::number(s->progress)));
            before = s->progress;
            session.stepOnce(StepSize::Epoch);
        }
        QVERIFY(session.outcome() == Outcome::Finished && before > 0.8);
    }

    /// In another experiment it goes on with the very same network.
    void whatIsNextBeginsWithTheSameBits()
    {
        std::size_t same = 0;
        for (const ExperimentInfo& info : experiments()) {
            if (info.next.empty()) continue;
            Spec spec = quickestSpec(info.id);
            spec.seed = 7;
            const Record first = ran(spec, {.threads = 2});
            for (const NextStep& step : info.next) {
                Spec after = carriedOver(spec, step.experiment).spec;
                QVERIFY(after.seed == 7 && validate(after).empty());
                for (const auto& [key, value] : quickSpec(step.experiment).values) // what it alone has
                    if (!spec.values.contains(key)) after.values[key] = value;
                const Record second = ran(after, {.threads = 2});
                for (const char* metric : {"float32.accuracy", "teacher.accuracy"}) {
                    if (std::isnan(first.metric(metric)) || std::isnan(second.metric(metric))) continue;
                    QCOMPARE(second.metric(metric), first.metric(metric));
                    ++same;
                }
            }
        }
        QCOMPARE(same, std::size_t{3}); // which-layer tells no such metric, and before-after has no teacher
    }

    void whatIsLeftBehindIsSaid()
    {
        Spec spec = quickSpec("before-after");
        const std::size_t before = carriedOver(spec, "inside-qat").left.size();
        spec.values["quant.activation_bits"] = std::string("float"); // not among its choices
        spec.values["quant.observer"] = std::string("percentile"); // it has none
        spec.values["quant.bits"] = std::int64_t{2};
        const CarriedOver carried = carriedOver(spec, "inside-qat");
        QVERIFY(carried.spec.integer("quant.bits") == 2 && validate(carried.spec).empty());
        QCOMPARE(carried.spec.word("quant.activation_bits"), defaultSpec("inside-qat").word("quant.activation_bits"));
        QCOMPARE(carried.left.size(), before + 2);
        spec.values["train.epochs"] = std::string("many");
        QVERIFY(validate(carriedOver(spec, "inside-qat").spec).empty());
    }

    void allThatCannotChangeIsSaidAtOnce()
    {
        const Record& parent = parentOf("inside-qat");
        const Values changes{
            {"model.name", std::string("mlp-8")}, {"train.batch", std::int64_t{64}}, {"quant.bits", std::int64_t{2}}, {"data.noise", 0.1}};
        const std::vector<Problem> problems = branchProblems(parent, 1, changes);
        QCOMPARE(problems.size(), 3u);
        for (const Problem& p : problems) {
            QVERIFY(contains(p.what.english(), "trained in float") && contains(p.hint.english(), "quant.bits"));
            QVERIFY(p.field != "quant.bits");
        }
        QCOMPARE(branchProblems(parent, 2, changes).size(), 4u); // the network is being trained with those bits
        QCOMPARE(branchProblems(parent, 1, {{"quant.bits", std::int64_t{99}}}).size(), 1u);
        QCOMPARE(branchProblems(parent, 1, {{"quant.bit", std::int64_t{2}}}).size(), 1u);
    }

    void aMomentHasANumberAndAName()
    {
        const Record& parent = parentOf("inside-qat");
        QCOMPARE(markNamed(parent, "1"), 1L);
        QCOMPARE(markNamed(parent, "QAT epoch 1"), 3L);
        for (const char* none : {"0", "4", "", "-1", "epoch"}) QVERIFY_THROWS_EXCEPTION(Error, markNamed(parent, none));
    }

    /// A log that somebody has edited does not change what is not open there.
    void aForgedLogIsRefused()
    {
        Record parent = parentOf("before-after");
        parent.knobs = {{.field = "train.batch", .value = std::int64_t{64}, .mark = 2}};
        const Record run = ran(parent.spec, {.replay = parent.knobs});
        QVERIFY(run.outcome == Outcome::Failed && contains(run.message.english(), "train.batch"));
        parent.knobs.front().mark = 0;
        QVERIFY_THROWS_EXCEPTION(Error, knobLogFrom(jsonText(toJson(parent)), "record.json", parent.spec));
        parent.knobs.front().mark = 50; // which never comes
        const Record missed = ran(parent.spec, {.replay = parent.knobs});
        QVERIFY(missed.outcome == Outcome::Failed && contains(missed.message.english(), "its moment 50"));
    }

    /// Another version may mark other moments: a change is made at the one that was chosen, or the run says that it is not there.
    void anotherMomentOfThisNumberIsRefused()
    {
        Record old = parentOf("inside-qat");
        old.marks.erase(old.marks.begin()); // as it was written when this one was not marked
        const Record run = branched(old, markNamed(old, "quantized, before QAT"), {{"quant.aware_epochs", std::int64_t{2}}});
        QVERIFY(run.outcome == Outcome::Failed && contains(run.message.english(), "trained in float")
            && contains(run.message.english(), "quantized, before QAT"));
        BranchedRun numbered = branchOf(old, 1, {{"quant.aware_epochs", std::int64_t{2}}});
        numbered.point.label.clear(); // as records of then have it
        const Record before = ran(numbered.spec, {.threads = 2, .replay = numbered.knobs, .branch = numbered.point});
        QVERIFY2(before.outcome == Outcome::Finished, before.message.english().c_str());
        const Record never = ran(old.spec, {.threads = 2, .branch = BranchPoint{.parent = "0", .mark = 50}});
        QVERIFY(never.outcome == Outcome::Failed && contains(never.message.english(), "its moment 50"));
    }

    /// Live fields change there too, and what the parent did later with them is not the branch's.
    void liveFieldsTakeEffectAndLaterOnesAreLeft()
    {
        const Spec spec = quickSpec("before-after");
        const std::vector<KnobChange> log{
            {.step = 15, .field = "quant.bits", .value = std::int64_t{4}}, {.step = 25, .field = "quant.bits", .value = std::int64_t{8}}};
        const Record parent = ran(spec, {.threads = 2, .replay = log});
        QCOMPARE(parent.knobs.size(), 2u);
        const long mark = markNamed(parent, "epoch 1"); // after 19 steps
        const Record branch = branched(parent, mark, {{"quant.scheme", std::string("affine")}});
        QCOMPARE(changedBy(branch), (std::vector<std::string>{"quant.bits", "quant.scheme"}));
        QVERIFY(branch.knobs[1].mark == mark);
        QVERIFY(branch.marks.back().live.at("quant.bits") == Value(std::int64_t{4}));
        QVERIFY(branch.marks.back().live.at("quant.scheme") == Value(std::string("affine")));
        QVERIFY(settingsAt(parent, mark).integer("quant.bits") == 4);
        // At the last mark, behind which nothing else asks, it is answered as well.
        const Record end = branched(parent, static_cast<long>(parent.marks.size()), {{"quant.bits", std::int64_t{2}}});
        QVERIFY(std::isfinite(end.metric("static.b2.accuracy")));
    }

    void aBranchCanBeLeftToo()
    {
        const Record& parent = parentOf("before-after");
        const Record branch = branched(parent, 2, {{"train.learning_rate", 0.01}});
        QVERIFY(settingsAt(branch, 2).real("train.learning_rate") == 0.01); // it begins with its changes
        QVERIFY(settingsAt(branch, 1).real("train.learning_rate") == parent.spec.real("train.learning_rate"));
        const Record later = branched(branch, 3, {{"train.epochs", std::int64_t{3}}});
        QCOMPARE(changedBy(later), (std::vector<std::string>{"train.learning_rate", "train.epochs"}));
        QVERIFY(later.branch->parent == runHash(branch) && runHash(branch) != runHash(parent));
        QCOMPARE(marksText(later, 3), marksText(branch, 3));
        const Record earlier = branched(branch, 1, {{"train.momentum", 0.5}});
        QCOMPARE(figuresText(earlier), figuresText(branched(parent, 1, {{"train.momentum", 0.5}})));
        const Record same = branched(branch, 2, {{"train.momentum", 0.5}});
        QCOMPARE(changedBy(same), (std::vector<std::string>{"train.learning_rate", "train.momentum"}));
    }

    /// Side by side with its parent it differs by what it changed.
    void comparedWithItsParent()
    {
        const Record& parent = parentOf("before-after");
        const auto branch = std::make_shared<const Record>(branched(parent, 2, {{"train.learning_rate", 0.01}}));
        const std::vector<Text> names = namesOf({std::make_shared<const Record>(parent), branch});
        QCOMPARE(names[0].english(), std::string("Learning rate 0.05"));
        QCOMPARE(names[1].english(), std::string("Learning rate 0.01"));
    }

    void theHistoryKeepsIt()
    {
        const Folder folder;
        History history(folder.path("store"));
        const Record branch = branched(parentOf("before-after"), 2, {{"train.learning_rate", 0.01}});
        const RunId run = history.begin(branch.spec, "test");
        history.end(run, branch, {});
        const Record read = history.read(run).record;
        QVERIFY(read.branch == branch.branch && read.knobs == branch.knobs);
        QCOMPARE(jsonText(toJson(read)), jsonText(toJson(branch)));
        QCOMPARE(history.find({.words = "branch"}).size(), 1u);
        const auto found = history.find({.words = "train.learning_rate=0.01"}); // which its spec, the parent's, does not say
        QVERIFY(found.size() == 1 && found[0].changed.at("train.learning_rate") == Value(0.01));
        QVERIFY(history.spec(run) == branch.spec);
    }

    /// Momentum needs an array that a training without it did not have.
    void momentumCanBegin()
    {
        Spec spec = quickSpec("before-after");
        spec.values["train.momentum"] = 0.0;
        const Record parent = ran(spec, {.threads = 2});
        const Record branch = branched(parent, 2, {{"train.momentum", 0.9}});
        QVERIFY(branch.outcome == Outcome::Finished && figuresText(branch) != figuresText(parent));
    }
};

QTEST_GUILESS_MAIN(TestBranch)
#include "tst_branch.moc"
