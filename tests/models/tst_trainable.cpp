// Networks from elsewhere as graphs that can be trained: the same numbers, and back again with what was learned.

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/models/export/export.h"
#include "engine/models/export/network_onnx.h"
#include "engine/models/export/qdq_network.h"
#include "engine/models/inputs.h"
#include "engine/models/open.h"
#include "engine/models/shrink/answers.h"
#include "engine/models/shrink/learn.h"
#include "engine/models/shrink/sensitivity.h"
#include "engine/models/shrink/trainable.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/zoo.h"
#include "tests/support/foreign_classifier.h"
#include "tests/support/references.h"

#include <QtTest>
#include <cmath>

using namespace bitstill;
using namespace bitstill::foreign;

namespace {

const std::vector<std::int64_t> kNone{0, 0, 0, 0}, kSame{0, 0, 1, 1}, kTwo{2, 2};

/// Channels last outside, TensorFlow's padding, a map that is flattened for a dense layer either way round.
Network residual(bool lastWhenFlattened)
{
    OnnxModel m;
    m.input("x", {-1, 8, 8, 3}).node("Transpose", {"x"}, {"t"}).with("perm", std::vector<std::int64_t>{0, 3, 1, 2});
    m.weights("w1", {4, 3, 3, 3}, numbers(108, 1, 0.3f)).weights("b1", {4}, {0.1f, -0.2f, 0.3f, 0});
    if (lastWhenFlattened) m.integers("pads", {0, 0, 0, 0, 0, 0, 1, 1}).node("Pad", {"t", "pads"}, {"o"}); // a layer by itself
    m.node("Conv", {lastWhenFlattened ? "o" : "t", "w1", "b1"}, {"c1"})
        .with("pads", lastWhenFlattened ? kNone : kSame)
        .with("strides", kTwo);
    m.node("Clip", {"c1"}, {"r1"});
    m.last().add_input("low"), m.last().add_input("high");
    m.weights("low", {}, {0}).weights("high", {}, {1.5f});
    m.weights("w2", {4, 2, 3, 3}, numbers(72, 2, 0.3f));
    m.node("Conv", {"r1", "w2"}, {"c2"}).with("auto_pad", "SAME_UPPER").with("group", 2);
    m.node("Add", {"c2", "r1"}, {"s"}).node("Relu", {"s"}, {"r2"});
    m.node("MaxPool", {"r2"}, {"p"}).with("kernel_shape", std::vector<std::int64_t>{3, 3}).with("strides", kTwo).with("pads", kSame);
    if (lastWhenFlattened) m.node("Transpose", {"p"}, {"q"}).with("perm", std::vector<std::int64_t>{0, 2, 3, 1});
    m.node("Flatten", {lastWhenFlattened ? "q" : "p"}, {"f"}).node("Relu", {"f"}, {"g"});
    m.weights("w3", {5, 16}, numbers(80, 3)).weights("b3", {5}, {0.1f, 0, 0, 0.2f, -0.3f});
    m.node("Gemm", {"g", "w3", "b3"}, {"l"}).with("transB", 1).node("Softmax", {"l"}, {"y"}).output("y");
    return readOnnxBytes(m.bytes(), "m.onnx");
}

/// How far the graph's logits are from the network's, in shares of the largest.
double apart(const Network& network, const NamedArrays& in)
{
    ThreadPool pool(2);
    const Logits wanted = answersOf(network, questionOf(network), in, pool);
    const Logits found = lessonsFrom(network, in, {}, pool).teacher;
    if (found.values.size() != wanted.values.size()) return INFINITY;
    double most = 0, largest = 0;
    for (std::size_t i = 0; i < wanted.values.size(); ++i) {
        most = std::max(most, std::abs(static_cast<double>(wanted.values[i] - found.values[i])));
        largest = std::max(largest, std::abs(static_cast<double>(wanted.values[i])));
    }
    return most / largest;
}

std::string whyNot(const Network& network)
{
    try {
        Trainable trainable(network);
        return {};
    } catch (const Error& e) {
        return e.what();
    }
}

Network zoo(const char* name)
{
    Graph g = buildModel(name, {12, 12, 2}, 4);
    g.initialize(3);
    return readOnnxBytes(onnxBytes(g, {}), "zoo.onnx");
}

/// KL from the float network, mean over the samples.
double divergence(const Network& network, const Logits& floats, const NamedArrays& in, ThreadPool& pool)
{
    const Logits found = answersOf(network, questionOf(network), in, pool);
    Deviation d(floats.count);
    for (std::size_t i = 0; i < floats.count; ++i) d.compare(i, floats.row(i), found.row(i), floats.classes, true);
    return d.meanDivergence();
}

} // namespace

