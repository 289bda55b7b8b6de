// How runs of bitstill-cli end: failed, stopped, without room or output, with something to say.

#include "engine/core/text.h"
#include "engine/io/files.h"
#include "engine/io/manifest.h"
#include "tests/support/cli.h"

#include <QtTest>
#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

using namespace bitstill;
using nlohmann::json;

class TestCliEnds : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("LC_ALL", "C"); } // whatever the tester's language is

    void aFailedRunKeepsAFinishedResult()
    {
        const Folder f;
        const QString out = QString::fromStdString(f.path("o").string());
        QCOMPARE(cli(quick(QStringLiteral("before-after")) << "--out" << out).status, 0);
        const std::string before = readFile(f.path("o/record.json"), 100'000'000);
        const QStringList failing = QStringList{"run", "before-after", "--set", "data.set=idx", "--set", "data.path=/nowhere", "--out"};
        const Result r = cli(failing + QStringList{out});
        QCOMPARE(r.status, 1);
        QVERIFY2(contains(r.err, "holds what it held before") && lines(r.err) == 1, r.err.c_str());
        QVERIFY(readFile(f.path("o/record.json"), 100'000'000) == before && isWhole(f.path("o")));
        // Where there is nothing to lose, the record says why.
        QCOMPARE(cli(failing + QStringList{QString::fromStdString(f.path("fresh").string())}).status, 1);
        QCOMPARE(json::parse(readFile(f.path("fresh/record.json"), 1'000'000))["outcome"].get<std::string>(), std::string("failed"));
    }

    void signalsEndARunAsStoppedWithWhatThereIs_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("INT") << SIGINT;
        QTest::newRow("TERM") << SIGTERM;
        QTest::newRow("HUP") << SIGHUP;
    }
    void signalsEndARunAsStoppedWithWhatThereIs()
    {
        QFETCH(int, signal);
        const Folder f;
        QProcess p;
        p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"),
            quick(QStringLiteral("before-after")) << "--set"
                                                  << "data.samples=4000"
                                                  << "--set"
                                                  << "train.epochs=1000"
                                                  << "--out" << QString::fromStdString(f.path("o").string()) << "--figures" << kFormats);
        QVERIFY(p.waitForStarted());
        std::this_thread::sleep_for(std::chrono::milliseconds(700 * std::min(kSlow, 4)));
        ::kill(static_cast<pid_t>(p.processId()), signal);
        QVERIFY(p.waitForFinished(60000));
        QCOMPARE(p.exitStatus(), QProcess::NormalExit);
        QCOMPARE(p.exitCode(), 128 + signal);
        const std::string err = p.readAllStandardError().toStdString(), out = p.readAllStandardOutput().toStdString();
        QVERIFY2(contains(err, "stopped by") && lines(err) == 1, err.c_str());
        QVERIFY2(contains(out, "stopped after"), out.c_str());
        QVERIFY(isWhole(f.path("o")));
        QCOMPARE(json::parse(readFile(f.path("o/record.json"), 100'000'000))["outcome"].get<std::string>(), std::string("stopped"));
    }

    void aBuildWithoutQtChartsSaysThatItDrawsNothing()
    {
        if (BITSTILL_GUI) QSKIP("this one has it");
        const Folder f;
        const Result r = cli({"run", "number-line", "--figures", "csv,svg", "--out", QString::fromStdString(f.path("o").string())});
        QCOMPARE(r.status, 2);
        QCOMPARE(r.err, std::string("--figures: this build draws no svg: it writes CSV and JSON only\n"));
        QVERIFY(!std::filesystem::exists(f.path("o")));
    }

    void signalsThatAreIgnoredStayIgnored()
    {
        const Folder f;
        // nohup: HUP does nothing.
        const Result r = shell(QStringLiteral("trap '' HUP; \"$cli\" run number-line & sleep 0.05; kill -HUP $!; wait $!"));
        QVERIFY2(r.status == 0, r.err.c_str());
    }

    void outputThatCannotBeWrittenIsAFailure()
    {
        const Folder f;
        const QString out = QString::fromStdString(f.path("o").string());
        for (const char* target : {">/dev/full", ">&-", "| true"}) {
            const Result r = shell(QStringLiteral("set -o pipefail; \"$cli\" run number-line --out %1 %2").arg(out, QLatin1String(target)));
            QVERIFY2(r.status == 1, target);
            QVERIFY2(contains(r.err, "cannot write what was to be printed") && lines(r.err) == 1, r.err.c_str());
            QVERIFY(isWhole(f.path("o"))); // the files are there all the same, and nothing else is in them
            std::filesystem::remove_all(f.path("o"));
        }
        QCOMPARE(shell(QStringLiteral("\"$cli\" list >/dev/full")).status, 1);
    }

    void pathsThatAreNotUtf8AreTakenAsTheyAre()
    {
        const Folder f;
        const std::string name = "caf\xe9";
        const QByteArray command =
            QByteArray("cd ") + f.path().c_str() + " && \"$cli\" run number-line --out $'caf\\xe9' --figures " + kFormats;
        const Result r = shell(QString::fromLatin1(command));
        QVERIFY2(r.status == 0 && r.err.empty(), r.err.c_str());
        QVERIFY(isWhole(f.path(name)));
        for (const std::string& format : split(kFormats, ',')) QVERIFY(std::filesystem::exists(f.path(name) / ("figures/error." + format)));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(f.path()), std::filesystem::directory_iterator()), 1);
        std::filesystem::remove_all(f.path(name)); // which Qt cannot
    }

    void installMissingSaysSoOnStderrAndInstalls()
    {
        const Folder f;
        for (const char* d : {"scripts", "bin"}) std::filesystem::create_directory(f.path(d));
        std::filesystem::copy(BITSTILL_SOURCE "/scripts/install_missing", f.path("scripts/install_missing"));
        f.write("packages.txt", "# some\n[run]\nthere\nabsent\n[check]\nother\n[run]\n-odd\nlast"); // without a newline
        const auto stub = [&](const char* name, const std::string& script) {
            f.write(std::string("bin/") + name, "#!/bin/sh\n" + script);
            std::filesystem::permissions(f.path("bin") / name, std::filesystem::perms(0755));
        };
        stub("dpkg-query", "case \"$*\" in *there) echo installed;; esac\n");
        stub("apt-get", "echo noise; echo \"$*\" >>" + f.path("log").string() + "\n");
        stub("sudo", "exec \"$@\"\n");
        std::filesystem::create_symlink(f.path("scripts/install_missing"), f.path("bin/linked"));
        const Result r =
            shell(QStringLiteral("cd / && PATH=%1/bin:$PATH %1/bin/linked run </dev/null").arg(QString::fromStdString(f.path().string())));
        QVERIFY2(r.status == 0, r.err.c_str());
        QCOMPARE(r.out, std::string());
        QVERIFY2(contains(r.err, "absent -odd last") && !contains(r.err, "other"), r.err.c_str());
        QVERIFY2(contains(readFile(f.path("log"), 10000), "--no-install-recommends -- absent -odd last\n"),
            readFile(f.path("log"), 10000).c_str());
    }

    void divergenceIsOneWithAdvice()
    {
        const Result r = cli(quick(QStringLiteral("before-after")) << "--set"
                                                                   << "train.learning_rate=10"
                                                                   << "--set"
                                                                   << "model.name=mlp-64-64-64-64"
                                                                   << "--set"
                                                                   << "train.epochs=50"
                                                                   << "--set"
                                                                   << "train.schedule=constant");
        QCOMPARE(r.status, 1);
        QVERIFY2(contains(r.err, "smaller learning rate"), r.err.c_str());
    }

    /// What was understood of somebody's table is said, on stderr: stdout is for the metrics.
    void runSaysHowItUnderstoodATable()
    {
        const Folder f;
        std::string table = "width,height,kind\n";
        for (int i = 0; i < 60; ++i)
            table += std::to_string(i % 7) + "." + std::to_string(i) + "," + std::to_string(i * i % 11) + (i % 2 ? ",cat\n" : ",dog\n");
        const std::string file = f.write("animals.csv", table);
        const Result r = cli({QStringLiteral("run"), QStringLiteral("before-after"), QStringLiteral("--set"),
            QStringLiteral("data.set=csv"), QStringLiteral("--set"), QStringLiteral("data.path=") + QString::fromStdString(file),
            QStringLiteral("--set"), QStringLiteral("model.name=mlp-4"), QStringLiteral("--set"), QStringLiteral("train.epochs=1")});
        QVERIFY2(r.status == 0, r.err.c_str());
        QVERIFY2(contains(r.err, "note: ") && contains(r.err, "kind"), r.err.c_str());
        QVERIFY(!contains(r.out, "note: "));
    }
};

QTEST_GUILESS_MAIN(TestCliEnds)
#include "tst_cli_ends.moc"
