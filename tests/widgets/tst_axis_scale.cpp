#include "paint/axis_scale.h"

#include <QtTest>
#include <cmath>
#include <limits>

using namespace bitstill;

class TestAxisScale : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void endsAreRound_data()
    {
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::addColumn<double>("niceLow");
        QTest::addColumn<double>("niceHigh");
        QTest::addColumn<double>("step");
        QTest::addColumn<int>("decimals");
        QTest::newRow("unit") << 0.0 << 1.0 << 0.0 << 1.0 << 0.2 << 1;
        QTest::newRow("odd") << 0.13 << 2.31 << 0.0 << 2.5 << 0.5 << 1;
        QTest::newRow("large") << 0.0 << 97000.0 << 0.0 << 100000.0 << 20000.0 << 0;
        QTest::newRow("small") << -1e-5 << 1e-5 << -1e-5 << 1e-5 << 5e-6 << 6;
        QTest::newRow("point") << 3.0 << 3.0 << 3.0 << 4.0 << 0.2 << 1;
    }
    void endsAreRound()
    {
        QFETCH(double, low);
        QFETCH(double, high);
        QFETCH(double, niceLow);
        QFETCH(double, niceHigh);
        QFETCH(double, step);
        QFETCH(int, decimals);
        const NiceScale s = niceScale({low, high}, false);
        QVERIFY(std::abs(s.low - niceLow) < 1e-9 && std::abs(s.high - niceHigh) < 1e-9 * std::max(1.0, niceHigh));
        QVERIFY(std::abs(s.step - step) < 1e-9 * step + 1e-12);
        QCOMPARE(s.decimals, decimals);
    }

    void fixedEndsStay()
    {
        const NiceScale s = niceScale({-0.66, 0.66}, true);
        QCOMPARE(s.low, -0.66);
        QCOMPARE(s.high, 0.66);
    }

    void logarithmicTicksArePowers_data()
    {
        QTest::addColumn<QString>("unit");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::addColumn<QStringList>("labels");
        const auto row = [](const char* name, const char* unit, double low, double high, const char* labels) {
            QTest::newRow(name) << QString::fromLatin1(unit) << low << high << QString::fromLatin1(labels).split(QLatin1Char(' '));
        };
        row("decades", "s", 0.01, 1000, "0.01 0.1 1 10 100 1000");
        row("few", "s", 1, 100, "1 2 5 10 20 50 100");
        row("many", "s", 1e-12, 1e12, "1e-12 1e-8 0.0001 1 10000 1e8 1e12");
        row("within one", "s", 3, 6, "3 4 5 6");
        row("memory", "KiB", 16, 1024, "16 32 64 128 256 512 1024");
        row("much memory", "B", 1, 1048576, "1 8 64 512 4096 32768 262144");
    }
    void logarithmicTicksArePowers()
    {
        QFETCH(QString, unit);
        QFETCH(double, low);
        QFETCH(double, high);
        QFETCH(QStringList, labels);
        const Axis axis{.unit = Text(unit.toStdString()), .range = AxisRange{low, high}, .logarithmic = true};
        const AxisScale scale = axisScale(axis, {low, high});
        QStringList is;
        for (const AxisScale::Tick& tick : scale.ticks) {
            is.append(tick.label);
            QVERIFY(std::abs(scale.value(tick.at) / tick.label.toDouble() - 1) < 1e-9);
        }
        QCOMPARE(is, labels);
    }

    /// However narrow a part of a logarithmic axis is, it is that part.
    void partsOfLogarithmicAxesAreAsNarrowAsTheyAre()
    {
        const AxisScale scale = axisScale({.range = AxisRange{100, 100.5}, .logarithmic = true}, {1, 1000});
        QVERIFY(std::abs(scale.value(scale.shown.high) - 100.5) < 1e-6);
        QVERIFY(scale.ticks.size() >= 3);
    }

    void rangesPassOverWhatIsNoNumber()
    {
        const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
        QVERIFY((rangeOf({nan, 2, -1, inf}) == AxisRange{-1, 2}));
        QVERIFY((rangeOf({nan}) == AxisRange{0, 1}));
        QVERIFY(rangeOf({5}).low < 5 && rangeOf({5}).high > 5);
    }

    void linesAreClippedAndParted()
    {
        // In, out at the top, back in: two pieces with a gap between.
        const QList<QPointF> out = clipped({{0, 0}, {1, 2}, {2, 0}}, {0, 2}, {0, 1});
        QCOMPARE(out.size(), 5);
        QCOMPARE(out[1], QPointF(0.5, 1));
        QVERIFY(std::isnan(out[2].x()));
        QCOMPARE(out[3], QPointF(1.5, 1));
        QVERIFY(clipped({{0, 5}, {1, 6}}, {0, 1}, {0, 1}).isEmpty());
        QCOMPARE(clipped({{0, 0}, {1, 1}}, {0, 1}, {0, 1}).size(), 2);
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QCOMPARE(clipped({{0, 0}, {0.2, 0.2}, {0.3, nan}, {0.4, 0.4}, {0.5, 0.5}}, {0, 1}, {0, 1}).size(), 5);
    }
};

QTEST_APPLESS_MAIN(TestAxisScale)
#include "tst_axis_scale.moc"
