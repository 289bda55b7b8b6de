// Numbers at the ends of float32: tiny, huge, none. What comes out is finite and as good as it can be, or is refused by name.

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/distill/soft_labels.h"
#include "engine/measure/agreement.h"
#include "engine/measure/error_measures.h"
#include "engine/measure/histogram.h"
#include "engine/nn/pass.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aware.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"
#include "engine/quant/repair.h"
#include "tests/support/compare.h"
#include "tests/support/files.h"

#include <limits>

using namespace bitstill;

namespace {

constexpr float kMost = std::numeric_limits<float>::max(), kInfinity = std::numeric_limits<float>::infinity(),
                kNan = std::numeric_limits<float>::quiet_NaN();

template <class Draw> std::vector<float> drawn(std::size_t n, const Draw& draw)
{
    Rng rng(5, "x");
    std::vector<float> x(n);
    for (float& v : x) v = static_cast<float>(draw(rng));
    return x;
}
std::vector<float> normal(std::size_t n, double mean, double deviation)
{
    return drawn(n, [=](Rng& rng) { return mean + deviation * rng.normal(); });
}

/// What `bitstill` makes of x with one scale.
double sqnrOf(const std::vector<float>& x, int bits, Scheme scheme, const std::string& observer, Profile profile = Profile::Bitstill)
{
    const Blocks all{1, 1, x.size()};
    const auto ranges = observedRanges(observer, bits, scheme, x.data(), all, "x");
    std::vector<float> y(x.size());
    fakeQuantize(x.data(), chooseParameters(bits, scheme, all, ranges, profile, scaleFloor(profile)), y.data());
    return sqnrDb(x.data(), y.data(), x.size());
}

void observerRows()
{
    QTest::addColumn<QString>("observer");
    for (const ObserverInfo& o : observers()) QTest::newRow(o.name.c_str()) << QString::fromStdString(o.name);
}

} // namespace

