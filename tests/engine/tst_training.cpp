#include "engine/data/catalogue.h"
#include "engine/nn/batchnorm.h"
#include "engine/nn/dense.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"

#include <QtTest>
#include <algorithm>
#include <cmath>

using namespace bitstill;

namespace {

Dataset strokes(int samples) { return loadDataset("strokes", {.path = {}, .seed = 1, .samples = samples, .noise = 0.2}); }

std::uint64_t trainedHash(const std::string& model, const Dataset& data, int threads, int epochs = 1)
{
    Graph g = buildModel(model, data.shape, data.classCount());
    g.initialize(4);
    ThreadPool pool(threads);
    TrainOptions o;
    o.epochs = epochs;
    o.batch = 50;
    o.seed = 4;
    train(g, data, o, pool, [](const StepReport&) { return true; });
    return g.hash();
}

} // namespace

class TestTraining : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void learnsTheDrawnDigits()
    {
        const Dataset data = strokes(2000);
        Graph g = buildModel("mlp-64", data.shape, data.classCount());
        g.initialize(1);
        ThreadPool pool(2);
        TrainOptions o;
        o.epochs = 6;
        o.batch = 64;
        double first = 0, last = 0;
        long steps = 0;
        const TrainOutcome outcome = train(g, data, o, pool, [&](const StepReport& r) {
            if (r.step == 1) first = r.loss;
            last = r.loss;
            steps = r.step;
            return true;
        });
        QCOMPARE(outcome, TrainOutcome::Finished);
        QCOMPARE(steps, 6L * 32);
        QVERIFY2(std::abs(first - std::log(10)) < 0.5, "an untrained network should guess");
        QVERIFY(last < first / 2);
        Pass pass(g, 100, Pass::Mode::Inference, pool);
        const double reached = accuracy(evaluate(pass, data, data.test, data.test.count()), data.test);
        QVERIFY2(reached > 0.75, qPrintable(QString::number(reached)));
    }

    void sameSeedSameBitsForAnyThreads_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* m : {"mlp-64-32", "cnn-4-8", "dwcnn", "resnet-8"}) QTest::newRow(m) << m;
    }
    void sameSeedSameBitsForAnyThreads()
    {
        QFETCH(QString, model);
        const Dataset data = strokes(220); // the last batch is not full
        const std::uint64_t one = trainedHash(model.toStdString(), data, 1);
        QCOMPARE(trainedHash(model.toStdString(), data, 2), one);
        QCOMPARE(trainedHash(model.toStdString(), data, 4), one);
    }

    /// Two steps by hand, with a gradient of 0.5 each, from a weight of 2.
    void optimizersFollowTheirFormulas_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<double>("momentum");
        QTest::addColumn<bool>("nesterov");
        QTest::addColumn<double>("expected");
        const double lr = 0.1, decay = 0.01, g = 0.5, w0 = 2;
        const double d1 = g + decay * w0, w1 = w0 - lr * d1, d2 = g + decay * w1;
        QTest::newRow("sgd") << "sgd" << 0.0 << false << w1 - lr * d2;
        QTest::newRow("momentum") << "sgd" << 0.9 << false << w1 - lr * (0.9 * d1 + d2);
        const double n1 = w0 - lr * (d1 + 0.9 * d1), e2 = g + decay * n1;
        QTest::newRow("nesterov") << "sgd" << 0.9 << true << n1 - lr * (e2 + 0.9 * (0.9 * d1 + e2));
        // While the gradient hardly changes, adam moves by the learning rate; adamw shrinks the weight first.
        QTest::newRow("adam") << "adam" << 0.0 << false << w0 - 2 * lr;
        QTest::newRow("adamw") << "adamw" << 0.0 << false << ((w0 * (1 - lr * decay) - lr) * (1 - lr * decay) - lr);
    }
    void optimizersFollowTheirFormulas()
    {
        QFETCH(QString, name);
        QFETCH(double, momentum);
        QFETCH(bool, nesterov);
        QFETCH(double, expected);
        Graph graph({1, 1, 1});
        graph.add("dense1", std::make_unique<Dense>(1, 1));
        Parameter& weight = *graph.parameters().front().second;
        weight.value.fill(2);
        Optimizer optimizer(graph, {.name = name.toStdString(), .momentum = momentum, .nesterov = nesterov, .weightDecay = 0.01});
        for (int step = 0; step < 2; ++step) {
            weight.gradient.fill(0.5);
            optimizer.beginStep(0.1);
            optimizer.update(weight, 0, 1);
        }
        QVERIFY2(std::abs(weight.value[0] - expected) < 1e-4, qPrintable(QString::number(weight.value[0])));
    }

    /// Weights a hundred times as large move a hundred times as far; those near 0 as if they were 0.001.
    void stepsMayBeSharesOfTheWeights()
    {
        const auto moved = [](float from) {
            Graph graph({1, 1, 1});
            graph.add("dense1", std::make_unique<Dense>(1, 1));
            Parameter& weight = *graph.parameters().front().second;
            weight.value.fill(from);
            Optimizer optimizer(graph, {.name = "adam", .relative = true});
            weight.gradient.fill(0.5);
            optimizer.beginStep(0.1);
            optimizer.update(weight, 0, 1);
            return static_cast<double>(from - weight.value[0]);
        };
        QVERIFY2(std::abs(moved(2) - 0.2) < 1e-4, qPrintable(QString::number(moved(2))));
        QVERIFY2(std::abs(moved(200) - 20) < 1e-2, qPrintable(QString::number(moved(200))));
        QVERIFY2(std::abs(moved(0) - 1e-4) < 1e-7, qPrintable(QString::number(moved(0))));
    }

    void everyEpochHasAnOrderOfItsOwn()
    {
        const Dataset data = strokes(200);
        Graph g = buildModel("mlp-8", data.shape, data.classCount());
        ThreadPool pool(1);
        Trainer trainer(g, data, {.epochs = 2, .batch = static_cast<int>(data.train.count())}, pool);
        std::vector<std::vector<std::uint32_t>> orders;
        while (!trainer.isDone()) {
            orders.emplace_back(trainer.batch().begin(), trainer.batch().end());
            QVERIFY(trainer.step());
        }
        QCOMPARE(orders.size(), 2u);
        QVERIFY(orders[0] != orders[1]);
        for (std::vector<std::uint32_t>& order : orders) {
            std::ranges::sort(order);
            for (std::uint32_t i = 0; i < order.size(); ++i) QCOMPARE(order[i], i); // each sample once
        }
    }

    /// As PyTorch: a tenth of the way from 0 and 1 to the mean and the unbiased variance of the batch.
    void runningStatisticsMoveTowardsTheBatch()
    {
        const Dataset data = loadDataset("moons", {.path = {}, .seed = 2, .samples = 200, .noise = 0.3});
        Graph g(data.shape);
        auto layer = std::make_unique<BatchNorm>(2);
        const BatchNorm& norm = *layer;
        g.add("bn1", std::move(layer));
        g.add("dense1", std::make_unique<Dense>(2, data.classCount()));
        ThreadPool pool(2);
        Trainer trainer(g, data, {.epochs = 1, .batch = static_cast<int>(data.train.count())}, pool);
        QVERIFY(trainer.step());
        const double n = static_cast<double>(data.train.count());
        for (std::size_t c = 0; c < 2; ++c) {
            double sum = 0, squares = 0;
            for (std::size_t i = 0; i < data.train.count(); ++i) {
                float x[2];
                data.read(data.train, i, x);
                sum += x[c];
                squares += x[c] * x[c];
            }
            const double mean = sum / n, variance = (squares - n * mean * mean) / (n - 1);
            QVERIFY(std::abs(norm.runningMean[c] - 0.1 * mean) < 1e-5);
            QVERIFY(std::abs(norm.runningVar[c] - (0.9 + 0.1 * variance)) < 1e-5);
        }
    }

    void divergenceIsAnOutcome()
    {
        const Dataset data = strokes(500);
        Graph g = buildModel("mlp-32", data.shape, data.classCount());
        g.initialize(1);
        ThreadPool pool(1);
        TrainOptions o;
        o.epochs = 20;
        o.schedule = {.name = "constant", .learningRate = 1e6};
        QCOMPARE(train(g, data, o, pool, [](const StepReport&) { return true; }), TrainOutcome::Diverged);
    }

    void observerCanStop()
    {
        const Dataset data = strokes(500);
        Graph g = buildModel("mlp-8", data.shape, data.classCount());
        ThreadPool pool(1);
        long seen = 0;
        QCOMPARE(train(g, data, {}, pool, [&](const StepReport& r) { return (seen = r.step) < 3; }), TrainOutcome::Stopped);
        QCOMPARE(seen, 3L);
    }

    void schedulesGoWhereTheySay()
    {
        Schedule s{.name = "cosine", .learningRate = 1};
        QCOMPARE(s.at(0, 100), 1.0);
        QVERIFY(std::abs(s.at(50, 100) - 0.5) < 1e-12);
        QVERIFY(s.at(99, 100) < 0.001);
        s.name = "step";
        QCOMPARE(s.at(49, 100), 1.0);
        QCOMPARE(s.at(50, 100), 0.1);
        QCOMPARE(s.at(80, 100), 0.01);
        s = {.name = "constant", .learningRate = 2, .warmup = 0.1};
        QCOMPARE(s.at(0, 100), 0.2);
        QCOMPARE(s.at(4, 100), 1.0);
        QCOMPARE(s.at(10, 100), 2.0);
    }

    void planarSetsCanBeLearned_data()
    {
        QTest::addColumn<QString>("set");
        for (const char* s : {"moons", "spirals", "rings"}) QTest::newRow(s) << s;
    }
    void planarSetsCanBeLearned()
    {
        QFETCH(QString, set);
        const Dataset data = loadDataset(set.toStdString(), {.path = {}, .seed = 2, .samples = 2000, .noise = 0.3});
        Graph g = buildModel("mlp-64-64", data.shape, data.classCount());
        g.initialize(1);
        ThreadPool pool(2);
        TrainOptions o;
        o.epochs = 30;
        o.optimizer = {.name = "adam"};
        o.schedule.learningRate = 0.01;
        train(g, data, o, pool, [](const StepReport&) { return true; });
        Pass pass(g, 100, Pass::Mode::Inference, pool);
        const double reached = accuracy(evaluate(pass, data, data.test, data.test.count()), data.test);
        QVERIFY2(reached > 0.9, qPrintable(QString::number(reached)));
    }
};

QTEST_APPLESS_MAIN(TestTraining)
#include "tst_training.moc"
