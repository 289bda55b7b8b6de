// A part that stands for a whole set is drawn from all of it: files are often sorted by class.

#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/data/sample.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/dense.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/pointwise.h"
#include "engine/quant/integer_network.h"
#include "engine/quant/layer_errors.h"
#include "engine/quant/repair.h"

#include <QtTest>
#include <numeric>
#include <set>

using namespace bitstill;

namespace {

/// Two classes one after the other: both numbers of a sample are up to 0.1 in the first, 5 to 10 in the second; class by which is larger
/// by more than 5.
Dataset sorted(int each)
{
    Dataset d;
    d.name = "sorted";
    d.shape = {1, 1, 2};
    d.classes = {"small", "large"};
    Rng rng(3, "sorted");
    for (Samples* s : {&d.train, &d.test})
        for (int i = 0; i < 2 * each; ++i) {
            const bool large = i >= each;
            for (int k = 0; k < 2; ++k) s->values.push_back(static_cast<float>(large ? rng.uniform(5, 10) : rng.uniform(0, 0.1)));
            s->labels.push_back(large);
        }
    return d;
}

/// Sums the inputs, and says "large" where the sum is above 5.
Graph summing()
{
    Graph g({1, 1, 2});
    g.add("sum", std::make_unique<Dense>(2, 1));
    g.add("relu", std::make_unique<ActivationLayer>(Activation::relu()));
    g.add("choose", std::make_unique<Dense>(1, 2));
    auto& sum = dynamic_cast<Dense&>(*g.node(1).layer);
    auto& choose = dynamic_cast<Dense&>(*g.node(3).layer);
    sum.weight.value[0] = 1;
    sum.weight.value[1] = 0.6f;
    sum.bias.value[0] = 0;
    choose.weight.value[0] = -1;
    choose.weight.value[1] = 1;
    choose.bias.value[0] = 10;
    choose.bias.value[1] = 0;
    return g;
}

} // namespace

