// bitstill-cli export: a run's networks, and those of others, as ONNX files. And how `run` writes its figures.

#include "engine/io/files.h"
#include "engine/models/export/export.h"
#include "tests/support/cli.h"
#include "tests/support/foreign_classifier.h"

#include <QtTest>
#include <nlohmann/json.hpp>

using namespace bitstill;

class TestCliExport : public QObject {
    Q_OBJECT
private:
    Folder m_folder;
    QString out(const char* name) const { return QString::fromStdString(m_folder.path(name).string()); }

private Q_SLOTS:
    void initTestCase()
    {
        const Result r = cli(quick("before-after") << "--out" << out("run"));
        QVERIFY2(r.status == 0, r.err.c_str());
        const Result s = cli(quick("squeeze") << "--out" << out("squeeze"));
        QVERIFY2(s.status == 0, s.err.c_str());
        OnnxModel m;
        m.input("x", {-1, 3, 8, 8}).weights("w", {2, 3, 3, 3}, numbers(54, 1, 0.3f)).weights("d", {72, 5}, numbers(360, 2, 0.2f));
        m.node("Conv", {"x", "w"}, {"c"}).node("Relu", {"c"}, {"r"}).node("Flatten", {"r"}, {"f"}).node("MatMul", {"f", "d"}, {"y"});
        writeFile(m_folder.path("foreign.onnx"), m.output("y").bytes());
        writeFile(m_folder.path("inputs.safetensors"), safetensorsBytes(inputs(40), {}));
    }

    /// With what it has learned, and the float network that it came from.
    void aRunAboutAnotherNetworkIsWritten()
    {
        QStringList run = quick("own-model") << "--json";
        for (const QString& set : {"model.file=" + out("foreign.onnx"), QString("inputs.from=random"), QString("quant.bits=3"),
                 QString("inputs.count=32"), QString("repair.learn=true")})
            run << "--set" << set;
        const auto metric = [](const Result& of, const char* name) { return nlohmann::json::parse(of.out).at(name).get<double>(); };
        const Result learned = cli(QStringList(run) << "--out" << out("own"));
        QVERIFY2(learned.status == 0, learned.err.c_str());
        for (const char* precision : {"run", "float32"}) {
            const Result r = cli({"export", out("own"), "-o", out("own.onnx"), "--precision", precision});
            QVERIFY2(r.status == 0, r.err.c_str());
            QVERIFY2(contains(r.out, "32 of 32 outputs equal"), r.out.c_str());
            const Result theirs = cli(QStringList(run) << "--set"
                                                       << "repair.learn=false"
                                                       << "--set"
                                                       << "own.theirs=" + out("own.onnx"));
            const double wanted = precision == std::string("run") ? metric(learned, "sqnr_db") : 60; // as good as the same
            QCOMPARE(metric(theirs, "theirs.sqnr_db"), wanted);
        }
        QCOMPARE(cli({"export", out("own"), "-o", out("own.onnx"), "--bits", "4"}).status, 2);
        // A file beside the run is none of it.
        std::filesystem::copy_file(m_folder.path("foreign.onnx"), m_folder.path("own/beside.onnx"));
        const Result beside = cli({"export", out("own/beside.onnx"), "-o", out("beside.onnx")});
        QVERIFY2(beside.status == 0, beside.err.c_str());
        QVERIFY(cli({"export", out("own/none"), "-o", out("none.onnx")}).status != 0);
    }

