// Bits by layer, what each layer loses, and the repairs: each does what it promises, and can be undone.

#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/measure/agreement.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aware.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/layer_errors.h"
#include "engine/quant/repair.h"
#include "tests/support/compare.h"

using namespace bitstill;

namespace {

Dataset digits(int samples) { return loadDataset("strokes", {.path = {}, .seed = 1, .samples = samples, .noise = 0.2}); }

Graph trained(const std::string& model, const Dataset& data, int epochs = 2)
{
    ThreadPool pool(2);
    Graph g = buildModel(model, data.shape, data.classCount());
    g.initialize(1);
    train(g, data, {.epochs = epochs, .batch = 25}, pool, [](const StepReport&) { return true; });
    return g;
}

Logits logitsOf(Graph& g, const Dataset& data)
{
    ThreadPool pool(1);
    Pass pass(g, 50, Pass::Mode::Inference, pool);
    return evaluate(pass, data, data.test, data.test.count());
}

/// Blows up one channel of a layer and shrinks what reads it: the same network, hard to round.
void spoil(Graph& g, const char* first, const char* second, float factor)
{
    auto& a = dynamic_cast<Dense&>(*g.node(g.find(first)).layer);
    auto& b = dynamic_cast<Dense&>(*g.node(g.find(second)).layer);
    const std::size_t in = a.weight.value.size() / a.bias.value.size(), channels = a.bias.value.size();
    for (std::size_t i = 0; i < in; ++i) a.weight.value[i] *= factor;
    a.bias.value[0] *= factor;
    for (std::size_t i = 0; i < b.weight.value.size(); i += channels) b.weight.value[i] /= factor;
}

} // namespace

