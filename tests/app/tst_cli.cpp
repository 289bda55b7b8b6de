// bitstill-cli as a program: what it writes, says and returns.

#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/io/manifest.h"
#include "engine/io/packed_codes.h"
#include "engine/io/safetensors.h"
#include "engine/quant/number_format.h"
#include "tests/support/files.h"
#include "tests/support/quick.h"

#include <QProcess>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

using namespace bitstill;
using nlohmann::json;

namespace {

struct Result {
    int status = -1;
    std::string out, err;
};

Result cli(const QStringList& arguments)
{
    QProcess p;
    p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"), arguments);
    p.waitForFinished(120000);
    return {p.exitStatus() == QProcess::NormalExit ? p.exitCode() : -1, p.readAllStandardOutput().toStdString(),
        p.readAllStandardError().toStdString()};
}

/// In a shell, which sets limits and streams; `$cli` is the program.
Result shell(const QString& command)
{
    QProcess p;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("cli"), QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"));
    p.setProcessEnvironment(environment);
    p.start(QStringLiteral("/bin/bash"), {QStringLiteral("-c"), command});
    p.waitForFinished(120000);
    return {p.exitStatus() == QProcess::NormalExit ? p.exitCode() : -1, p.readAllStandardOutput().toStdString(),
        p.readAllStandardError().toStdString()};
}

std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

QStringList quick(const QString& experiment)
{
    QStringList arguments{QStringLiteral("run"), experiment};
    const Spec spec = quickSpec(experiment.toStdString());
    for (const auto& [key, value] : spec.values)
        if (!(value == defaultSpec(spec.experiment).values.at(key)))
            arguments << QStringLiteral("--set") << QString::fromStdString(key + "=" + describe(value));
    return arguments;
}

} // namespace