    void anotherNetworkIsWritten_data()
    {
        QTest::addColumn<QStringList>("how");
        QTest::addColumn<QString>("said");
        const QString samples = out("inputs.safetensors");
        const auto row = [](const char* name, const QStringList& how, const char* said) { QTest::newRow(name) << how << QString(said); };
        row("float", {}, "float32, ");
        row("random", {"--precision", "int8"}, "8-bit weights by tensor, ranges of 64 samples of random numbers (min-max)");
        row("calibrated", {"--calibrate", samples, "--per-channel"},
            "8-bit weights by channel, ranges of 40 samples of inputs.safetensors");
        row("few", {"--calibrate", samples, "--calibration", "8", "--for", "tensorrt"}, "ranges of 8 samples");
        row("mixed bits", {"--calibrate", samples, "--bits", "5", "--bits", "Conv_c=3"}, "5-bit weights by tensor");
        row("weights alone", {"--precision", "int4", "--per-channel"}, "4-bit weights by channel, activations float");
    }
    void anotherNetworkIsWritten()
    {
        QFETCH(QStringList, how);
        QFETCH(QString, said);
        const Result r = cli(QStringList{"export", out("foreign.onnx"), "-o", out("z.onnx")} + how);
        QVERIFY2(r.status == 0, r.err.c_str());
        QVERIFY2(contains(r.out, said.toStdString()), r.out.c_str());
        QVERIFY2(contains(r.out, "read back: no difference on 16 samples"), r.out.c_str());
        QCOMPARE(contains(r.out, "beside the float network: "), !how.isEmpty());
        QCOMPARE(contains(r.err, "No --calibrate: "), how == QStringList({"--precision", "int8"}));
        QCOMPARE(problemsOf(readFile(m_folder.path("z.onnx"), 10'000'000)).size(), std::size_t{0});
    }

    void anotherNetworkAsJson()
    {
        const Result r =
            cli({"export", out("foreign.onnx"), "-o", out("z.onnx"), "--calibrate", out("inputs.safetensors"), "--json", "--verify", "7"});
        const nlohmann::json j = nlohmann::json::parse(r.out);
        QCOMPARE(j.at("precision").get<std::string>(), std::string("int8"));
        QCOMPARE(j.at("read_back").at("samples").get<int>(), 7);
        QCOMPARE(j.at("read_back").at("largest_difference").get<double>(), 0.0);
        QVERIFY(j.at("beside_float").at("sqnr_db").get<double>() > 20);
        // What was quantized is written again as it is, and not quantized again.
        const Result again = cli({"export", out("z.onnx"), "-o", out("again.onnx")});
        QVERIFY2(contains(again.out, "rounded as in the file"), again.err.c_str());
        QVERIFY2(contains(cli({"export", out("z.onnx"), "-o", out("y.onnx"), "--bits", "4"}).err, "it is quantized already"), "");
    }

    void aRunIsWritten_data()
    {
        QTest::addColumn<QString>("run");
        QTest::addColumn<QStringList>("how");
        QTest::addColumn<QString>("said");
        QTest::newRow("float") << "run" << QStringList{} << "float32";
        QTest::newRow("for somebody") << "run" << QStringList{"--for", "onnxruntime"} << "8-bit weights by channel, ranges of 64 samples";
        QTest::newRow("TensorRT") << "run" << QStringList{"--for", "tensorrt"} << "8-bit";
        QTest::newRow("mixed bits") << "run" << QStringList{"--bits", "4", "--bits", "dense1=3"} << "4-bit weights by channel";
        QTest::newRow("as the run") << "run" << QStringList{"--precision", "run"} << "3-bit weights by tensor";
        QTest::newRow("weights alone") << "run" << QStringList{"--precision", "int4"} << "4-bit weights in blocks of 32";
        QTest::newRow("calibration") << "run" << QStringList{"--calibration", "32"} << "ranges of 32 samples";
        QTest::newRow("record") << "run/record.json" << QStringList{} << "float32";
        QTest::newRow("file of a run") << "run/models/float32.safetensors" << QStringList{} << "mlp-16";
        QTest::newRow("a teacher") << "squeeze" << QStringList{"--network", "teacher"} << "mlp-32";
        QTest::newRow("after QAT") << "squeeze" << QStringList{"--network", "student.taught.qat", "--precision", "int8"} << "mlp-16";
        QTest::newRow("file alone") << "run/model.safetensors" << QStringList{"--model", "mlp-16", "--data", "strokes"} << "float32";
    }
    void aRunIsWritten()
    {
        QFETCH(QString, run);
        QFETCH(QStringList, how);
        QFETCH(QString, said);
        const Result r = cli(QStringList{"export", out("") + run, "-o", out("x.onnx")} + how);
        QVERIFY2(r.status == 0, r.err.c_str());
        QVERIFY2(contains(r.out, said.toStdString()), r.out.c_str());
        const std::string samples = run == QLatin1String("run/model.safetensors") ? "1,000" : "120"; // as many as there are at most
        QVERIFY2(contains(r.out, "read back: " + samples + " of " + samples + " classes equal"), r.out.c_str());
        QCOMPARE(problemsOf(readFile(m_folder.path("x.onnx"), 10'000'000)).size(), std::size_t{0});
    }

