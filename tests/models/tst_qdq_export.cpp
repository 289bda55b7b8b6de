// Quantized networks from elsewhere as ONNX files: codes and scales are where runtimes look for them, and the file computes the same.

#include "engine/core/thread_pool.h"
#include "engine/models/export/network_onnx.h"
#include "engine/models/export/qdq_network.h"
#include "engine/models/onnx/read.h"
#include "engine/models/run.h"
#include "tests/support/files.h"
#include "tests/support/foreign_classifier.h"
#include "tests/support/onnx_model.h"

#include <QtTest>

using namespace bitstill;
using namespace bitstill::foreign;

namespace {

ThreadPool& pool()
{
    static ThreadPool p(2);
    return p;
}

const Quantizer& quantizer()
{
    static const Quantizer q(classifier(), inputs(32), "min-max", pool());
    return q;
}

/// Rounded as files say it.
Quantized quantized(QuantizationOptions options)
{
    options.profile = Profile::Onnx;
    return quantizer().quantize(options);
}

std::string bytesFor(const Quantized& q, ExportTarget target = ExportTarget::Any, bool packsFourBits = false)
{
    return onnxBytes(qdqNetwork(q, target, packsFourBits), {});
}

onnx::ModelProto parsed(const std::string& bytes)
{
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes)) qFatal("no ONNX file");
    return model;
}

const onnx::TensorProto& constant(const onnx::ModelProto& model, const std::string& end)
{
    for (const onnx::TensorProto& t : model.graph().initializer())
        if (t.name().ends_with(end)) return t;
    qFatal("no constant %s", end.c_str());
}

const onnx::NodeProto* makerOf(const onnx::ModelProto& model, const std::string& value)
{
    for (const onnx::NodeProto& n : model.graph().node())
        if (n.output(0) == value) return &n;
    return nullptr;
}

int count(const onnx::ModelProto& model, const std::string& op)
{
    return static_cast<int>(std::ranges::count(model.graph().node(), op, &onnx::NodeProto::op_type));
}

constexpr Granularity kPerChannel{.kind = Granularity::Kind::PerChannel};

} // namespace

