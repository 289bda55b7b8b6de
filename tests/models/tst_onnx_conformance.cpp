// ONNX's own operator tests, from Debian's libonnx-testdata: those made of operators that are computed here.

#include "engine/io/files.h"
#include "engine/models/export/network_onnx.h"
#include "engine/models/onnx/read.h"
#include "engine/models/onnx/tensors.h"
#include "engine/models/operators/operators.h"
#include "engine/models/run.h"
#include "tests/support/files.h"

#include <QtTest>
#include <cmath>
#include <onnx/onnx_pb.h>
#include <set>

using namespace bitstill;
namespace fs = std::filesystem;

namespace {

const fs::path kData = "/usr/share/libonnx-testdata/data";

/// The operators of the count that must come out: what most real networks are made of.
const std::set<std::string> kCounted{"Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Conv", "ConvTranspose",
    "DepthToSpace", "Div", "Exp", "Flatten", "Gather", "Gelu", "Gemm", "GlobalAveragePool", "HardSigmoid", "HardSwish",
    "LayerNormalization", "LeakyRelu", "Log", "LogSoftmax", "MatMul", "Max", "MaxPool", "Mul", "Pad", "Pow", "ReduceMax", "ReduceMean",
    "Relu", "Reshape", "Resize", "Sigmoid", "Slice", "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Transpose", "Unsqueeze"};
/// Others, each alone in its tests.
const std::set<std::string> kAlone{
    "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Celu", "Cosh", "GRU", "LSTM", "RNN", "Sign", "Sinh", "Tan", "ThresholdedRelu"};
/// What goes away before anything runs.
const std::set<std::string> kFolded{"Constant", "Dropout", "Identity"};

/// Tests that do not come out, and why.
const std::map<std::string, const char*> kKnown{
    {"test_batchnorm_epsilon_training_mode", "statistics of the batch: made for training"},
    {"test_batchnorm_example_training_mode", "statistics of the batch: made for training"},
    {"test_resize_downsample_scales_cubic_align_corners", "the test aligns corners of 2.4 pixels, here it is the 2 that come out"},
    {"test_resize_downsample_scales_linear_align_corners", "the test aligns corners of 2.4 pixels, here it is the 2 that come out"},
};

onnx::ModelProto modelOf(const fs::path& folder)
{
    onnx::ModelProto model;
    model.ParseFromString(readFile(folder / "model.onnx", std::size_t{1} << 30));
    return model;
}

/// All operators computed, all counted (but what folds away), floats out, floats or int64 in.
enum class Kind { NotOurs, Beyond, Counted };
Kind kindOf(const onnx::ModelProto& model)
{
    bool counted = false, all = true;
    for (const auto& node : model.graph().node()) {
        foreign::Node n;
        n.domain = node.domain();
        n.op = node.op_type();
        if (!n.domain.empty() || (!kFolded.contains(n.op) && !foreign::findOperator(n))) return Kind::NotOurs;
        counted = counted || kCounted.contains(n.op);
        all = all && (kCounted.contains(n.op) || kFolded.contains(n.op));
    }
    const auto typeOf = [](const onnx::ValueInfoProto& v) { return v.type().tensor_type().elem_type(); };
    for (const auto& output : model.graph().output())
        if (typeOf(output) != 1) all = false;
    for (const auto& input : model.graph().input())
        if (typeOf(input) != 1 && typeOf(input) != 7) all = false;
    return all && counted ? Kind::Counted : Kind::Beyond;
}

Array arrayIn(const fs::path& file)
{
    onnx::TensorProto tensor;
    tensor.ParseFromString(readFile(file, std::size_t{1} << 30));
    return foreign::arrayOfTensor(tensor, {}, file.string());
}

std::vector<fs::path> testFolders()
{
    std::vector<fs::path> folders;
    for (const auto& family : fs::directory_iterator(kData))
        for (const auto& test : fs::directory_iterator(family.path()))
            if (fs::exists(test.path() / "model.onnx") && fs::exists(test.path() / "test_data_set_0")) folders.push_back(test.path());
    std::ranges::sort(folders);
    return folders;
}

NamedArrays inputsIn(const fs::path& folder, const foreign::Network& network, const onnx::GraphProto& graph)
{
    NamedArrays inputs;
    for (int i = 0; fs::exists(folder / "test_data_set_0" / ("input_" + std::to_string(i) + ".pb")); ++i) {
        const std::string& name = graph.input(i).name();
        if (network.find(name) != foreign::kAbsent && std::ranges::find(network.inputs, network.find(name)) != network.inputs.end())
            inputs.emplace(name, arrayIn(folder / "test_data_set_0" / ("input_" + std::to_string(i) + ".pb")));
    }
    return inputs;
}

/// Empty when the outputs are those of the files, within what ONNX's own runner allows.
std::string differenceOf(const fs::path& folder, const foreign::Network& network, const onnx::GraphProto& graph)
{
    const NamedArrays outputs = foreign::run(network, inputsIn(folder, network, graph));
    for (int i = 0; i < graph.output_size(); ++i) {
        const Array expected = arrayIn(folder / "test_data_set_0" / ("output_" + std::to_string(i) + ".pb"));
        const Array& ours = outputs.at(graph.output(i).name());
        if (ours.shape != expected.shape) return describe(ours.shape) + " instead of " + describe(expected.shape);
        if (ours.type() != expected.type()) return ours.type() + " instead of " + expected.type();
        if (ours.type() != "F32") {
            if (bytesOf(ours) != bytesOf(expected)) return "other values";
            continue;
        }
        const auto &a = std::get<std::vector<float>>(ours.values), &b = std::get<std::vector<float>>(expected.values);
        for (std::size_t k = 0; k < a.size(); ++k)
            if (!(std::abs(a[k] - b[k]) <= 1e-7f + 1e-3f * std::abs(b[k])) && !(std::isnan(a[k]) && std::isnan(b[k])) && a[k] != b[k])
                return std::to_string(a[k]) + " instead of " + std::to_string(b[k]);
    }
    return {};
}

} // namespace

