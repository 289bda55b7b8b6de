// bitstill-cli inspect and infer: files from elsewhere.

#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/models/export/network_onnx.h"
#include "tests/support/cli.h"
#include "tests/support/foreign_classifier.h"
#include "tests/support/gguf_file.h"
#include "tests/support/onnx_model.h"
#include "tests/support/tflite_file.h"

#include <QtTest>
#include <nlohmann/json.hpp>

using namespace bitstill;

class TestCliInfer : public QObject {
    Q_OBJECT
private:
    Folder m_folder;
    QString at(const char* name) const { return QString::fromStdString(m_folder.path(name).string()); }

private Q_SLOTS:
    void initTestCase()
    {
        OnnxModel net, strange;
        net.input("x", {1, 2}).weights("w", {2, 3}, {1, 2, 3, 4, 5, 6}).node("MatMul", {"x", "w"}, {"m"});
        net.node("Relu", {"m"}, {"y"}).output("y").output("m");
        strange.input("x", {1, 2}).node("Relu", {"x"}, {"r"}).node("Strange", {"r"}, {"y"}).output("y");
        m_folder.write("net.onnx", net.bytes());
        m_folder.write("strange.onnx", strange.bytes());
        writeFile(m_folder.path("in.safetensors"), safetensorsBytes({{"x", {{2, 2}, std::vector<float>{1, 1, -1, 0}}}}, {}));
        writeFile(m_folder.path("double.safetensors"), safetensorsBytes({{"other", {{1, 2}, std::vector<double>{1, 1}}}}, {}));
        writeFile(m_folder.path("wide.safetensors"), safetensorsBytes({{"x", {{1, 3}, std::vector<float>{1, 1, 1}}}}, {}));
    }

    void outputsAreWrittenByName()
    {
        const Result r = cli({"infer", at("net.onnx"), at("in.safetensors"), "-o", at("out.safetensors")});
        QVERIFY2(r.status == 0, r.err.c_str());
        const NamedArrays out = readSafetensors(m_folder.path("out.safetensors"));
        QCOMPARE(out.size(), std::size_t{2});
        QCOMPARE(out.at("y").shape, (Shape{2, 3}));
        QCOMPARE(std::get<std::vector<float>>(out.at("y").values), (std::vector<float>{5, 7, 9, 0, 0, 0}));
        QCOMPARE(std::get<std::vector<float>>(out.at("m").values)[3], -1.0f);
    }

    void tfliteFilesRunOnCodes()
    {
        const TfliteFile file{{{"x", "I8", {1, 2}, {}, {1}, {0}}, {"w", "I8", {1, 2}, "\1\2", {1}, {0}}, {"y", "I8", {1, 1}, {}, {2}, {3}}},
            {{"FULLY_CONNECTED", {0, 1, -1}, {2}}}, {0}, {2}};
        m_folder.write("net.tflite", file.bytes());
        for (const char* name : {"x", "other"}) {
            const std::string codes("\1\3\0\1", 4); // 7 / 2 is 4, 2 / 2 is 1, and the zero point
            writeFile(m_folder.path("codes.safetensors"), safetensorsBytes({{name, {{2, 2}, RawValues{"I8", codes}}}}, {}));
            const Result r = cli({"infer", at("net.tflite"), at("codes.safetensors"), "-o", at("out.safetensors")});
            QVERIFY2(r.status == 0, r.err.c_str());
            const Array y = readSafetensors(m_folder.path("out.safetensors")).at("y");
            QCOMPARE(y.shape, (Shape{2, 1}));
            QCOMPARE(bytesOf(y), std::string("\7\4"));
        }
        const Result wide = cli({"infer", at("net.tflite"), at("wide.safetensors"), "-o", at("no.safetensors")});
        QVERIFY2(wide.status == 1 && contains(wide.err, "I8 of shape [1, 2]"), wide.err.c_str());
    }

