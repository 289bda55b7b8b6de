// Quantization-aware training: what is rounded, what is trained, and that it gives back what rounding took.

#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/nn/dense.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aware.h"
#include "tests/support/compare.h"

#include <set>

using namespace bitstill;

namespace {

Dataset digits(int samples) { return loadDataset("strokes", {.path = {}, .seed = 1, .samples = samples, .noise = 0.2}); }

Graph trained(const std::string& model, const Dataset& data, ThreadPool& pool)
{
    Graph g = buildModel(model, data.shape, data.classCount());
    g.initialize(1);
    train(g, data, {.epochs = 4, .batch = 32}, pool, [](const StepReport&) { return true; });
    return g;
}

double accuracyOf(Graph& g, const Dataset& data, ThreadPool& pool)
{
    Pass pass(g, 100, Pass::Mode::Inference, pool);
    return accuracy(evaluate(pass, data, data.test, data.test.count()), data.test);
}

} // namespace

class TestAware : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void forwardIsTheQuantizedNetwork_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* m : {"mlp-32-16", "cnn-4-8", "dwcnn", "resnet-8"}) QTest::newRow(m) << m;
    }
    void forwardIsTheQuantizedNetwork()
    {
        QFETCH(QString, model);
        const Dataset data = digits(300);
        ThreadPool pool(1);
        Graph g = buildModel(model.toStdString(), data.shape, data.classCount());
        g.initialize(1);
        train(g, data, {.epochs = 1, .batch = 50}, pool, [](const StepReport&) { return true; });
        const QuantizationOptions options{.weightBits = 4, .granularity = {.kind = Granularity::Kind::PerChannel}, .activationBits = 8};
        QuantizedNetwork ptq(g, data, {.samples = 100}, pool);
        ptq.quantize(options);
        Graph aware = makeQuantizationAware(ptq);
        Pass pass(aware, 60, Pass::Mode::Inference, pool);
        const Logits a = evaluate(ptq.pass(), data, data.test, 60), b = evaluate(pass, data, data.test, 60);
        // They differ by the rounding of biases alone, which may move an activation to the next code.
        QVERIFY2(relativeError(b.values.data(), a.values.data(), a.values.size()) < 0.1,
            qPrintable(QString::number(relativeError(b.values.data(), a.values.data(), a.values.size()))));
    }

    void activationsFallOnCodes()
    {
        const Dataset data = digits(200);
        ThreadPool pool(1);
        Graph g = buildModel("mlp-32", data.shape, data.classCount());
        g.initialize(1);
        QuantizedNetwork ptq(g, data, {.samples = 100}, pool);
        ptq.quantize({.activationBits = 2});
        Graph aware = makeQuantizationAware(ptq);
        Pass pass(aware, 50, Pass::Mode::Inference, pool);
        evaluate(pass, data, data.test, 40);
        const NodeId node = aware.find("quantize_relu1");
        QVERIFY(node > 0);
        const float* y = pass.activation(node);
        QVERIFY(std::set<float>(y, y + 40 * 32).size() <= 4);
        QVERIFY(aware.find("quantize_dense2") < 0); // logits stay float
    }

    void gradientStopsWhereValuesAreClipped()
    {
        Graph g({1, 1, 4});
        g.add("q", std::make_unique<FakeQuantize>(8, Range{0, 1}));
        ThreadPool pool(1);
        Pass pass(g, 1, Pass::Mode::Training, pool, true);
        const float x[] = {0.5f, 2.0f, -1.0f, 1.0f};
        pass.step(
            1, [&](const Shard&, float* to) { std::copy_n(x, 4, to); },
            [](const Shard&, const float*, float* dy) {
                std::fill(dy, dy + 4, 1.0f);
                return 0.0;
            },
            [](Parameter&, std::size_t, std::size_t) {});
        const float* dx = pass.inputGradient();
        QCOMPARE(std::vector<float>(dx, dx + 4), (std::vector<float>{1, 0, 0, 1}));
    }

    /// A hundredth of the way to what a step saw, from the next step on; not when frozen.
    void rangesFollowTheActivations()
    {
        for (const bool frozen : {false, true}) {
            Graph g({1, 1, 4});
            g.add("q", std::make_unique<FakeQuantize>(8, Range{0, 1}));
            auto& layer = static_cast<FakeQuantize&>(*g.node(1).layer);
            layer.frozen = frozen;
            ThreadPool pool(1);
            Pass pass(g, 1, Pass::Mode::Training, pool);
            const float x[] = {0.5f, 2.0f, -1.0f, 1.0f};
            for (int step = 0; step < 2; ++step)
                pass.step(
                    1, [&](const Shard&, float* to) { std::copy_n(x, 4, to); }, [](const Shard&, const float*, float*) { return 0.0; },
                    [](Parameter&, std::size_t, std::size_t) {});
            QVERIFY(std::abs(layer.range().low - (frozen ? 0 : -0.01f)) < 1e-6f);
            QVERIFY(std::abs(layer.range().high - (frozen ? 1 : 1.01f)) < 1e-6f);
        }
    }

    void shadowWeightsAreTrainedThroughTheRounding()
    {
        const Dataset data = digits(200);
        ThreadPool pool(1);
        Graph g = buildModel("mlp-16", data.shape, data.classCount());
        g.initialize(1);
        QuantizedNetwork ptq(g, data, {.samples = 100}, pool);
        ptq.quantize({.weightBits = 2});
        Graph aware = makeQuantizationAware(ptq);
        const Tensor before = static_cast<Dense&>(*aware.node(aware.find("dense1")).layer).weight.value;
        train(aware, data, {.epochs = 1, .batch = 50}, pool, [](const StepReport&) { return true; });
        const Tensor& after = static_cast<Dense&>(*aware.node(aware.find("dense1")).layer).weight.value;
        const std::set<float> values(after.begin(), after.end());
        QVERIFY2(values.size() > 1000, "the shadow is float");
        QVERIFY(!std::equal(before.begin(), before.end(), after.begin()));
    }

    void trainingGivesBackWhatRoundingTook()
    {
        const Dataset data = digits(2000);
        ThreadPool pool(2);
        Graph g = trained("mlp-32", data, pool);
        const double full = accuracyOf(g, data, pool);
        const QuantizationOptions options{.weightBits = 2, .activationBits = 8};
        QuantizedNetwork ptq(g, data, {.samples = 256}, pool);
        ptq.quantize(options);
        const double rounded = accuracy(evaluate(ptq.pass(), data, data.test, data.test.count()), data.test);
        Graph aware = makeQuantizationAware(ptq);
        TrainOptions o{.epochs = 4, .batch = 32};
        o.schedule.learningRate = 0.02;
        train(aware, data, o, pool, [](const StepReport&) { return true; });
        const double back = accuracyOf(aware, data, pool);
        const QString figures = QStringLiteral("float %1, rounded %2, aware %3").arg(full).arg(rounded).arg(back);
        QVERIFY2(rounded < full - 0.1, qPrintable(figures));
        QVERIFY2(back > rounded + 0.6 * (full - rounded), qPrintable(figures));
    }

    void sameBitsForAnyThreads()
    {
        const Dataset data = digits(230);
        std::vector<std::uint64_t> hashes;
        for (const int threads : {1, 2, 4}) {
            ThreadPool pool(threads);
            Graph g = buildModel("cnn-4-8", data.shape, data.classCount());
            g.initialize(1);
            QuantizedNetwork ptq(g, data, {.samples = 100}, pool);
            ptq.quantize({.weightBits = 4});
            Graph aware = makeQuantizationAware(ptq);
            train(aware, data, {.epochs = 1, .batch = 50}, pool, [](const StepReport&) { return true; });
            hashes.push_back(aware.hash());
        }
        QCOMPARE(hashes[1], hashes[0]);
        QCOMPARE(hashes[2], hashes[0]);
    }
};

QTEST_APPLESS_MAIN(TestAware)
#include "tst_aware.moc"
