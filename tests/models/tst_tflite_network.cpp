// A TFLite network as ONNX's operators computes what it computes as it is: small files that the test makes, and real ones where they are at
// hand (references.h).

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/models/export/network_onnx.h"
#include "engine/models/onnx/read.h"
#include "engine/models/open.h"
#include "engine/models/run.h"
#include "engine/models/tflite/network_builder.h"
#include "engine/models/tflite/run.h"
#include "engine/models/tflite/to_network.h"
#include "engine/models/understand.h"
#include "tests/support/files.h"
#include "tests/support/references.h"
#include "tests/support/tflite_file.h"

#include <QtTest>
#include <algorithm>

using namespace bitstill;
using namespace tflite_file;
using foreign::Network;
using Options = tflite::OperatorOptions;

namespace {

std::vector<float> noise(std::size_t count, const char* stream)
{
    Rng rng(7, stream);
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<float>(rng.normal()));
    return values;
}
std::vector<std::int8_t> codeNoise(std::size_t count, const char* stream)
{
    std::vector<std::int8_t> values;
    for (const float v : noise(count, stream)) values.push_back(static_cast<std::int8_t>(std::clamp(v * 50, -127.0f, 127.0f)));
    return values;
}
TfliteFile::Tensor noisy(const std::string& name, const Shape& shape) { return reals(name, shape, noise(elements(shape), name.c_str())); }
TfliteFile::Tensor noisyCodes(const std::string& name, const Shape& shape, float scale)
{
    return quantized(name, shape, scale, 0, codeNoise(elements(shape), name.c_str()));
}
TfliteFile::Tensor list(const std::string& name, const std::vector<std::int32_t>& values)
{
    return {name, "I32", {static_cast<int>(values.size())}, integers(values)};
}

NamedArrays noiseFor(const tflite::Model& model)
{
    NamedArrays inputs;
    for (const int id : model.inputs) {
        const tflite::TensorInfo& t = model.tensors[static_cast<std::size_t>(id)];
        const std::size_t n = elements(t.shape);
        inputs.emplace(t.name,
            t.type == "F32" ? Array{t.shape, noise(n, t.name.c_str())}
                            : Array{t.shape, RawValues{t.type, codes(codeNoise(n, t.name.c_str()))}});
    }
    return inputs;
}

long count(const Network& network, const std::string& op) { return std::ranges::count(network.nodes, op, &foreign::Node::op); }

/// The operator behind a pool of single places: pictures are NCHW by then.
TfliteFile behindPool(const std::string& name, Tensors tensors, const Options& options = {})
{
    TfliteFile file = oneOperator(name, std::move(tensors), options);
    TfliteFile::Tensor first = file.tensors[0];
    first.name = "first";
    const int added = static_cast<int>(file.tensors.size());
    file.tensors.push_back(first);
    std::ranges::replace(file.inputs, 0, added);
    file.operators.insert(file.operators.begin(), {"MAX_POOL_2D", {added}, {0}, {.stride = {1, 1}, .window = {1, 1}}});
    return file;
}

/// Two convolutions with a shortcut, and a dense layer on top.
TfliteFile residual()
{
    return {{reals("x", {1, 6, 6, 3}), noisy("w1", {4, 3, 3, 3}), noisy("b1", {4}), reals("c1", {1, 3, 3, 4}), noisy("w2", {1, 3, 3, 4}),
                noisy("b2", {4}), reals("c2", {1, 3, 3, 4}), reals("sum", {1, 3, 3, 4}), list("shape", {-1, 36}), reals("flat", {1, 36}),
                noisy("w3", {5, 36}), reals("logits", {1, 5}), reals("y", {1, 5})},
        {{"CONV_2D", {0, 1, 2}, {3}, {.activation = tflite::Activation::relu6, .same = true, .stride = {2, 2}}},
            {"DEPTHWISE_CONV_2D", {3, 4, 5}, {6}, {.same = true, .stride = {1, 1}}},
            {"ADD", {3, 6}, {7}, {.activation = tflite::Activation::relu}}, {"RESHAPE", {7, 8}, {9}},
            {"FULLY_CONNECTED", {9, 10, -1}, {11}}, {"SOFTMAX", {11}, {12}}},
        {0}, {12}};
}

} // namespace

