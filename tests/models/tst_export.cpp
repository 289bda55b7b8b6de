// Our networks as ONNX files: what they hold, and what the check of them finds.

#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/models/export/export.h"
#include "engine/models/export/read_back.h"
#include "engine/models/onnx/read.h"
#include "engine/nn/model_file.h"
#include "engine/nn/zoo.h"
#include "tests/support/files.h"

#include <QtTest>
#include <cstring>
#include <functional>
#include <numeric>
#include <onnx/onnx_pb.h>

using namespace bitstill;

namespace {

const Dataset& digits()
{
    static const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 200, .noise = 0.2});
    return data;
}

Graph network(const std::string& model)
{
    Graph g = buildModel(model, digits().shape, digits().classCount());
    g.initialize(1);
    // Something to fold, and a bias everywhere.
    Rng rng(1, "test");
    for (const auto& [name, tensor] : g.state())
        if (tensor->shape().size() == 1)
            for (float& v : *tensor) v = v + static_cast<float>(0.1 * rng.uniform());
    return g;
}

QuantizedNetwork quantized(const Graph& graph, QuantizationOptions options, ThreadPool& pool)
{
    QuantizedNetwork q(graph, digits(), {.samples = 64}, pool);
    options.profile = Profile::Onnx;
    q.quantize(options);
    return q;
}

QuantizationOptions perChannel(int weightBits = 8, int activationBits = 8)
{
    return {.weightBits = weightBits, .granularity = {.kind = Granularity::Kind::PerChannel}, .activationBits = activationBits};
}

onnx::ModelProto parsed(const std::string& bytes)
{
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes)) qFatal("no ONNX file");
    return model;
}

onnx::TensorProto& constant(onnx::ModelProto& model, const std::string& name)
{
    for (onnx::TensorProto& t : *model.mutable_graph()->mutable_initializer())
        if (t.name() == name) return t;
    qFatal("no constant %s", name.c_str());
}

onnx::NodeProto& node(onnx::ModelProto& model, const std::string& name)
{
    for (onnx::NodeProto& n : *model.mutable_graph()->mutable_node())
        if (n.name() == name) return n;
    qFatal("no node %s", name.c_str());
}

template <class T> std::vector<T> numbers(const onnx::TensorProto& tensor)
{
    std::vector<T> values(tensor.raw_data().size() / sizeof(T));
    std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(T));
    return values;
}

std::string joinedProblems(const std::string& bytes)
{
    std::string all;
    for (const Text& problem : problemsOf(bytes)) all += problem.english() + "\n";
    return all;
}

using Spoil = std::function<void(onnx::ModelProto&)>;

} // namespace
Q_DECLARE_METATYPE(Spoil)

