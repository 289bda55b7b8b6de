// Observers: the ranges they choose.

#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/measure/agreement.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/observer.h"
#include "engine/quant/quantized_network.h"
#include "engine/quant/scheme.h"
#include "tests/support/files.h"
#include "tests/support/noise.h"
#include "tests/support/quick.h"

#include <QtTest>
#include <limits>

using namespace bitstill;

class TestObservers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void observersGiveUsableRanges_data()
    {
        QTest::addColumn<QString>("observer");
        for (const ObserverInfo& o : observers()) QTest::newRow(o.name.c_str()) << QString::fromStdString(o.name);
    }
    void observersGiveUsableRanges()
    {
        QFETCH(QString, observer);
        const std::string name = observer.toStdString();
        for (const Scheme scheme : {Scheme::Symmetric, Scheme::Affine, Scheme::AffineUnsigned})
            for (const int bits : {2, 4, 8}) {
                const auto normal = makeObserver(name), constant = makeObserver(name), zeros = makeObserver(name),
                           nothing = makeObserver(name);
                const Tensor x = noise({4000}, 0.3);
                normal->observe(x.data(), x.size(), "x");
                const Range e = normal->range(bits, scheme);
                QVERIFY2(e.low < -0.05f && e.high > 0.05f && e.low >= -2 && e.high <= 2,
                    qPrintable(QString::number(e.low) + QLatin1Char(' ') + QString::number(e.high)));
                const Tensor threes({50}, 3), none({50});
                constant->observe(threes.data(), threes.size(), "x");
                QVERIFY(constant->range(bits, scheme).high > 1 && constant->range(bits, scheme).high < 4);
                zeros->observe(none.data(), none.size(), "x");
                QVERIFY(zeros->range(bits, scheme).high == 0 && zeros->range(bits, scheme).low == 0);
                QVERIFY(nothing->range(bits, scheme).high == 0);
                Tensor broken({3}, 1);
                broken[1] = std::numeric_limits<float>::infinity();
                QVERIFY(contains(messageOf([&] { nothing->observe(broken.data(), 3, "dense1"); }), "dense1"));
            }
    }

    void mseSearchComesNearBruteForce_data()
    {
        QTest::addColumn<int>("shape");
        const char* names[] = {"gaussian", "laplace", "half-normal", "bimodal", "one outlier"};
        for (int i = 0; i < 5; ++i) QTest::newRow(names[i]) << i;
    }
    void mseSearchComesNearBruteForce()
    {
        if (kSlow > 1) QSKIP("brute force takes minutes under a sanitizer");
        QFETCH(int, shape);
        Rng rng(9, "x");
        Tensor x({4000});
        for (float& v : x) {
            double d = shape == 1 ? rng.laplace() : rng.normal();
            if (shape == 2) d = std::abs(d);
            if (shape == 3) d = 0.3 * d + (rng.uniform() < 0.5 ? -1 : 1);
            v = static_cast<float>(d);
        }
        if (shape == 4) x[7] = 60;
        for (const Scheme scheme : {Scheme::Symmetric, Scheme::Affine})
            for (const int bits : {2, 3, 4, 8}) {
                const auto watcher = makeObserver("mse");
                watcher->observe(x.data(), x.size(), "x");
                const Blocks one{1, 1, x.size()};
                const auto error = [&](Range e) {
                    Tensor y = x;
                    fakeQuantize(x.data(), chooseParameters(bits, scheme, one, {e}), y.data());
                    return std::pow(rmse(x.data(), y.data(), x.size()), 2);
                };
                const Range full = rangesOf(x.data(), one, "x").front();
                double best = error(full);
                const int steps = scheme == Scheme::Symmetric ? 400 : 60;
                for (int i = 1; i <= steps; ++i)
                    for (int j = 1; j <= (scheme == Scheme::Symmetric ? 1 : steps); ++j) {
                        const float l = static_cast<float>(i) / static_cast<float>(steps),
                                    h = scheme == Scheme::Symmetric ? l : static_cast<float>(j) / static_cast<float>(steps);
                        best = std::min(best, error({full.low * l, full.high * h}));
                    }
                const double found = error(watcher->range(bits, scheme));
                QVERIFY2(found <= 1.01 * best, qPrintable(QStringLiteral("%1 bits: %2 against %3").arg(bits).arg(found).arg(best)));
            }
    }

    void entropyDoesNotKeepAnOutlier()
    {
        Tensor x = noise({20000});
        x[5] = 40;
        const auto watcher = makeObserver("entropy");
        watcher->observe(x.data(), x.size(), "x");
        const Range e = watcher->range(8, Scheme::Symmetric);
        QVERIFY2(e.high > 1.5f && e.high < 20, qPrintable(QString::number(e.high)));
    }

    /// Activations of a network are not the numbers of a table: half of them are 0, and few are large.
    void aCnnKeepsItsAnswersAtEightBits_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* m : {"cnn-4-8", "cnn-8-16"}) QTest::newRow(m) << m;
    }
    void aCnnKeepsItsAnswersAtEightBits()
    {
        QFETCH(QString, model);
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 1500, .noise = 0.3});
        ThreadPool pool(2);
        Graph g = buildModel(model.toStdString(), data.shape, data.classCount());
        g.initialize(1);
        train(g, data, {.epochs = 2, .batch = 25}, pool, [](const StepReport&) { return true; });
        const auto right = [&](const std::string& observer) {
            QuantizedNetwork q(g, data, {.samples = 300, .observer = observer}, pool);
            q.quantize({});
            return accuracy(evaluate(q.pass(), data, data.train, data.train.count()), data.train);
        };
        const double all = right("min-max");
        for (const ObserverInfo& o : observers()) {
            const double found = right(o.name);
            QVERIFY2(found >= all - 0.003, qPrintable(QStringLiteral("%1: %2, min-max %3").arg(o.name.c_str()).arg(found).arg(all)));
        }
    }

    void histogramObserversDoNotCareAboutTheOrder()
    {
        const Tensor small = noise({2000}, 0.01), large = noise({2000}, 5);
        for (const char* name : {"percentile", "mse", "entropy"}) {
            const auto a = makeObserver(name), b = makeObserver(name);
            a->observe(small.data(), small.size(), "x");
            a->observe(large.data(), large.size(), "x");
            b->observe(large.data(), large.size(), "x");
            b->observe(small.data(), small.size(), "x");
            QVERIFY2(std::abs(a->range(8, Scheme::Affine).high - b->range(8, Scheme::Affine).high) < 0.02f, name);
        }
    }
};

QTEST_APPLESS_MAIN(TestObservers)
#include "tst_observers.moc"
