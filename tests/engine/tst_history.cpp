// The history: what is kept of a run, found again, put away, and what of it survives.

#include "engine/core/sha256.h"
#include "engine/io/deflate.h"
#include "engine/io/json_text.h"
#include "engine/store/history.h"
#include "engine/store/history_document.h"
#include "tests/support/history.h"

#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace bitstill;

class TestHistory : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatOfAKnobLogNobodyCanReadChangesNothing()
    {
        nlohmann::json record = toJson(recordOf(1));
        record["knobs"] = {5, {{"field", "quant.bits"}, {"value", {2}}}, {{"field", "quant.bits"}, {"value", 6}},
            {{"field", "quant.bits"}, {"value", nullptr}}, {{"value", 2}}};
        QCOMPARE(nlohmann::json::parse(factsOf(record, "record.json").changed).at("quant.bits"), nlohmann::json(6));
    }

    void hashIsSha256()
    {
        // FIPS 180-4's own examples, and one whose padding needs a block more.
        QCOMPARE(sha256(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        QCOMPARE(sha256("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
        QCOMPARE(sha256(std::string(1'000'000, 'a')), std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    }

    void unpackingIsBounded()
    {
        const std::string stream = deflated(std::string(1'000'000, 'x'));
        QCOMPARE(inflated(stream, 1'000'000, "x").size(), std::size_t{1'000'000});
        QVERIFY(contains(messageOf([&] { inflated(stream, 999'999, "x"); }), "unpacks to more than"));
        QVERIFY(contains(messageOf([&] { inflated(stream.substr(0, stream.size() - 5), 2'000'000, "x"); }), "damaged"));
        QVERIFY(contains(messageOf([&] { inflated(stream + "more", 2'000'000, "x"); }), "damaged"));
        QVERIFY(contains(messageOf([&] { inflated("no stream", 2'000'000, "x"); }), "damaged"));
        QCOMPARE(inflated(deflated(""), 0, "x"), std::string());
    }

    void whatIsAddedIsThere()
    {
        const Folder folder;
        const Record record = recordOf(1, {{"float32.accuracy", 0.75}, {"loss", NAN}});
        RunId id = 0;
        {
            History history(folder.path("store"));
            id = history.add(record, modelsOf(1), 1234, "a test").id;
        }
        History history(folder.path("store"));
        const HistoryEntry e = history.entry(id);
        QCOMPARE(e.started, std::int64_t{1234});
        QCOMPARE(e.experiment, record.spec.experiment);
        QCOMPARE(e.seed, record.spec.seed);
        QCOMPARE(e.specHash, specHash(record.spec));
        QCOMPARE(e.source, std::string("a test"));
        QCOMPARE(e.seconds, record.seconds);
        QVERIFY(e.outcome == Outcome::Finished && e.noted == Metrics({{"float32.accuracy", 0.75}}));
        QCOMPARE(history.record(id), jsonText(toJson(record)));
        QVERIFY(history.spec(id) == record.spec);
        QCOMPARE(jsonText(toJson(history.read(id).record)), jsonText(toJson(record)));
        QVERIFY(sameModels(history.read(id).models, modelsOf(1)) && history.read(id).leftOut.empty());
        QVERIFY(sameModels(history.models(id), modelsOf(1)));
        QVERIFY(std::isnan(metricIn(history.metrics(id), "loss")));
        QVERIFY(contains(messageOf([&] { history.entry(id + 1); }), "there is no run"));
    }

    void settingsThatDifferAreNamed()
    {
        const Folder folder;
        History history(folder.path());
        Record record = recordOf(1);
        record.spec = defaultSpec("number-line");
        QVERIFY(history.entry(history.add(record, {}, 1, "").id).changed.empty());
        record.spec.values["quant.bits"] = std::int64_t{3};
        QCOMPARE(history.entry(history.add(record, {}, 1, "").id).settings(), std::string("quant.bits=3"));
    }

    void aRunThatWasBegunEndsOnce()
    {
        const Folder folder;
        History history(folder.path());
        const Record record = recordOf(1);
        const RunId begun = history.begin(record.spec, "window");
        QCOMPARE(history.count(), std::int64_t{0});
        QVERIFY(history.unfinished().empty()); // this process lives
        QCOMPARE(history.end(begun, record, {}), begun);
        QCOMPARE(history.entry(begun).source, std::string("window"));
        // Once more: it is the same.
        const RunId again = history.begin(record.spec, "window");
        QCOMPARE(history.end(again, record, {}), begun);
        QCOMPARE(history.count(), std::int64_t{1});
        // Dismissed by another window while it went on: it is kept all the same.
        const RunId dismissed = history.begin(record.spec, "window");
        history.dismiss(dismissed);
        history.end(dismissed, recordOf(2), {});
        QCOMPARE(history.count(), std::int64_t{2});
    }

    void theSameRecordIsOne()
    {
        const Folder folder;
        History history(folder.path());
        const Record record = recordOf(1);
        const auto first = history.add(record, {}, 1, "");
        history.toTrash({first.id});
        // As somebody else writes JSON: another order, other spaces; and now with its network.
        const auto second = history.addDocument(parseJson(jsonText(toJson(record), 3) + "\n", "x"), "record.json", modelsOf(1), 2, "");
        QVERIFY(first.isNew && !second.isNew && first.id == second.id);
        QCOMPARE(history.count(), std::int64_t{1});
        QVERIFY(sameModels(history.models(first.id), modelsOf(1)));
        QVERIFY(history.add(recordOf(2), {}, 1, "").isNew);
    }

    void theFullerOfTwoRecordsStays()
    {
        const Folder folder;
        History history(folder.path("h"));
        Record full = recordOf(1);
        full.figures.push_back(std::make_shared<const Figure>(Figure{.id = "f", .caption = {}, .description = {}, .body = Readout{}}));
        const Record thin = recordOf(1); // as a sweep keeps it
        const RunId run = history.add(thin, {}, 1, "").id;
        QVERIFY(!history.add(full, {}, 1, "").isNew);
        QCOMPARE(history.read(run).record.figures.size(), std::size_t{1});
        history.add(thin, {}, 1, "");
        QCOMPARE(history.read(run).record.figures.size(), std::size_t{1});
        QCOMPARE(history.count(), std::int64_t{1});
        QVERIFY(history.check().damage.empty());
    }

    void networksAreNamesOfFilesAndNothingElse()
    {
        const Folder folder;
        History history(folder.path("h"));
        KeptModels models = modelsOf(1);
        models["../../victim"] = models["network"];
        models["student.taught-2_b"] = models["network"];
        models["/abs"] = models[".."] = models[""] = models["network"];
        const RunId run = history.add(recordOf(1), models, 1, "").id;
        QCOMPARE(history.modelNames(run), (std::vector<std::string>{"network", "student.taught-2_b"}));
        QCOMPARE(history.read(run).models.size(), std::size_t{2});
    }

    void equalWeightsAreKeptOnce()
    {
        const Folder folder;
        History history(folder.path());
        history.add(recordOf(1), modelsOf(1), 1, "");
        const std::size_t files = filesIn(folder.path("blobs"));
        const RunId second = history.add(recordOf(2), modelsOf(1), 1, "").id;
        QCOMPARE(filesIn(folder.path("blobs")), files + 1);
        // And stay while one of the two needs them.
        history.forget({history.find({.descending = false}).front().id});
        QCOMPARE(filesIn(folder.path("blobs")), files);
        QVERIFY(sameModels(history.models(second), modelsOf(1)));
        history.forget({second});
        QCOMPARE(filesIn(folder.path("blobs")), std::size_t{0});
    }

    void noRecordIsRefused_data()
    {
        QTest::addColumn<QString>("document");
        QTest::newRow("no JSON") << "{";
        QTest::newRow("no object") << "[]";
        QTest::newRow("no spec") << R"({"outcome": "finished", "metrics": {}})";
        QTest::newRow("no outcome") << R"({"spec": {"experiment": "number-line"}, "metrics": {}})";
        QTest::newRow("not ended") << R"({"spec": {"experiment": "number-line"}, "outcome": "running", "metrics": {}})";
        QTest::newRow("no metrics") << R"({"spec": {"experiment": "number-line"}, "outcome": "finished", "metrics": 3})";
        QTest::newRow("deep") << QString(10'000, QLatin1Char('['));
    }
    void noRecordIsRefused()
    {
        QFETCH(QString, document);
        const Folder folder;
        History history(folder.path());
        QVERIFY(!messageOf([&] { history.addDocument(parseJson(document.toStdString(), "x.json"), "x.json", {}, 1, ""); }).empty());
        QCOMPARE(history.count(), std::int64_t{0});
        QCOMPARE(filesIn(folder.path("blobs")), std::size_t{0});
    }

    void anUnknownExperimentIsKept()
    {
        const Folder folder;
        History history(folder.path());
        Record record = recordOf(1);
        record.spec = Spec{.experiment = "of-tomorrow", .seed = 3, .values = {{"new.field", std::string("x")}}};
        const RunId id = history.add(record, {}, 1, "").id;
        QCOMPARE(history.entry(id).settings(), std::string("new.field=x"));
    }

    void everyWordIsFound_data()
    {
        QTest::addColumn<QString>("words");
        QTest::addColumn<int>("hits");
        QTest::newRow("experiment") << "number-line" << 3;
        QTest::newRow("a part of it, upper case") << "NUMBER" << 3;
        QTest::newRow("setting") << "quant.bits=2" << 1;
        QTest::newRow("two words") << "bits=2 number" << 1;
        QTest::newRow("two words of different runs") << "bits=2 bits=5" << 0;
        QTest::newRow("outcome") << "diverged" << 1;
        QTest::newRow("tag") << "paper" << 1;
        QTest::newRow("Korean note") << "놀랍" << 1;
        QTest::newRow("source") << "sweeps/a" << 1;
        QTest::newRow("no pattern") << "%" << 0;
        QTest::newRow("no SQL") << "' OR 1=1 --" << 0;
        QTest::newRow("nothing") << "  " << 3;
    }
    void everyWordIsFound()
    {
        QFETCH(QString, words);
        QFETCH(int, hits);
        const Folder folder;
        History history(folder.path());
        std::vector<RunId> runs;
        for (const std::int64_t bits : {2, 5, 6}) {
            Record record = recordOf(1);
            record.spec.values["quant.bits"] = bits;
            if (bits == 6) record.outcome = Outcome::Diverged;
            runs.push_back(history.add(record, {}, 1, bits == 5 ? "sweeps/a" : "").id);
        }
        history.addTag(runs[0], " Paper ");
        history.setNote(runs[1], "놀랍다");
        QCOMPARE(history.find({.words = words.toStdString()}).size(), static_cast<std::size_t>(hits));
        QCOMPARE(history.count({.words = words.toStdString()}), std::int64_t{hits});
    }

    void runsAreSortedAndPaged()
    {
        const Folder folder;
        History history(folder.path());
        std::vector<RunId> ids;
        for (int i = 0; i < 5; ++i) {
            Metrics metrics;
            if (i != 2) metrics = {{"x.accuracy", (i * 3 % 5) * 0.1}};
            ids.push_back(history.add(recordOf(i, metrics), {}, 100 - i, "").id);
        }
        const auto order = [&](HistoryQuery query) {
            std::string digits;
            for (const HistoryEntry& e : history.find(query)) digits += std::to_string(e.id - ids[0]);
            return digits;
        };
        QCOMPARE(order({}), std::string("01234"));
        QCOMPARE(order({.descending = false}), std::string("43210"));
        QCOMPARE(order({.offset = 1, .limit = 2}), std::string("12"));
        QCOMPARE(order({.order = HistoryOrder::Seconds}), std::string("43210"));
        // 0: 0, 1: 0.3, 2: none, 3: 0.4, 4: 0.2
        QCOMPARE(order({.order = HistoryOrder::Metric, .metric = "x.accuracy"}), std::string("31402"));
        QCOMPARE(order({.order = HistoryOrder::Metric, .metric = "x.accuracy", .descending = false}), std::string("04132"));
        QCOMPARE(history.metricNames(), std::vector<std::string>{"x.accuracy"});
    }

    void starTagAndNoteFilter()
    {
        const Folder folder;
        History history(folder.path());
        const RunId a = history.add(recordOf(1), {}, 1, "").id, b = history.add(recordOf(2), {}, 2, "").id;
        history.setStarred(a, true);
        history.addTag(b, "one");
        history.addTag(b, "two");
        QCOMPARE(history.find({.starredOnly = true}).front().id, a);
        QCOMPARE(history.find({.tag = "two"}).size(), std::size_t{1});
        QCOMPARE(history.entry(b).tags, (std::vector<std::string>{"one", "two"}));
        history.removeTag(b, "one");
        QVERIFY(history.tags() == (std::vector<std::pair<std::string, std::int64_t>>{{"two", 1}}));
        history.setStarred(a, false);
        QVERIFY(history.find({.starredOnly = true}).empty());
        for (const std::string& bad : {std::string(), std::string("  "), std::string(101, 'x'), std::string("a\nb")})
            QVERIFY(contains(messageOf([&] { history.addTag(a, bad); }), "a tag is"));
        QVERIFY(contains(messageOf([&] { history.setNote(a, std::string(10'001, 'x')); }), "a note is"));
        QVERIFY(contains(messageOf([&] { history.setNote(a, "\xff"); }), "a note is"));
    }

    void theTrashGivesBack()
    {
        const Folder folder;
        History history(folder.path());
        const RunId a = history.add(recordOf(1), modelsOf(1), 1, "").id, b = history.add(recordOf(2), {}, 2, "").id;
        history.toTrash({a, b});
        QVERIFY(history.find().empty());
        QCOMPARE(history.count({.trash = true}), std::int64_t{2});
        QVERIFY(history.entry(a).trashed > 0);
        history.restore({a});
        QCOMPARE(history.find().front().id, a);
        QVERIFY(sameModels(history.models(a), modelsOf(1)));
        history.emptyTrash();
        QCOMPARE(history.count({.trash = true}), std::int64_t{0});
        QVERIFY(contains(messageOf([&] { history.record(b); }), "there is no run"));
        QCOMPARE(history.count(), std::int64_t{1});
    }

    void theSizeIsBounded()
    {
        const Folder folder;
        History history(folder.path());
        std::vector<RunId> ids;
        for (int i = 0; i < 6; ++i) ids.push_back(history.add(recordOf(i), modelsOf(i, 50'000), i, "").id);
        history.setStarred(ids[0], true);
        history.addTag(ids[1], "kept");
        history.setNote(ids[2], "kept");
        history.toTrash({ids[4]});
        QVERIFY(history.keepWithin(history.usage()).empty());
        // Each is some 400 kB: one must go, and that is the one in the trash; then the oldest that nobody has marked.
        std::vector<HistoryEntry> gone = history.keepWithin(history.usage() - 100'000);
        QVERIFY(gone.size() == 1 && gone[0].id == ids[4]);
        gone = history.keepWithin(history.usage() - 100'000);
        QVERIFY(gone.size() == 1 && gone[0].id == ids[3]);
        // Never what is marked, nor the newest.
        QVERIFY(history.keepWithin(0).empty());
        QCOMPARE(history.count(), std::int64_t{4});
        QVERIFY(history.usage() < 2'000'000);
        QVERIFY(history.check().isWhole() && history.check().orphans.empty());
    }

    void aNewerSchemaIsRefused()
    {
        const Folder folder;
        History(folder.path()).add(recordOf(1), {}, 1, "");
        Database(folder.path("history.db")).run("PRAGMA user_version = 3");
        QVERIFY(contains(messageOf([&] { History(folder.path()); }), "of schema 3, this Bitstill reads up to 2; update Bitstill"));
        Database(folder.path("history.db")).run("PRAGMA user_version = 2");
        QCOMPARE(History(folder.path()).count(), std::int64_t{1});
    }

    void anothersDatabaseIsLeftAlone()
    {
        const Folder folder;
        Database(folder.path("history.db")).script("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);");
        QVERIFY(contains(messageOf([&] { History(folder.path()); }), "another program's database"));
        QCOMPARE(Database(folder.path("history.db")).number("SELECT x FROM theirs"), std::int64_t{1});
    }

    void aFolderThatCannotBeSaysSo()
    {
        const Folder folder;
        folder.write("file", "");
        QVERIFY(contains(messageOf([&] { History(folder.path("file") / "store"); }), "cannot write"));
    }

    void aFolderMayBeNamedFromHere()
    {
        const Folder folder;
        const std::filesystem::path before = std::filesystem::current_path();
        std::filesystem::current_path(folder.path());
        const auto add = [&] {
            History history("here");
            std::filesystem::current_path(before);
            history.add(recordOf(1), modelsOf(1), 1, "");
        };
        const std::string message = messageOf(add);
        std::filesystem::current_path(before);
        QCOMPARE(message, std::string());
        QCOMPARE(History(folder.path("here")).count(), std::int64_t{1});
    }

    void theUsersFolderFollowsTheDesktop()
    {
        const QByteArray before = qgetenv("XDG_DATA_HOME"), home = qgetenv("HOME");
        qputenv("XDG_DATA_HOME", "/data");
        QCOMPARE(historyFolder(), std::filesystem::path("/data/bitstill/history"));
        qputenv("XDG_DATA_HOME", "relative"); // the standard says: to be ignored
        qputenv("HOME", "/home/somebody");
        QCOMPARE(historyFolder(), std::filesystem::path("/home/somebody/.local/share/bitstill/history"));
        qputenv("HOME", home);
        before.isNull() ? qunsetenv("XDG_DATA_HOME") : qputenv("XDG_DATA_HOME", before);
    }

    /// How tests/golden/history/schema-N was made: HISTORY_SAMPLE=FOLDER tst_history writesASample.
    void writesASample()
    {
        if (qEnvironmentVariableIsEmpty("HISTORY_SAMPLE")) QSKIP("HISTORY_SAMPLE names no folder");
        History history(qEnvironmentVariable("HISTORY_SAMPLE").toStdString());
        Record record = recordOf(1);
        record.spec = defaultSpec("number-line");
        record.spec.values["quant.bits"] = std::int64_t{3};
        const RunId first = history.add(record, {}, 1000, "sample").id;
        history.setStarred(first, true);
        history.setNote(first, "kept with schema 2");
        history.touch(first, {.changed = {{"quant.bits", std::int64_t{4}}}, .metrics = {{"x.accuracy", 0.5}}});
        history.addTag(first, "golden");
        history.add(recordOf(2), modelsOf(7), 2000, "sample");
        history.toTrash({history.add(recordOf(3), {}, 3000, "sample").id});
        history.begin(recordOf(4).spec, "sample");
    }

    void aStoreOfEverySchemaOpens_data()
    {
        QTest::addColumn<int>("schema");
        QTest::newRow("1") << 1;
        QTest::newRow("2") << 2;
    }
    void aStoreOfEverySchemaOpens()
    {
        QFETCH(int, schema);
        const Folder folder;
        const std::string number = std::to_string(schema);
        copyTree(BITSTILL_SOURCE "/tests/golden/history/schema-" + number, folder.path("store"));
        History history(folder.path("store"));
        QVERIFY(history.check().isWhole());
        const std::vector<HistoryEntry> runs = history.find({.descending = false});
        QCOMPARE(runs.size(), std::size_t{2});
        QCOMPARE(runs[0].experiment, std::string("number-line"));
        QVERIFY(runs[0].starred && runs[0].note == "kept with schema " + number && runs[0].tags == std::vector<std::string>{"golden"});
        QCOMPARE(runs[0].settings(), std::string("quant.bits=3"));
        QVERIFY(contains(history.record(runs[0].id), "\"outcome\":\"finished\""));
        QVERIFY(sameModels(history.models(runs[1].id), modelsOf(7)));
        QCOMPARE(history.count({.trash = true}), std::int64_t{1});
        QCOMPARE(history.unfinished().size(), std::size_t{1});
        const TouchedSettings touched{.changed = {{"quant.bits", std::int64_t{4}}}, .metrics = {{"x.accuracy", 0.5}}};
        if (schema < 2) history.touch(runs[0].id, touched); // its table is there now
        QCOMPARE(history.touched("number-line").at(runs[0].id), std::vector<TouchedSettings>{touched});
    }
};

QTEST_GUILESS_MAIN(TestHistory)
#include "tst_history.moc"