    void asJson()
    {
        const Result r = cli({"export", out("run"), "-o", out("x.onnx"), "--json"});
        const nlohmann::json j = nlohmann::json::parse(r.out);
        QCOMPARE(j.at("bytes").get<std::uintmax_t>(), std::filesystem::file_size(m_folder.path("x.onnx")));
        const nlohmann::json record = nlohmann::json::parse(readFile(m_folder.path("run/record.json"), 100'000'000));
        QCOMPARE(j.at("accuracy").get<double>(), record.at("metrics").at("float32.accuracy").get<double>());
        QCOMPARE(j.at("read_back").at("equal").get<int>(), 120);
    }

    void aRuntimeThatIsNotThere()
    {
        const Result r =
            shell("PATH=/nowhere NODE_PATH=/nowhere \"$cli\" export '" + out("run") + "' -o '" + out("x.onnx") + "' --verify onnxruntime");
        QCOMPARE(r.status, 1);
        QVERIFY2(contains(r.err, "[onnxruntime] there is no node"), r.err.c_str());
        QVERIFY(std::filesystem::exists(m_folder.path("x.onnx"))); // written and read back before
    }

    /// Of an output with more than 16,384 numbers some are compared: the same of the runtime's, which is one that gives back its input.
    void aRuntimesLongOutputIsThinnedLikeOurs()
    {
        OnnxModel m;
        m.input("x", {-1, 40'000}).weights("zero", {1}, {0}).node("Add", {"x", "zero"}, {"y"}).output("y");
        writeFile(m_folder.path("long.onnx"), m.bytes());
        std::filesystem::create_directory(m_folder.path("bin"));
        const std::filesystem::path node = m_folder.write("bin/node", "#!/bin/sh\ncp \"$6\" \"$7\"\necho 1.0\n");
        std::filesystem::permissions(node, std::filesystem::perms::owner_all);
        const QString command = QStringLiteral("PATH='%1':\"$PATH\" \"$cli\" export '%2' -o '%3' --verify onnxruntime");
        const Result r = shell(command.arg(out("bin"), out("long.onnx"), out("x.onnx")));
        QVERIFY2(r.status == 0, r.err.c_str());
        QVERIFY2(contains(r.out, "ONNX Runtime 1.0, optimization disabled: no difference on 16 samples"), r.out.c_str());
    }

    void figuresAreWrittenAsAsked()
    {
        if (!BITSTILL_GUI) QSKIP("no Qt Charts: only CSV is written");
        const Result r = cli({"run", "number-line", "--out", out("figures"), "--figures", "svg,png", "--figure-size", "column", "--dpi",
            "600", "--theme", "dark", "--outlines", "--csv"});
        QVERIFY2(r.status == 0, r.err.c_str());
        const std::string svg = readFile(m_folder.path("figures/figures/histogram.svg"), 10'000'000),
                          png = readFile(m_folder.path("figures/figures/histogram.png"), 10'000'000);
        QVERIFY(contains(svg, "width=\"85mm\"") && contains(svg, "#1c2229") && !contains(svg, "<text"));
        QVERIFY(contains(readFile(m_folder.path("figures/figures/histogram.csv"), 10'000'000), "before"));
        // pHYs: pixels per meter across and down, and that it is meters; IHDR: width.
        const auto number = [&png](std::size_t at) {
            std::uint32_t n = 0;
            for (std::size_t i = at; i < at + 4; ++i) n = n << 8 | static_cast<unsigned char>(png[i]);
            return n;
        };
        const std::size_t chunk = png.find("pHYs");
        QVERIFY(chunk != std::string::npos);
        QCOMPARE(number(chunk + 4), 23622u);
        QCOMPARE(number(chunk + 8), 23622u);
        QCOMPARE(png[chunk + 12], '\1');
        QCOMPARE(number(png.find("IHDR") + 4), 2008u);
    }

    void mistakesAboutFiguresAreSaidAtOnce()
    {
        if (!BITSTILL_GUI) QSKIP("no Qt Charts: only CSV is written");
        const Result r = cli({"run", "number-line", "--set", "quant.bits=99", "--out", out("figures"), "--figures", "svg", "--figure-size",
            "80x9mm", "--dpi", "7", "--theme", "red"});
        QCOMPARE(r.status, 2);
        for (const char* said :
            {"quant.bits: ", "--figure-size: 80x9mm is no size", "--dpi needs --figures with png", "--dpi: \"7\"", "--theme: "})
            QVERIFY2(contains(r.err, said), r.err.c_str());
        QCOMPARE(lines(r.err), std::size_t{5});
        QVERIFY(contains(cli({"run", "number-line", "--theme", "dark"}).err, "--theme needs --figures with svg, png, pdf"));
        QVERIFY(contains(cli({"run", "number-line", "--csv"}).err, "needs --out DIR"));
    }

    void mistakes_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("said");
        const QString run = out("run"), file = out("run/model.safetensors"), x = out("y.onnx");
        QTest::newRow("missing") << QStringList{"/nowhere", "-o", x} << 1 << "is not there";
        QTest::newRow("no run") << QStringList{"/", "-o", x} << 1 << "spec.json";
        QTest::newRow("network") << QStringList{run, "-o", x, "--network", "student"} << 1 << "it has float32";
        QTest::newRow("extension") << QStringList{run, "-o", out("x.txt")} << 2 << "only .onnx files";
        QTest::newRow("target") << QStringList{run, "-o", x, "--for", "me"} << 2 << "any, onnxruntime, tensorrt";
        QTest::newRow("bits") << QStringList{run, "-o", x, "--bits", "9"} << 2 << "2 to 8";
        QTest::newRow("layer") << QStringList{run, "-o", x, "--bits", "conv=4"} << 2 << "the layers are dense1, dense2";
        QTest::newRow("float bits") << QStringList{run, "-o", x, "--bits", "4", "--precision", "float32"} << 2
                                    << "about rounded activations";
        QTest::newRow("half said") << QStringList{file, "-o", x, "--model", "mlp-16"} << 2 << "add --model NAME and --data SET";
        QTest::newRow("other model") << QStringList{file, "-o", x, "--model", "mlp-8", "--data", "strokes"} << 1 << "the network expects";
        QTest::newRow("no such data") << QStringList{file, "-o", x, "--model", "mlp-16", "--data", "none"} << 2 << "data.set";
        QTest::newRow("verify") << QStringList{run, "-o", x, "--verify", "much"} << 2 << "a number of test samples";
        const QString foreign = out("foreign.onnx");
        QTest::newRow("calibrate") << QStringList{run, "-o", x, "--per-channel"} << 2 << "are for .onnx and .tflite files";
        QTest::newRow("foreign run") << QStringList{foreign, "-o", x, "--precision", "run"} << 2 << "needs a run";
        QTest::newRow("foreign network") << QStringList{foreign, "-o", x, "--network", "float32"} << 2 << "were trained here";
        QTest::newRow("foreign float") << QStringList{foreign, "-o", x, "--precision", "float32", "--bits", "4"} << 2 << "about rounding";
        QTest::newRow("foreign layer") << QStringList{foreign, "-o", x, "--bits", "conv=4"} << 2 << "the layers are Conv_c, MatMul_y";
        QTest::newRow("no inputs") << QStringList{foreign, "-o", x, "--calibrate", "/nowhere.npz"} << 1 << "nowhere.npz";
        QTest::newRow("run of no run") << QStringList{file, "-o", x, "--model", "mlp-16", "--data", "strokes", "--precision", "run"} << 2
                                       << "needs a run";
    }
    void mistakes()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QString, said);
        const Result r = cli(QStringList{"export"} + arguments);
        QCOMPARE(r.status, status);
        QVERIFY2(contains(r.err, said.toStdString()), r.err.c_str());
        QCOMPARE(lines(r.err), std::size_t{1});
        QVERIFY(!std::filesystem::exists(m_folder.path("y.onnx")));
    }
};

QTEST_GUILESS_MAIN(TestCliExport)
#include "tst_cli_export.moc"
