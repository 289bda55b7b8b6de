#include "engine/data/catalogue.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"

#include <QtTest>
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