class TestSample : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rowsAreDrawnWithoutRepetition()
    {
        const auto rows = sampledRows(1000, 100, 7), more = sampledRows(1000, 300, 7), all = sampledRows(50, 999, 7);
        QCOMPARE(rows.size(), std::size_t{100});
        QVERIFY(std::equal(rows.begin(), rows.end(), more.begin())); // the smaller is the beginning of the larger
        QCOMPARE(std::set<std::uint32_t>(more.begin(), more.end()).size(), std::size_t{300});
        QCOMPARE(std::set<std::uint32_t>(all.begin(), all.end()).size(), std::size_t{50});
        QVERIFY(rows == sampledRows(1000, 100, 7));
        QVERIFY(rows != sampledRows(1000, 100, 8));
        QVERIFY(std::count_if(more.begin(), more.end(), [](std::uint32_t r) { return r >= 500; }) > 100);
        QVERIFY(sampledRows(0, 5, 1).empty());
    }

    void samplesKeepTheirLabels()
    {
        const Dataset data = sorted(100);
        const Samples s = sampleOf(data, data.train, 60, 1);
        QCOMPARE(s.count(), std::size_t{60});
        for (std::size_t i = 0; i < s.count(); ++i) QCOMPARE(s.labels[i], s.values[2 * i] > 1 ? 1 : 0);
        const Dataset pictures = loadDataset("strokes", {.path = {}, .samples = 50});
        const auto rows = sampledRows(pictures.train.count(), 5, 1);
        const Samples bytes = rowsOf(pictures, pictures.train, rows);
        QVERIFY(std::equal(bytes.bytes.begin() + 784, bytes.bytes.begin() + 2 * 784,
            pictures.train.bytes.begin() + static_cast<std::ptrdiff_t>(rows[1]) * 784));
    }

    void fingerprintsTellSamplesApart()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .samples = 50});
        const std::uint64_t print = fingerprintOf(data, data.test);
        QCOMPARE(fingerprintOf(data, Samples(data.test)), print);
        Dataset other = data;
        other.test.bytes.back() ^= 1;
        QVERIFY(fingerprintOf(other, other.test) != print);
        other = data;
        other.test.labels.front() = (other.test.labels.front() + 1) % 10;
        QVERIFY(fingerprintOf(other, other.test) != print);
        other = data;
        std::swap(other.shape.height, other.shape.channels);
        QVERIFY(fingerprintOf(other, other.test) != print);
        std::vector<std::uint32_t> rows(data.test.count()); // the same samples from behind
        std::iota(rows.rbegin(), rows.rend(), 0u);
        QVERIFY(fingerprintOf(data, rowsOf(data, data.test, rows)) != print);
        const Dataset floats = sorted(100);
        Dataset changed = floats;
        changed.train.values.front() += 1;
        QVERIFY(fingerprintOf(floats, floats.train) != fingerprintOf(changed, changed.train));
    }

    void calibrationSeesEveryClass()
    {
        const Dataset data = sorted(500);
        ThreadPool pool(1);
        Graph g = summing();
        QuantizedNetwork q(g, data, {.samples = 64}, pool);
        Pass pass(g, 50, Pass::Mode::Inference, pool);
        QCOMPARE(accuracy(evaluate(pass, data, data.test, 1000), data.test), 1.0);
        QCOMPARE(accuracy(evaluate(q.pass(), data, data.test, 1000), data.test), 1.0);
        IntegerNetwork integers(q, 50, pool);
        QCOMPARE(accuracy(evaluate(evaluated(integers), data, data.test, 1000), data.test), 1.0);
        const QuantParameters& input = q.activation(0);
        QVERIFY(static_cast<float>(input.range.high - input.zeroPoint[0]) * input.scale[0] > 9);
        QuantizedNetwork again(g, data, {.samples = 64}, pool), other(g, data, {.samples = 64, .seed = 2}, pool);
        QCOMPARE(again.activation(0).scale, input.scale);
        QVERIFY(other.activation(0).scale != input.scale);
    }

    void observersMeetTheClassesMixed()
    {
        const Dataset data = sorted(2000);
        ThreadPool pool(1);
        QuantizedNetwork q(summing(), data, {.samples = 4000, .observer = "moving-average"}, pool);
        const QuantParameters& input = q.activation(0); // sorted, it would end where the last batches are, or begin
        QVERIFY(static_cast<float>(input.range.high - input.zeroPoint[0]) * input.scale[0] > 9);
    }

    void errorsAreMeasuredOnEveryClass()
    {
        const Dataset data = sorted(500);
        ThreadPool pool(1);
        QuantizedNetwork q(summing(), data, {.samples = 400}, pool);
        q.quantize({.weightBits = 4});
        const std::vector<LayerError> few = layerErrors(q, data, 100, pool), many = layerErrors(q, data, 250, pool);
        QVERIFY2(std::abs(few[0].localDb - many[0].localDb) < 3,
            qPrintable(QStringLiteral("%1 and %2 dB").arg(few[0].localDb).arg(many[0].localDb)));
    }

    void repairsAreFittedToEveryClass()
    {
        const Dataset data = sorted(500);
        ThreadPool pool(1);
        const Graph g = summing();
        QuantizedNetwork q(g, data, {.samples = 400}, pool);
        const auto meanError = [&] {
            Graph exact = g;
            Pass pass(exact, 50, Pass::Mode::Inference, pool);
            const Logits a = evaluate(pass, data, data.train, 1000), b = evaluate(q.pass(), data, data.train, 1000);
            double sum = 0;
            for (std::size_t i = 0; i < 1000; ++i) sum += static_cast<double>(b.row(i)[1]) - static_cast<double>(a.row(i)[1]);
            return std::abs(sum / 1000);
        };
        q.quantize({.weightBits = 3});
        const double before = meanError();
        correctBias(q, data, 100, pool);
        QVERIFY2(before > 0.2 && meanError() < before / 4, qPrintable(QStringLiteral("%1, then %2").arg(before).arg(meanError())));
    }
};

QTEST_APPLESS_MAIN(TestSample)
#include "tst_sample.moc"