class TestRepair : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void layersHaveTheBitsTheyAreGiven()
    {
        const Dataset data = digits(200);
        ThreadPool pool(1);
        const Graph g = trained("mlp-16-16", data, 1);
        QuantizedNetwork q(g, data, {.samples = 50}, pool);
        q.quantize({.weightBits = 2, .activationBits = 4, .edgesAt8 = true});
        QCOMPARE(q.layers()[0].weightBits, 8);
        QCOMPARE(q.layers()[1].weightBits, 2);
        QCOMPARE(q.layers()[2].weightBits, 8);
        QCOMPARE(q.activation(0).range.high, 255); // what the first layer reads
        QCOMPARE(q.activation(q.quantizerBehind(q.layers()[0].node)).range.high, 15);
        QCOMPARE(q.inputOf(q.layers()[2].node).range.high, 255); // what the last one reads
        const std::int64_t edges = q.quantizedBytes();
        q.quantize({.weightBits = 2, .activationBits = 4});
        QVERIFY(q.quantizedBytes() < edges);
        q.quantize({.weightBits = 4, .layers = {{"dense2", {0, 0}}}});
        QVERIFY(q.layers()[1].codes.empty());
        QVERIFY(std::equal(q.layers()[1].after.begin(), q.layers()[1].after.end(), q.layers()[1].before.begin()));
        QVERIFY(q.activation(q.quantizerBehind(q.layers()[1].node)).scale.empty());
    }

    void theNetworkLeftFloatIsTheFloatNetwork()
    {
        const Dataset data = digits(200);
        ThreadPool pool(1);
        Graph g = trained("cnn-4-8", data, 1);
        QuantizedNetwork q(g, data, {.samples = 50}, pool);
        q.quantize({.weightBits = 0, .activationBits = 0});
        const Logits a = logitsOf(g, data), b = evaluate(q.pass(), data, data.test, data.test.count());
        QVERIFY(relativeError(b.values.data(), a.values.data(), a.values.size()) < 1e-4); // folding BatchNorm rounds
        QCOMPARE(q.quantizedBytes() >= q.floatBytes(), true);
    }

    void equalizedIsTheSameFunction_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* m : {"mlp-16-16", "cnn-4-8", "resnet-8"}) QTest::newRow(m) << m;
    }
    void equalizedIsTheSameFunction()
    {
        QFETCH(QString, model);
        const Dataset data = digits(200);
        Graph folded = foldBatchNorm(trained(model.toStdString(), data, 1));
        Graph equal = equalize(folded);
        QVERIFY(equal.hash() != folded.hash());
        const Logits a = logitsOf(folded, data), b = logitsOf(equal, data);
        QVERIFY2(relativeError(b.values.data(), a.values.data(), a.values.size()) < 1e-4,
            qPrintable(QString::number(relativeError(b.values.data(), a.values.data(), a.values.size()))));
    }

    void equalizationRepairsAChannelThatIsTooLarge()
    {
        const Dataset data = digits(500);
        ThreadPool pool(1);
        Graph g = trained("mlp-32-16", data, 3);
        spoil(g, "dense1", "dense2", 200);
        const Logits exact = logitsOf(g, data);
        QuantizedNetwork spoiled(g, data, {.samples = 100}, pool), repaired(equalize(foldBatchNorm(g)), data, {.samples = 100}, pool);
        for (QuantizedNetwork* q : {&spoiled, &repaired}) q->quantize({.weightBits = 4});
        const double before = klDivergence(exact, evaluate(spoiled.pass(), data, data.test, 100)),
                     after = klDivergence(exact, evaluate(repaired.pass(), data, data.test, 100));
        QVERIFY2(after < before / 5, qPrintable(QStringLiteral("%1 %2").arg(before).arg(after)));
    }

    /// Behind bias correction the mean of each channel is where the float network has it.
    void biasCorrectionBringsMeansBack()
    {
        const Dataset data = digits(500);
        ThreadPool pool(2);
        Graph g = trained("mlp-16-16", data, 2);
        QuantizedNetwork q(g, data, {.samples = 100}, pool);
        q.quantize({.weightBits = 3});
        Pass exact(g, 100, Pass::Mode::Inference, pool);
        const Logits wanted = evaluate(exact, data, data.train, 100);
        const auto meanError = [&] {
            const Logits found = evaluate(q.pass(), data, data.train, 100);
            double worst = 0;
            for (std::size_t c = 0; c < 10; ++c) {
                double sum = 0;
                for (std::size_t i = 0; i < 100; ++i) sum += static_cast<double>(found.row(i)[c] - wanted.row(i)[c]) / 100;
                worst = std::max(worst, std::abs(sum));
            }
            return worst;
        };
        const double before = meanError();
        correctBias(q, data, 100, pool);
        const double after = meanError();
        QVERIFY2(after < 0.05 * before, qPrintable(QStringLiteral("%1 %2").arg(before).arg(after)));
        q.quantize(q.options()); // undone
        QVERIFY(std::abs(meanError() - before) < 1e-6);
    }

    void adaRoundKeepsOutputsBetterThanNearest_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* m : {"mlp-32-16", "cnn-4-8", "dwcnn"}) QTest::newRow(m) << m;
    }
    void adaRoundKeepsOutputsBetterThanNearest()
    {
        QFETCH(QString, model);
        const Dataset data = digits(250);
        ThreadPool pool(2);
        Graph g = trained(model.toStdString(), data, 1);
        const Logits exact = logitsOf(g, data);
        QuantizedNetwork q(g, data, {.samples = 100}, pool);
        q.quantize({.weightBits = 3, .granularity = {.kind = Granularity::Kind::PerChannel}});
        const auto error = [&] {
            const Logits l = evaluate(q.pass(), data, data.test, data.test.count());
            return rmse(exact.values.data(), l.values.data(), l.values.size());
        };
        const double nearest = error();
        adaRound(q, data, {.samples = 60, .iterations = 150}, pool);
        QVERIFY2(error() < 0.8 * nearest, qPrintable(QStringLiteral("%1 %2").arg(nearest).arg(error())));
        for (const LayerQuantization& l : q.layers())
            for (std::size_t i = 0; i < l.codes.size(); ++i) {
                const std::size_t c = i / (l.codes.size() / l.parameters.scale.size());
                const double steps = static_cast<double>(l.before[i]) / static_cast<double>(l.parameters.scale[c]);
                QVERIFY(std::abs(l.codes[i] - steps) < 1.001); // up or down, nothing else
            }
    }

    void adaRoundIsTheSameForAnyThreads()
    {
        const Dataset data = digits(150);
        const Graph g = trained("cnn-4-8", data, 1);
        std::vector<std::vector<std::int32_t>> codes;
        for (const int threads : {1, 3}) {
            ThreadPool pool(threads);
            QuantizedNetwork q(g, data, {.samples = 50}, pool);
            q.quantize({.weightBits = 4});
            adaRound(q, data, {.samples = 40, .iterations = 40}, pool);
            codes.push_back(q.layers()[1].codes);
        }
        QCOMPARE(codes[0], codes[1]);
    }

    void mixedPrecisionSpendsItsBudgetWhereItHurts()
    {
        const Dataset data = digits(100);
        ThreadPool pool(1);
        const Graph g = trained("mlp-16-16", data, 1);
        QuantizedNetwork q(g, data, {.samples = 50}, pool);
        q.quantize({.weightBits = 4});
        const auto bytes = [&](std::size_t i, int b) { return static_cast<std::int64_t>(q.layers()[i].before.size()) * b / 8; };
        const std::int64_t low = bytes(0, 4) + bytes(1, 4) + bytes(2, 4);
        auto bits = mixedPrecision(q.layers(), {1, 0.5, 0.1}, 4, 8, 8, low + bytes(1, 4) + bytes(2, 4)); // the first layer is too large
        QCOMPARE(bits["dense1"].weight, 4);
        QCOMPARE(bits["dense2"].weight, 8);
        QCOMPARE(bits["dense3"].weight, 8);
        bits = mixedPrecision(q.layers(), {1, 0, 0.1}, 4, 8, 8, low + 100000);
        QCOMPARE(bits["dense1"].weight, 8);
        QCOMPARE(bits["dense2"].weight, 4); // nothing to gain
    }

    void layerErrorsAccumulate()
    {
        const Dataset data = digits(250);
        ThreadPool pool(1);
        const Graph g = trained("mlp-32-32-16", data, 1);
        QuantizedNetwork q(g, data, {.samples = 100}, pool);
        q.quantize({.weightBits = 3});
        const std::vector<LayerError> errors = layerErrors(q, data, 50, pool);
        QCOMPARE(errors.size(), std::size_t{4});
        QVERIFY(std::abs(errors[0].localDb - errors[0].accumulatedDb) < 0.5); // the first inherits the rounding of the input alone
        QVERIFY(errors[3].localDb > errors[3].accumulatedDb + 1);
        for (const LayerError& e : errors) {
            QVERIFY(std::abs(e.meanShift + e.clipping + e.rounding - 1) < 1e-9);
            QVERIFY(e.cosine > 0.5 && e.cosine <= 1);
        }
        QCOMPARE(q.options().weightBits, 3);
        QVERIFY(q.options().layers.empty());
    }

    /// Few bits: learned steps reach what following the largest weight does not.
    void learnedStepsAreTrained()
    {
        const Dataset data = digits(1500);
        ThreadPool pool(2);
        const Graph g = trained("mlp-32", data, 4);
        QuantizedNetwork q(g, data, {.samples = 200}, pool);
        q.quantize({.weightBits = 2, .activationBits = 4});
        Graph aware = makeQuantizationAware(q, AwareMethod::LearnedStep);
        const float before = awareLayers(aware)[0].quantization->step->value[0];
        TrainOptions o{.epochs = 3, .batch = 25};
        o.schedule.learningRate = 0.01;
        train(aware, data, o, pool, [](const StepReport&) { return true; });
        QVERIFY(awareLayers(aware)[0].quantization->step->value[0] != before);
        const double rounded = accuracy(evaluate(q.pass(), data, data.test, data.test.count()), data.test);
        const auto converted = convert(aware, q.options(), pool);
        const Logits simulated = logitsOf(aware, data), real = evaluate(converted->pass(), data, data.test, data.test.count());
        QVERIFY2(accuracy(real, data.test) > rounded + 0.2, qPrintable(QString::number(rounded)));
        QVERIFY2(agreement(simulated, real) > 0.99, qPrintable(QString::number(agreement(simulated, real))));
    }

    void frozenRangesStay()
    {
        const Dataset data = digits(200);
        ThreadPool pool(1);
        const Graph g = trained("mlp-16", data, 1);
        QuantizedNetwork q(g, data, {.samples = 50}, pool);
        Graph aware = makeQuantizationAware(q), moving = aware;
        freezeRanges(aware);
        const auto range = [](Graph& x) { return dynamic_cast<FakeQuantize&>(*x.node(x.find("quantize_relu1")).layer).range().high; };
        const float start = range(aware);
        for (Graph* x : {&aware, &moving}) train(*x, data, {.epochs = 2, .batch = 20}, pool, [](const StepReport&) { return true; });
        QCOMPARE(range(aware), start);
        QVERIFY(range(moving) != start);
    }

    void badCalibrationIsRefused()
    {
        Dataset data = digits(100);
        ThreadPool pool(1);
        Graph g = buildModel("mlp-8", data.shape, data.classCount());
        g.initialize(1);
        QVERIFY_EXCEPTION_THROWN(QuantizedNetwork(g, data, {.samples = 0}, pool), Error);
        g.parameters()[0].second->value[3] = std::nanf("");
        QVERIFY_EXCEPTION_THROWN(QuantizedNetwork(g, data, {.samples = 10}, pool), Error);
        g.initialize(1);
        QuantizedNetwork one(g, data, {.samples = 1}, pool); // one image is a defined, if poor, calibration
        QVERIFY(std::isfinite(evaluate(one.pass(), data, data.test, 5).values[0]));
    }
};

QTEST_APPLESS_MAIN(TestRepair)
#include "tst_repair.moc"
