// Networks from elsewhere as ONNX files: how operators are said, and that what is read again is the same network.

#include "engine/core/rng.h"
#include "engine/models/export/network_onnx.h"
#include "engine/models/export/onnx_forms.h"
#include "engine/models/onnx/read.h"
#include "engine/models/operators/operators.h"
#include "engine/models/run.h"
#include "engine/models/understand.h"
#include "tests/support/files.h"
#include "tests/support/onnx_model.h"

#include <QtTest>

using namespace bitstill;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = fs::path(BITSTILL_SOURCE) / "../shared/models";

onnx::ModelProto parsed(const std::string& bytes)
{
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes)) qFatal("no ONNX file");
    return model;
}

std::string joinedProblems(const std::string& bytes)
{
    std::string all;
    for (const Text& problem : problemsOf(bytes, FileRules::Valid)) all += problem.english() + "\n";
    return all;
}

/// Something of the shapes that the network's inputs have, 2 where they are free.
NamedArrays someInputs(const foreign::Network& network)
{
    NamedArrays inputs;
    Rng rng(1, "inputs");
    for (const foreign::ValueId id : network.inputs) {
        const foreign::ValueInfo& info = network.values[static_cast<std::size_t>(id)];
        Shape shape = info.shape;
        for (int& d : shape) d = d < 0 ? 2 : d;
        std::vector<float> values(elements(shape));
        for (float& v : values) v = static_cast<float>(rng.uniform() - 0.5);
        inputs.emplace(info.name, Array{shape, values});
    }
    return inputs;
}

/// What the network is once it was written; fails where it computes other bits.
onnx::ModelProto writtenAgain(const foreign::Network& network)
{
    const std::string bytes = foreign::onnxBytes(network, {});
    if (const std::string problems = joinedProblems(bytes); !problems.empty()) qFatal("%s", problems.c_str());
    const foreign::Network again = foreign::readOnnxBytes(bytes, "again.onnx");
    const NamedArrays inputs = someInputs(network), before = foreign::run(network, inputs), after = foreign::run(again, inputs);
    if (before.size() != after.size()) qFatal("other outputs");
    for (const auto& [name, array] : before)
        if (!after.contains(name) || after.at(name).shape != array.shape || bytesOf(after.at(name)) != bytesOf(array))
            qFatal("%s is another", name.c_str());
    return parsed(bytes);
}

foreign::Network networkOf(const OnnxModel& model) { return foreign::readOnnxBytes(model.bytes(), "x.onnx"); }

const onnx::NodeProto& node(const onnx::ModelProto& model, const std::string& op)
{
    for (const onnx::NodeProto& n : model.graph().node())
        if (n.op_type() == op) return n;
    qFatal("no node %s", op.c_str());
}

bool hasAttribute(const onnx::NodeProto& node, const std::string& name)
{
    return std::ranges::any_of(node.attribute(), [&](const onnx::AttributeProto& a) { return a.name() == name; });
}

} // namespace

