// What PyTorch reaches with the same recipe on the 10,000 test images of Fashion-MNIST (label "full": minutes).

#include "engine/data/catalogue.h"
#include "engine/measure/agreement.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/integer_network.h"

#include <QtTest>

using namespace bitstill;

class TestAccuracy : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reachesWhatPyTorchReaches_data()
    {
        QTest::addColumn<int>("epochs");
        QTest::addColumn<double>("learningRate");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::newRow("mlp-256-128") << 10 << 0.05 << 0.892 << 0.898;
        QTest::newRow("cnn-16-32") << 5 << 0.05 << 0.912 << 0.920;
        QTest::newRow("dwcnn") << 5 << 0.1 << 0.915 << 1.0;
    }
    void reachesWhatPyTorchReaches()
    {
        QFETCH(int, epochs);
        QFETCH(double, learningRate);
        QFETCH(double, low);
        QFETCH(double, high);
        if (defaultDataset() != "fashion-mnist") QSKIP("needs dataset-fashion-mnist");
        const Dataset data = loadDataset("fashion-mnist");
        ThreadPool pool(defaultThreads());
        Graph g = buildModel(QTest::currentDataTag(), data.shape, data.classCount());
        g.initialize(1);
        TrainOptions o;
        o.epochs = epochs;
        o.schedule.learningRate = learningRate;
        QCOMPARE(train(g, data, o, pool, [](const StepReport&) { return true; }), TrainOutcome::Finished);
        Pass pass(g, 250, Pass::Mode::Inference, pool);
        const double reached = accuracy(evaluate(pass, data, data.test, data.test.count()), data.test);
        qInfo("%s: %.4f", QTest::currentDataTag(), reached);
        QVERIFY2(reached >= low && reached <= high, qPrintable(QString::number(reached)));
    }

    /// The integer network answers as its float simulation does, on 10,000 images, for all models of the zoo.
    void integersAreAsGoodAsTheirSimulation_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<double>("learningRate");
        QTest::addColumn<bool>("perChannel");
        for (const bool perChannel : {false, true})
            for (const auto& [model, rate] : {std::pair("mlp-256-128", 0.05), {"cnn-16-32", 0.05}, {"dwcnn", 0.1}, {"resnet-8", 0.05}})
                QTest::addRow("%s %s", model, perChannel ? "per channel" : "per tensor") << model << rate << perChannel;
    }
    void integersAreAsGoodAsTheirSimulation()
    {
        QFETCH(QString, model);
        QFETCH(double, learningRate);
        QFETCH(bool, perChannel);
        if (defaultDataset() != "fashion-mnist") QSKIP("needs dataset-fashion-mnist");
        const Dataset data = loadDataset("fashion-mnist");
        ThreadPool pool(defaultThreads());
        Graph g = buildModel(model.toStdString(), data.shape, data.classCount());
        g.initialize(1);
        TrainOptions o{.epochs = 1};
        o.schedule.learningRate = learningRate;
        train(g, data, o, pool, [](const StepReport&) { return true; });
        QuantizedNetwork simulated(g, data, {}, pool);
        simulated.quantize({.granularity = {.kind = perChannel ? Granularity::Kind::PerChannel : Granularity::Kind::PerTensor}});
        IntegerNetwork integers(simulated, 250, pool);
        const Logits a = evaluate(simulated.pass(), data, data.test, data.test.count()),
                     b = evaluate(evaluated(integers), data, data.test, data.test.count());
        qInfo("simulated %.4f, integers %.4f, same answer %.4f", accuracy(a, data.test), accuracy(b, data.test), agreement(a, b));
        QVERIFY(std::abs(accuracy(a, data.test) - accuracy(b, data.test)) <= 0.0005);
    }
};

QTEST_APPLESS_MAIN(TestAccuracy)
#include "tst_accuracy.moc"