class TestCli : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void listsWhatThereIs_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("has");
        QTest::newRow("experiments") << QStringList{"list"} << "before-after";
        QTest::newRow("fields") << QStringList{"list", "fields", "before-after"} << "quant.bits";
        QTest::newRow("models") << QStringList{"list", "models"} << "dwcnn";
        QTest::newRow("datasets") << QStringList{"list", "datasets"} << "strokes";
        QTest::newRow("methods") << QStringList{"list", "methods"} << "static";
        QTest::newRow("observers") << QStringList{"list", "observers"} << "min-max";
        QTest::newRow("formats") << QStringList{"list", "formats"} << "int";
    }
    void listsWhatThereIs()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, has);
        const Result r = cli(arguments);
        QCOMPARE(r.status, 0);
        QVERIFY2(contains(r.out, has.toStdString()), r.out.c_str());
    }

    void runWritesEverything()
    {
        const Folder f;
        const QString out = QString::fromStdString(f.path("o").string());
        const Result r = cli(quick(QStringLiteral("before-after")) << "--out" << out << "--figures"
                                                                   << "svg,png,pdf,csv"
                                                                   << "--threads"
                                                                   << "2"
                                                                   << "--json");
        QVERIFY2(r.status == 0, r.err.c_str());
        const json metrics = json::parse(r.out);
        QVERIFY(metrics["float32.accuracy"].get<double>() > 0.2);
        QVERIFY(metrics.contains("static.b4.accuracy") && metrics.contains("layer.dense1.sqnr_db"));
        for (const char* file : {"spec.json", "record.json", "model.safetensors", "figures/result.svg", "figures/weights.dense1.png",
                 "figures/accuracy.pdf", "figures/loss.csv"})
            QVERIFY2(std::filesystem::exists(f.path("o") / file), file);
        const json record = json::parse(readFile(f.path("o/record.json"), 100'000'000));
        QCOMPARE(record["outcome"].get<std::string>(), std::string("finished"));
        QVERIFY(record["metrics"] == metrics);
        const SafetensorsFile model(f.path("o/model.safetensors"));
        QVERIFY(model.entries().contains("dense1.weight"));
        QCOMPARE(model.metadata().at("bitstill.version"), std::string("2"));
        QVERIFY(model.metadata().at("source").starts_with("bitstill "));

        // The document it wrote runs again to the same numbers, with another number of threads.
        const Result again = cli({"run", out + "/spec.json", "--threads", "1", "--json", "--replay", out + "/record.json"});
        QVERIFY2(again.status == 0, again.err.c_str());
        QVERIFY(json::parse(again.out) == metrics);

        // A change in its knob log is made again at its moment, and logged as it was.
        json changed = record;
        changed["knobs"] = json::array({{{"step", 3}, {"field", "quant.bits"}, {"value", 2}, {"moment", 4}}});
        writeFile(f.path("changed.json"), changed.dump());
        const QString replayed = QString::fromStdString(f.path("r").string()),
                      log = QString::fromStdString(f.path("changed.json").string());
        QCOMPARE(cli({"run", out + "/spec.json", "--replay", log, "--out", replayed}).status, 0);
        const json after = json::parse(readFile(f.path("r/record.json"), 100'000'000));
        json expected = changed["knobs"];
        expected[0]["step"] = after["knobs"][0]["step"]; // where its moment fell
        QVERIFY(after["knobs"] == expected);
        QVERIFY(after["metrics"].contains("static.b2.accuracy"));
    }

    void weightsAreTheSameBitsForAnyThreads()
    {
        const Folder f;
        std::vector<std::string> models;
        for (const char* threads : {"1", "2", "4"}) {
            const QString out = QString::fromStdString(f.path(threads).string());
            QCOMPARE(cli(quick(QStringLiteral("before-after")) << "--out" << out << "--threads" << threads).status, 0);
            models.push_back(readFile(f.path(threads) / "model.safetensors", 100'000'000));
        }
        QVERIFY(models[0] == models[1] && models[0] == models[2]);
    }

    void wrongUseIsTwoAndFailureIsOne_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("says");
        QTest::newRow("nothing") << QStringList{} << 2 << "subcommand";
        QTest::newRow("unknown command") << QStringList{"fly"} << 2 << "fly";
        QTest::newRow("unknown list") << QStringList{"list", "modls"} << 2 << "did you mean models?";
        QTest::newRow("unknown experiment") << QStringList{"run", "befor-after"} << 2 << "did you mean before-after?";
        QTest::newRow("unknown field") << QStringList{"run", "before-after", "--set", "quant.bit=4"} << 2 << "did you mean quant.bits?";
        QTest::newRow("no value") << QStringList{"run", "before-after", "--set", "quant.bits"} << 2 << "key=value";
        QTest::newRow("out of range") << QStringList{"run", "before-after", "--set", "quant.bits=9"} << 2 << "choose 2 to 8";
        QTest::newRow("not a number") << QStringList{"run", "before-after", "--set", "train.epochs=many"} << 2
                                      << "\"many\" is not a whole number";
        QTest::newRow("unknown model") << QStringList{"run", "before-after", "--set", "model.name=dwcn"} << 2 << "did you mean dwcnn?";
        QTest::newRow("two problems") << QStringList{"run", "before-after", "--set", "quant.bits=9", "--set", "train.epochs=0"} << 2
                                      << "train.epochs: 0 is out of range";
        QTest::newRow("format") << QStringList{"run", "number-line", "--out", "/tmp/x", "--figures", "bmp"} << 2 << "bmp";
        QTest::newRow("figures without out") << QStringList{"run", "number-line", "--figures", "svg"} << 2 << "--out";
        QTest::newRow("missing spec") << QStringList{"run", "/nowhere/spec.json"} << 1 << "cannot open /nowhere/spec.json";
        QTest::newRow("missing data") << QStringList{"run", "before-after", "--set", "data.set=idx", "--set", "data.path=/nowhere"} << 1
                                      << "/nowhere";
        QTest::newRow("unwritable out") << QStringList{"run", "number-line", "--out", "/proc/x"} << 1 << "cannot write /proc/x";
        QTest::newRow("quantize missing") << QStringList{"quantize", "/nowhere.npy", "--bits", "4", "-o", "/tmp/x"} << 1 << "cannot open";
        QTest::newRow("quantize bits") << QStringList{"quantize", "x.npy", "--bits", "9", "-o", "/tmp/x"} << 2 << "2 to 8, or 16";
        QTest::newRow("quantize type") << QStringList{"quantize", "x.txt", "--bits", "4", "-o", "/tmp/x"} << 2 << ".npy";
        QTest::newRow("empty out") << QStringList{"run", "number-line", "--out", ""} << 2 << "--out";
        QTest::newRow("empty figures") << QStringList{"run", "number-line", "--out", "/tmp/x", "--figures", ""} << 2 << "--figures";
        QTest::newRow("no figures") << QStringList{"run", "number-line", "--out", "/tmp/x", "--figures", ","} << 2 << "names no format";
        QTest::newRow("empty experiment") << QStringList{"run", ""} << 2 << "there is no experiment \"\"";
        QTest::newRow("no threads") << QStringList{"run", "number-line", "--threads", "0"} << 2 << "--threads";
        QTest::newRow("huge threads") << QStringList{"run", "number-line", "--threads", "99999999999999999999"} << 2 << "--threads";
        QTest::newRow("no seed") << QStringList{"run", "number-line", "--seed", "-1"} << 2 << "--seed";
        QTest::newRow("half a seed") << QStringList{"run", "number-line", "--seed", "1.5"} << 2 << "--seed";
        QTest::newRow("NaN seconds") << QStringList{"bench", "infer", "--seconds", "nan"} << 2 << "0.05 to 600";
        QTest::newRow("no batch") << QStringList{"bench", "infer", "--batch", "0"} << 2 << "--batch";
        QTest::newRow("infer taught") << QStringList{"bench", "infer", "--taught"} << 2 << "bench train --taught";
        QTest::newRow("qat and lsq") << QStringList{"bench", "train", "--qat", "--lsq"} << 2 << "choose one";
        QTest::newRow("list too much") << QStringList{"list", "models", "before-after"} << 2 << "too much";
        QTest::newRow("fields of nothing") << QStringList{"list", "fields", "befor-after"} << 2 << "did you mean before-after?";
        QTest::newRow("bench model") << QStringList{"bench", "train", "--model", "mlp-x"} << 1 << "mlp-x";
    }
    void wrongUseIsTwoAndFailureIsOne()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QString, says);
        const Result r = cli(arguments);
        QVERIFY2(contains(r.err, says.toStdString()) && (status == 1 || r.out.empty()), (r.out + r.err).c_str());
        QCOMPARE(r.status, status);
        QCOMPARE(lines(r.err), QByteArray(QTest::currentDataTag()) == "two problems" ? 2u : 1u);
    }

    void errorsAreBounded()
    {
        const QString huge(100'000, QLatin1Char('x'));
        for (const QStringList& arguments : {QStringList{"run", huge}, QStringList{"run", "before-after", "--set", huge},
                 QStringList{"run", "before-after", "--set", "quant.bits=" + huge}, QStringList{"run", "number-line", "--figures", huge},
                 QStringList{"list", huge}, QStringList{huge}, QStringList{"run", "number-line", "--threads", huge}}) {
            const Result r = cli(arguments);
            QCOMPARE(r.status, 2);
            QVERIFY2(r.err.size() < 3000, std::to_string(r.err.size()).c_str());
        }
        QStringList many{"run", "before-after"};
        for (int i = 0; i < 500; ++i) many << "--set" << QStringLiteral("no.%1=1").arg(i);
        QVERIFY(lines(cli(many).err) <= 21);
    }

    void everyExperimentWritesEverythingItAnnounces_data()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments()) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }
    void everyExperimentWritesEverythingItAnnounces()
    {
        QFETCH(QString, id);
        const Folder f;
        const Result r = cli(quick(id) << "--out" << QString::fromStdString(f.path("o").string()) << "--figures"
                                       << "svg,png,pdf,csv");
        QVERIFY2(r.status == 0 && r.err.empty(), r.err.c_str());
        QVERIFY(isWhole(f.path("o")));
        const json record = json::parse(readFile(f.path("o/record.json"), 100'000'000));
        for (const json& figure : record["figures"])
            for (const char* format : {".svg", ".png", ".pdf", ".csv"}) {
                const std::string name = "figures/" + figure["id"].get<std::string>() + format;
                QVERIFY2(std::filesystem::file_size(f.path("o") / name) > 0, name.c_str());
            }
        // Every network that is announced is there, and no other: "student.<method>" stands for some.
        std::set<std::string> announced, kept;
        const std::vector<KeptNetwork>& networks = experimentInfo(id.toStdString()).networks;
        for (const KeptNetwork& n : networks) announced.insert(n.name);
        if (std::filesystem::exists(f.path("o/models")))
            for (const auto& entry : std::filesystem::directory_iterator(f.path("o/models"))) kept.insert(entry.path().stem().string());
        const auto optional = [](const std::string& name) { return contains(name, "teacher.<") || name == "student.hard"; };
        const auto fits = [](const std::string& pattern, const std::string& name) {
            const std::size_t open = pattern.find('<'), close = pattern.find('>');
            return open == std::string::npos ? pattern == name
                                             : name.starts_with(pattern.substr(0, open)) && name.ends_with(pattern.substr(close + 1));
        };
        for (const std::string& name : kept)
            QVERIFY2(std::ranges::any_of(announced, [&](const std::string& p) { return fits(p, name); }), name.c_str());
        for (const std::string& pattern : announced)
            QVERIFY2(
                optional(pattern) || std::ranges::any_of(kept, [&](const std::string& n) { return fits(pattern, n); }), pattern.c_str());
        if (networks.empty() || contains(networks.front().name, "<")) {
            QVERIFY(!std::filesystem::exists(f.path("o/model.safetensors")));
        } else {
            QVERIFY(readFile(f.path("o/model.safetensors"), 100'000'000)
                == readFile(f.path("o/models/" + networks.front().name + ".safetensors"), 100'000'000));
        }
    }

    /// The student is smaller than the teacher: what is kept as the model of the experiment is the student.
    void teacherStudentKeepsTheStudent()
    {
        const Folder f;
        QCOMPARE(cli(quick(QStringLiteral("teacher-student")) << "--out" << QString::fromStdString(f.path("o").string())).status, 0);
        const NamedArrays model = readSafetensors(f.path("o/model.safetensors")),
                          alone = readSafetensors(f.path("o/models/student.alone.safetensors")),
                          teacher = readSafetensors(f.path("o/models/teacher.safetensors"));
        QCOMPARE(model.at("dense1.bias").size(), 16u);
        QCOMPARE(teacher.at("dense1.bias").size(), 32u);
        QVERIFY(model.at("dense1.weight").values != alone.at("dense1.weight").values);
        // What is kept can be a teacher.
        const Result again = cli(quick(QStringLiteral("teacher-student"))
            << "--set" << QString::fromStdString("distill.teacher_file=" + f.path("o/models/teacher.safetensors").string()));
        QVERIFY2(again.status == 0, again.err.c_str());
    }

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
                                                  << "--out" << QString::fromStdString(f.path("o").string()) << "--figures"
                                                  << "svg,png,pdf,csv");
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

    void signalsThatAreIgnoredStayIgnored()
    {
        const Folder f;
        // nohup: HUP does nothing.
        const Result r = shell(QStringLiteral("trap '' HUP; $cli run number-line & sleep 0.05; kill -HUP $!; wait $!"));
        QVERIFY2(r.status == 0, r.err.c_str());
    }

    void outputThatCannotBeWrittenIsAFailure()
    {
        const Folder f;
        const QString out = QString::fromStdString(f.path("o").string());
        for (const char* target : {">/dev/full", ">&-", "| true"}) {
            const Result r = shell(QStringLiteral("set -o pipefail; $cli run number-line --out %1 %2").arg(out, QLatin1String(target)));
            QVERIFY2(r.status == 1, target);
            QVERIFY2(contains(r.err, "cannot write what was to be printed") && lines(r.err) == 1, r.err.c_str());
            QVERIFY(isWhole(f.path("o"))); // the files are there all the same, and nothing else is in them
            std::filesystem::remove_all(f.path("o"));
        }
        QCOMPARE(shell(QStringLiteral("$cli list >/dev/full")).status, 1);
    }

    void pathsThatAreNotUtf8AreTakenAsTheyAre()
    {
        const Folder f;
        const std::string name = "caf\xe9";
        const QByteArray command = QByteArray("cd ") + f.path().c_str() + " && $cli run number-line --out $'caf\\xe9' --figures svg,csv";
        const Result r = shell(QString::fromLatin1(command));
        QVERIFY2(r.status == 0 && r.err.empty(), r.err.c_str());
        QVERIFY(isWhole(f.path(name)) && std::filesystem::exists(f.path(name) / "figures/error.svg"));
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
        for (int i = 0; i < 60; ++i) table += std::to_string(i % 7) + "." + std::to_string(i) + "," + std::to_string(i * i % 11) + (i % 2 ? ",cat\n" : ",dog\n");
        const std::string file = f.write("animals.csv", table);
        const Result r = cli({QStringLiteral("run"), QStringLiteral("before-after"), QStringLiteral("--set"), QStringLiteral("data.set=csv"),
            QStringLiteral("--set"), QStringLiteral("data.path=") + QString::fromStdString(file), QStringLiteral("--set"),
            QStringLiteral("model.name=mlp-4"), QStringLiteral("--set"), QStringLiteral("train.epochs=1")});
        QVERIFY2(r.status == 0, r.err.c_str());
        QVERIFY2(contains(r.err, "note: ") && contains(r.err, "kind"), r.err.c_str());
        QVERIFY(!contains(r.out, "note: "));
    }

    void quantizeWritesCodesScaleZeroPointOutput()
    {
        const Folder f;
        const NamedArrays in{
            {"w", {{2, 4}, std::vector<float>{-1, -0.5f, 0.25f, 1, 2, 4, -8, 0}}}, {"steps", {{1}, std::vector<std::int64_t>{7}}}};
        writeFile(f.path("in.safetensors"), safetensorsBytes(in, {}));
        const QString from = QString::fromStdString(f.path("in.safetensors").string()),
                      to = QString::fromStdString(f.path("out.safetensors").string());
        const Result r = cli({"quantize", from, "--bits", "4", "--scheme", "symmetric", "--axis", "0", "-o", to, "--json"});
        QVERIFY2(r.status == 0, r.err.c_str());
        const NamedArrays out = readSafetensors(f.path("out.safetensors"));
        QCOMPARE(out.size(), 5u);
        QVERIFY(out.at("steps").values == in.at("steps").values);
        QCOMPARE(std::get<std::vector<float>>(out.at("w.scale").values), (std::vector<float>{1.0f / 7, 8.0f / 7}));
        QCOMPARE(std::get<std::vector<std::int64_t>>(out.at("w.zero_point").values), (std::vector<std::int64_t>{0, 0}));
        QCOMPARE(std::get<std::vector<std::int32_t>>(out.at("w.codes").values),
            (std::vector<std::int32_t>{-7, -3, 2, 7, 2, 3, -7, 0})); // x·(1/s): the float nearest to 1/7 leaves 3.4999998, not a tie
        QVERIFY(json::parse(r.out)["w"]["sqnr_db"].get<double>() > 10);
        const Result diff = cli({"quantize", from, "--bits", "2", "--against", "pytorch", "-o", to});
        QVERIFY2(contains(diff.out, "against pytorch") && contains(diff.out, "codes differ"), diff.out.c_str());
        QCOMPARE(cli({"quantize", from, "--bits", "4", "--profile", "torch", "-o", to}).status, 1);
        QVERIFY(contains(cli({"quantize", from, "--bits", "4", "--tensor", "v", "-o", to}).err, "there is no tensor \"v\""));
        QVERIFY(contains(cli({"quantize", from, "--bits", "4", "--axis", "5", "-o", to}).err, "no axis 5"));
        QVERIFY(contains(cli({"quantize", from, "--bits", "4", "--group", "3", "-o", to}).err, "does not divide"));
    }

    /// The teacher that a file brings is the network that a run kept, convolutions, maps flattened and all.
    void aKeptModelTeaches()
    {
        const Folder f;
        const QString out = QString::fromStdString(f.path("o").string());
        const QStringList data{"--set", "data.set=strokes", "--set", "data.samples=600", "--json"};
        const Result kept = cli(QStringList{"run", "before-after", "--out", out, "--set", "model.name=cnn-4", "--set", "train.epochs=4",
                                    "--set", "train.batch=32"}
            + data);
        QVERIFY2(kept.status == 0, kept.err.c_str());
        const Result taught = cli(QStringList{"run", "teacher-student", "--set", "distill.teacher=cnn-4", "--set", "model.name=mlp-8",
                                      "--set", "train.epochs=1", "--set", "distill.teacher_file=" + out + "/model.safetensors"}
            + data);
        QVERIFY2(taught.status == 0, taught.err.c_str());
        const double accuracy = json::parse(kept.out)["float32.accuracy"].get<double>();
        QVERIFY(accuracy > 0.3);
        QCOMPARE(json::parse(taught.out)["teacher.accuracy"].get<double>(), accuracy);
    }

    /// What is not quantized is in the output as it was, of whatever type: the file stays a whole model.
    void quantizeKeepsTheRest()
    {
        const Folder f;
        const NamedArrays in{{"w", {{4, 64}, std::vector<float>(256, 0.5f)}}, {"w.bias", {{4}, std::vector<float>{0.1f, 0.2f, 0.3f, 0.4f}}},
            {"steps", {{}, std::vector<std::int64_t>{7}}}, {"mask", {{3}, RawValues{"BOOL", std::string("\1\0\1", 3)}}},
            {"half", {{1, 2}, RawValues{"F16", std::string("\0\x3C\0\xC0", 4)}}}, {"none", {{0, 3}, std::vector<float>{}}},
            {"a\x1b[31m", {{1}, std::vector<std::int32_t>{1}}}};
        writeFile(f.path("in.safetensors"), safetensorsBytes(in, {}));
        const QString from = QString::fromStdString(f.path("in.safetensors").string()),
                      to = QString::fromStdString(f.path("out.safetensors").string());
        const Result r = cli({"quantize", from, "--bits", "4", "-o", to});
        QVERIFY2(r.status == 0 && !contains(r.out, "\x1b"), r.err.c_str());
        const NamedArrays out = readSafetensors(f.path("out.safetensors"));
        for (const char* name : {"w.bias", "steps", "mask", "none", "a\x1b[31m"}) QVERIFY2(out.at(name).values == in.at(name).values, name);
        QVERIFY(out.contains("half.codes") && out.contains("w.codes") && !out.contains("w"));

        QCOMPARE(cli({"quantize", from, "--bits", "4", "--tensor", "w.bias", "-o", to}).status, 0);
        const NamedArrays one = readSafetensors(f.path("out.safetensors"));
        QVERIFY(one.contains("w.bias.codes") && one.at("w").values == in.at("w").values && one.at("half").values == in.at("half").values);
        const Result bad = cli({"quantize", from, "--bits", "4", "--tensor", "x\x1b[31m", "-o", to});
        QVERIFY2(bad.status == 1 && !contains(bad.err, "\x1b") && std::count(bad.err.begin(), bad.err.end(), '\n') == 1, bad.err.c_str());
        for (const QString axis : {"5", "99999999999", "-3"}) {
            const Result r2 = cli({"quantize", from, "--bits", "4", "--axis", axis, "-o", to});
            QVERIFY2(r2.status != 0 && r2.err.size() < 200, r2.err.c_str());
        }
    }

    void quantizePacks()
    {
        const Folder f;
        std::vector<float> w(1000);
        for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(std::sin(static_cast<double>(i)));
        writeFile(f.path("in.safetensors"), safetensorsBytes({{"w", {{10, 100}, w}}, {"b", {{10}, std::vector<float>(10, 1.0f)}}}, {}));
        const QString from = QString::fromStdString(f.path("in.safetensors").string());
        for (const int bits : {4, 8}) {
            const QString plain = QString::fromStdString(f.path("plain.safetensors").string()),
                          packed = QString::fromStdString(f.path("packed.safetensors").string()), b = QString::number(bits);
            for (const QStringList& more : {QStringList{"-o", plain}, QStringList{"-o", packed, "--pack"}})
                QCOMPARE(cli(QStringList{"quantize", from, "--bits", b, "--axis", "0", "--scheme", "affine"} + more).status, 0);
            const NamedArrays a = readSafetensors(f.path("plain.safetensors")), p = readSafetensors(f.path("packed.safetensors"));
            QVERIFY(unpackedCodes(p.at("w.codes"), 1000, bits, true) == std::get<std::vector<std::int32_t>>(a.at("w.codes").values));
            QCOMPARE(bytesOf(p.at("w.codes")).size(), static_cast<std::size_t>(1000 * bits / 8));
            QVERIFY(p.contains("b") && !p.contains("w.output"));
            QVERIFY(std::filesystem::file_size(f.path("packed.safetensors"))
                < std::filesystem::file_size(f.path("in.safetensors")) / (bits == 4 ? 3 : 2));
        }
    }

    void quantizeKnowsAllFormats()
    {
        const Folder f;
        writeFile(f.path("in.safetensors"), safetensorsBytes({{"w", {{2, 64}, std::vector<float>(128, 0.75f)}}}, {}));
        const QString from = QString::fromStdString(f.path("in.safetensors").string()),
                      to = QString::fromStdString(f.path("out.safetensors").string());
        for (const NumberFormat& format : numberFormats()) {
            const Result r = cli({"quantize", from, "--format", QString::fromStdString(format.name), "-o", to, "--json"});
            QVERIFY2(r.status == 0, r.err.c_str());
            QVERIFY(json::parse(r.out)["w"].contains("bits_per_value"));
            const Tensor y = readSafetensors(f.path("out.safetensors")).at("w.output").toTensor("w");
            std::vector<float> wanted(128, 0.75f);
            format.roundTrip(wanted.data(), 128, wanted.data());
            QVERIFY(std::equal(wanted.begin(), wanted.end(), y.begin()));
        }
        QCOMPARE(cli({"quantize", from, "-o", to}).status, 2);
        QCOMPARE(cli({"quantize", from, "--format", "fp3", "-o", to}).status, 1);
    }

    void benchMeasures_data()
    {
        QTest::addColumn<QString>("what");
        QTest::newRow("train") << "train";
        QTest::newRow("infer") << "infer";
    }
    void benchMeasures()
    {
        QFETCH(QString, what);
        const Result r = cli({"bench", what, "--model", "mlp-8", "--batch", "4", "--seconds", "0.05", "--json"});
        QVERIFY2(r.status == 0, r.err.c_str());
        QVERIFY(json::parse(r.out)["samples_per_second"].get<double>() > 0);
        QCOMPARE(json::parse(r.out).contains("latency_us"), what == QLatin1String("infer"));
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