class TestTrainable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void computesTheSame_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"classifier", "residual", "residual, last", "mlp-16", "cnn-4-8", "dwcnn", "resnet-8"})
            QTest::newRow(name) << name;
    }
    void computesTheSame()
    {
        QFETCH(QString, name);
        const bool ours = name.contains('-'), last = name.startsWith("residual");
        const Network network = prepared(ours ? zoo(qPrintable(name)) : last ? residual(name != QLatin1String("residual")) : classifier());
        const NamedArrays in = ours ? randomInputs(network, 9, 5) : inputs(9, last ? Shape{8, 8, 3} : Shape{3, 8, 8});
        const double distance = apart(network, in);
        QVERIFY2(distance < 1e-5, std::to_string(distance).c_str());
    }

    /// Rounded, with what flows rounded too: what training begins with.
    void computesTheSameWhenRounded()
    {
        ThreadPool pool(2);
        for (const Network& network : {classifier(), residual(false), residual(true)}) {
            const NamedArrays in = randomInputs(network, 16, 2);
            const Quantizer quantizer(network, in, "min-max", pool);
            const Quantized q = quantizer.quantize({.profile = Profile::Onnx});
            const double distance = apart(q.network, in);
            QVERIFY2(distance < 0.02, std::to_string(distance).c_str()); // a number on the edge between two codes may take the other
        }
    }

    void whatCannotBeTrainedIsNamed()
    {
        OnnxModel m;
        m.input("x", {-1, 3, 8, 8})
            .weights("w", {4, 3, 3, 1}, numbers(36, 1))
            .node("Conv", {"x", "w"}, {"c"})
            .node("Sigmoid", {"c"}, {"s"});
        m.node("Relu", {"x"}, {"r"})
            .node("Tanh", {"r"}, {"t"})
            .node("GlobalAveragePool", {"t"}, {"a"})
            .node("GlobalAveragePool", {"s"}, {"b"});
        m.node("Concat", {"a", "b"}, {"d"}).with("axis", 1).node("Flatten", {"d"}, {"f"}).node("Softmax", {"f"}, {"y"}).output("y");
        const std::string why = whyNot(readOnnxBytes(m.bytes(), "m.onnx"));
        QVERIFY2(why.find("Conv node Conv_c: its kernel is not square") != std::string::npos, why.c_str());
        QVERIFY2(why.find("Tanh node Tanh_t: no layer here does that") != std::string::npos, why.c_str());
        QVERIFY2(why.find("Sigmoid") == std::string::npos, why.c_str()); // what it reads is not there, which has been said
        OnnxModel filter;
        filter.input("x", {-1, 3, 8, 8}).node("Relu", {"x"}, {"y"}).output("y");
        QVERIFY(whyNot(readOnnxBytes(filter.bytes(), "m.onnx")).find("no classifier") != std::string::npos);
    }

    /// Zeros around numbers that may be below 0 would be the largest; and our largest of a window is one of 256 places.
    void poolsThatOursWouldComputeOtherwiseAreRefused()
    {
        const auto pooled = [](bool positive, int kernel, const std::vector<std::int64_t>& pads) {
            OnnxModel m;
            m.input("x", {-1, 2, 20, 20});
            positive ? m.node("Relu", {"x"}, {"r"}) : m.node("Add", {"x", "x"}, {"r"});
            m.node("MaxPool", {"r"}, {"p"}).with("kernel_shape", std::vector<std::int64_t>{kernel, kernel}).with("pads", pads);
            m.node("GlobalAveragePool", {"p"}, {"a"}).node("Flatten", {"a"}, {"f"}).weights("w", {2, 4}, numbers(8, 1));
            m.node("MatMul", {"f", "w"}, {"l"}).node("Softmax", {"l"}, {"y"}).output("y");
            return whyNot(prepared(readOnnxBytes(m.bytes(), "m.onnx")));
        };
        QCOMPARE(pooled(true, 3, {1, 1, 1, 1}), std::string());
        QVERIFY(pooled(false, 3, {1, 1, 1, 1}).find("it pads what it takes the largest") != std::string::npos);
        QCOMPARE(pooled(true, 16, kNone), std::string());
        QVERIFY(pooled(true, 17, kNone).find("no layer here does that") != std::string::npos);
    }

    /// Where a label is known it teaches too, and the float network's choice does not stand in for it.
    void labelsTeachAsWell()
    {
        ThreadPool pool(2);
        const Network network = classifier();
        const NamedArrays in = randomInputs(network, 64, 1);
        const QuantizationOptions options{.weightBits = 4};
        const Quantizer quantizer(network, in, "min-max", pool);
        const auto learned = [&](const std::vector<std::int32_t>& labels) {
            Quantized q = quantizer.quantize(options);
            learn(q, options, lessonsFrom(quantizer.network(), in, labels, pool), {.epochs = 2}, pool,
                [](const StepReport&) { return true; });
            return answersOf(q.network, questionOf(q.network), in, pool).values;
        };
        const std::vector<std::int32_t> chosen = lessonsFrom(quantizer.network(), in, {}, pool).data.train.labels;
        const std::vector<float> none = learned({}), own = learned(chosen), other = learned(std::vector<std::int32_t>(64, 3));
        QVERIFY(none != own);
        QVERIFY(own != other);
    }

    /// Those of the folder beside this project, and what stops the others.
    void realNetworks_data() { references::addRows("(float|fp32|mnist|pytorch|mobilenet|squeezenet|resnet50|keras).*(onnx|tflite)$"); }
    void realNetworks()
    {
        QFETCH(QString, file);
        static const std::vector<std::string> trainable{"light_resnet50.onnx", "mlperf_resnet8_float.tflite", "mlperf_vww96_float.tflite",
            "ort_cnn_mnist_pytorch.onnx", "ort_mnist.onnx", "st_mobilenetv2_05_128.onnx"};
        const Network network = prepared(openNetwork(references::kFolder / file.toStdString()));
        const std::string why = whyNot(network);
        qInfo("%s: %s", qPrintable(file), why.empty() ? "can be trained" : why.c_str());
        if (why.empty()) {
            const double distance = apart(network, randomInputs(network, 4, 1));
            QVERIFY2(distance < 1e-5, std::to_string(distance).c_str());
        }
        QVERIFY2(why.empty() == (std::ranges::count(trainable, file.toStdString()) > 0), why.c_str());
    }

    /// What a network of few bits has learned it does elsewhere too.
    void learnsAgain()
    {
        ThreadPool one(1), three(3);
        for (const Network& network : {classifier(), residual(false)}) {
            const NamedArrays in = randomInputs(network, 256, 1), others = randomInputs(network, 64, 2);
            const Quantizer quantizer(network, in, "min-max", one);
            const QuantizationOptions options{.weightBits = 3, .profile = Profile::Onnx};
            const Lessons lessons = lessonsFrom(quantizer.network(), in, {}, one);
            const auto learned = [&](ThreadPool& pool) {
                Quantized q = quantizer.quantize(options);
                long steps = 0;
                const auto count = [&](const StepReport& r) { return steps = r.step, true; };
                const TrainOutcome outcome = learn(q, options, lessons, {.epochs = 5}, pool, count);
                return outcome == TrainOutcome::Finished && steps == 40 ? q : quantizer.quantize(options);
            };
            const Quantized before = quantizer.quantize(options), after = learned(one);
            const Logits floats = answersOf(quantizer.network(), questionOf(quantizer.network()), others, one);
            const double was = divergence(before.network, floats, others, one), is = divergence(after.network, floats, others, one);
            QVERIFY2(is < 0.7 * was, qPrintable(QString("%1 to %2").arg(was).arg(is)));
            QCOMPARE(answersOf(learned(three).network, questionOf(after.network), others, one).values,
                answersOf(after.network, questionOf(after.network), others, one).values);
            const Network again = readOnnxBytes(onnxBytes(qdqNetwork(after, ExportTarget::Any), {}), "again.onnx");
            QCOMPARE(answersOf(again, questionOf(again), others, one).values,
                answersOf(after.network, questionOf(after.network), others, one).values);
        }
    }

    void whatWasLearnedBeforeAStopIsKept()
    {
        ThreadPool pool(1);
        const Network network = classifier();
        const NamedArrays in = randomInputs(network, 64, 1);
        const QuantizationOptions options{.weightBits = 3};
        const Quantizer quantizer(network, in, "min-max", pool);
        const Lessons lessons = lessonsFrom(quantizer.network(), in, {}, pool);
        const auto answers = [&](const StepObserver& observer, bool stops) {
            Quantized q = quantizer.quantize(options);
            try {
                const TrainOutcome outcome = learn(q, options, lessons, {}, pool, observer);
                if (outcome != TrainOutcome::Stopped || stops) return std::vector<float>();
            } catch (const Stopped&) {
                if (!stops) return std::vector<float>();
            }
            return answersOf(q.network, questionOf(q.network), in, pool).values;
        };
        const std::vector<float> before = answersOf(quantizer.quantize(options).network, questionOf(quantizer.network()), in, pool).values;
        const std::vector<float> thrown = answers([](const StepReport& r) -> bool { return r.step < 2 ? true : throw Stopped{}; }, true);
        const std::vector<float> asked = answers([](const StepReport& r) { return r.step < 2; }, false);
        QVERIFY(!thrown.empty() && thrown != before);
        QCOMPARE(thrown, asked);
    }
};

QTEST_GUILESS_MAIN(TestTrainable)
#include "tst_trainable.moc"