class TestExport : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyNetworkIsWritten_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* model : {"mlp-32-16", "cnn-4-8", "dwcnn", "resnet-8"}) QTest::newRow(model) << QString(model);
    }
    void everyNetworkIsWritten()
    {
        QFETCH(QString, model);
        ThreadPool pool(2);
        const Graph graph = network(model.toStdString());
        QCOMPARE(joinedProblems(onnxBytes(graph, {})), std::string());
        QuantizedNetwork q = quantized(graph, perChannel(), pool);
        QCOMPARE(joinedProblems(onnxBytes(q, ExportTarget::Any, {})), std::string());
        q.quantize({.profile = Profile::Onnx});
        QCOMPARE(joinedProblems(onnxBytes(q, ExportTarget::OnnxRuntime, {})), std::string());
        q.quantize(perChannel(3, 5));
        QCOMPARE(joinedProblems(onnxBytes(q, ExportTarget::Any, {})), std::string());
        q.quantize(perChannel(8, 0));
        QCOMPARE(joinedProblems(onnxBytes(q, ExportTarget::Any, {})), std::string());
        QuantizationOptions symmetric = perChannel();
        symmetric.activationScheme = Scheme::Symmetric;
        q.quantize(symmetric);
        QVERIFY(!contains(onnxBytes(q, ExportTarget::TensorRt, {}), ".cut")); // its type ends the range
        QCOMPARE(joinedProblems(onnxBytes(q, ExportTarget::TensorRt, {})), std::string());
    }

    void samplesThatAreNoMaps()
    {
        Graph g = buildModel("mlp-8", {1, 1, 3}, 2);
        g.initialize(1);
        const std::string bytes = onnxBytes(g, {});
        QCOMPARE(joinedProblems(bytes), std::string());
        const onnx::ModelProto model = parsed(bytes);
        QCOMPARE(model.graph().input(0).type().tensor_type().shape().dim_size(), 2);
        QCOMPARE(model.graph().node(0).op_type(), std::string("Gemm"));
    }

    void header()
    {
        const onnx::ModelProto model = parsed(onnxBytes(network("cnn-4-8"), {{"a", "b"}}));
        QCOMPARE(model.ir_version(), std::int64_t{8});
        QCOMPARE(model.opset_import(0).version(), std::int64_t{13});
        QCOMPARE(model.metadata_props(0).key(), std::string("a"));
        const auto& input = model.graph().input(0);
        QCOMPARE(input.name(), std::string("input"));
        QCOMPARE(input.type().tensor_type().shape().dim(0).dim_param(), std::string("N"));
        QCOMPARE(input.type().tensor_type().shape().dim(1).dim_value(), std::int64_t{1});
        QCOMPARE(model.graph().output(0).name(), std::string("logits"));
    }

    void floatsAreThoseOfTheModelFile()
    {
        const Graph graph = network("mlp-32-16"); // nothing to fold
        onnx::ModelProto model = parsed(onnxBytes(graph, {}));
        for (const auto& [name, tensor] : modelTensors(graph))
            QCOMPARE(numbers<float>(constant(model, name)), std::vector<float>(tensor.begin(), tensor.end()));
    }

    void codesAndScalesAreTheNetworks()
    {
        ThreadPool pool(2);
        const Graph graph = network("cnn-4-8");
        const QuantizedNetwork q = quantized(graph, perChannel(), pool);
        onnx::ModelProto model = parsed(onnxBytes(q, ExportTarget::Any, {}));
        for (const LayerQuantization& layer : q.layers()) {
            std::vector<std::int8_t> codes = numbers<std::int8_t>(constant(model, layer.name + ".weight.codes"));
            std::vector<std::int8_t> ours(layer.codes.begin(), layer.codes.end());
            if (layer.name == "dense1") { // read in another order: the same codes, channels before places
                QVERIFY(codes != ours);
                const std::size_t places = 7 * 7, channels = 8;
                for (std::size_t row = 0; row < codes.size() / (places * channels); ++row)
                    for (std::size_t p = 0; p < places; ++p)
                        for (std::size_t c = 0; c < channels; ++c)
                            QCOMPARE(codes[(row * channels + c) * places + p], ours[(row * places + p) * channels + c]);
            } else {
                QCOMPARE(codes, ours);
            }
            const std::vector<float> scales = numbers<float>(constant(model, layer.name + ".weight.scale"));
            QCOMPARE(scales, layer.parameters.scale);
            QCOMPARE(numbers<std::int32_t>(constant(model, layer.name + ".bias.codes")), q.biasCodes(layer));
            const std::vector<float> biasScales = numbers<float>(constant(model, layer.name + ".bias.scale"));
            const float input = q.inputOf(layer.node).scale.front();
            for (std::size_t c = 0; c < scales.size(); ++c) QCOMPARE(biasScales[c], input * scales[c]);
        }
        for (int i = 0; i <= q.folded().output(); ++i) {
            if (q.activation(i).scale.empty()) continue;
            const std::string name = i == 0 ? "input" : q.folded().node(i).name;
            QCOMPARE(numbers<float>(constant(model, name + ".scale")), q.activation(i).scale);
            QCOMPARE(int(numbers<std::uint8_t>(constant(model, name + ".zero_point")).front()), q.activation(i).zeroPoint.front());
        }
        QCOMPARE(int(numbers<std::uint8_t>(constant(model, "relu1.zero_point")).front()), 0);
    }

    void fourBitsAreThoseOfTheRoundedNetwork_data() { everyNetworkIsWritten_data(); }
    void fourBitsAreThoseOfTheRoundedNetwork()
    {
        QFETCH(QString, model);
        const FourBitWeights network(::network(model.toStdString()));
        const std::string bytes = onnxBytes(network, {});
        QCOMPARE(joinedProblems(bytes), std::string());
        onnx::ModelProto file = parsed(bytes);
        QCOMPARE(file.opset_import(0).version(), std::int64_t{21});
        const std::map<std::string, Tensor> tensors = modelTensors(network.rounded);
        for (const auto& [name, layer] : network.layers) {
            const Tensor& weights = tensors.at(name);
            const std::string packed = constant(file, name + ".codes").raw_data();
            const std::vector<float> scales = numbers<float>(constant(file, name + ".scale"));
            const std::size_t rows = static_cast<std::size_t>(weights.shape()[0]), row = weights.size() / rows;
            const std::size_t run = weights.shape().size() == 2 ? 32 : row, blocks = (row + run - 1) / run;
            QCOMPARE(scales.size(), rows * blocks);
            for (std::size_t i = 0; i < weights.size(); ++i) {
                const int nibble = packed[i / 2] >> (i % 2 * 4) & 0xF, code = nibble < 8 ? nibble : nibble - 16;
                QCOMPARE(static_cast<float>(code) * scales[i / row * blocks + i % row / run], weights[i]);
            }
        }
    }

    void whatIsReadBackIsWhatWasMeasured_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("how");
        for (const char* model : {"mlp-32-16", "cnn-4-8", "dwcnn", "resnet-8"})
            for (const char* how : {"float", "int8", "few bits", "weights", "TensorRT", "four bits"})
                QTest::newRow(qPrintable(QStringLiteral("%1, %2").arg(model, how))) << QString(model) << QString(how);
    }
    void whatIsReadBackIsWhatWasMeasured()
    {
        QFETCH(QString, model);
        QFETCH(QString, how);
        ThreadPool pool(2);
        Graph graph = network(model.toStdString());
        std::vector<std::uint32_t> rows(40);
        std::iota(rows.begin(), rows.end(), 0u);
        const auto check = [&](const std::string& bytes, Pass& pass, bool exact) {
            const Logits logits = evaluate(pass, digits(), digits().test, digits().test.count());
            const foreign::Network file = foreign::readOnnxBytes(bytes, "x.onnx");
            const ReadBack back = readBack(file, digits(), digits().test, rows, logits, pool);
            const float size = std::abs(*std::ranges::max_element(logits.values, {}, [](float v) { return std::abs(v); }));
            QCOMPARE(back.samples, rows.size());
            QVERIFY2(back.largest < static_cast<double>(size) * (exact ? 1e-5 : 0.05), std::to_string(back.largest).c_str());
            QVERIFY2(back.equal + (exact ? 0 : 2) >= rows.size(), std::to_string(back.equal).c_str());
        };
        if (how == "float") {
            Pass pass(graph, 40, Pass::Mode::Inference, pool);
            return check(onnxBytes(graph, {}), pass, true);
        }
        if (how == "four bits") {
            FourBitWeights weights(graph);
            Pass pass(weights.rounded, 40, Pass::Mode::Inference, pool);
            return check(onnxBytes(weights, {}), pass, true);
        }
        const bool isForTensorRt = how == "TensorRT";
        QuantizationOptions options = how == "weights" ? perChannel(8, 0) : how == "few bits" ? perChannel(4, 5) : perChannel();
        if (isForTensorRt) options.activationScheme = Scheme::Symmetric;
        QuantizedNetwork q = quantized(graph, options, pool);
        check(onnxBytes(q, isForTensorRt ? ExportTarget::TensorRt : ExportTarget::Any, {}), q.pass(), how == "weights");
    }

    void otherWeightsAreNoticedWhenReadBack()
    {
        ThreadPool pool(2);
        Graph graph = network("cnn-4-8"), other = graph;
        other.initialize(2);
        Pass pass(graph, 40, Pass::Mode::Inference, pool);
        const Logits logits = evaluate(pass, digits(), digits().test, digits().test.count());
        std::vector<std::uint32_t> rows(40);
        std::iota(rows.begin(), rows.end(), 0u);
        const ReadBack back = readBack(foreign::readOnnxBytes(onnxBytes(other, {}), "x.onnx"), digits(), digits().test, rows, logits, pool);
        QVERIFY(back.equal < back.samples);
        QVERIFY(back.largest > 1e-3);
    }

    void theSameNetworkGivesTheSameBytes()
    {
        ThreadPool one(1), two(2);
        const Graph graph = network("resnet-8");
        QCOMPARE(onnxBytes(quantized(graph, perChannel(), one), ExportTarget::Any, {{"k", "v"}}),
            onnxBytes(quantized(graph, perChannel(), two), ExportTarget::Any, {{"k", "v"}}));
    }

    void whatQdqCannotSayIsRefused_data()
    {
        QTest::addColumn<int>("weightBits");
        QTest::addColumn<bool>("groups");
        QTest::addColumn<bool>("tensorRt");
        QTest::addColumn<QString>("why");
        QTest::newRow("activations alone") << 0 << false << false << "its weights are not";
        QTest::newRow("groups") << 8 << true << false << "within a channel";
        QTest::newRow("zero points for TensorRT") << 8 << false << true << "zero point 0 alone";
    }
    void whatQdqCannotSayIsRefused()
    {
        QFETCH(int, weightBits);
        QFETCH(bool, groups);
        QFETCH(bool, tensorRt);
        QFETCH(QString, why);
        ThreadPool pool(2);
        QuantizationOptions options = perChannel(weightBits);
        if (groups) options.granularity = {.kind = Granularity::Kind::PerGroup, .group = 4};
        const QuantizedNetwork q = quantized(network("mlp-32-16"), options, pool);
        const std::string said = messageOf([&] { onnxBytes(q, tensorRt ? ExportTarget::TensorRt : ExportTarget::Any, {}); });
        QVERIFY2(contains(said, why.toStdString()), said.c_str());
    }

    void faultsAreFound_data()
    {
        QTest::addColumn<Spoil>("spoil");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const char* said, Spoil spoil) { QTest::newRow(name) << spoil << QString(said); };
        row("order", "which nothing before it makes",
            [](onnx::ModelProto& m) { m.mutable_graph()->mutable_node()->SwapElements(0, m.graph().node_size() - 1); });
        row("made twice", "is there twice", [](onnx::ModelProto& m) { *m.mutable_graph()->add_node() = node(m, "conv1"); });
        row("unread", "nothing reads", [](onnx::ModelProto& m) {
            *m.mutable_graph()->add_initializer() = [&] {
                onnx::TensorProto t = constant(m, "input.scale");
                t.set_name("spare");
                return t;
            }();
        });
        row("operator", "do not hold this operator", [](onnx::ModelProto& m) { node(m, "relu1").set_op_type("GridSample"); });
        row("domain", "do not hold this operator", [](onnx::ModelProto& m) { node(m, "relu1").set_domain("com.example"); });
        row("old opset", "needs opset 13", [](onnx::ModelProto& m) { m.mutable_opset_import(0)->set_version(12); });
        row("very old opset", "this operator needs opset", [](onnx::ModelProto& m) { m.mutable_opset_import(0)->set_version(9); });
        row("no opset", "no opset", [](onnx::ModelProto& m) { m.clear_opset_import(); });
        row("new IR", "IR version 9", [](onnx::ModelProto& m) { m.set_ir_version(9); });
        row("scale of 0", "not above 0", [](onnx::ModelProto& m) { constant(m, "input.scale").set_raw_data(std::string(4, '\0')); });
        row("scales' length", "its scales are [3]", [](onnx::ModelProto& m) {
            for (const char* name : {"conv1.weight.scale", "conv1.weight.zero_point"}) {
                onnx::TensorProto& t = constant(m, name);
                t.set_dims(0, 3);
                t.mutable_raw_data()->resize(t.raw_data().size() / 4 * 3);
            }
        });
        row("zero points' length", "its zero points are [3]", [](onnx::ModelProto& m) {
            constant(m, "conv1.weight.zero_point").set_dims(0, 3);
            constant(m, "conv1.weight.zero_point").mutable_raw_data()->resize(3);
        });
        row("zero point's type", "another type than its codes",
            [](onnx::ModelProto& m) { constant(m, "conv1.weight.zero_point").set_data_type(onnx::TensorProto::UINT8); });
        row("no zero point", "has no zero point", [](onnx::ModelProto& m) { node(m, "conv1.weight").mutable_input()->RemoveLast(); });
        row("bias scale", "not the input's times the weights'", [](onnx::ModelProto& m) {
            std::string& bytes = *constant(m, "conv1.bias.scale").mutable_raw_data();
            bytes[0] = static_cast<char>(bytes[0] ^ 1); // the smallest step there is
        });
        row("bias of bytes", "not int32", [](onnx::ModelProto& m) {
            onnx::TensorProto& t = constant(m, "conv1.bias.codes");
            t.set_data_type(onnx::TensorProto::INT8);
            t.mutable_raw_data()->resize(4);
            onnx::TensorProto z = t;
            z.set_name("z");
            *m.mutable_graph()->add_initializer() = z;
            node(m, "conv1.bias").add_input("z");
        });
        row("float weights", "but its weights are not", [](onnx::ModelProto& m) {
            onnx::TensorProto t = constant(m, "conv1.weight.codes");
            t.set_name("w");
            t.set_data_type(onnx::TensorProto::FLOAT);
            t.set_raw_data(std::string(t.raw_data().size() * 4, '\0'));
            *m.mutable_graph()->add_initializer() = t;
            node(m, "conv1").set_input(1, "w");
        });
        row("chained pairs", "rounded just before", [](onnx::ModelProto& m) { node(m, "pool1.codes").set_input(0, "relu1.rounded"); });
        row("nibbles", "4 bits need opset 21", [](onnx::ModelProto& m) {
            for (const char* name : {"conv1.weight.codes", "conv1.weight.zero_point"}) {
                onnx::TensorProto& t = constant(m, name);
                t.set_data_type(22);
                t.mutable_raw_data()->resize(t.raw_data().size() / 2);
            }
        });
        row("bytes", "as many values as its shape",
            [](onnx::ModelProto& m) { constant(m, "conv1.weight.codes").mutable_raw_data()->pop_back(); });
        row("type", "is no float32", [](onnx::ModelProto& m) {
            constant(m, "input.scale").set_data_type(onnx::TensorProto::DOUBLE);
            constant(m, "input.scale").set_raw_data(std::string(8, '\1'));
        });
        row("attribute", "its attribute group is 3", [](onnx::ModelProto& m) { node(m, "conv1").mutable_attribute(3)->set_i(3); });
        row("kernel", "kernel_shape", [](onnx::ModelProto& m) { node(m, "conv1").mutable_attribute(0)->set_ints(0, 5); });
        row("transposed", "do not fit", [](onnx::ModelProto& m) { node(m, "dense1").clear_attribute(); });
        row("weights' shape", "do not fit", [](onnx::ModelProto& m) {
            constant(m, "dense1.weight.codes").set_dims(1, 196);
            constant(m, "dense1.weight.codes").set_dims(0, 256);
            for (const char* name : {"dense1.weight.scale", "dense1.weight.zero_point"}) {
                onnx::TensorProto& t = constant(m, name);
                t.set_dims(0, 256);
                t.set_raw_data(t.raw_data() + t.raw_data());
            }
        });
        row("output's shape", "not what it is said to be", [](onnx::ModelProto& m) {
            m.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_value(9);
        });
        row("attribute's name", "has no attribute block_size in opset 13",
            [](onnx::ModelProto& m) { node(m, "conv1.weight").mutable_attribute(0)->set_name("block_size"); });
        row("no output", "nothing makes it", [](onnx::ModelProto& m) { m.mutable_graph()->mutable_output(0)->set_name("other"); });
    }
    void faultsAreFound()
    {
        QFETCH(Spoil, spoil);
        QFETCH(QString, said);
        ThreadPool pool(2);
        static const std::string bytes = onnxBytes(quantized(network("cnn-4-8"), perChannel(), pool), ExportTarget::Any, {});
        onnx::ModelProto model = parsed(bytes);
        QCOMPARE(joinedProblems(bytes), std::string());
        spoil(model);
        const std::string problems = joinedProblems(model.SerializeAsString());
        QVERIFY2(contains(problems, said.toStdString()), problems.c_str());
        Folder folder;
        QVERIFY(contains(messageOf([&] { writeOnnx(folder.path("x.onnx"), model.SerializeAsString()); }), "nothing was written"));
        QVERIFY(!std::filesystem::exists(folder.path("x.onnx")));
    }

    void bytesThatAreNoFile() { QVERIFY(contains(joinedProblems("nonsense"), "no ONNX file")); }
};

QTEST_GUILESS_MAIN(TestExport)
#include "tst_export.moc"