class TestOnnxConformance : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void operatorsThatFewNetworksHaveComeOut()
    {
        if (!fs::exists(kData)) QSKIP("libonnx-testdata is not installed");
        std::set<std::string> seen;
        for (const fs::path& folder : testFolders()) {
            const onnx::ModelProto model = modelOf(folder);
            if (model.graph().node_size() != 1 || !kAlone.contains(model.graph().node(0).op_type())) continue;
            const std::string difference = differenceOf(folder, foreign::readOnnx(folder / "model.onnx"), model.graph());
            QVERIFY2(difference.empty(), (folder.filename().string() + ": " + difference).c_str());
            seen.insert(model.graph().node(0).op_type());
        }
        QCOMPARE(seen, kAlone);
    }

    void theOperatorTestsComeOut()
    {
        if (!fs::exists(kData)) QSKIP("libonnx-testdata is not installed");
        int counted = 0, passed = 0, beyond = 0, beyondPassed = 0;
        QStringList failures;
        for (const fs::path& folder : testFolders()) {
            const onnx::ModelProto model = modelOf(folder);
            const Kind kind = kindOf(model);
            if (kind == Kind::NotOurs) continue;
            std::string difference;
            try {
                difference = differenceOf(folder, foreign::readOnnx(folder / "model.onnx"), model.graph());
            } catch (const std::exception& e) {
                difference = e.what();
            }
            (kind == Kind::Counted ? counted : beyond) += 1;
            (kind == Kind::Counted ? passed : beyondPassed) += difference.empty();
            const std::string name = folder.filename().string();
            if (kind == Kind::Counted && difference.empty() == kKnown.contains(name))
                failures << QString::fromStdString(name + ": " + (difference.empty() ? "comes out now" : difference));
        }
        qInfo("%d of %d tests of float networks come out, and %d of %d others", passed, counted, beyondPassed, beyond);
        QVERIFY2(failures.empty(), qPrintable(failures.join("\n")));
        QVERIFY2(passed >= 320, qPrintable(QString::number(passed)));
    }

    /// Whatever runs: written, checked, read again, the same bits.
    void whatIsWrittenIsTheSameNetwork()
    {
        if (!fs::exists(kData)) QSKIP("libonnx-testdata is not installed");
        int written = 0;
        QStringList failures;
        for (const fs::path& folder : testFolders()) {
            const onnx::ModelProto model = modelOf(folder);
            if (kindOf(model) == Kind::NotOurs) continue;
            foreign::Network network;
            NamedArrays inputs, outputs;
            try {
                network = foreign::readOnnx(folder / "model.onnx");
                inputs = inputsIn(folder, network, model.graph());
                outputs = foreign::run(network, inputs);
            } catch (const std::exception&) {
                continue; // the other test says why
            }
            const auto fail = [&](const std::string& why) { failures << QString::fromStdString(folder.filename().string() + ": " + why); };
            try {
                const std::string bytes = foreign::onnxBytes(network, {});
                for (const Text& problem : problemsOf(bytes, FileRules::Valid)) fail(problem.english());
                const NamedArrays again = foreign::run(foreign::readOnnxBytes(bytes, "again.onnx"), inputs);
                for (const auto& [name, array] : outputs)
                    if (!again.contains(name) || again.at(name).shape != array.shape || again.at(name).type() != array.type()
                        || bytesOf(again.at(name)) != bytesOf(array))
                        fail(name + " is another");
                ++written;
            } catch (const std::exception& e) {
                fail(e.what());
            }
        }
        qInfo("%d written and read again", written);
        QVERIFY2(failures.empty(), qPrintable(failures.join("\n")));
        QVERIFY(written >= 600);
    }
};

QTEST_GUILESS_MAIN(TestOnnxConformance)
#include "tst_onnx_conformance.moc"