    void inputsAreMatchedByOrderAndConverted()
    {
        const Result r = cli({"infer", at("net.onnx"), at("double.safetensors"), "-o", at("out.safetensors"), "--threads", "1"});
        QVERIFY2(r.status == 0, r.err.c_str());
        QCOMPARE(
            std::get<std::vector<float>>(readSafetensors(m_folder.path("out.safetensors")).at("y").values), (std::vector<float>{5, 7, 9}));
    }

    void int8IsWhatTheExportedFileComputes_data()
    {
        QTest::addColumn<QStringList>("how");
        QTest::newRow("by tensor") << QStringList{};
        QTest::newRow("by channel, fewer bits") << QStringList{"--per-channel", "--bits", "5"};
    }
    void int8IsWhatTheExportedFileComputes()
    {
        QFETCH(QStringList, how);
        writeFile(m_folder.path("classifier.onnx"), foreign::onnxBytes(classifier(), {}));
        writeFile(m_folder.path("seen.safetensors"), safetensorsBytes(inputs(24), {}));
        writeFile(m_folder.path("asked.safetensors"), safetensorsBytes(inputs(5), {}));
        const QStringList calibrated{"--precision", "int8", "--calibrate", at("seen.safetensors")};
        const Result e = cli(QStringList{"export", at("classifier.onnx"), "-o", at("int8.onnx")} + calibrated + how);
        QVERIFY2(e.status == 0, e.err.c_str());
        const Result here =
            cli(QStringList{"infer", at("classifier.onnx"), at("asked.safetensors"), "-o", at("here.safetensors")} + calibrated + how);
        QVERIFY2(here.status == 0 && here.err.empty(), here.err.c_str());
        const auto answer = [&](const char* file) {
            return std::get<std::vector<float>>(readSafetensors(m_folder.path(file)).at("y").values);
        };
        QCOMPARE(cli({"infer", at("int8.onnx"), at("asked.safetensors"), "-o", at("file.safetensors")}).status, 0);
        QCOMPARE(cli({"infer", at("classifier.onnx"), at("asked.safetensors"), "-o", at("float.safetensors")}).status, 0);
        QCOMPARE(answer("here.safetensors"), answer("file.safetensors"));
        QVERIFY(answer("here.safetensors") != answer("float.safetensors"));
        const Result own = cli(
            QStringList{"infer", at("classifier.onnx"), at("asked.safetensors"), "-o", at("own.safetensors"), "--precision", "int8"} + how);
        QVERIFY2(own.status == 0 && contains(own.err, "No --calibrate"), own.err.c_str());
        QVERIFY(answer("own.safetensors") != answer("here.safetensors"));
        const Result twice = cli({"infer", at("int8.onnx"), at("asked.safetensors"), "-o", at("no.safetensors"), "--precision", "int8"});
        QVERIFY2(twice.status == 1 && contains(twice.err, "it is quantized already"), twice.err.c_str());
        const Result layer =
            cli(QStringList{"infer", at("classifier.onnx"), at("asked.safetensors"), "-o", at("no.safetensors"), "--bits", "nothere=4"});
        QVERIFY2(layer.status == 2 && contains(layer.err, "there is no layer \"nothere\""), layer.err.c_str());
        const Result both = cli({"infer", at("classifier.onnx"), at("asked.safetensors"), "-o", at("no.safetensors"), "--precision",
            "float32", "--per-channel"});
        QVERIFY2(both.status == 2 && contains(both.err, "choose --precision int8"), both.err.c_str());
        QVERIFY(!std::filesystem::exists(m_folder.path("no.safetensors")));
    }

