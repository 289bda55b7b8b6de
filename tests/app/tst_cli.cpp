// bitstill-cli as a program: what it writes, says and returns.

#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/io/manifest.h"
#include "engine/io/safetensors.h"
#include "tests/support/cli.h"

#include <QtTest>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

using namespace bitstill;
using nlohmann::json;

class TestCli : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("LC_ALL", "C"); } // whatever the tester's language is

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
        const Result r = cli(quick(QStringLiteral("before-after")) << "--out" << out << "--figures" << kFormats << "--threads"
                                                                   << "2"
                                                                   << "--json");
        QVERIFY2(r.status == 0, r.err.c_str());
        const json metrics = json::parse(r.out);
        QVERIFY(metrics["float32.accuracy"].get<double>() > 0.2);
        QVERIFY(metrics.contains("static.b3.accuracy") && metrics.contains("layer.dense1.sqnr_db"));
        for (const char* file : {"spec.json", "record.json", "model.safetensors", "figures/loss.csv"})
            QVERIFY2(std::filesystem::exists(f.path("o") / file), file);
        for (const char* file : {"figures/result.svg", "figures/weights.dense1.png", "figures/accuracy.pdf"})
            QVERIFY2(std::filesystem::exists(f.path("o") / file) == BITSTILL_GUI, file);
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

        // A change in its knob log is made again at its step, not before its moment.
        json changed = record;
        changed["knobs"] = json::array({{{"step", 3}, {"field", "quant.bits"}, {"value", 2}, {"moment", 4}}});
        writeFile(f.path("changed.json"), changed.dump());
        const QString replayed = QString::fromStdString(f.path("r").string()),
                      log = QString::fromStdString(f.path("changed.json").string());
        QCOMPARE(cli({"run", out + "/spec.json", "--replay", log, "--out", replayed}).status, 0);
        const json after = json::parse(readFile(f.path("r/record.json"), 100'000'000));
        json expected = changed["knobs"];
        QVERIFY(after["knobs"][0]["moment"].get<int>() >= 4);
        expected[0]["moment"] = after["knobs"][0]["moment"]; // the step's first
        QVERIFY(after["knobs"] == expected);
        QVERIFY(after["metrics"].contains("static.b2.accuracy"));
    }

    /// The past of the record, then what --set changes; its own record says so and is repeated.
    void aBranchGoesOnWithOtherSettings()
    {
        const Folder f;
        const auto at = [&f](const char* name) { return QString::fromStdString(f.path(name).string()); };
        const auto recordIn = [&f](const char* name) { return json::parse(readFile(f.path(name) / "record.json", 100'000'000)); };
        QCOMPARE(cli(quick(QStringLiteral("before-after")) << "--set"
                                                           << "train.epochs=2"
                                                           << "--out" << at("a"))
                     .status,
            0);
        const QString point = at("a") + "@epoch 1";
        const Result branched =
            cli({"run", "--branch", point, "--set", "train.learning_rate=0.01", "--out", at("b"), "--threads", "1", "--csv"});
        QVERIFY2(branched.status == 0, branched.err.c_str());
        const json parent = recordIn("a"), branch = recordIn("b");
        QVERIFY(branch["spec"] == parent["spec"] && branch["branch"]["mark"] == 2 && !parent.contains("branch"));
        QCOMPARE(branch["knobs"].size(), std::size_t{1});
        QVERIFY(branch["knobs"][0]["field"] == "train.learning_rate" && branch["knobs"][0]["mark"] == 2);
        QVERIFY(branch["branch"]["label"] == "epoch 1");
        // Every file says so.
        const std::string csv = readFile(f.path("b") / "figures/accuracy.csv", 1'000'000),
                          model = readFile(f.path("b") / "model.safetensors", 100'000'000);
        const std::string told = "branch of " + branch["branch"]["parent"].get<std::string>() + "@2, train.learning_rate=0.01";
        QVERIFY2(contains(csv, told), csv.substr(0, 300).c_str());
        QVERIFY(contains(model, told));
        QVERIFY(branch["marks"][1] == parent["marks"][1] && branch["metrics"] != parent["metrics"]);
        QCOMPARE(cli({"run", at("b") + "/spec.json", "--replay", at("b") + "/record.json", "--out", at("c")}).status, 0);
        const json again = recordIn("c");
        for (const char* part : {"metrics", "figures", "marks", "knobs", "branch"}) QVERIFY2(again[part] == branch[part], part);

        // Another seed has another past: it did not leave that run.
        QCOMPARE(cli({"run", at("b") + "/spec.json", "--seed", "9", "--replay", at("b") + "/record.json", "--out", at("d")}).status, 0);
        QVERIFY(recordIn("d")["spec"]["seed"] == 9 && recordIn("d")["knobs"].size() == 1 && !recordIn("d").contains("branch"));
        // What this version cannot repeat is no parent.
        json foreign = parent;
        foreign["spec"]["fields"]["train.learning_rate"] = 9999;
        writeFile(f.path("foreign.json"), foreign.dump());
        const Result refused = cli({"run", "--branch", at("foreign.json") + "@2", "--set", "train.epochs=3"});
        QVERIFY2(refused.status == 1 && contains(refused.err, "train.learning_rate"), refused.err.c_str());

        const Result wrong = cli({"run", "--branch", point, "--set", "train.batch=8", "--set", "model.name=mlp-8", "--set", "quant.bit=3"});
        QVERIFY(wrong.status == 2 && wrong.out.empty());
        for (const char* key : {"train.batch", "model.name", "quant.bit"}) QVERIFY2(contains(wrong.err, key), wrong.err.c_str());
        QCOMPARE(cli({"run", "--branch", point}).status, 2);
        QCOMPARE(cli({"run", "--branch", point, "--set", "train.epochs=2"}).status, 2); // as it is
        QCOMPARE(cli({"run", "--branch", at("b") + "@2", "--set", "train.learning_rate=0.01"}).status, 2); // as that branch has it
        QCOMPARE(cli({"run", "--branch", at("a"), "--set", "train.epochs=3"}).status, 2);
        QCOMPARE(cli({"run", "--branch", at("a") + "@9", "--set", "train.epochs=3"}).status, 1);
        QCOMPARE(cli({"run", "before-after", "--branch", point, "--set", "train.epochs=3"}).status, 2);
        QCOMPARE(cli({"run"}).status, 2);
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
        QTest::newRow("unknown option") << QStringList{"--colour"} << 2 << "there is no option --colour";
        QTest::newRow("unknown option of run") << QStringList{"run", "number-line", "--colour"} << 2 << "there is no option --colour";
        QTest::newRow("missing value") << QStringList{"run", "number-line", "--set"} << 2 << "--set is without a value";
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
        QTest::newRow("figures without out") << QStringList{"run", "number-line", "--figures", "csv"} << 2 << "--out";
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

    void itSpeaksTheLanguageOfTheTerminal_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("nothing") << QStringList{};
        QTest::newRow("unknown command") << QStringList{"fly"};
        QTest::newRow("nearly a command") << QStringList{"rum"};
        QTest::newRow("unknown option") << QStringList{"run", "number-line", "--colour", "red"};
        QTest::newRow("unknown option alone") << QStringList{"--colour"};
        QTest::newRow("too much") << QStringList{"run", "number-line", "again"};
        QTest::newRow("missing argument") << QStringList{"run"};
        QTest::newRow("missing option") << QStringList{"quantize", "x.npy"};
        QTest::newRow("missing value") << QStringList{"run", "number-line", "--set"};
        QTest::newRow("no number") << QStringList{"run", "number-line", "--threads", "many"};
        QTest::newRow("out of range") << QStringList{"run", "number-line", "--threads", "0"};
        QTest::newRow("empty") << QStringList{"run", "number-line", "--out", ""};
        QTest::newRow("no member") << QStringList{"bench", "fly"};
        QTest::newRow("excluded") << QStringList{"quantize", "x.npy", "--axis", "0", "--group", "4", "-o", "y"};
        QTest::newRow("set") << QStringList{"run", "before-after", "--set", "quant.bits"};
        QTest::newRow("field") << QStringList{"run", "before-after", "--set", "quant.bit=4"};
        QTest::newRow("value") << QStringList{"run", "before-after", "--set", "quant.bits=99"};
        QTest::newRow("experiment") << QStringList{"run", "befor-after"};
        QTest::newRow("figures") << QStringList{"run", "number-line", "--figures", "bmp", "--out", "o"};
        QTest::newRow("looks") << QStringList{"run", "number-line", "--figures", "csv", "--out", "o", "--figure-size", "a", "--theme", "b"};
        QTest::newRow("quantize") << QStringList{"quantize", "x.txt", "--bits", "4", "-o", "y"};
        QTest::newRow("bench") << QStringList{"bench", "infer", "--taught"};
        QTest::newRow("list") << QStringList{"list", "modls"};
        QTest::newRow("list of what") << QStringList{"list", "fields"};
        QTest::newRow("missing file") << QStringList{"quantize", "/nowhere.npy", "--bits", "4", "-o", "y"};
        for (const char* what : {"run", "quantize", "export", "inspect", "infer", "bench", "list"})
            QTest::addRow("help of %s", what) << QStringList{what, "--help"};
        for (const char* what : {"datasets", "models", "methods", "observers", "formats", "experiments"})
            QTest::newRow(what) << QStringList{"list", what};
    }
    void itSpeaksTheLanguageOfTheTerminal()
    {
        QFETCH(QStringList, arguments);
        const auto hangul = [](const std::string& said) {
            const QString all = QString::fromStdString(said);
            return std::any_of(all.begin(), all.end(), [](QChar c) { return c.script() == QChar::Script_Hangul; });
        };
        const auto in = [&](const std::map<const char*, const char*>& variables) {
            for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) qunsetenv(name);
            for (const auto& [name, value] : variables) qputenv(name, value);
            const Result r = cli(arguments);
            qputenv("LC_ALL", "C");
            return r;
        };
        const Result english = in({{"LANG", "ko_KR.UTF-8"}, {"LC_ALL", "C"}}),
                     korean = in({{"LANG", "en_US.UTF-8"}, {"LC_MESSAGES", "ko_KR.UTF-8"}});
        QCOMPARE(korean.status, english.status);
        QCOMPARE(lines(korean.err), lines(english.err));
        QVERIFY2(!hangul(english.out + english.err), (english.out + english.err).c_str());
        QVERIFY2(hangul(korean.status == 0 ? korean.out : korean.err), (korean.out + korean.err).c_str());
        // Every line of it.
        for (const QString& line : QString::fromStdString(korean.err).split(QLatin1Char('\n'), Qt::SkipEmptyParts))
            QVERIFY2(hangul(line.toStdString()), qPrintable(line));
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
        const Result r = cli(quick(id) << "--out" << QString::fromStdString(f.path("o").string()) << "--figures" << kFormats);
        QVERIFY2(r.status == 0 && r.err.empty(), r.err.c_str());
        QVERIFY(isWhole(f.path("o")));
        const json record = json::parse(readFile(f.path("o/record.json"), 100'000'000));
        for (const json& figure : record["figures"])
            for (const std::string& format : split(kFormats, ',')) {
                const std::string name = "figures/" + figure["id"].get<std::string>() + "." + format;
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
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
