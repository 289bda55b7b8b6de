// bitstill-cli sweep, with its own launcher.

#include "tests/support/cli.h"
#include "tests/support/sweeps.h"

#include <QtTest>
#include <csignal>
#include <nlohmann/json.hpp>

using namespace bitstill;
using nlohmann::json;

class TestCliSweep : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void runsResumesAndExtends()
    {
        const Folder folder;
        const Result first = sweepIn(folder, {"--grid", "quant.bits=2,3", "--seeds", "1..2", "--jobs", "2"});
        QVERIFY2(first.status == 0 && contains(first.out, "4 of 4"), (first.out + first.err).c_str());
        QCOMPARE(recordsIn(folder).size(), 4u);
        QCOMPARE(attemptsIn(folder), std::vector<int>({1, 1, 1, 1}));
        const std::string table = textIn(folder, "table.csv");
        QVERIFY2(table.starts_with("# 4 of 4\r\nquant.bits,seed,state,"), table.c_str());
        const auto records = recordsIn(folder);
        QCOMPARE(sweepIn(folder, {"--grid", "quant.bits=2,3", "--seeds", "1..2"}).status, 0);
        QCOMPARE(textIn(folder, "table.csv"), table);
        QCOMPARE(attemptsIn(folder), std::vector<int>({1, 1, 1, 1}));
        QCOMPARE(sweepIn(folder, {"--grid", "quant.bits=4,3,2,3", "--seeds", "2,1"}).status, 0);
        QCOMPARE(attemptsIn(folder), std::vector<int>(6, 1));
        for (const auto& [hash, bytes] : records) QCOMPARE(recordsIn(folder)[hash], bytes);
        QCOMPARE(strayFiles(folder), std::string());
    }

    void aRunIsTheOneThatRunGives()
    {
        const Folder folder;
        QCOMPARE(sweepIn(folder, {"--grid", "quant.bits=3", "--keep", "model"}).status, 0);
        const QString out = QString::fromStdString(folder.path("one").string());
        QCOMPARE(cli(QStringList{"run", "before-after"} + kQuick + QStringList{"--set", "quant.bits=3", "--out", out}).status, 0);
        const json one = json::parse(textIn(folder, "../one/record.json")), swept = json::parse(recordsIn(folder).begin()->second);
        for (const char* part : {"spec", "spec_hash", "metrics", "marks", "outcome"}) QVERIFY2(one[part] == swept[part], part);
        QCOMPARE(one["figures"], swept["figures"]);
        QCOMPARE(
            textIn(folder, "runs/" + recordsIn(folder).begin()->first + "/model.safetensors"), textIn(folder, "../one/model.safetensors"));
    }

    void mistakesAreNamedAndNothingIsWritten_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("says");
        QTest::newRow("field") << QStringList{"--grid", "quant.bitz=1,2"} << "quant.bits";
        QTest::newRow("range") << QStringList{"--grid", "quant.bits=2,99"} << "99 is out of range";
        QTest::newRow("none") << QStringList{"--grid", "quant.bits="} << "quant.bits";
        QTest::newRow("twice") << QStringList{"--grid", "quant.bits=2", "--set", "quant.bits=3"} << "--set";
        QTest::newRow("many") << QStringList{"--grid", "quant.bits=2..1e9"} << "quant.bits";
        QTest::newRow("seed") << QStringList{"--seeds", "x"} << "seeds";
        QTest::newRow("on") << QStringList{"--on", "moon"} << "slurm";
        QTest::newRow("jobs") << QStringList{"--jobs", "0"} << "--jobs";
        QTest::newRow("all at once") << QStringList{"--grid", "quant.bits=99", "--zip", "train.epochs,model.name=1", "--seeds", "-4"}
                                     << "train.epochs";
    }
    void mistakesAreNamedAndNothingIsWritten()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, says);
        const Folder folder;
        const Result result = sweepIn(folder, arguments);
        QCOMPARE(result.status, 2);
        QVERIFY2(contains(result.err, says.toStdString()), result.err.c_str());
        QVERIFY(!std::filesystem::exists(folder.path("s")));
    }

    void dryRunListsTheRuns()
    {
        const Folder folder;
        const Result result = sweepIn(folder, {"--grid", "quant.bits=2,3,3", "--dry-run"});
        QCOMPARE(result.status, 0);
        QCOMPARE(lines(result.out), 2u);
        QVERIFY(contains(result.out, "quant.bits=3 seed=1") && contains(result.err, "1 combination is the same"));
        QVERIFY(!std::filesystem::exists(folder.path("s")));
    }

    void failuresAreNamedAndDoneAgain()
    {
        const Folder folder;
        const QString csv = QString::fromStdString(folder.path("data.csv").string());
        const QStringList grid{"--zip", "data.set,data.path=strokes:,csv:" + csv};
        const Result result = sweepIn(folder, grid);
        QVERIFY2(result.status == 1 && contains(result.out, "1 of 2, 1 failed") && contains(result.err, "data.csv"),
            (result.out + result.err).c_str());
        const json failed = json::parse(status(folder, {"--failed", "--json"}).out);
        QCOMPARE(failed.size(), 1u);
        QCOMPARE(failed[0]["fields"]["data.set"].get<std::string>(), std::string("csv"));
        QCOMPARE(failed[0]["attempt"].get<int>(), 1);
        QCOMPARE(json::parse(status(folder, {"--json"}).out)["failed"].get<int>(), 1);
        QVERIFY(contains(status(folder, {"--failed"}).out, "\n    20")); // the end of its log
        writeClasses(folder, "data.csv");
        const Result again = cli({"sweep", "again", sweepFolder(folder), "--failed"});
        QVERIFY2(again.status == 0 && contains(again.out, "1 of 1"), (again.out + again.err).c_str());
        QCOMPARE(attemptsIn(folder), std::vector<int>({1, 2}));
        QVERIFY(contains(status(folder, {}).out, "2 of 2"));
        QCOMPARE(cli({"sweep", "again", sweepFolder(folder)}).status, 0);
        QCOMPARE(attemptsIn(folder), std::vector<int>({1, 2}));
    }

    /// One that fails whenever it is begun is begun once.
    void againEndsWhenARunFails()
    {
        const Folder folder;
        const QStringList grid{"--zip", "data.set,data.path=strokes:,csv:" + QString::fromStdString(folder.path("none.csv").string())};
        QCOMPARE(sweepIn(folder, grid).status, 1);
        const Result again = cli({"sweep", "again", sweepFolder(folder)});
        QVERIFY2(again.status == 1 && contains(again.out, "1 of 2, 1 failed"), (again.out + again.err).c_str());
        QCOMPARE(attemptsIn(folder), std::vector<int>({1, 2}));
    }

    void anotherVersionsRecordIsDoneAgain()
    {
        const Folder folder;
        writeClasses(folder, "data.csv");
        const QString data = QString::fromStdString(folder.path("data.csv").string());
        QCOMPARE(sweepIn(folder, {"--set", "data.set=csv", "--set", "data.path=" + data}).status, 0);
        const auto makeOld = [&] {
            json record = json::parse(recordsIn(folder).begin()->second);
            record["version"] = "0.0.1";
            folder.write("s/" + runFolders(folder).front() + "record.json", record.dump());
        };
        makeOld();
        std::filesystem::rename(folder.path("data.csv"), folder.path("moved.csv"));
        const Result failing = cli({"sweep", "again", sweepFolder(folder)});
        QVERIFY2(failing.status == 1 && contains(failing.out, "1 of another version") && contains(failing.err, "data.csv"),
            (failing.out + failing.err).c_str());
        QCOMPARE(attemptsIn(folder), std::vector<int>({2}));
        std::filesystem::rename(folder.path("moved.csv"), folder.path("data.csv"));
        const Result result = cli({"sweep", "again", sweepFolder(folder)});
        QVERIFY2(result.status == 0 && contains(result.out, "1 of 1\n"), (result.out + result.err).c_str());
        QCOMPARE(attemptsIn(folder), std::vector<int>({3}));
    }

    void workKeepsWhatThePlanSays()
    {
        const Folder folder;
        QCOMPARE(sweepIn(folder, {"--grid", "quant.bits=2,3", "--on", "none", "--keep", "model"}).status, 0);
        const std::string first = runFolders(folder).front();
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--only", QString::fromStdString(first.substr(5, 16))}).status, 0);
        QVERIFY(!textIn(folder, first + "model.safetensors").empty());
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder)}).status, 0);
        for (const std::string& run : runFolders(folder)) QVERIFY(!textIn(folder, run + "model.safetensors").empty());
    }

    /// --where and --against by value: 0.10 is 0.1, and what no run has is a mistake.
    void tablesOfSomeRuns()
    {
        const Folder folder;
        QCOMPARE(sweepIn(folder, {"--grid", "train.learning_rate=0.1,0.2", "--seeds", "1..2"}).status, 0);
        const auto table = [&](const QStringList& arguments, const char* file = "t.csv") {
            const QString out = QString::fromStdString(folder.path(file).string());
            return cli(QStringList{"sweep", "table", sweepFolder(folder), "-o", out} + arguments);
        };
        QCOMPARE(table({"--where", "train.learning_rate=0.10", "--where", "seed=2"}).status, 0);
        QCOMPARE(lines(textIn(folder, "../t.csv")), 3u);
        QCOMPARE(table({"--over", "train.learning_rate"}).status, 0);
        QVERIFY2(contains(textIn(folder, "../t.csv"), "\r\nseed,") && contains(textIn(folder, "../t.csv"), "\r\n2,2,"),
            textIn(folder, "../t.csv").c_str());
        QCOMPARE(table({"--against", "train.learning_rate=0.10"}).status, 0);
        QVERIFY(contains(textIn(folder, "../t.csv"), "change.p_holm"));
        for (const QStringList& wrong : {QStringList{"--where", "train.learning_rate=0.3"}, {"--against", "train.learning_rate=0.3"}}) {
            const Result result = table(wrong);
            QVERIFY2(result.status == 1 && contains(result.err, "0.1, 0.2"), result.err.c_str());
        }
        QCOMPARE(table({"--where", "train.learning_rate=fast"}).status, 1);
        QCOMPARE(table({"--against", "seed=1"}).status, 2);
        QCOMPARE(table({"--over", "train.learning_rate", "--against", "train.learning_rate=0.1"}).status, 2);
        QCOMPARE(table({}, "t.xls").status, 2);
    }

    void optionsThatNobodyHearsAreMistakes_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const QString out = "/nowhere";
        QTest::newRow("behind -- here") << QStringList{"before-after", "--out", out, "--", "--halt"};
        QTest::newRow("behind -- status") << QStringList{"status", out, "--", "x"};
        QTest::newRow("pack here") << QStringList{"before-after", "--out", out, "--pack", "2"};
        QTest::newRow("wait here") << QStringList{"again", out, "--wait"};
        QTest::newRow("wait parallel") << QStringList{"again", out, "--wait", "--on", "parallel"};
        QTest::newRow("jobs slurm") << QStringList{"again", out, "--jobs", "2", "--on", "slurm"};
        QTest::newRow("threads none") << QStringList{"before-after", "--out", out, "--threads", "2", "--on", "none"};
        QTest::newRow("a plan and status") << QStringList{"--grid", "quant.bits=2", "status", out};
    }
    void optionsThatNobodyHearsAreMistakes()
    {
        QFETCH(QStringList, arguments);
        const Result result = cli(QStringList{"sweep"} + arguments);
        QVERIFY2(result.status == 2, result.err.c_str());
        QVERIFY(!std::filesystem::exists("/nowhere"));
    }

    void divergedIsAResult()
    {
        const Folder folder;
        const QStringList grid{"--grid", "train.learning_rate=0.05,10", "--set", "model.name=mlp-64-64-64", "--set", "train.epochs=5"};
        const Result result = sweepIn(folder, grid);
        QVERIFY2(result.status == 0 && contains(result.out, "2 of 2, 1 diverged"), (result.out + result.err).c_str());
        QCOMPARE(sweepIn(folder, grid).status, 0);
        QCOMPARE(attemptsIn(folder), std::vector<int>({1, 1}));
    }

    void aSignalGivesTheRunBack()
    {
        const Folder folder;
        QProcess p;
        p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"),
            sweepCommand(folder, kLong + QStringList{"--grid", "train.epochs=1000,999", "--jobs", "2"}));
        QTRY_VERIFY_WITH_TIMEOUT(attemptsIn(folder) == std::vector<int>({1, 1}), 60000);
        QVERIFY(contains(status(folder, {}).out, "2 running"));
        p.terminate();
        QVERIFY(p.waitForFinished(60000));
        QCOMPARE(p.exitStatus(), QProcess::NormalExit);
        QCOMPARE(p.exitCode(), 128 + SIGTERM);
        QVERIFY(contains(status(folder, {}).out, "0 of 2, 2 waiting"));
        QCOMPARE(strayFiles(folder), std::string());
    }

    void aKilledWorkerIsAFailureAndTheOthersGoOn()
    {
        const Folder folder;
        QProcess p;
        p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"),
            sweepCommand(folder, kLong + QStringList{"--grid", "train.epochs=1000,1", "--jobs", "1"}));
        QTRY_VERIFY_WITH_TIMEOUT(workerOf(folder, "train.epochs", 1000) > 0, 60000);
        kill(workerOf(folder, "train.epochs", 1000), SIGKILL);
        QVERIFY(p.waitForFinished(60000));
        QCOMPARE(p.exitCode(), 1);
        const json failed = json::parse(status(folder, {"--failed", "--json"}).out);
        QCOMPARE(failed.size(), 1u);
        QCOMPARE(failed[0]["signal"].get<int>(), SIGKILL);
        QVERIFY(contains(status(folder, {}).out, "1 of 2, 1 failed"));
    }

    void othersSchedulersCallWork()
    {
        const Folder folder;
        QCOMPARE(sweepIn(folder, {"--grid", "quant.bits=2..4", "--on", "none"}).status, 0);
        QCOMPARE(attemptsIn(folder), std::vector<int>(3, 0));
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--part", "0/2"}).status, 2);
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--part", "3/2"}).status, 2);
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--part", "1/2", "--only", "0123456789abcdef"}).status, 2);
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--only", "../../../etc/pass"}).status, 2);
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--only", "0123456789abcdef"}).status, 1);
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--part", "1/2"}).status, 0);
        QCOMPARE(recordsIn(folder).size(), 2u);
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--part", "2/2"}).status, 0);
        QCOMPARE(attemptsIn(folder), std::vector<int>(3, 1));
        QVERIFY(contains(status(folder, {}).out, "3 of 3"));
    }

    void plotsAreDrawn()
    {
        const Folder folder;
        QCOMPARE(sweepIn(folder, {"--grid", "quant.bits=2,3", "--grid", "model.name=mlp-16,mlp-8", "--seeds", "1..3"}).status, 0);
        const auto plot = [&](const QStringList& arguments, const char* file) {
            const QString out = QString::fromStdString(folder.path(file).string());
            return cli(QStringList{"sweep", "plot", sweepFolder(folder), "-o", out} + arguments);
        };
        const QStringList by{"--x", "quant.bits", "--y", "static.accuracy", "--by", "model.name"};
        const Result result = plot(by, "p.csv");
        QVERIFY2(result.status == 0 && contains(result.out, "12 of 12"), (result.out + result.err).c_str());
        const std::string csv = textIn(folder, "../p.csv");
        QVERIFY2(contains(csv, "mlp-16") && contains(csv, "mlp-8") && contains(csv, "12 of 12"), csv.c_str());
        if (BITSTILL_GUI) QVERIFY(plot(by, "p.svg").status == 0 && contains(textIn(folder, "../p.svg"), "static.accuracy"));
        const Result mixed = plot(by.mid(0, 4), "q.csv");
        QVERIFY2(mixed.status == 1 && contains(mixed.err, "model.name varies too"), mixed.err.c_str());
        QCOMPARE(plot(by.mid(0, 4) + QStringList{"--where", "model.name=mlp-8"}, "q.csv").status, 0);
        QCOMPARE(plot(by, "p.gif").status, 2);
        QCOMPARE(plot({"--x", "quant.bitz", "--y", "static.accuracy"}, "r.csv").status, 1);
        QCOMPARE(plot({"--x", "quant.bits", "--y", "accuracy"}, "r.csv").status, 1);
    }

    void wrongUseOfTheOtherCommands()
    {
        const Folder folder;
        QCOMPARE(cli({"sweep"}).status, 2);
        QCOMPARE(cli({"sweep", "status"}).status, 2);
        QCOMPARE(cli({"sweep", "before-after"}).status, 2);
        QCOMPARE(cli({"sweep", "nothing", "--out", sweepFolder(folder)}).status, 2);
        QCOMPARE(cli({"sweep", "status", sweepFolder(folder)}).status, 1);
        QVERIFY(contains(cli({"sweep", "table", sweepFolder(folder), "-o", "x.csv"}).err, "no sweep"));
    }
};

QTEST_GUILESS_MAIN(TestCliSweep)
#include "tst_cli_sweep.moc"