class TestQdqExport : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFileComputesTheSame_data()
    {
        QTest::addColumn<QuantizationOptions>("options");
        QTest::addColumn<int>("target");
        QTest::addColumn<bool>("packs");
        QTest::addColumn<int>("opset");
        const auto row = [](const char* name, const QuantizationOptions& o, ExportTarget target = ExportTarget::Any, bool packs = false,
                             int opset = 13) { QTest::newRow(name) << o << static_cast<int>(target) << packs << opset; };
        const QuantizationOptions symmetric{.granularity = kPerChannel, .activationScheme = Scheme::Symmetric};
        row("8 bits by tensor", {});
        row("8 bits by channel", {.granularity = kPerChannel});
        row("zero points of weights", {.weightScheme = Scheme::Affine});
        row("unsigned weights", {.weightScheme = Scheme::AffineUnsigned, .granularity = kPerChannel});
        row("few bits", {.weightBits = 3, .granularity = kPerChannel, .activationBits = 5});
        row("few signed bits", {.activationBits = 4, .activationScheme = Scheme::Symmetric});
        row("4 bits in bytes", {.weightBits = 4});
        row("4 bits packed", {.weightBits = 4, .granularity = kPerChannel}, ExportTarget::Any, true, 21);
        row("4 unsigned bits packed", {.weightBits = 4, .weightScheme = Scheme::AffineUnsigned}, ExportTarget::Any, true, 21);
        row("float activations", {.granularity = kPerChannel, .activationBits = 0});
        row("weights alone by tensor", {.activationBits = 0});
        row("weights alone, packed", {.weightBits = 4, .granularity = kPerChannel, .activationBits = 0}, ExportTarget::Any, true, 21);
        row("groups", {.granularity = {.kind = Granularity::Kind::PerGroup, .group = 1}}, ExportTarget::Any, false, 21);
        row("TensorRT", symmetric, ExportTarget::TensorRt);
    }
    void theFileComputesTheSame()
    {
        QFETCH(QuantizationOptions, options);
        QFETCH(int, target);
        QFETCH(bool, packs);
        QFETCH(int, opset);
        const Quantized q = quantized(options);
        const std::string bytes = bytesFor(q, static_cast<ExportTarget>(target), packs);
        for (const Text& problem : problemsOf(bytes)) QFAIL(problem.english().c_str());
        QCOMPARE(static_cast<int>(parsed(bytes).opset_import(0).version()), opset);
        const NamedArrays in = inputs(20), expected = run(q.network, in), found = run(readOnnxBytes(bytes, "q.onnx"), in);
        QCOMPARE(found.size(), expected.size());
        QCOMPARE(std::get<std::vector<float>>(found.at("y").values), std::get<std::vector<float>>(expected.at("y").values));
    }

    void mixedBitsAndFormats()
    {
        const std::string first = quantizer().layers()[0].name;
        const Quantized mixed = quantized({.weightBits = 8, .layers = {{first, {.weight = 0, .activation = 8}}}});
        const Quantized halves = quantized({.weightFormat = &numberFormat("fp16")});
        for (const Quantized* q : {&mixed, &halves}) {
            const std::string bytes = bytesFor(*q);
            for (const Text& problem : problemsOf(bytes, FileRules::Valid)) QFAIL(problem.english().c_str());
            const NamedArrays expected = run(q->network, inputs(9)), found = run(readOnnxBytes(bytes, "q.onnx"), inputs(9));
            QCOMPARE(std::get<std::vector<float>>(found.at("y").values), std::get<std::vector<float>>(expected.at("y").values));
        }
        QVERIFY(contains(joined({problemsOf(bytesFor(mixed)).front().english()}), "its input is rounded but its weights are not"));
    }

    void layersReadDequantizedCodes()
    {
        const Quantized q = quantized({.granularity = kPerChannel});
        const onnx::ModelProto model = parsed(bytesFor(q));
        int layers = 0;
        for (const onnx::NodeProto& n : model.graph().node()) {
            if (n.op_type() != "Conv" && n.op_type() != "Gemm") continue;
            ++layers;
            for (const std::string& name : n.input()) {
                const onnx::NodeProto* maker = makerOf(model, name);
                QVERIFY2(maker && maker->op_type() == "DequantizeLinear", name.c_str());
            }
        }
        QCOMPARE(layers, 3);
        // x, r1, c2, s, a, and again behind MaxPool and Flatten
        QCOMPARE(count(model, "QuantizeLinear"), 7);
        QCOMPARE(count(model, "DequantizeLinear"), 7 + 3 + 3);
        QCOMPARE(constant(model, ".weight.codes").data_type(), int(onnx::TensorProto::INT8));
        QCOMPARE(constant(model, ".bias.codes").data_type(), int(onnx::TensorProto::INT32));
        QCOMPARE(constant(model, ".zero_point").data_type(), int(onnx::TensorProto::UINT8));
        for (const onnx::TensorProto& t : model.graph().initializer()) QVERIFY2(!t.name().ends_with(".rounded"), t.name().c_str());
        QCOMPARE(count(model, "Clip"), 0);
        QVERIFY(count(parsed(bytesFor(quantized({.activationBits = 6}))), "Clip") > 0);
    }

    void scalesOfChannelsLieOnTheLayersAxis()
    {
        const Quantized q = quantized({.granularity = kPerChannel});
        const onnx::ModelProto model = parsed(bytesFor(q));
        for (std::size_t i = 0; i < q.layers.size(); ++i) {
            const std::string& name = q.layers[i].name;
            QCOMPARE(static_cast<int>(constant(model, name + ".weight.scale").dims(0)),
                q.layers[i].before.shape()[static_cast<std::size_t>(q.weightLayers[i].axis)]);
            const onnx::NodeProto* maker = makerOf(model, q.network.values[static_cast<std::size_t>(q.weightLayers[i].weights)].name);
            QVERIFY(maker);
            QCOMPARE(static_cast<int>(maker->attribute(0).i()), q.weightLayers[i].axis);
        }
    }

    void denseWeightsAloneLieByOutput()
    {
        const Quantized q = quantized({.granularity = kPerChannel, .activationBits = 0});
        const onnx::ModelProto model = parsed(bytesFor(q));
        const std::string& name = q.layers[2].name;
        QCOMPARE(q.layers[2].before.shape(), (Shape{4, 5}));
        QCOMPARE(static_cast<int>(constant(model, name + ".weight.codes").dims(0)), 5);
        const std::string& codes = constant(model, name + ".weight.codes").raw_data();
        QCOMPARE(static_cast<std::int32_t>(static_cast<signed char>(codes[1])), q.layers[2].codes[5]);
        QCOMPARE(count(model, "MatMul"), 0);
    }

    void fourBitsAreHalfABytePerCode()
    {
        const Quantized q = quantized({.weightBits = 4});
        const onnx::ModelProto bytes = parsed(bytesFor(q)), packed = parsed(bytesFor(q, ExportTarget::Any, true));
        QCOMPARE(constant(bytes, ".weight.codes").raw_data().size(), std::size_t{108});
        QCOMPARE(constant(packed, ".weight.codes").raw_data().size(), std::size_t{54});
        QCOMPARE(constant(packed, ".weight.codes").data_type(), 22);
        QCOMPARE(constant(packed, ".weight.zero_point").data_type(), 22);
    }

    void biasesOfTensorRtAreFloat()
    {
        const Quantized q = quantized({.activationScheme = Scheme::Symmetric});
        const onnx::ModelProto model = parsed(bytesFor(q, ExportTarget::TensorRt));
        QCOMPARE(constant(model, ".bias.rounded").data_type(), int(onnx::TensorProto::FLOAT));
        for (const onnx::TensorProto& t : model.graph().initializer())
            QVERIFY2(t.data_type() != onnx::TensorProto::UINT8, t.name().c_str());
    }

    void whatPadsNeedNotBeACode()
    {
        for (const float value : {0.0f, 0.3f}) {
            OnnxModel m;
            m.input("x", {-1, 1, 4, 4}).integers("pads", {0, 0, 1, 1, 0, 0, 1, 1}).weights("v", {}, {value});
            m.weights("w", {1, 1, 3, 3}, numbers(9, 1)).node("Pad", {"x", "pads", "v"}, {"p"}).node("Conv", {"p", "w"}, {"y"}).output("y");
            const NamedArrays in = inputs(8, {1, 4, 4});
            const Quantized q = Quantizer(readOnnxBytes(m.bytes(), "m.onnx"), in, "min-max", pool()).quantize({.profile = Profile::Onnx});
            const std::string bytes = bytesFor(q);
            QCOMPARE(count(parsed(bytes), "QuantizeLinear"), value == 0 ? 2 : 1);
            QCOMPARE(bytesOf(run(readOnnxBytes(bytes, "q.onnx"), in).at("y")), bytesOf(run(q.network, in).at("y")));
        }
    }

    void operatorsOfOtherDomainsAreRefused()
    {
        OnnxModel m;
        m.input("x", {1, 2})
            .node("Scaler", {"x"}, {"y"})
            .with("scale", std::vector<std::int64_t>{1})
            .output("y")
            .last()
            .set_domain("ai.onnx.ml");
        const Quantizer q(readOnnxBytes(m.bytes(), "m.onnx"), {{"x", Array{{1, 2}, std::vector<float>{1, 2}}}}, "min-max", pool());
        const std::string said = messageOf([&] { bytesFor(q.quantize({})); });
        QVERIFY2(said.find("it cannot be written") != std::string::npos, said.c_str());
    }

    void whatCannotBeSaidIsRefused()
    {
        const auto refusal = [](const QuantizationOptions& o, ExportTarget target) {
            return messageOf([&] { bytesFor(quantized(o), target); });
        };
        QVERIFY(contains(refusal({.weightBits = 16}, ExportTarget::Any), "its weights have more than 8 bits"));
        QVERIFY(contains(refusal({.activationBits = 16}, ExportTarget::Any), "rounded to more than 8 bits"));
        QVERIFY(contains(refusal({}, ExportTarget::TensorRt), "TensorRT takes signed codes"));
        const QuantizationOptions shifted{.weightScheme = Scheme::Affine, .activationScheme = Scheme::Symmetric};
        QVERIFY(contains(refusal(shifted, ExportTarget::TensorRt), "TensorRT takes signed codes"));
    }
};

QTEST_GUILESS_MAIN(TestQdqExport)
#include "tst_qdq_export.moc"
