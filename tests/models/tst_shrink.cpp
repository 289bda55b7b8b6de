// A network from elsewhere made smaller: prepared, calibrated, rounded, measured.

#include "engine/core/thread_pool.h"
#include "engine/io/arrays.h"
#include "engine/measure/error_measures.h"
#include "engine/models/run.h"
#include "engine/models/shrink/equalize.h"
#include "engine/models/shrink/sensitivity.h"
#include "tests/support/foreign_classifier.h"

#include <QtTest>
#include <cmath>

using namespace bitstill;
using namespace bitstill::foreign;

namespace {

std::vector<float> output(const Network& network, const NamedArrays& in)
{
    return std::get<std::vector<float>>(run(network, in).begin()->second.values);
}

std::vector<std::string> namesOf(const Network& network, const std::vector<ValueId>& ids)
{
    std::vector<std::string> names;
    for (const ValueId id : ids) names.push_back(network.values[static_cast<std::size_t>(id)].name);
    return names;
}

} // namespace

class TestShrink : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void preparedComputesTheSameWithFewerNodes()
    {
        const Network network = classifier(), fewer = prepared(network);
        QCOMPARE(fewer.nodes.size(), network.nodes.size() - 2); // BatchNormalization and the dense layer's Add
        QCOMPARE(weightLayersOf(fewer).size(), std::size_t{3});
        for (const WeightLayer& l : weightLayersOf(fewer)) QVERIFY2(l.bias != kAbsent, l.name.c_str());
        const auto a = output(network, inputs(5)), b = output(fewer, inputs(5));
        QVERIFY(largestError(a.data(), b.data(), a.size()) < 1e-6);
    }

    void whatIsReadTwiceIsNotAbsorbed()
    {
        OnnxModel m;
        m.input("x", {-1, 2}).weights("w", {2, 2}, {1, 2, 3, 4}).weights("b", {2}, {1, 1});
        m.node("MatMul", {"x", "w"}, {"d"}).node("Add", {"d", "b"}, {"e"}).node("Mul", {"d", "e"}, {"y"}).output("y");
        const Network network = prepared(readOnnxBytes(m.bytes(), "m.onnx"));
        QCOMPARE(network.nodes.size(), std::size_t{3});
    }

    void roundedValuesLieBehindActivationsAndBeforePoolings()
    {
        const Network network = prepared(classifier());
        QCOMPARE(namesOf(network, roundedValues(network)), (std::vector<std::string>{"x", "r1", "c2", "s", "a"}));
    }

    /// x.view(x.size(0), -1) of a batch of any size: shapes are computed by operators that round floats elsewhere.
    void whatComputesShapesIsNotRounded()
    {
        OnnxModel m;
        m.input("x", {-1, 3, 4}).weights("w", {12, 2}, numbers(24, 1)).integers("first", {0}).integers("rest", {-1});
        m.node("Shape", {"x"}, {"s"}).node("Gather", {"s", "first"}, {"n"}).node("Concat", {"n", "rest"}, {"to"}).with("axis", 0);
        m.node("Reshape", {"x", "to"}, {"flat"}).node("MatMul", {"flat", "w"}, {"y"}).output("y");
        const Network network = prepared(readOnnxBytes(m.bytes(), "m.onnx"));
        QCOMPARE(namesOf(network, roundedValues(network)), (std::vector<std::string>{"x"}));
        ThreadPool pool(1);
        const Quantized q = Quantizer(network, inputs(4, {3, 4}), "min-max", pool).quantize({});
        QCOMPARE(output(q.network, inputs(2, {3, 4})).size(), std::size_t{4});
    }

    void eightBitsStayNearAndTwoBitsDoNot()
    {
        ThreadPool pool(2);
        const Quantizer quantizer(classifier(), inputs(32), "min-max", pool);
        const auto exact = output(quantizer.network(), inputs(16));
        const auto sqnr = [&](int bits) {
            const auto y = output(quantizer.quantize({.weightBits = bits}).network, inputs(16));
            return sqnrDb(exact.data(), y.data(), y.size());
        };
        QVERIFY2(sqnr(8) > 25, std::to_string(sqnr(8)).c_str());
        QVERIFY(sqnr(4) < sqnr(8) - 6);
        QVERIFY(sqnr(2) < sqnr(4));
    }

    void layersWithoutBiasGetNone()
    {
        ThreadPool pool(1);
        OnnxModel m;
        m.input("x", {-1, 3, 8, 8}).weights("w", {2, 3, 3, 3}, numbers(54, 1)).node("Conv", {"x", "w"}, {"y"}).output("y");
        const Quantized q = Quantizer(readOnnxBytes(m.bytes(), "m.onnx"), inputs(4), "min-max", pool).quantize({});
        QCOMPARE(q.weightLayers[0].bias, kAbsent);
        QVERIFY(output(q.network, inputs(2)).size() > 0);
    }

    /// Channels of very different sizes, which one scale serves badly, are as large in both layers afterwards.
    void equalizedComputesTheSame()
    {
        const auto network = [](bool clips) {
            OnnxModel m;
            std::vector<float> w = numbers(4 * 9, 1), d = numbers(4 * 9, 2);
            for (std::size_t i = 0; i < w.size(); ++i) w[i] *= std::pow(10.0f, static_cast<float>(i / 9) - 2);
            m.input("x", {-1, 1, 6, 6})
                .weights("w", {4, 1, 3, 3}, w)
                .weights("b", {4}, {0.1f, 1, -2, 3})
                .node("Conv", {"x", "w", "b"}, {"c"});
            m.weights("low", {}, {0}).weights("high", {}, {6});
            if (clips)
                m.node("Clip", {"c", "low", "high"}, {"r"});
            else
                m.node("Relu", {"c"}, {"r"});
            m.weights("d", {4, 1, 3, 3}, d).node("Conv", {"r", "d"}, {"e"}).with("group", 4).node("Relu", {"e"}, {"f"});
            m.node("Flatten", {"f"}, {"g"}).weights("v", {16, 3}, numbers(48, 3)).node("MatMul", {"g", "v"}, {"y"}).output("y");
            return readOnnxBytes(m.bytes(), "m.onnx");
        };
        const Network before = network(false);
        const Equalized after = equalized(before);
        QCOMPARE(after.pairs, std::size_t{2});
        ThreadPool pool(2);
        const NamedArrays in = inputs(16, {1, 6, 6});
        const auto a = output(before, in), b = output(after.network, in);
        QVERIFY(largestError(a.data(), b.data(), a.size()) < 1e-3);
        const auto error = [&](const Network& n) {
            const Quantized q = Quantizer(n, in, "min-max", pool).quantize({.activationBits = 0, .profile = Profile::Onnx});
            const auto c = output(q.network, in);
            return largestError(a.data(), c.data(), a.size());
        };
        QVERIFY2(error(after.network) < 0.5 * error(before), qPrintable(QString::number(error(after.network) / error(before))));
        QCOMPARE(equalized(network(true)).pairs, std::size_t{1}); // ReLU6 does not scale
        const Equalized none = equalized(classifier());
        QCOMPARE(none.pairs, std::size_t{0});
        QVERIFY(none.why.english().starts_with("no layer is read by one other alone"));
    }

    /// An autoencoder's outputs are no classes, even where it has a row of them.
    void whatGivesBackItsInputIsNoClassifier()
    {
        const auto question = [](int outputs, bool softmax) {
            OnnxModel m;
            m.input("x", {-1, 6})
                .weights("a", {6, 2}, numbers(12, 1))
                .weights("b", {2, outputs}, numbers(static_cast<std::size_t>(outputs) * 2, 2));
            m.node("MatMul", {"x", "a"}, {"h"}).node("MatMul", {"h", "b"}, {"y"});
            if (softmax) m.node("Softmax", {"y"}, {"p"});
            m.output(softmax ? "p" : "y");
            return questionOf(readOnnxBytes(m.bytes(), "m.onnx")).classes;
        };
        QVERIFY(!question(6, false));
        QVERIFY(question(6, true));
        QVERIFY(question(5, false));
    }

    void nothingIsRoundedWithoutBits()
    {
        ThreadPool pool(1);
        const Quantizer quantizer(classifier(), inputs(8), "min-max", pool);
        const Quantized q = quantizer.quantize({.weightBits = 0, .activationBits = 0});
        QCOMPARE(output(q.network, inputs(4)), output(quantizer.network(), inputs(4)));
        QCOMPARE(q.bytes(), quantizer.floatBytes());
    }

    void layersHaveBitsAndBiasesOfTheirOwn()
    {
        ThreadPool pool(1);
        const Quantizer quantizer(classifier(), inputs(8), "min-max", pool);
        const std::string last = quantizer.layers()[2].name;
        Quantized q = quantizer.quantize({.weightBits = 2, .layers = {{last, {0, 8}}}});
        QCOMPARE(q.layers[2].weightBits, 0);
        QVERIFY(q.layers[2].sqnrDb > 1000 && q.layers[0].codesUsed <= 3);
        const auto before = output(q.network, inputs(4));
        q.shiftBias(2, Tensor({5}, std::vector<float>{3, 0, 0, 0, 0}));
        QVERIFY(output(q.network, inputs(4))[0] > before[0]);
    }

    void theSameForAnyNumberOfThreads()
    {
        ThreadPool one(1), three(3);
        for (const char* observer : {"min-max", "moving-average", "entropy"}) {
            const Quantizer a(classifier(), inputs(40), observer, one), b(classifier(), inputs(40), observer, three);
            QCOMPARE(output(a.quantize({}).network, inputs(6)), output(b.quantize({}).network, inputs(6)));
        }
    }

    void sensitivityIsThatOfTheLayerAlone()
    {
        ThreadPool pool(2);
        const Quantizer quantizer(classifier(), inputs(32), "min-max", pool);
        const NamedArrays in = inputs(9);
        const Sensitivity s = sensitivityOf(quantizer, {}, {8, 3}, in, pool);
        const Question question = questionOf(quantizer.network());
        QVERIFY(question.classes);
        const Logits floats = answersOf(quantizer.network(), question, in, pool);
        for (std::size_t l = 0; l < 3; ++l)
            for (std::size_t b = 0; b < 2; ++b) {
                QuantizationOptions alone{.weightBits = 0, .activationBits = 0};
                alone.layers[s.layers[l]] = {s.bits[b], 0};
                const Logits found = answersOf(quantizer.quantize(alone).network, question, in, pool);
                QCOMPARE(s.weights[l][b].sqnrDb(), sqnrDb(floats.values.data(), found.values.data(), found.values.size()));
            }
        QVERIFY(s.weights[0][0].sqnrDb() > s.weights[0][1].sqnrDb());
        QVERIFY(std::isfinite(s.inputs[0].sqnrDb()));
    }
};

QTEST_GUILESS_MAIN(TestShrink)
#include "tst_shrink.moc"
