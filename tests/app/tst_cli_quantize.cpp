// bitstill-cli quantize and bench: the files and figures that they make.

#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/io/packed_codes.h"
#include "engine/io/safetensors.h"
#include "engine/quant/number_format.h"
#include "tests/support/cli.h"

#include <QtTest>
#include <algorithm>
#include <nlohmann/json.hpp>

using namespace bitstill;
using nlohmann::json;

class TestCliQuantize : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("LC_ALL", "C"); } // whatever the tester's language is

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
        // A name of another format's would hold what nobody can read by it.
        for (const QString name : {"", "out.npz", "out.npy", "out.onnx"}) {
            const QString other = name.isEmpty() ? name : QString::fromStdString(f.path(name.toStdString()).string());
            const Result refused = cli({"quantize", from, "--bits", "4", "-o", other});
            QVERIFY2(refused.status == 2 && lines(refused.err) == 1 && refused.out.empty(), refused.err.c_str());
            QVERIFY(name.isEmpty() || !std::filesystem::exists(f.path(name.toStdString())));
        }
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

QTEST_GUILESS_MAIN(TestCliQuantize)
#include "tst_cli_quantize.moc"
