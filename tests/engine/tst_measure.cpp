#include "engine/core/rng.h"
#include "engine/measure/agreement.h"
#include "engine/measure/error_measures.h"
#include "engine/measure/histogram.h"
#include "engine/measure/interval.h"

#include <QtTest>
#include <cmath>
#include <numeric>

using namespace bitstill;

class TestMeasure : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sqnrIsTwentyLogOfTheRatio()
    {
        const std::vector<float> x{3, 4}, y{3, 4.5f};
        QVERIFY(std::abs(sqnrDb(x.data(), y.data(), 2) - 20) < 1e-9);
        QVERIFY(std::isinf(sqnrDb(x.data(), x.data(), 2)));
        QVERIFY(std::abs(rmse(x.data(), y.data(), 2) - 0.5 / std::sqrt(2)) < 1e-9);
        QCOMPARE(largestError(x.data(), y.data(), 2), 0.5);
    }

    void histogramsCountWhatIsInTheirRange()
    {
        const std::vector<float> x{0, 0.5f, 1, 1, 7, -3, NAN};
        QCOMPARE(histogramCounts(x.data(), x.size(), 0, 1, 2), (std::vector<std::size_t>{1, 3}));
    }

    void holmsCorrection()
    {
        // Sorted: 0.005·4, 0.01·3, 0.03·2, 0.04·1, made monotone.
        const std::vector<double> corrected = holmCorrected({0.01, 0.04, 0.03, 0.005}), expected{0.03, 0.06, 0.06, 0.02};
        for (std::size_t i = 0; i < 4; ++i) QVERIFY(std::abs(corrected[i] - expected[i]) < 1e-15);
        QVERIFY(holmCorrected({0.9, 0.8}) == std::vector<double>({1, 1}) && holmCorrected({}).empty());
    }

    /// p computed with mpmath 1.3: t = 0.0144 / (s / √5), 4 degrees of freedom.
    void thePairedTTest()
    {
        const PairedT test = pairedT({0.018, 0.004, 0.021, 0.008, 0.021});
        QVERIFY(std::abs(test.change.mean - 0.0144) < 1e-12 && std::abs(test.p - 0.0151050267363215) < 1e-12);
        QVERIFY(pairedT({0, 0}).p == 1 && pairedT({1, 1}).p == 0 && std::isnan(pairedT({1}).p));
    }

    void intervalsCoverTheTruth()
    {
        // 95 % intervals must hold the true share in about 95 % of experiments, also for shares near 1.
        for (const double truth : {0.5, 0.9, 0.98}) {
            Rng rng(3, "x");
            int covered = 0;
            for (int i = 0; i < 1000; ++i) {
                std::vector<char> correct(200);
                for (char& c : correct) c = rng.uniform() < truth;
                const Interval interval = accuracyInterval(correct);
                covered += interval.low <= truth && truth <= interval.high;
            }
            QVERIFY2(covered > 925 && covered < 985, qPrintable(QString::number(covered)));
        }
    }

    void meansOfAFewSeedsCoverTheTruth()
    {
        Rng rng(5, "x");
        for (const std::size_t seeds : {2u, 3u, 5u, 20u}) {
            int covered = 0;
            for (int i = 0; i < 2000; ++i) {
                std::vector<double> values(seeds);
                for (double& v : values) v = 3 + 2 * rng.normal();
                const Interval interval = meanInterval(values);
                covered += interval.low <= 3 && 3 <= interval.high;
            }
            QVERIFY2(covered > 1860 && covered < 1940, qPrintable(QString::number(covered)));
        }
        QVERIFY(std::isinf(meanInterval({1.0}).high));
    }

    void choicesAgreeOneByOne()
    {
        // First choices: same, same, other. Second ones, where the first agree: same, other.
        const Logits a{{3, 2, 1, 3, 2, 1, 3, 2, 1}, 3, 3}, b{{9, 5, 0, 9, 0, 5, 0, 9, 5}, 3, 3};
        QCOMPARE(agreement(a, b), 2.0 / 3);
        QCOMPARE(secondChoiceAgreement(a, b), 0.5);
        QCOMPARE(secondChoiceAgreement(a, a), 1.0);
        QCOMPARE(klDivergence(a, a), 0.0);
    }

    void pairedIntervalsCancelWhatIsCommon()
    {
        std::vector<char> a(1000), b(1000);
        Rng rng(4, "x");
        for (std::size_t i = 0; i < 1000; ++i) a[i] = b[i] = rng.uniform() < 0.7;
        QCOMPARE(pairedDifference(a, b).halfWidth(), 0.0);
        for (std::size_t i = 0; i < 20; ++i) b[i] = 0;
        const Interval d = pairedDifference(a, b);
        QVERIFY(d.mean < 0 && d.high < 0);
        QVERIFY(d.halfWidth() < 0.5 * accuracyInterval(a).halfWidth());
    }
};

QTEST_APPLESS_MAIN(TestMeasure)
#include "tst_measure.moc"