class TestNetworkExport : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyOperatorHasAForm()
    {
        std::vector<std::string> known = foreign::operatorNames();
        for (const std::string& name : known) {
            const foreign::Node n{.name = {}, .domain = {}, .op = name, .inputs = {}, .outputs = {}, .attributes = {}};
            QVERIFY2(onnxForm(n), name.c_str());
        }
    }

    void headerAndNames()
    {
        OnnxModel model(9, 4);
        model.input("x", {-1, 3, -1, 8}).weights("w", {2, 3, 1, 1}, {1, 2, 3, 4, 5, 6});
        model.node("Conv", {"x", "w"}, {"y"}).node("Clip", {"y"}, {"z"}).with("min", 0.0f).with("max", 6.0f).output("z");
        const foreign::Network network = networkOf(model);
        const onnx::ModelProto written = parsed(foreign::onnxBytes(network, {{"bitstill.version", "1.2"}, {"a", "b"}}));
        QCOMPARE(written.ir_version(), std::int64_t{8});
        QCOMPARE(written.opset_import(0).version(), std::int64_t{13});
        QCOMPARE(written.producer_name(), std::string("bitstill"));
        QCOMPARE(written.producer_version(), std::string("1.2"));
        std::map<std::string, std::string> notes;
        for (const auto& note : written.metadata_props()) notes[note.key()] = note.value();
        QCOMPARE(notes.at("a"), std::string("b"));
        QVERIFY(contains(notes.at("bitstill.source_format"), "ONNX opset 9"));
        const auto& in = written.graph().input(0).type().tensor_type().shape();
        QCOMPARE(in.dim(0).dim_param(), std::string("N"));
        QCOMPARE(in.dim(1).dim_value(), std::int64_t{3});
        QVERIFY(!in.dim(2).has_dim_value() && !in.dim(2).has_dim_param());
        const auto& out = written.graph().output(0).type().tensor_type().shape();
        QCOMPARE(out.dim(0).dim_param(), std::string("N"));
        QVERIFY(!out.dim(2).has_dim_value());
        QCOMPARE(out.dim(3).dim_value(), std::int64_t{8});
        QCOMPARE(node(written, "Conv").name(), std::string("Conv_y"));
        QCOMPARE(node(written, "Clip").input(1), std::string("z.min"));
        QCOMPARE(foreign::onnxBytes(network, {}), foreign::onnxBytes(network, {}));
    }

    void theLowestOpset_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("opset");
        const auto row = [](const char* name, int opset, const OnnxModel& model) {
            const std::string bytes = model.bytes();
            QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << opset;
        };
        const auto made = [](int opset) { return OnnxModel(opset).input("x", {2, 3, 4}).output("y"); };
        row("Relu of 18", 13, made(18).node("Relu", {"x"}, {"y"}));
        row("ReduceMean of 18", 13, made(18).integers("a", {1}).node("ReduceMean", {"x", "a"}, {"y"}));
        row("that leaves all as it is", 18, made(18).node("ReduceMean", {"x"}, {"y"}).with("noop_with_empty_axes", 1));
        row("ReduceSum", 13, made(11).node("ReduceSum", {"x"}, {"y"}).with("axes", std::vector<std::int64_t>{2}));
        row("HardSwish", 14, made(14).node("HardSwish", {"x"}, {"y"}));
        row("Gelu", 20, made(20).node("Gelu", {"x"}, {"y"}));
        row("LayerNormalization", 17, made(17).weights("s", {4}, {1, 2, 3, 4}).node("LayerNormalization", {"x", "s"}, {"y"}));
        row("Reshape", 13, made(19).integers("s", {6, 4}).node("Reshape", {"x", "s"}, {"y"}).with("allowzero", 0));
        row("Reshape with zeros", 14, made(19).integers("s", {2, 3, 4}).node("Reshape", {"x", "s"}, {"y"}).with("allowzero", 1));
        row("Pad with axes", 18, made(18).integers("p", {1, 1}).integers("a", {2}).node("Pad", {"x", "p", "", "a"}, {"y"}));
        row("dilations of 1", 13,
            made(19)
                .node("AveragePool", {"x"}, {"y"})
                .with("kernel_shape", std::vector<std::int64_t>{2})
                .with("dilations", std::vector<std::int64_t>{1}));
        row("dilations", 19,
            made(19)
                .node("AveragePool", {"x"}, {"y"})
                .with("kernel_shape", std::vector<std::int64_t>{2})
                .with("dilations", std::vector<std::int64_t>{2}));
    }
    void theLowestOpset()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, opset);
        const onnx::ModelProto written = writtenAgain(foreign::readOnnxBytes(bytes.toStdString(), "x.onnx"));
        QCOMPARE(static_cast<int>(written.opset_import(0).version()), opset);
    }

    void axesAreWhereTheOpsetHasThem()
    {
        const auto made = [](const char* last) {
            OnnxModel model(18);
            model.input("x", {2, 3, 4}).integers("a", {1}).node("ReduceMean", {"x", "a"}, {"y"}).with("keepdims", 0);
            return model.node(last, {"y"}, {"z"}).output("z");
        };
        const onnx::ModelProto old = writtenAgain(networkOf(made("Relu")));
        QVERIFY(hasAttribute(node(old, "ReduceMean"), "axes"));
        QCOMPARE(node(old, "ReduceMean").input_size(), 1);
        OnnxModel young = made("Gelu");
        young.proto().mutable_opset_import(0)->set_version(20);
        const onnx::ModelProto today = writtenAgain(networkOf(young));
        QVERIFY(!hasAttribute(node(today, "ReduceMean"), "axes"));
        QCOMPARE(node(today, "ReduceMean").input(1), std::string("y.axes"));
    }

    void partsAreCountedFromOpset18On()
    {
        OnnxModel model(13);
        model.input("x", {2, 4}).node("Split", {"x"}, {"a", "b"}).with("axis", 1).node("Gelu", {"a"}, {"c"}).output("b").output("c");
        model.proto().mutable_opset_import(0)->set_version(20);
        model.proto().mutable_graph()->mutable_node(0)->add_attribute()->set_name("num_outputs");
        model.proto().mutable_graph()->mutable_node(0)->mutable_attribute(1)->set_type(onnx::AttributeProto::INT);
        model.proto().mutable_graph()->mutable_node(0)->mutable_attribute(1)->set_i(2);
        QVERIFY(hasAttribute(node(writtenAgain(networkOf(model)), "Split"), "num_outputs"));
        model.proto().mutable_graph()->mutable_node(0)->mutable_attribute()->RemoveLast(); // as a file of opset 13 has it
        QVERIFY(hasAttribute(node(writtenAgain(networkOf(model)), "Split"), "num_outputs"));
    }

    /// As it was before opset 13; the free batch makes a shape of the file's own impossible.
    void softmaxOverSeveralAxes_data()
    {
        QTest::addColumn<int>("width");
        QTest::newRow("known") << 3;
        QTest::newRow("free") << -1;
    }
    void softmaxOverSeveralAxes()
    {
        QFETCH(int, width);
        OnnxModel model(9);
        model.input("x", {-1, 2, width}).node("Softmax", {"x"}, {"y"}).output("y");
        const onnx::ModelProto written = writtenAgain(networkOf(model));
        QCOMPARE(node(written, "Softmax").attribute(0).i(), std::int64_t{1});
        QCOMPARE(node(written, "Reshape").output(0), std::string("y"));
    }

    void codesOfFourBits()
    {
        OnnxModel model(21, 10);
        model.input("x", {2, 4}).weights("s", {}, {0.1f}).codes("z", {}, 22, std::string(1, '\1'));
        model.node("QuantizeLinear", {"x", "s", "z"}, {"q"}).node("DequantizeLinear", {"q", "s", "z"}, {"y"}).output("y");
        const onnx::ModelProto written = writtenAgain(networkOf(model));
        QCOMPARE(written.ir_version(), std::int64_t{10});
        for (const onnx::TensorProto& t : written.graph().initializer())
            if (t.name() == "z") QCOMPARE(t.data_type(), 22);
    }

    void weightsThatHaveCodesKeepThem_data()
    {
        QTest::addColumn<bool>("byChannel");
        QTest::newRow("one scale, turned before the layer") << false;
        QTest::newRow("scales by channel") << true;
    }
    void weightsThatHaveCodesKeepThem()
    {
        QFETCH(bool, byChannel);
        OnnxModel model(13);
        model.input("x", {-1, 3}).codes("w.int8", {2, 3}, 3, std::string("\1\2\3\x84\5\6", 6));
        model.weights("w.scale", byChannel ? Shape{2} : Shape{}, byChannel ? std::vector<float>{0.3f, 0.7f} : std::vector<float>{0.3f});
        model.codes("w.zero", byChannel ? Shape{2} : Shape{}, 3, byChannel ? std::string("\0\0", 2) : std::string("\1"));
        model.node("DequantizeLinear", {"w.int8", "w.scale", "w.zero"}, {"w"}).with("axis", 0);
        model.node("Transpose", {"w"}, {"turned"}).with("perm", std::vector<std::int64_t>{1, 0}).node("MatMul", {"x", "turned"}, {"m"});
        model.codes("b.int32", {2}, 6, std::string("\7\0\0\0\xff\xff\xff\xff", 8)).weights("b.scale", {}, {0.1f});
        model.node("DequantizeLinear", {"b.int32", "b.scale"}, {"b"}).node("Add", {"m", "b"}, {"y"}).output("y");
        const foreign::Network network = networkOf(model);
        QCOMPARE(network.nodes.size(), std::size_t{2}); // it computes with floats
        const onnx::ModelProto written = writtenAgain(network);
        std::map<std::string, const onnx::TensorProto*> constants;
        for (const onnx::TensorProto& t : written.graph().initializer()) constants[t.name()] = &t;
        QCOMPARE(constants.size(), std::size_t{5});
        QCOMPARE(constants.at("w.int8")->raw_data(), std::string("\1\x84\2\5\3\6", 6)); // turned
        QCOMPARE(constants.at("w.int8")->data_type(), 3);
        QCOMPARE(constants.at("w.zero")->data_type(), 3);
        QCOMPARE(constants.at("w.scale")->raw_data().size(), std::size_t{byChannel ? 8u : 4u});
        QCOMPARE(constants.at("b.int32")->data_type(), 6);
        if (byChannel) QCOMPARE(node(written, "DequantizeLinear").attribute(0).i(), std::int64_t{1});
        const foreign::Network again = foreign::readOnnxBytes(written.SerializeAsString(), "again.onnx");
        QCOMPARE(again.codes.size(), std::size_t{2});
        QCOMPARE(foreign::costsOf(again)[0].weightBytes, std::int64_t{6});
        foreign::Network changed = again;
        for (auto& [id, constant] : changed.constants) std::get<std::vector<float>>(constant.values)[0] += 1;
        QCOMPARE(parsed(foreign::onnxBytes(changed, {})).graph().initializer_size(), 2); // codes would say something else
    }

    void weightsOfFourBitsKeepThem()
    {
        OnnxModel model(21, 10);
        model.input("x", {1, 4}).codes("codes", {4, 2}, 22, std::string("\x12\x3f\x54\x76", 4)).weights("s", {2, 2}, {1, 2, 3, 4});
        model.node("DequantizeLinear", {"codes", "s"}, {"w"}).with("axis", 0).with("block_size", 2);
        model.node("MatMul", {"x", "w"}, {"y"}).output("y");
        const onnx::ModelProto written = writtenAgain(networkOf(model));
        for (const onnx::TensorProto& t : written.graph().initializer()) {
            if (t.name() != "codes") continue;
            QCOMPARE(t.data_type(), 22);
            QCOMPARE(t.raw_data(), std::string("\x12\x3f\x54\x76", 4));
        }
        QCOMPARE(written.graph().initializer_size(), 2);
    }

    void namesThatAreThereTwice()
    {
        OnnxModel model;
        model.input("x", {2}).node("Clip", {"x"}, {"y"}).node("Relu", {"y"}, {"y.min"}).output("y.min");
        foreign::Network network = networkOf(model);
        network.nodes[0].attributes["min"] = 0.0f;
        const onnx::ModelProto written = writtenAgain(network);
        QCOMPARE(node(written, "Clip").input(1), std::string("y.min_2"));
    }

    void whatCannotBeSaidIsRefused()
    {
        OnnxModel unknown;
        unknown.input("x", {2}).node("GridSample", {"x"}, {"y"}).output("y");
        QVERIFY(contains(
            messageOf([&] { foreign::onnxBytes(networkOf(unknown), {}); }), "[GridSample node GridSample_y] it cannot be written"));
        OnnxModel attribute;
        attribute.input("x", {2}).node("Relu", {"x"}, {"y"}).with("steepness", 1).output("y");
        QVERIFY(contains(messageOf([&] { foreign::onnxBytes(networkOf(attribute), {}); }), "its attribute steepness"));
    }

    void realFilesAreTheSameOnceWritten_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* file : {"light_squeezenet.onnx", "ort_cnn_mnist_pytorch.onnx", "ort_mnist.onnx",
                 "qonnx_bsd300x3-espcn_subpixel_float_model.onnx", "st_mobilenetv2_05_128.onnx", "st_yamnet256.onnx", "tract_keras.onnx",
                 "tum_micro_kws_m_static_fp32.onnx", "ultraface_version-slim-320_without_postprocessing.onnx", "ort_conv_qdq_u8u8.onnx",
                 "ort_conv_qdq_s8s8_perchannel.onnx", "tum_micro_kws_m_static_qdq.onnx", "ort_qdq_with_multi_consumer_dq_nodes.onnx"})
            QTest::newRow(file) << QString::fromLatin1(file);
    }
    void realFilesAreTheSameOnceWritten()
    {
        QFETCH(QString, file);
        if (!fs::exists(kFolder)) QSKIP("../shared/models is not there");
        const onnx::ModelProto written = writtenAgain(foreign::readOnnx(kFolder / file.toStdString()));
        QVERIFY(written.opset_import(0).version() <= 18);
        // Codes stay codes. Half precision becomes float32.
        const auto bytes = static_cast<double>(fs::file_size(kFolder / file.toStdString()));
        if (file.contains("qdq")) QVERIFY(static_cast<double>(written.ByteSizeLong()) < 1.02 * bytes + 500);
    }
};

QTEST_GUILESS_MAIN(TestNetworkExport)
#include "tst_network_export.moc"
