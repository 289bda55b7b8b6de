// Real ONNX files beside this project against what ONNX Runtime computes for them, where that folder is.

#include "engine/io/arrays.h"
#include "engine/models/onnx/read.h"
#include "engine/models/run.h"
#include "engine/models/understand.h"
#include "tests/support/compare.h"

#include <QtTest>

using namespace bitstill;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = fs::path(BITSTILL_SOURCE) / "../shared/models";

NamedArrays references()
{
    static const NamedArrays all = readSafetensors(kFolder / "references.safetensors");
    return all;
}

/// FILE/KIND/TENSOR, of which the tensor's name may hold slashes too.
NamedArrays referencesOf(const std::string& file, const std::string& kind)
{
    NamedArrays found;
    const std::string front = file + "/" + kind + "/";
    for (const auto& [name, array] : references())
        if (name.starts_with(front)) found.emplace(name.substr(front.size()), array);
    return found;
}

/// Pictures are kept as bytes to save room.
Array asFloats(const Array& array)
{
    const auto* raw = std::get_if<RawValues>(&array.values);
    if (!raw) return array;
    std::vector<float> values;
    for (const char c : raw->bytes) values.push_back(static_cast<std::uint8_t>(c));
    return {array.shape, values};
}

/// Each sample alone, as the README of the folder says.
NamedArrays outputsOf(const foreign::Network& network, const NamedArrays& inputs, const NamedArrays& wanted)
{
    NamedArrays fed;
    for (const auto& [name, array] : inputs) fed.emplace(name, asFloats(array));
    std::vector<foreign::ValueId> ids;
    for (const auto& [name, array] : wanted) ids.push_back(network.find(name));
    return foreign::run(network, fed, ids);
}

} // namespace

class TestOnnxModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (!fs::exists(kFolder)) QSKIP("../shared/models is not there");
    }

    void floatModelsComeOutAsInOnnxRuntime_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* file : {"light_resnet50.onnx", "light_squeezenet.onnx", "ort_cnn_mnist_pytorch.onnx", "ort_mnist.onnx",
                 "qonnx_bsd300x3-espcn_subpixel_float_model.onnx", "st_mobilenetv2_05_128.onnx", "st_yamnet256.onnx", "tract_keras.onnx",
                 "tum_micro_kws_m_static_fp32.onnx", "ultraface_version-slim-320_without_postprocessing.onnx"})
            QTest::newRow(file) << QString::fromLatin1(file);
    }
    void floatModelsComeOutAsInOnnxRuntime()
    {
        QFETCH(QString, file);
        const std::string name = file.toStdString();
        const foreign::Network network = foreign::readOnnx(kFolder / name);
        int compared = 0;
        for (const char* kind : {"logits", "output"}) {
            const NamedArrays expected = referencesOf(name, kind);
            if (expected.empty()) continue;
            const NamedArrays outputs = outputsOf(network, referencesOf(name, "input"), expected);
            for (const auto& [tensor, array] : expected) {
                const Array& ours = outputs.at(tensor);
                QCOMPARE(ours.size(), array.size());
                const double error = relativeError(ours.toTensor(tensor), array.toTensor(tensor));
                QVERIFY2(error <= 1e-5, (std::string(kind) + " " + tensor + " is " + std::to_string(error) + " away").c_str());
                ++compared;
            }
        }
        QVERIFY(compared > 0);
    }

    /// Q of a value half-way between two codes goes one way or the other with the last bit of a float sum, and further layers carry that
    /// on.
    void qdqFilesComeOutButForTies_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<double>("away"); // at most: a step of the output's codes, or two under an Add
        QTest::addColumn<double>("differing"); // share of the values, at most
        QTest::newRow("u8u8") << "ort_conv_qdq_u8u8.onnx" << 1.635 << 0.001;
        QTest::newRow("s8s8") << "ort_conv_qdq_s8s8.onnx" << 1.635 << 0.001;
        QTest::newRow("per channel") << "ort_conv_qdq_s8s8_perchannel.onnx" << 1.635 << 0.001;
        QTest::newRow("keyword spotting") << "tum_micro_kws_m_static_qdq.onnx" << 0.003922 << 0.2;
        QTest::newRow("several consumers") << "ort_qdq_with_multi_consumer_dq_nodes.onnx" << 0.709 << 0.005;
    }
    void qdqFilesComeOutButForTies()
    {
        QFETCH(QString, file);
        QFETCH(double, away);
        QFETCH(double, differing);
        const std::string name = file.toStdString();
        const foreign::Network network = foreign::readOnnx(kFolder / name);
        const NamedArrays expected = referencesOf(name, "output"), outputs = outputsOf(network, referencesOf(name, "input"), expected);
        QVERIFY(!expected.empty());
        for (const auto& [tensor, array] : expected) {
            const Tensor ours = outputs.at(tensor).toTensor(tensor), theirs = array.toTensor(tensor);
            QCOMPARE(ours.size(), theirs.size());
            std::size_t other = 0;
            double most = 0;
            const float largest =
                std::abs(*std::max_element(theirs.begin(), theirs.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
            for (std::size_t i = 0; i < ours.size(); ++i) {
                const float apart = std::abs(ours[i] - theirs[i]);
                other += apart > 1e-5f * largest;
                most = std::max(most, static_cast<double>(apart));
            }
            qInfo("%s: %zu of %zu values differ, by %g at most", tensor.c_str(), other, ours.size(), most);
            QVERIFY(static_cast<double>(other) <= differing * static_cast<double>(ours.size()));
            QVERIFY(most <= away);
        }
    }

    void whatDoesNotRunSaysWhichNode()
    {
        const foreign::Network network = foreign::readOnnx(kFolder / "tum_micro_kws_m_static_qoperator.onnx");
        const foreign::Reach reach = foreign::reachOf(network);
        QCOMPARE(static_cast<int>(reach.kind), static_cast<int>(foreign::Reach::Kind::UpToNode));
        QCOMPARE(reach.why.english(), std::string("operator QLinearConv is not computed here"));
    }

    void costsAreThoseOfTheNetwork()
    {
        const foreign::Network network = foreign::readOnnx(kFolder / "st_mobilenetv2_05_128.onnx");
        std::int64_t parameters = 0, products = 0;
        for (const foreign::Cost& cost : foreign::costsOf(network)) {
            parameters += cost.parameters;
            products += cost.products;
        }
        QCOMPARE(parameters, 182274); // 182,276 with the limits of Clip
        QCOMPARE(products, 18153504);
    }
};

QTEST_GUILESS_MAIN(TestOnnxModels)
#include "tst_onnx_models.moc"