    void aNetworkThatStopsIsCut()
    {
        const Result shown = cli({"inspect", at("strange.onnx")});
        QVERIFY2(contains(shown.out, "infer and export with --cut \"Relu_r\""), shown.out.c_str());
        QCOMPARE(nlohmann::json::parse(cli({"inspect", at("strange.onnx"), "--json"}).out)["stops_at"]["cut"].get<std::string>(),
            std::string("Relu_r"));
        QVERIFY(!contains(cli({"inspect", at("net.onnx")}).out, "--cut"));
        const Result r = cli({"infer", at("strange.onnx"), at("double.safetensors"), "-o", at("cut.safetensors"), "--cut", "Relu_r"});
        QVERIFY2(r.status == 0, r.err.c_str());
        QCOMPARE(
            std::get<std::vector<float>>(readSafetensors(m_folder.path("cut.safetensors")).at("r").values), (std::vector<float>{1, 1}));
        QCOMPARE(cli({"export", at("strange.onnx"), "-o", at("cut.onnx"), "--cut", "r"}).status, 0);
        QVERIFY(contains(cli({"inspect", at("cut.onnx")}).out, "runs whole"));
        const Result none = cli({"infer", at("strange.onnx"), at("double.safetensors"), "-o", at("no.safetensors"), "--cut", "Relu"});
        QVERIFY2(none.status == 1 && contains(none.err, "there is no node \"Relu\"; choose one such as Relu_r"), none.err.c_str());
    }

    void whatDoesNotFitIsSaid()
    {
        const Result wide = cli({"infer", at("net.onnx"), at("wide.safetensors"), "-o", at("no.safetensors")});
        QCOMPARE(wide.status, 1);
        QVERIFY2(contains(wide.err, "[x] has shape [1, 3], where the model takes [1, 2]"), wide.err.c_str());
        const Result strange = cli({"infer", at("strange.onnx"), at("in.safetensors"), "-o", at("no.safetensors")});
        QCOMPARE(strange.status, 1);
        QVERIFY2(contains(strange.err, "operator Strange is not computed here"), strange.err.c_str());
        QCOMPARE(cli({"infer", at("net.onnx"), at("in.txt"), "-o", at("no.safetensors")}).status, 2);
        QVERIFY(!std::filesystem::exists(m_folder.path("no.safetensors")));
    }

    void inspectShowsTheNodes()
    {
        const Result r = cli({"inspect", at("net.onnx")});
        QVERIFY2(r.status == 0, r.err.c_str());
        for (const char* part : {"ONNX opset 17, IR 8, tests", "runs whole", "F32 [1, 2]", "MatMul_m", "[1, 3]"})
            QVERIFY2(contains(r.out, part), (part + ("\n" + r.out)).c_str());
        const Result strange = cli({"inspect", at("strange.onnx")});
        QVERIFY2(contains(strange.out, "runs up to node 2 of 2 (Strange): operator Strange is not computed here"), strange.out.c_str());
    }

    void inspectShowsTfliteFilesToo()
    {
        const TfliteFile file{{{"x", "I8", {1, 2}, {}, {1}, {0}}, {"w", "I8", {3, 2}, "\1\2\3\4\5\6", {0.5f}, {0}},
                                  {"y", "I8", {1, 3}, {}, {2}, {3}}, {"z", "I8", {1, 3}, {}, {2}, {3}}},
            {{"FULLY_CONNECTED", {0, 1, -1}, {2}}, {"Strange", {2}, {3}}}, {0}, {3}};
        m_folder.write("shown.tflite", file.bytes());
        const Result r = cli({"inspect", at("shown.tflite")});
        QVERIFY2(r.status == 0, r.err.c_str());
        QVERIFY2(contains(r.out, "runs up to node 2 of 2 (Strange)"), r.out.c_str());
        const nlohmann::json j = nlohmann::json::parse(cli({"inspect", at("shown.tflite"), "--json"}).out);
        QCOMPARE(j["stops_at"]["node"].get<int>(), 1);
        QCOMPARE(j["parameters"].get<int>(), 6);
        QCOMPARE(j["macs"].get<int>(), 6);
        QCOMPARE(j["weights"][0]["range"]["high"].get<double>(), 6.0);
        QCOMPARE(j["inputs"][0]["quantization"]["scale"][0].get<double>(), 1.0);
    }

