// bitstill-cli sweep with GNU parallel, and with launchers and workers that are killed.

#include "engine/core/rng.h"
#include "tests/support/sweeps.h"

#include <QStandardPaths>
#include <QtTest>
#include <csignal>

using namespace bitstill;
using nlohmann::json;

namespace {

const QStringList kGrid{"--grid", "quant.bits=2,3,4", "--grid", "model.name=mlp-16,mlp-8", "--seeds", "1..4"}; // 24 specs

/// Of each run what must not depend on who did it.
std::map<std::string, json> resultsIn(const Folder& folder)
{
    std::map<std::string, json> results;
    for (const auto& [hash, bytes] : recordsIn(folder)) {
        const json record = json::parse(bytes);
        results[hash] = {record["metrics"], record["figures"], record["marks"], record["outcome"]};
    }
    return results;
}

} // namespace

class TestCliSweepParallel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (QStandardPaths::findExecutable(QStringLiteral("parallel")).isEmpty()) QSKIP("GNU parallel is not installed");
        QCOMPARE(sweepIn(m_here, kGrid + QStringList{"--keep", "figures"}).status, 0);
    }

    void parallelGivesTheSameTable()
    {
        const Folder folder;
        const QStringList grid = kGrid + QStringList{"--on", "parallel", "--jobs", "2", "--keep", "figures"};
        const Result result = sweepIn(folder, grid);
        QVERIFY2(result.status == 0 && contains(result.out, "24 of 24"), (result.out + result.err).c_str());
        QCOMPARE(resultsIn(folder), resultsIn(m_here));
        QCOMPARE(findingsIn(folder), findingsIn(m_here));
        const std::string table = textIn(folder, "table.csv");
        QCOMPARE(sweepIn(folder, grid).status, 0);
        QCOMPARE(attemptsIn(folder), std::vector<int>(24, 1)); // none was started
        QCOMPARE(textIn(folder, "table.csv"), table);
        QStringList more = grid;
        more[1] = "quant.bits=2,3,4,5";
        QCOMPARE(sweepIn(folder, more + QStringList{"--pack", "3"}).status, 0);
        QCOMPARE(attemptsIn(folder), std::vector<int>(32, 1));
        QVERIFY2(strayFiles(folder).empty(), strayFiles(folder).c_str());
    }

    void failuresAndWhatParallelSays()
    {
        const Folder folder;
        const QStringList grid{"--zip", "data.set,data.path=strokes:,csv:" + QString::fromStdString(folder.path("none.csv").string()),
            "--seeds", "1..2", "--on", "parallel"};
        const Result result = sweepIn(folder, grid);
        QVERIFY2(result.status == 1 && contains(result.out, "2 of 4, 2 failed"), (result.out + result.err).c_str());
        const Result wrong = sweepIn(folder, grid + QStringList{"--", "--no-such-option"});
        QVERIFY2(wrong.status == 1 && contains(wrong.err, "parallel ended with exit status"), wrong.err.c_str());
        QVERIFY(contains(status(folder, {}).out, "2 of 4, 2 failed"));
    }

    /// What parallel was told to give up is not begun by us behind its back.
    void haltIsHeard()
    {
        const Folder folder;
        const Result result = sweepIn(folder,
            {"--grid", "model.name=mlp-16,mlp-8", "--set", "data.set=csv", "--set", "data.path=/nowhere/none.csv", "--seeds", "1..4",
                "--on", "parallel", "--jobs", "1", "--", "--halt", "now,fail=1"});
        QVERIFY2(result.status == 1 && contains(result.out, "0 of 8, 1 failed, 7 waiting"), (result.out + result.err).c_str());
    }

    void anOldFailureIsNotTheNewAttempts()
    {
        const Folder folder;
        const QStringList grid = kLong + QStringList{"--grid", "train.epochs=1000", "--on", "parallel"};
        const Result planned = sweepIn(folder, kLong + QStringList{"--grid", "train.epochs=1000", "--on", "none"});
        QCOMPARE(planned.status, 0);
        folder.write("s/" + runFolders(folder).front() + "failed.json", "{\"reason\":\"long ago\"}");
        QProcess p;
        p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"), sweepCommand(folder, grid));
        QTRY_VERIFY_WITH_TIMEOUT(!workersOf(folder).empty(), 60000);
        kill(workersOf(folder).front(), SIGKILL);
        QVERIFY(p.waitForFinished(60000));
        QCOMPARE(p.exitCode(), 1);
        const json failed = json::parse(status(folder, {"--failed", "--json"}).out);
        QCOMPARE(failed.size(), 1u);
        QVERIFY2(contains(failed[0]["reason"].get<std::string>(), "SIGKILL"), failed.dump().c_str());
    }

    void aParallelThatIsNotGnus()
    {
        const Folder folder;
        const Result result = shell(QStringLiteral(
            "mkdir '%1/bin'; printf '#!/bin/sh\\necho parallel of moreutils\\n' > '%1/bin/parallel'; chmod +x '%1/bin/parallel'; "
            "PATH='%1/bin':$PATH \"$cli\" sweep before-after --out '%1/s' --on parallel --set data.set=strokes; s=$?; "
            "PATH='%1' \"$cli\" sweep again '%1/s' --on parallel; echo $s $?")
                                        .arg(QString::fromStdString(folder.path().string())));
        QVERIFY2(contains(result.err, "not GNU parallel") && contains(result.err, "GNU parallel is not installed"), result.err.c_str());
        QVERIFY2(contains(result.out, "1 1\n"), result.out.c_str());
    }

    /// kill -9 of launcher and workers at ten moments, then resumed.
    void tenKills_data()
    {
        QTest::addColumn<QString>("on");
        for (const char* on : {"here", "parallel"}) QTest::newRow(on) << on;
    }
    void tenKills()
    {
        QFETCH(QString, on);
        const Folder folder;
        const QStringList command = sweepCommand(folder, kGrid + QStringList{"--on", on, "--jobs", "2", "--keep", "figures"});
        Rng rng(7, "kills");
        for (int i = 0; i < 10; ++i) {
            QProcess p;
            p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"), command);
            QVERIFY(p.waitForStarted());
            QTest::qWait(40 + static_cast<int>(rng.below(300)));
            // Workers first in every second round: their launcher sees them die. Orphans of the others go on, or end by themselves.
            for (const pid_t worker : i % 2 == 0 ? workersOf(folder) : std::vector<pid_t>{}) kill(worker, SIGKILL);
            if (i % 4 == 0) QTest::qWait(20);
            p.kill();
            p.waitForFinished(60000);
            for (const pid_t worker : workersOf(folder)) kill(worker, SIGKILL);
        }
        const Result result = cli(command);
        QVERIFY2(result.status == 0 && contains(result.out, "24 of 24"), (result.out + result.err).c_str());
        QCOMPARE(resultsIn(folder), resultsIn(m_here));
        QCOMPARE(findingsIn(folder), findingsIn(m_here));
        QVERIFY2(strayFiles(folder).empty(), strayFiles(folder).c_str());
        QVERIFY(nothingTwice(folder, 10)); // but what was cut
    }

    void twoAtOnce()
    {
        const Folder folder;
        const QStringList command = sweepCommand(folder, kGrid + QStringList{"--jobs", "2"});
        QProcess other;
        other.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"), command + QStringList{"--on", "parallel"});
        const Result result = cli(command);
        QVERIFY(other.waitForFinished(120000));
        QVERIFY2(result.status == 0 && other.exitCode() == 0, (result.err + other.readAllStandardError().toStdString()).c_str());
        QCOMPARE(attemptsIn(folder), std::vector<int>(24, 1));
        QVERIFY(contains(status(folder, {}).out, "24 of 24"));
    }

    void aSignalEndsThem()
    {
        const Folder folder;
        QProcess p;
        p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"),
            sweepCommand(folder, kLong + QStringList{"--grid", "train.epochs=1000,999", "--jobs", "2", "--on", "parallel"}));
        QTRY_VERIFY_WITH_TIMEOUT(attemptsIn(folder) == std::vector<int>({1, 1}), 60000);
        p.terminate();
        QVERIFY(p.waitForFinished(60000));
        QCOMPARE(p.exitCode(), 128 + SIGTERM);
        QTRY_VERIFY_WITH_TIMEOUT(contains(status(folder, {}).out, "0 of 2, 2 waiting"), 60000);
    }

private:
    Folder m_here; ///< the same sweep by its own launcher, undisturbed
};

QTEST_GUILESS_MAIN(TestCliSweepParallel)
#include "tst_cli_sweep_parallel.moc"
