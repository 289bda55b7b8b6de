// bitstill-cli sweep on a Slurm: to be run by tests/slurm/one_node, which starts one with MaxArraySize=5 and without accounting.

#include "tests/support/sweeps.h"

#include <QtTest>
#include <csignal>

using namespace bitstill;
using nlohmann::json;

namespace {

const QStringList kGrid{"--grid", "quant.bits=2,3,4", "--grid", "model.name=mlp-16,mlp-8", "--seeds", "1..4", "--on", "slurm"}; // 24 specs
const QStringList kSeconds{"--set", "data.samples=20000", "--set", "model.name=mlp-256-128", "--set", "train.epochs=12"}; // seconds each

std::vector<json> jobsIn(const Folder& folder)
{
    std::vector<json> jobs;
    for (const std::string& line : split(textIn(folder, "launch/jobs.jsonl"), '\n'))
        if (!line.empty()) jobs.push_back(json::parse(line));
    return jobs;
}

QString idOf(const Folder& folder, std::size_t job) { return QString::fromStdString(jobsIn(folder).at(job)["id"].get<std::string>()); }

bool isDone(const Folder& folder, const std::string& summary) { return contains(status(folder, {}).out, summary); }

} // namespace

class TestCliSweepSlurm : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("BITSTILL_SLURM_PAUSE", "1"); }

    void packedTasksGiveTheSameTable()
    {
        const Folder folder, here;
        const Result result = sweepIn(folder, kGrid + QStringList{"--pack", "4", "--wait"});
        QVERIFY2(result.status == 0 && contains(result.out, "24 of 24"), (result.out + result.err).c_str());
        QCOMPARE(attemptsIn(folder), std::vector<int>(24, 1));
        QCOMPARE(sweepIn(here, kGrid.mid(0, 6)).status, 0);
        QCOMPARE(findingsIn(folder), findingsIn(here));
        QCOMPARE(strayFiles(folder), std::string());
    }

    void moreTasksThanAnArrayHolds()
    {
        const Folder folder;
        const Result result = sweepIn(folder, kGrid + QStringList{"--pack", "1", "--wait"});
        QVERIFY2(result.status == 0 && contains(result.out, "24 of 24"), (result.out + result.err).c_str());
        const std::vector<json> jobs = jobsIn(folder);
        QCOMPARE(jobs.size(), 5u);
        for (const json& job : jobs) QVERIFY(job["tasks"].get<int>() <= 5);
        QCOMPARE(attemptsIn(folder), std::vector<int>(24, 1));
    }

    void whatSbatchRefusesIsToldAndNotNoted()
    {
        const Folder folder;
        const Result result = sweepIn(folder, kGrid + QStringList{"--", "--partition=none"});
        QVERIFY2(result.status == 1 && contains(result.err, "invalid partition"), result.err.c_str());
        QVERIFY(jobsIn(folder).empty());
        QVERIFY(isDone(folder, "0 of 24, 24 waiting"));
    }

    void theTableIsGatheredInTheEnd()
    {
        const Folder folder;
        const Result result = sweepIn(folder, {"--grid", "quant.bits=2,3", "--on", "slurm"});
        QVERIFY2(result.status == 0 && contains(result.out, "2 runs submitted"), (result.out + result.err).c_str());
        QTRY_VERIFY_WITH_TIMEOUT(textIn(folder, "table.csv").starts_with("# 2 of 2"), 60000);
    }

    void cancelledAndSubmittedAgain()
    {
        const Folder folder;
        const QStringList grid = kSeconds + QStringList{"--seeds", "1..4", "--on", "slurm", "--pack", "1"};
        QCOMPARE(sweepIn(folder, grid).status, 0);
        QTRY_VERIFY_WITH_TIMEOUT(isDone(folder, "2 running"), 60000);
        QVERIFY(contains(sweepIn(folder, grid).out, "4 runs are in Slurm's queue already"));
        QCOMPARE(shell("scancel --name=bitstill").status, 0);
        QTRY_VERIFY_WITH_TIMEOUT(!isDone(folder, "running"), 60000);
        QVERIFY(isDone(folder, "waiting"));
        QTRY_VERIFY_WITH_TIMEOUT(shell("squeue -h --name=bitstill").out.empty(), 60000);
        const Result result = sweepIn(folder, grid + QStringList{"--wait"});
        QVERIFY2(result.status == 0 && contains(result.out, "4 of 4"), (result.out + result.err).c_str());
        QVERIFY(nothingTwice(folder));
    }

    void anOldFailureIsNoResult()
    {
        const Folder folder;
        const std::string csv = folder.path("data.csv").string();
        const QStringList grid{"--set", "data.set=csv", "--set", "data.path=" + QString::fromStdString(csv), "--seeds", "1..2"};
        QCOMPARE(sweepIn(folder, grid).status, 1);
        writeClasses(folder, "data.csv");
        const Result result = sweepIn(folder, grid + QStringList{"--on", "slurm", "--wait"});
        QVERIFY2(result.status == 0 && contains(result.out, "2 of 2"), (result.out + result.err).c_str());
    }

    /// A scheduler that is busy takes longer than other programs are given.
    void aSlowSbatchIsWaitedFor()
    {
        const Folder folder;
        const Result result = shell(
            QStringLiteral("mkdir '%1/bin'; printf '#!/bin/sh\nsleep 11; exec %2 \"$@\"\n' > '%1/bin/sbatch'; "
                           "chmod +x '%1/bin/sbatch'; PATH='%1/bin':$PATH \"$cli\" sweep before-after --out '%1/s' "
                           "--on slurm --wait --set data.set=strokes --set data.samples=600 --set train.epochs=1")
                .arg(QString::fromStdString(folder.path().string()), QString::fromStdString(shell("command -v sbatch").out).trimmed()));
        QVERIFY2(result.status == 0 && contains(result.out, "1 run submitted"), (result.out + result.err).c_str());
    }

    void aRequeuedTaskIsDoneOnce()
    {
        const Folder folder;
        QCOMPARE(sweepIn(folder, kSeconds + QStringList{"--on", "slurm"}).status, 0);
        QTRY_VERIFY_WITH_TIMEOUT(isDone(folder, "1 running"), 60000);
        QCOMPARE(shell("scontrol requeue " + idOf(folder, 0)).status, 0);
        QTRY_VERIFY_WITH_TIMEOUT(isDone(folder, "1 of 1"), 120000);
        QCOMPARE(attemptsIn(folder), std::vector<int>({2}));
        QVERIFY(nothingTwice(folder));
    }

    void aTimeLimitIsNotAResult()
    {
        const Folder folder;
        const Result result =
            sweepIn(folder, kLong + QStringList{"--set", "train.epochs=1000", "--on", "slurm", "--wait", "--", "--time=1"});
        QCOMPARE(result.status, 1);
        QVERIFY2(contains(result.err, "TIMEOUT 1"), result.err.c_str());
        QVERIFY(isDone(folder, "0 of 1, 1 waiting"));
        QVERIFY(contains(textIn(folder, runFolders(folder).front() + "log.txt"), "stopped by SIGTERM"));
    }

    /// The last: no slurmd is left.
    void aDeadNodeFreesItsRuns()
    {
        const Folder folder;
        QCOMPARE(sweepIn(folder, kSeconds + QStringList{"--on", "slurm"}).status, 0);
        QTRY_VERIFY_WITH_TIMEOUT(isDone(folder, "1 running"), 60000);
        QCOMPARE(shell("kill -9 $(cat \"$SLURMD_PID_FILE\")").status, 0);
        for (const pid_t worker : workersOf(folder)) kill(worker, SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(isDone(folder, "1 interrupted"), 60000);
        QCOMPARE(cli({"sweep", "again", sweepFolder(folder)}).status, 0);
        QVERIFY(isDone(folder, "1 of 1"));
    }
};

QTEST_GUILESS_MAIN(TestCliSweepSlurm)
#include "tst_cli_sweep_slurm.moc"