    /// As what they are: a zero point of int32 has four bytes, and an axis may be counted from behind.
    void inspectShowsTheCodesOfConstants()
    {
        OnnxModel m(13);
        m.input("x", {-1, 3}).codes("w.int8", {3, 2}, 3, std::string("\1\2\3\x84\5\6", 6)).weights("w.scale", {2}, {0.5f, 0.25f});
        m.codes("w.zero", {2}, 3, std::string("\xff\2", 2)).node("DequantizeLinear", {"w.int8", "w.scale", "w.zero"}, {"w"});
        m.with("axis", -1).node("MatMul", {"x", "w"}, {"m"});
        m.codes("b.int32", {2}, 6, std::string("\7\0\0\0\xff\xff\xff\xff", 8)).weights("b.scale", {}, {0.5f});
        m.codes("b.zero", {}, 6, std::string("\xfe\xff\xff\xff", 4)).node("DequantizeLinear", {"b.int32", "b.scale", "b.zero"}, {"b"});
        m.node("Add", {"m", "b"}, {"y"}).output("y");
        m_folder.write("codes.onnx", m.bytes());
        const nlohmann::json j = nlohmann::json::parse(cli({"inspect", at("codes.onnx"), "--json"}).out);
        std::map<std::string, nlohmann::json> found;
        for (const nlohmann::json& weight : j["weights"])
            if (weight.contains("quantization")) found[weight["name"].get<std::string>()] = weight["quantization"];
        QCOMPARE(found["w"], nlohmann::json({{"scale", {0.5, 0.25}}, {"axis", 1}, {"zero_point", {-1, 2}}}));
        QCOMPARE(found["b"], nlohmann::json({{"scale", {0.5}}, {"zero_point", {-2}}}));
    }

    void inspectShowsFilesOfArrays()
    {
        const GgufBytes made{{GgufBytes::text("general.name", "tiny")},
            {{"blk.weight", {32, 2}, 8, std::string(68, '\0')}, {"other", {256}, 13, std::string(176, '\0')}}};
        m_folder.write("made.gguf", made.bytes());
        const Result r = cli({"inspect", at("made.gguf")});
        QVERIFY2(r.status == 0, r.err.c_str());
        for (const char* part :
            {"GGUF 3", "general.name", "tiny", "blk.weight", "Q8_0", "[2, 32]", "Q5_K (not decoded)", "320 values in 244 bytes"})
            QVERIFY2(r.out.find(part) != std::string::npos, (r.out + part).c_str());
        const auto json = [&](const char* file) { return nlohmann::json::parse(cli({"inspect", at(file), "--json"}).out); };
        const nlohmann::json j = json("in.safetensors");
        QCOMPARE(j["weights"][0]["range"]["low"].get<double>(), -1.0);
        QCOMPARE(j["weights"][0]["bytes"].get<int>(), 16);
        QCOMPARE(json("made.gguf")["weights"][0]["shape"], nlohmann::json({2, 32}));
        const std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }\n";
        m_folder.write("made.npy",
            std::string("\x93NUMPY\1\0", 8) + GgufBytes::number(static_cast<std::uint16_t>(header.size())) + header
                + std::string("\5\0\xff\xff", 4));
        QCOMPARE(json("made.npy")["weights"][0],
            nlohmann::json({{"name", "made"}, {"type", "I16"}, {"shape", {2}}, {"bytes", 4}, {"range", {{"low", -1.0}, {"high", 5.0}}}}));
        QCOMPARE(cli({"inspect", at("missing.gguf")}).status, 1);
    }

    void inspectAsJson()
    {
        const nlohmann::json j = nlohmann::json::parse(cli({"inspect", at("net.onnx"), "--json"}).out);
        QCOMPARE(j.at("state").get<std::string>(), std::string("runs whole"));
        QCOMPARE(j.at("parameters").get<int>(), 6);
        QCOMPARE(j.at("macs").get<int>(), 6);
        QCOMPARE(j.at("bytes").get<int>(), 24);
        QCOMPARE(j.at("nodes").size(), std::size_t{2});
        QCOMPARE(j.at("weights")[0].at("range").at("high").get<double>(), 6.0);
    }
};

QTEST_GUILESS_MAIN(TestCliInfer)
#include "tst_cli_infer.moc"