class TestRanges : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A tensor of small numbers is rounded as well as the same one of large numbers.
    void smallTensorsKeepTheirShape_data() { observerRows(); }
    void smallTensorsKeepTheirShape()
    {
        QFETCH(QString, observer);
        for (const Scheme scheme : {Scheme::Symmetric, Scheme::Affine, Scheme::AffineUnsigned}) {
            const double usual = sqnrOf(normal(4096, 0, 1), 8, scheme, observer.toStdString());
            QVERIFY2(usual > 38, qPrintable(QString::number(usual)));
            for (const double deviation : {1e-6, 1e-8, 1e-30}) {
                const double small = sqnrOf(normal(4096, 0, deviation), 8, scheme, observer.toStdString());
                QVERIFY2(std::abs(small - usual) < 0.5, qPrintable(QStringLiteral("%1: %2 dB").arg(deviation).arg(small)));
            }
        }
    }

    void floorsAreAsked()
    {
        const Blocks one{1, 1, 1};
        const Range small{-1e-9f, 1e-9f}, none{};
        QCOMPARE(scaleFloor(Profile::PyTorch), 0x1p-23f);
        for (const Profile p : {Profile::Bitstill, Profile::Onnx, Profile::TfLite}) QCOMPARE(scaleFloor(p), 0x1p-126f);
        for (const Scheme s : {Scheme::Symmetric, Scheme::Affine}) {
            QCOMPARE(chooseParameters(8, s, one, {none}, Profile::Bitstill, 0x1p-126f).scale[0], 0x1p-23f);
            QCOMPARE(chooseParameters(8, s, one, {small}, Profile::PyTorch, scaleFloor(Profile::PyTorch)).scale[0], 0x1p-23f);
            QVERIFY(chooseParameters(8, s, one, {small}, Profile::Bitstill, 0x1p-126f).scale[0] < 1e-11f);
            QCOMPARE(chooseParameters(8, s, one, {{-1e-44f, 1e-44f}}, Profile::Bitstill, 0x1p-126f).scale[0], 0x1p-126f);
        }
    }

    void hugeRangesStayFinite_data()
    {
        QTest::addColumn<int>("scheme");
        QTest::addColumn<float>("low");
        QTest::addColumn<float>("high");
        for (int s = 0; s < 3; ++s)
            for (const auto& [low, high] : {std::pair{-3e38f, 3e38f}, {-kMost, kMost}, {0.0f, kMost}, {-kMost, 1.0f}, {-1e-45f, kMost}})
                QTest::addRow(
                    "%s %g %g", schemeNames()[static_cast<std::size_t>(s)].c_str(), static_cast<double>(low), static_cast<double>(high))
                    << s << low << high;
    }
    void hugeRangesStayFinite()
    {
        QFETCH(int, scheme);
        QFETCH(float, low);
        QFETCH(float, high);
        std::vector<float> x;
        for (int i = 0; i <= 1000; ++i)
            x.push_back(static_cast<float>(static_cast<double>(low) + (static_cast<double>(high) - static_cast<double>(low)) * i / 1000));
        const Blocks all{1, 1, x.size()};
        for (const Profile profile : {Profile::Bitstill, Profile::PyTorch, Profile::Onnx, Profile::TfLite})
            for (const int bits : {2, 3, 4, 8, 16}) {
                const QuantParameters p =
                    chooseParameters(bits, static_cast<Scheme>(scheme), all, rangesOf(x.data(), all, "x"), profile, scaleFloor(profile));
                std::vector<float> y(x.size());
                fakeQuantize(x.data(), p, y.data());
                for (const float v : y) QVERIFY(std::isfinite(v));
                QVERIFY(std::is_sorted(y.begin(), y.end()));
                const double sqnr = sqnrDb(x.data(), y.data(), x.size());
                QVERIFY2(sqnr > (bits == 8 ? 35 : bits == 4 ? 10 : 0), qPrintable(QString::number(sqnr)));
            }
        for (const ObserverInfo& o : observers()) {
            const double sqnr = sqnrOf(x, 8, static_cast<Scheme>(scheme), o.name);
            QVERIFY2(sqnr > 30, qPrintable(QString::fromStdString(o.name) + QString::number(sqnr)));
        }
    }

    void averagesOfHugeBatchesStayFinite()
    {
        const auto watcher = makeObserver("moving-average");
        for (const float v : {-3e38f, 3e38f, -3e38f}) watcher->observe(&v, 1, "x");
        const Range e = watcher->range(8, Scheme::Affine);
        QVERIFY2(std::isfinite(e.low) && std::isfinite(e.high) && e.low < 0, qPrintable(QString::number(e.low)));
    }

    /// No cast of what no integer holds: infinity has the code at its end.
    void whatIsNoNumberHasADefinedCode()
    {
        const std::vector<float> x{kInfinity, -kInfinity, kNan, kMost, 0};
        const QuantParameters p = chooseParameters(8, Scheme::AffineUnsigned, {1, 1, x.size()}, {{-1, 1}});
        std::vector<std::int32_t> codes(x.size());
        std::vector<std::uint8_t> bytes(x.size());
        quantize(x.data(), p, codes.data());
        quantize(x.data(), x.size(), p, bytes.data());
        QCOMPARE(codes, (std::vector<std::int32_t>{255, 0, 0, 255, p.zeroPoint[0]}));
        QVERIFY(std::equal(codes.begin(), codes.end(), bytes.begin()));
    }

    void observersRefuseWhatIsNoNumber_data() { observerRows(); }
    void observersRefuseWhatIsNoNumber()
    {
        QFETCH(QString, observer);
        for (const float bad : {kNan, kInfinity, -kInfinity}) {
            const std::vector<float> x{1, bad, 2};
            const auto look = [&] { observedRanges(observer.toStdString(), 8, Scheme::Affine, x.data(), {1, 1, 3}, "conv2.weight"); };
            QVERIFY(contains(messageOf(look), "conv2.weight"));
        }
    }

    /// One histogram that goes from channel to channel says what a new one for each would.
    void channelsAreObservedApart_data() { observerRows(); }
    void channelsAreObservedApart()
    {
        QFETCH(QString, observer);
        const std::string name = observer.toStdString();
        std::vector<float> x = normal(3 * 300, 0, 1);
        for (std::size_t i = 0; i < 300; ++i) {
            x[i] *= 1e20f;
            x[300 + i] = 0;
            x[600 + i] *= 1e-20f;
        }
        const auto all = observedRanges(name, 8, Scheme::Affine, x.data(), {1, 3, 300}, "x");
        for (std::size_t c = 0; c < 3; ++c) {
            const auto alone = makeObserver(name);
            alone->observe(x.data() + 300 * c, 300, "x");
            QCOMPARE(all[c].low, alone->range(8, Scheme::Affine).low);
            QCOMPARE(all[c].high, alone->range(8, Scheme::Affine).high);
        }
    }

    void entropyKeepsWhatMinMaxKeeps_data()
    {
        QTest::addColumn<int>("shape");
        const char* names[] = {"half zeros, half normal", "nine tenths zeros", "narrow, far from 0", "far below 0", "pixels", "bimodal",
            "constant", "pictures", "clipped at 6"};
        for (int i = 0; i < 9; ++i) QTest::newRow(names[i]) << i;
    }
    void entropyKeepsWhatMinMaxKeeps()
    {
        QFETCH(int, shape);
        const std::vector<float> x = drawn(50000, [shape](Rng& rng) {
            const double d = rng.normal();
            if (shape == 0) return std::max(d, 0.0);
            if (shape == 1) return std::max(d - 1.28, 0.0);
            if (shape == 2 || shape == 3) return (d + 5) * (shape == 2 ? 1 : -1);
            if (shape == 4) return rng.below(256) / 255.0;
            if (shape == 5) return rng.uniform() < 0.1 ? 10 + 0.2 * d : 1 + 0.1 * d;
            if (shape == 7) return rng.uniform() < 0.5 ? -0.81 : -0.81 + 2.83 * rng.below(256) / 255.0;
            if (shape == 8) return std::clamp(3 * d, 0.0, 6.0);
            return 3.0;
        });
        for (const Scheme scheme : {Scheme::Symmetric, Scheme::Affine, Scheme::AffineUnsigned}) {
            const double entropy = sqnrOf(x, 8, scheme, "entropy"), all = sqnrOf(x, 8, scheme, "min-max");
            QVERIFY2(entropy > all - 1.5 || entropy > 60, qPrintable(QStringLiteral("%1 dB, min-max %2").arg(entropy).arg(all)));
        }
        const auto [least, most] = std::minmax_element(x.begin(), x.end());
        const Range e = observedRanges("entropy", 8, Scheme::AffineUnsigned, x.data(), {1, 1, x.size()}, "x").front();
        const auto kept = std::count_if(x.begin(), x.end(), [e](float v) { return v >= e.low && v <= e.high; });
        QVERIFY2(kept > 49500,
            qPrintable(QStringLiteral("%1 in %2 ... %3 of %4 ... %5").arg(kept).arg(e.low).arg(e.high).arg(*least).arg(*most)));
    }

    /// Few bits are worth more where most of the values lie: then entropy clips, and gains by it.
    void entropyGainsByClippingAnOutlier()
    {
        std::vector<float> x = normal(20000, 0, 1);
        x[7] = 200;
        for (const int bits : {4, 8}) {
            const Range e = observedRanges("entropy", bits, Scheme::Symmetric, x.data(), {1, 1, x.size()}, "x").front();
            QVERIFY2(e.high > 1.5f && e.high < 60, qPrintable(QString::number(e.high)));
        }
    }

    void formatsTakeAnyBlock_data()
    {
        QTest::addColumn<QString>("format");
        for (const NumberFormat& f : numberFormats()) QTest::newRow(f.name.c_str()) << QString::fromStdString(f.name);
    }
    void formatsTakeAnyBlock()
    {
        QFETCH(QString, format);
        const NumberFormat& f = numberFormat(format.toStdString());
        const float least = std::numeric_limits<float>::denorm_min();
        const std::vector<std::vector<float>> kinds{{least}, {1e-40f, -3e-41f}, {1e-39f, -2e-38f, 0}, {1e-7f, -1e-9f, 3e-8f},
            {kMost, -kMost}, {3e38f, 1, -1e-40f, 0}, {1, -1e-40f, least}, {65504, 70000, -1e9f}, {8.4e6f, -1e7f, 2e6f}, {0, -0.0f}};
        for (std::size_t k = 0; k < kinds.size(); ++k)
            for (const std::size_t n : {1ul, 31ul, 32ul, 64ul, 100ul}) {
                std::vector<float> x(n), y(n), twice(n);
                for (std::size_t i = 0; i < n; ++i) x[i] = kinds[k][i % kinds[k].size()];
                std::sort(x.begin(), x.end());
                f.roundTrip(x.data(), n, y.data());
                f.roundTrip(y.data(), n, twice.data());
                for (std::size_t i = 0; i < n; ++i) {
                    QVERIFY2(std::isfinite(y[i]), qPrintable(QStringLiteral("kind %1").arg(k)));
                    QVERIFY(y[i] == 0 || x[i] == 0 || (y[i] < 0) == (x[i] < 0));
                    QVERIFY2(std::abs(twice[i] - y[i]) <= 2e-3f * std::abs(y[i]),
                        qPrintable(QStringLiteral("kind %1: %2 %3").arg(k).arg(y[i]).arg(twice[i])));
                }
                if (f.block != 0 && n <= 32) QVERIFY(std::is_sorted(y.begin(), y.end()));
            }
    }

    /// Where half precision holds 0 for the scale, ggml reads 0s; where it would hold infinity, the largest code keeps the largest half.
    void blocksHaveTheScaleThatIsStored()
    {
        for (const char* name : {"q8_0", "q4_0"}) {
            std::vector<float> x(32, 1e-40f), y(32);
            numberFormat(name).roundTrip(x.data(), 32, y.data());
            for (const float v : y) QCOMPARE(v, 0.0f);
            x[3] = -1e30f;
            x[4] = 1e6f;
            numberFormat(name).roundTrip(x.data(), 32, y.data());
            QCOMPARE(y[3], name[1] == '8' ? -127 * 65504.0f : -8 * 65504.0f);
            if (name[1] == '8')
                QVERIFY(std::abs(y[4] - 1e6f) <= 32752.0f);
            else
                QCOMPARE(y[4], 7 * 65504.0f);
            QCOMPARE(y[5], 0.0f);
        }
    }

    void measuresRefuseWhatIsNoNumber()
    {
        const std::vector<std::int32_t> labels{0, 1};
        for (const float bad : {kNan, kInfinity}) {
            const Logits good{{1, 2, 3, 4}, 2, 2}, broken{{1, 2, bad, 4}, 2, 2};
            const auto sample2 = [](const auto& work) { return contains(messageOf(work), "sample 2"); };
            QVERIFY(sample2([&] { klDivergence(good, broken); }));
            QVERIFY(sample2([&] { klDivergence(broken, good); }));
            QVERIFY(sample2([&] { meanEntropy(broken, 2); }));
            QVERIFY(sample2([&] { softLabelStatistics(broken, labels, 2); }));
            QVERIFY(sample2([&] { reliability(broken, labels); }));
        }
        const Logits huge{{-3e38f, 3e38f, kMost, -kMost}, 2, 2};
        for (const double t : {0.1, 1.0, 50.0}) {
            QVERIFY(std::isfinite(meanEntropy(huge, t)));
            const SoftLabelStatistics s = softLabelStatistics(huge, labels, t);
            for (const double v : s.similarity) QVERIFY(std::isfinite(v));
            double p[2];
            softLabels(huge.row(0), 2, t, p);
            QVERIFY(std::isfinite(p[0]) && p[1] > 0.99);
        }
        QVERIFY(std::isfinite(klDivergence(huge, huge)));
    }

    void histogramsOfOneValueAreWhole()
    {
        const std::vector<float> x{2, 2, 2};
        QCOMPARE(histogramCounts(x.data(), 3, 2, 2, 4), (std::vector<std::size_t>{3, 0, 0, 0}));
    }

    void fixedPointSaturates()
    {
        const auto largest = std::numeric_limits<std::int32_t>::max();
        QVERIFY(multiplyFixedPoint(5, 1 << 30, 60) >= 1 << 30); // half of the largest: the multiplier is a half
        QVERIFY(multiplyFixedPoint(-5, 1 << 30, 60) <= -(1 << 30));
        QCOMPARE(multiplyFixedPoint(0, 1 << 30, 60), 0);
        const std::int32_t acc[] = {largest - 10};
        std::uint8_t code = 0;
        Requantizer(Profile::TfLite, {4.0}, {0}, 200, {0, 255}).run(acc, 1, &code);
        QCOMPARE(int{code}, 255);
    }

    /// Whatever the steps are that were learned: the outermost codes are numbers.
    void learnedRangesAreFinite()
    {
        for (const Profile profile : {Profile::Bitstill, Profile::PyTorch, Profile::Onnx, Profile::TfLite})
            for (const Range& start : {Range{-kMost, kMost}, Range{0, kMost}, Range{-1, 1}})
                for (const float step : {0.0f, kMost, -kMost, kMost / 100, kInfinity}) {
                    FakeQuantize q(8, start, AwareMethod::LearnedStep, profile);
                    if (step != 0) q.parameters().front()->value[0] = step;
                    const Range range = q.range();
                    QVERIFY(std::isfinite(range.low) && std::isfinite(range.high) && range.low <= 0 && range.high >= 0);
                    Graph g({1, 1, 3});
                    g.add("q", std::make_unique<FakeQuantize>(q));
                    ThreadPool pool(1);
                    Pass pass(g, 1, Pass::Mode::Inference, pool);
                    const float x[] = {-kMost, 1, kMost};
                    const float* y = pass.forward(1, [&](const Shard&, float* to) { std::copy_n(x, 3, to); });
                    for (int i = 0; i < 3; ++i) QVERIFY(std::isfinite(y[i]));
                }
        const QuantParameters p = chooseParameters(8, Scheme::AffineUnsigned, {1, 1, 1}, {{-0.7f, 1.9f}});
        const Range range = rangeOf(p);
        QCOMPARE(range.low, static_cast<float>(p.range.low - p.zeroPoint[0]) * p.scale[0]);
        QCOMPARE(range.high, static_cast<float>(p.range.high - p.zeroPoint[0]) * p.scale[0]);
    }

    /// The quotient of the two weights is no float, its root is.
    void equalizationOfExtremeChannelsIsFinite_data()
    {
        QTest::addColumn<float>("first");
        QTest::addColumn<float>("second");
        QTest::newRow("huge") << 1e30f << 1e-30f;
        QTest::newRow("tiny") << 1e-30f << 1e30f;
    }
    void equalizationOfExtremeChannelsIsFinite()
    {
        QFETCH(float, first);
        QFETCH(float, second);
        Graph g = buildModel("mlp-3", {1, 1, 2}, 2);
        g.initialize(1);
        for (const auto& [name, parameter] : g.parameters())
            if (name.ends_with(".weight"))
                for (float& w : parameter->value) w = name == "dense1.weight" ? first : second;
        Graph equal = equalize(g);
        for (const auto& [name, parameter] : equal.parameters())
            if (name.ends_with(".weight"))
                for (const float w : parameter->value) QVERIFY2(std::abs(w - 1) < 1e-5f, name.c_str());
    }
};

QTEST_APPLESS_MAIN(TestRanges)
#include "tst_ranges.moc"