Q_DECLARE_METATYPE(TfliteFile)

class TestTfliteNetwork : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (std::filesystem::exists(references::kFolder)) m_references.emplace(references::kFolder / "references.safetensors");
    }

    void operatorsComputeTheSame_data()
    {
        QTest::addColumn<TfliteFile>("file");
        const auto add = [](const char* name, const TfliteFile& file) { QTest::newRow(name) << file; };
        const auto x = reals("x", {1, 4, 5, 3}), y = reals("y", {1, 4, 5, 3});
        const auto q = quantized("x", {1, 4, 5, 3}, 0.05f, 3), r = quantized("y", {1, 4, 5, 3}, 0.07f, -4);
        add("conv",
            oneOperator(
                "CONV_2D", {x, noisy("w", {2, 2, 3, 3}), noisy("b", {2}), reals("y", {1, 2, 3, 2})}, {.same = true, .stride = {2, 2}}));
        add("dilated conv",
            oneOperator("CONV_2D", {x, noisy("w", {2, 2, 2, 3}), noisy("b", {2}), reals("y", {1, 2, 3, 2})},
                {.stride = {1, 1}, .dilation = {2, 2}}));
        add("grouped conv",
            oneOperator("CONV_2D", {reals("x", {1, 4, 4, 4}), noisy("w", {6, 3, 3, 2}), noisy("b", {6}), reals("y", {1, 4, 4, 6})},
                {.activation = tflite::Activation::reluN1To1, .same = true, .stride = {1, 1}}));
        add("depthwise conv",
            oneOperator("DEPTHWISE_CONV_2D", {x, noisy("w", {1, 3, 3, 6}), noisy("b", {6}), reals("y", {1, 4, 5, 6})},
                {.same = true, .stride = {1, 1}}));
        add("computed weights",
            oneOperator("CONV_2D", {x, reals("w", {2, 3, 3, 3}), noisy("b", {2}), reals("y", {1, 2, 3, 2})}, {.stride = {1, 1}}));
        add("hybrid conv",
            oneOperator(
                "CONV_2D", {x, noisyCodes("w", {2, 3, 3, 3}, 0.02f), noisy("b", {2}), reals("y", {1, 2, 3, 2})}, {.stride = {1, 1}}));
        add("dense", behindPool("FULLY_CONNECTED", {x, noisy("w", {7, 60}), noisy("b", {7}), reals("y", {1, 7})}));
        add("dense by rows",
            behindPool("FULLY_CONNECTED", {x, noisy("w", {7, 3}), noisy("b", {7}), reals("y", {1, 4, 5, 7})}, {.keepDimensions = true}));
        add("average pool",
            oneOperator("AVERAGE_POOL_2D", {x, reals("y", {1, 2, 3, 3})}, {.same = true, .stride = {2, 2}, .window = {3, 3}}));
        add("max pool",
            oneOperator("MAX_POOL_2D", {x, reals("y", {1, 2, 2, 3})},
                {.activation = tflite::Activation::relu, .stride = {2, 2}, .window = {2, 3}}));
        add("mean", behindPool("MEAN", {x, list("a", {1, 2}), reals("y", {1, 3})}));
        add("mean, kept", behindPool("MEAN", {x, list("a", {-3, -2}), reals("y", {1, 1, 1, 3})}, {.keepDimensions = true}));
        add("mean of rows", behindPool("MEAN", {x, list("a", {1}), reals("y", {1, 5, 3})}));
        add("mean of channels", behindPool("MEAN", {x, list("a", {3}), reals("y", {1, 4, 5})}));
        for (const char* op : {"ADD", "SUB", "MUL"}) {
            add(op, behindPool(op, {x, noisy("b", {3}), y}));
            add((std::string(op) + " rows").c_str(), behindPool(op, {x, noisy("b", {4, 1, 3}), y}));
            add((std::string(op) + " pictures").c_str(), behindPool(op, {x, noisy("b", {1, 4, 5, 1}), y}));
            add((std::string(op) + " input").c_str(), behindPool(op, {x, reals("b", {5, 3}), y}));
            add((std::string(op) + " codes").c_str(), behindPool(op, {q, quantized("b", {1, 1, 1, 3}, 0.03f, 1), r}));
        }
        for (const char* op : {"RELU", "RELU6", "RELU_N1_TO_1", "LOGISTIC", "SOFTMAX"}) add(op, behindPool(op, {x, y}));
        add("softmax, beta", oneOperator("SOFTMAX", {x, y}, {.beta = 0.5f}));
        add("relu codes", behindPool("RELU6", {q, r}));
        add("softmax codes", behindPool("SOFTMAX", {q, quantized("y", {1, 4, 5, 3}, 1.0f / 256, -128)}));
        add("reshape", behindPool("RESHAPE", {x, list("s", {1, 60}), reals("y", {1, 60})}));
        add("reshape to one channel", oneOperator("RESHAPE", {reals("x", {1, 20}), list("s", {1, 4, 5, 1}), reals("y", {1, 4, 5, 1})}));
        add("squeeze", behindPool("SQUEEZE", {reals("x", {1, 1, 1, 3}), reals("y", {1, 3})}));
        add("expand", oneOperator("EXPAND_DIMS", {reals("x", {1, 4, 5}), list("a", {-1}), reals("y", {1, 4, 5, 1})}));
        add("pad", behindPool("PAD", {x, list("p", {0, 0, 1, 0, 2, 3, 0, 1}), reals("y", {1, 5, 10, 4})}));
        add("pad codes", behindPool("PAD", {q, list("p", {0, 0, 1, 0, 2, 3, 0, 1}), quantized("y", {1, 5, 10, 4}, 0.05f, 3)}));
        add("concatenation", behindPool("CONCATENATION", {x, noisy("b", {1, 4, 5, 2}), reals("y", {1, 4, 5, 5})}, {.axis = -1}));
        add("concatenation of rows", behindPool("CONCATENATION", {x, noisy("b", {1, 2, 5, 3}), reals("y", {1, 6, 5, 3})}, {.axis = 1}));
        add("transpose", behindPool("TRANSPOSE", {x, list("p", {0, 2, 1, 3}), reals("y", {1, 5, 4, 3})}));
        add("transpose to NCHW", behindPool("TRANSPOSE", {x, list("p", {0, 3, 1, 2}), reals("y", {1, 3, 4, 5})}));
        add("quantize", behindPool("QUANTIZE", {x, r}));
        add("dequantize", behindPool("DEQUANTIZE", {q, y}));
        add("average of codes",
            oneOperator("AVERAGE_POOL_2D", {q, quantized("y", {1, 3, 4, 3}, 0.05f, 3)},
                {.activation = tflite::Activation::relu, .stride = {1, 1}, .window = {2, 2}}));
        add("max of codes", oneOperator("MAX_POOL_2D", {q, quantized("y", {1, 3, 4, 3}, 0.05f, 3)}, {.stride = {1, 1}, .window = {2, 2}}));
        add("mean of codes",
            behindPool("MEAN", {quantized("x", {1, 4, 4, 3}, 0.05f, 3), list("a", {1, 2}), quantized("y", {1, 3}, 0.05f, 3)}));
        TfliteFile::Tensor bias{"b", "I32", {2}, integers({400, -300}), {0.001f}, {0}};
        add("conv of codes",
            oneOperator("CONV_2D", {q, noisyCodes("w", {2, 3, 3, 3}, 0.02f), bias, quantized("y", {1, 2, 3, 2}, 0.1f, -20)},
                {.activation = tflite::Activation::relu, .stride = {1, 1}}));
        add("residual", residual());
    }
    void operatorsComputeTheSame()
    {
        QFETCH(TfliteFile, file);
        const tflite::Model model = file.model();
        const NamedArrays inputs = noiseFor(model);
        const Network network = tflite::toNetwork(model);
        QVERIFY2(foreign::reachOf(network).kind == foreign::Reach::Kind::Whole, foreign::reachOf(network).why.english().c_str());
        const NamedArrays wanted = tflite::run(model, inputs), got = foreign::run(network, inputs);
        QCOMPARE(got.size(), wanted.size());
        for (const auto& [name, array] : wanted) {
            QCOMPARE(got.at(name).shape, array.shape);
            QCOMPARE(got.at(name).type(), array.type());
            if (array.isFloat())
                QVERIFY(references::distance(got.at(name), array) < 1e-6);
            else
                QCOMPARE(QByteArray::fromStdString(bytesOf(got.at(name))).toHex(), QByteArray::fromStdString(bytesOf(array)).toHex());
        }
    }

    void picturesAreTurnedOnceAtTheInputAndOnceBeforeTheDenseLayer()
    {
        const Network network = tflite::toNetwork(residual().model());
        QCOMPARE(count(network, "Transpose"), 2L);
        QCOMPARE(network.nodes.front().op, std::string("Transpose"));
        for (const auto& [op, name] : {std::pair{"Conv", "c1"}, {"Conv", "c2"}, {"Add", "sum"}, {"Gemm", "logits"}, {"Softmax", "y"}})
            QCOMPARE(std::ranges::count_if(network.nodes, [&](const foreign::Node& n) { return n.op == op && n.name == name; }), 1);
        for (const auto& [name, shape] : std::map<std::string, Shape>{{"x", {1, 6, 6, 3}}, {"w1", {4, 3, 3, 3}}, {"w2", {4, 1, 3, 3}},
                 {"c1", {1, 4, 3, 3}}, {"sum", {1, 4, 3, 3}}, {"y", {1, 5}}})
            QCOMPARE(network.values[static_cast<std::size_t>(network.find(name))].shape, shape);
        QVERIFY(network.constants.contains(network.find("w2")));
        QVERIFY(network.constants.at(network.find("w1")).type() == "F32");
    }

    /// A converter's joined names would be all that one sees of a network, and half of an exported file.
    void aLayerIsCalledByItsOwnName()
    {
        TfliteFile file = residual();
        file.tensors[0].name = "x;whole";
        file.tensors[3].name =
            "m/act/Relu;m/norm/Fused;m/conv/BiasAdd/ReadVariableOp/resource;m/conv/BiasAdd;m/conv_2/Conv2D;m/conv/Conv2D1";
        file.tensors[6].name = "m/act_1/Relu;m/conv/BiasAdd;m/conv/other";
        file.tensors[7].name = "m/act_2/Relu;m/add/add";
        file.tensors[9].name = "m/conv";
        file.tensors[12].name = "y;whole";
        const Network network = tflite::toNetwork(file.model());
        for (const auto& [op, name] :
            {std::pair{"Conv", "m/conv 2"}, {"Conv", "m/conv 3"}, {"Add", "m/act_2/Relu"}, {"Softmax", "y;whole"}})
            QVERIFY2(std::ranges::count_if(network.nodes, [&](const foreign::Node& n) { return n.op == op && n.name == name; }) == 1, name);
        NamedArrays renamed{{"x;whole", noiseFor(residual().model()).at("x")}};
        QVERIFY(bytesOf(foreign::run(network, renamed).at("y;whole"))
            == bytesOf(foreign::run(tflite::toNetwork(residual().model()), noiseFor(residual().model())).at("y")));
    }

    void itIsWrittenAsOnnxAndReadBack()
    {
        const TfliteFile coded = oneOperator("AVERAGE_POOL_2D",
            {quantized("x", {1, 4, 4, 3}, 0.05f, 3), quantized("y", {1, 3, 3, 3}, 0.05f, 3)}, {.stride = {1, 1}, .window = {2, 2}});
        for (const TfliteFile& file : {residual(), coded}) {
            const Network network = tflite::toNetwork(file.model());
            const Network read = foreign::readOnnxBytes(foreign::onnxBytes(network, {}), "written.onnx");
            const NamedArrays inputs = noiseFor(file.model());
            QVERIFY(bytesOf(foreign::run(read, inputs).at("y")) == bytesOf(foreign::run(network, inputs).at("y")));
        }
    }

    void weightsStayCodesInTheFile()
    {
        const TfliteFile::Tensor kernels{"w", "I8", {1, 3, 3, 2}, codes(codeNoise(18, "w")), {0.01f, 0.02f}, {0, 0}, 3};
        const TfliteFile file = oneOperator("DEPTHWISE_CONV_2D",
            {quantized("x", {1, 4, 4, 2}, 0.05f, 3), kernels, quantized("y", {1, 2, 2, 2}, 0.05f, 3)}, {.stride = {1, 1}});
        const Network network = tflite::toNetwork(file.model());
        const std::string written = foreign::onnxBytes(network, {});
        const Network read = foreign::readOnnxBytes(written, "written.onnx");
        QCOMPARE(read.codes.size(), std::size_t{1});
        const foreign::Codes& kept = read.codes.begin()->second;
        QCOMPARE(kept.inputs[0].type(), std::string("I8"));
        QCOMPARE(kept.inputs[0].shape, (Shape{2, 1, 3, 3}));
        QCOMPARE(std::get<std::int64_t>(kept.attributes.at("axis")), std::int64_t{0});
        QVERIFY(
            bytesOf(foreign::run(read, noiseFor(file.model())).at("y")) == bytesOf(foreign::run(network, noiseFor(file.model())).at("y")));
    }

    void aFreeBatchStaysFree()
    {
        TfliteFile file = residual();
        file.tensors[0].freeBatch = true;
        const Network network = tflite::toNetwork(file.model());
        QCOMPARE(network.values[static_cast<std::size_t>(network.inputs[0])].shape[0], -1);
        QCOMPARE(network.values[static_cast<std::size_t>(network.outputs[0])].shape, (Shape{-1, 5}));
        const NamedArrays inputs{{"x", {{20, 6, 6, 3}, noise(20 * 108, "x")}}};
        QVERIFY(references::distance(foreign::run(network, inputs).at("y"), tflite::run(file.model(), inputs).at("y")) < 1e-6);
    }

    void whatIsNotComputedStaysANode()
    {
        TfliteFile file = residual();
        file.operators[2].name = "HARD_SWISH";
        const Network network = tflite::toNetwork(file.model());
        const foreign::Reach reach = foreign::reachOf(network);
        QVERIFY(reach.kind == foreign::Reach::Kind::UpToNode);
        QCOMPARE(network.nodes[static_cast<std::size_t>(reach.node)].name, std::string("sum"));
        QCOMPARE(network.nodes[static_cast<std::size_t>(reach.node)].domain, std::string("TFLite"));
        QCOMPARE(count(network, "Gemm"), 1L); // what comes behind it is still told
    }

    void aShapeThatIsComputedIsNotNeeded()
    {
        TfliteFile file = residual();
        file.tensors[8].bytes.clear();
        file.operators.insert(file.operators.begin(), {"SHAPE", {0}, {8}});
        const Network network = tflite::toNetwork(file.model());
        QVERIFY(foreign::reachOf(network).kind == foreign::Reach::Kind::Whole);
        const NamedArrays inputs = noiseFor(file.model());
        const Array wanted = tflite::run(residual().model(), inputs).at("y");
        QVERIFY(references::distance(foreign::run(network, inputs).at("y"), wanted) < 1e-6);
        QVERIFY(tflite::extentOf(file.model()).reason.empty());
        QVERIFY(references::distance(tflite::run(file.model(), inputs).at("y"), wanted) < 1e-6);
    }

    void aTensorIsWrittenOnce()
    {
        TfliteFile file = residual();
        file.operators[1].outputs = {3};
        const std::string said = messageOf([&] { tflite::toNetwork(file.model()); });
        QVERIFY2(said.find("c1 would be written twice") != std::string::npos, said.c_str());
    }

    void aFileIsOpenedByItsContents()
    {
        const Folder folder;
        for (const char* name : {"model.tflite", "model.lite"})
            QCOMPARE(foreign::openNetwork(folder.write(name, residual().bytes())).format, std::string("TFLite 3, made by a test"));
    }

    void realFloatFilesAreNear_data() { references::addRows("(float|fp32).tflite"); }
    void realFloatFilesAreNear()
    {
        QFETCH(QString, file);
        const std::string hybrid = file.contains("kws_float") ? "_float64" : "";
        const Network network = foreign::openNetwork(references::kFolder / file.toStdString());
        QVERIFY2(count(network, "Transpose") <= 2, std::to_string(count(network, "Transpose")).c_str());
        for (const std::string kind : {"output", "logits"})
            for (const auto& [tensor, got, wanted] : results(network, file.toStdString(), kind, kind + hybrid)) {
                const double apart = references::distance(got, wanted);
                qInfo("%s %s: %.2g of the largest value", qPrintable(file), tensor.c_str(), apart);
                QVERIFY2(apart < 1e-5, tensor.c_str());
            }
    }

    void realCodesAreNear_data() { references::addRows("(int8|quantized).tflite"); }
    void realCodesAreNear()
    {
        QFETCH(QString, file);
        const Network network = foreign::openNetwork(references::kFolder / file.toStdString());
        QVERIFY(foreign::reachOf(network).kind == foreign::Reach::Kind::Whole);
        for (const std::string kind : {"output", "logits"})
            for (const auto& [tensor, got, wanted] : results(network, file.toStdString(), kind, kind)) {
                QCOMPARE(got.shape, wanted.shape);
                const std::string a = bytesOf(got), b = bytesOf(wanted);
                int other = 0, most = 0;
                for (std::size_t i = 0; i < b.size(); ++i) {
                    const int apart = std::abs(static_cast<signed char>(a[i]) - static_cast<signed char>(b[i]));
                    other += apart > 0;
                    most = std::max(most, apart);
                }
                qInfo("%s %s: %d of %zu codes differ, by at most %d", qPrintable(file), tensor.c_str(), other, b.size(), most);
                QVERIFY2(most <= 1 && other * 1000 <= static_cast<int>(b.size()) + 1000, tensor.c_str());
            }
    }

private:
    static std::string nameIn(const Network& network, const std::string& tensor)
    {
        return network.find(tensor) == foreign::kAbsent ? tflite::layerName(tensor) : tensor;
    }
    std::vector<references::Result> results(
        const Network& network, const std::string& file, const std::string& kept, const std::string& kind) const
    {
        NamedArrays inputs;
        for (const auto& [tensor, name] : references::tensorsOf(*m_references, file, "input"))
            inputs.emplace(tensor, m_references->read(name));
        std::vector<foreign::ValueId> wanted;
        for (const auto& [tensor, name] : references::tensorsOf(*m_references, file, kept))
            wanted.push_back(network.find(nameIn(network, tensor)));
        std::vector<references::Result> all;
        if (wanted.empty()) return all; // no softmax, no logits
        const NamedArrays outputs = foreign::run(network, inputs, wanted);
        for (const auto& [tensor, name] : references::tensorsOf(*m_references, file, kind))
            all.push_back({tensor, outputs.at(nameIn(network, tensor)), m_references->read(name)});
        return all;
    }

    std::optional<SafetensorsFile> m_references;
};

QTEST_GUILESS_MAIN(TestTfliteNetwork)
#include "tst_tflite_network.moc"
