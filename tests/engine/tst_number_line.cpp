// What the number line says about rounding: its error curve and its rule of thumb.

#include "engine/core/rng.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/session.h"
#include "engine/experiment/stairs.h"
#include "engine/experiment/weights_figure.h"
#include "tests/support/figure_of.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <set>

using namespace bitstill;

namespace {

Record numberLine(const std::map<std::string, Value>& values)
{
    Spec spec = defaultSpec("number-line");
    spec.values["values.count"] = std::int64_t{5000};
    for (const auto& [key, value] : values) spec.values[key] = value;
    Session session(spec, {});
    session.wait();
    return session.record();
}

Curves curvesOf(const Record& r, const std::string& id)
{
    for (const FigurePointer& f : r.figures)
        if (f->id == id) return std::get<Curves>(f->body);
    return {};
}

} // namespace

class TestNumberLine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theErrorReachesHalfAStepEverywhere_data()
    {
        QTest::addColumn<int>("bits");
        for (const int bits : {2, 4, 7, 8}) QTest::addRow("%d", bits) << bits;
    }
    void theErrorReachesHalfAStepEverywhere()
    {
        QFETCH(int, bits);
        const Record r = numberLine({{"quant.bits", std::int64_t{bits}}});
        const CurveSeries error = curvesOf(r, "error").series.front();
        const double half = r.metric("scale") / 2;
        QVERIFY(error.x.size() <= 1000);
        // Every tooth has its tip and its foot; samples beside them would draw a slow wave.
        int tips = 0, feet = 0;
        for (std::size_t i = 1; i + 1 < error.x.size(); ++i) {
            QVERIFY2(
                std::abs(error.y[i]) > 0.97 * half && std::abs(error.y[i]) < 1.03 * half, qPrintable(QString::number(error.y[i] / half)));
            ++(error.y[i] > 0 ? tips : feet);
        }
        QCOMPARE(tips, feet);
        const double step = 2 * half;
        QCOMPARE(tips, static_cast<int>(std::lround(error.x.back() / step) - std::lround(error.x.front() / step)));
    }

    void theTitleSaysWhatIsLeft()
    {
        const Record r = numberLine({});
        QCOMPARE(
            figureOf(r.figures, "histogram")->title.english(), "15 levels keep " + fixed(r.metric("sqnr_db"), 1) + " dB over the error");
        const Record other = numberLine({{"quant.format", std::string("bf16")}});
        QVERIFY(figureOf(other.figures, "histogram")->title.english().starts_with("bf16 keeps "));
    }

    /// Sixteen lines and their legend would hide what one is to see.
    void onlyTheRangeInForceIsMarked()
    {
        const auto names = [](const std::map<std::string, Value>& values) {
            std::set<std::string> all;
            const Record r = numberLine(values);
            for (const Marker& m : std::get<Histogram>(figureOf(r.figures, "histogram")->body).markers) all.insert(m.name.english());
            return all;
        };
        using Names = std::set<std::string>;
        QVERIFY((names({}) == Names{"clip"}));
        QVERIFY((names({{"quant.observer", std::string("mse")}}) == Names{"mse"}));
        QVERIFY((names({{"view.lines", std::string("all")}})
            == Names{"clip", "min-max", "moving-average", "percentile", "mse", "entropy", "ACIQ, Gaussian", "ACIQ, Laplace"}));
    }

    void moreJumpsThanPixelsAreAnEnvelope()
    {
        const Record r = numberLine({{"quant.format", std::string("bf16")}});
        QVERIFY(r.outcome == Outcome::Finished);
        const auto rounded = [](const std::vector<float>& x) {
            std::vector<float> y;
            for (const float v : x) y.push_back(std::nearbyint(v * 3000) / 3000);
            return y;
        };
        const Stairs s = stairsOf(-1, 1, rounded);
        QVERIFY(s.inColumns && s.x.size() <= 1000);
        for (std::size_t i = 0; i + 1 < s.x.size(); i += 2) {
            QVERIFY(std::min(s.error[i], s.error[i + 1]) < -0.35 / 3000);
            QVERIFY(std::max(s.error[i], s.error[i + 1]) > 0.35 / 3000);
        }
        QVERIFY(std::is_sorted(s.x.begin(), s.x.end()));
    }

    void manyLevelsDrawNoComb()
    {
        const Record r = numberLine({{"quant.bits", std::int64_t{8}}, {"values.count", std::int64_t{50000}}});
        for (const FigurePointer& f : r.figures) {
            if (f->id != "histogram") continue;
            const auto& series = std::get<Histogram>(f->body).series;
            QCOMPARE(series[0].y.size(), series[1].y.size());
            // Every bin ends halfway between two levels, so that rounding takes nothing out of it.
            for (std::size_t i = 0; i < series[0].y.size(); ++i) QVERIFY(std::abs(series[0].y[i] - series[1].y[i]) < 1e-4);
            return;
        }
        QFAIL("there is no histogram");
    }

    /// What a histogram says of its bins is what is in the tensor: how many, and which codes.
    void binsKnowTheirCountsAndCodes_data()
    {
        QTest::addColumn<int>("bits");
        QTest::addColumn<Scheme>("scheme");
        for (const int bits : {2, 4, 6, 8})
            for (const Scheme scheme : {Scheme::Symmetric, Scheme::AffineUnsigned})
                QTest::addRow("%d bits, %s", bits, schemeNames()[static_cast<std::size_t>(scheme)].c_str()) << bits << scheme;
    }
    void binsKnowTheirCountsAndCodes()
    {
        QFETCH(int, bits);
        QFETCH(Scheme, scheme);
        Tensor before(Shape{3000}), after = before;
        Rng rng(7, "values");
        for (float& v : before) v = static_cast<float>(rng.normal());
        const QuantParameters p = chooseParameters(bits, scheme, blocksOf(before.shape(), {}), {{-1.5f, 2.0f}}); // some are clipped
        std::vector<std::int32_t> codes(before.size());
        quantize(before.data(), p, codes.data());
        dequantize(codes.data(), p, after.data());
        const HistogramSeries s = beforeAfterHistogram(before, after, p, symmetricRange({&before})).series[1];
        QCOMPARE(s.total, before.size());
        QCOMPARE(s.counts.size(), s.y.size());
        std::size_t told = 0;
        for (std::size_t i = 0; i < s.counts.size(); ++i) {
            const auto in = s.codesIn(i);
            const auto found = in ? std::count_if(codes.begin(), codes.end(), [&](int c) { return c >= in->first && c <= in->second; }) : 0;
            QCOMPARE(s.counts[i], static_cast<std::size_t>(found));
            told += s.counts[i];
        }
        QCOMPARE(told, s.total);
    }

    /// Weights that crowd in a part of a step are no "155 %".
    void nothingIsMoreThanAll()
    {
        Tensor before(Shape{3000});
        Rng rng(7, "values");
        for (float& v : before) v = static_cast<float>(0.1 * rng.normal());
        for (const int bits : {3, 8}) {
            const QuantParameters p = chooseParameters(bits, Scheme::Symmetric, blocksOf(before.shape(), {}), {{-1.5f, 1.5f}});
            std::vector<std::int32_t> codes(before.size());
            Tensor after = before;
            quantize(before.data(), p, codes.data());
            dequantize(codes.data(), p, after.data());
            const Histogram h = beforeAfterHistogram(before, after, p, symmetricRange({&before}));
            const std::vector<double>& y = h.series.front().y;
            const double most = *std::max_element(y.begin(), y.end());
            QVERIFY(bits == 3 ? most > 1 && !h.y.percent : most <= 1);
        }
    }

    void noNumbersLieAboveTheRule_data()
    {
        QTest::addColumn<QString>("shape");
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<double>("clip");
        for (const char* shape : {"gaussian", "laplace", "bimodal", "positive", "outliers"})
            for (const char* scheme : {"symmetric", "affine"})
                for (const double clip : {100.0, 50.0, 20.0, 5.0})
                    QTest::addRow("%s %s %g", shape, scheme, clip) << QString::fromLatin1(shape) << QString::fromLatin1(scheme) << clip;
    }
    void noNumbersLieAboveTheRule()
    {
        QFETCH(QString, shape);
        QFETCH(QString, scheme);
        QFETCH(double, clip);
        const Record r = numberLine({{"values.shape", shape.toStdString()}, {"quant.scheme", scheme.toStdString()}, {"quant.clip", clip}});
        const Curves c = curvesOf(r, "sqnr");
        const CurveSeries &rule = c.series[0], &measured = c.series[1];
        QVERIFY(rule.x.size() >= 3);
        for (std::size_t i = 0; i < rule.x.size(); ++i) {
            if (i > 0) QVERIFY(std::abs(rule.y[i] - rule.y[i - 1] - 6.02) < 1e-9);
            const auto at = static_cast<std::size_t>(rule.x[i] - 2);
            QVERIFY2(measured.y[at] <= rule.y[i] + 0.15,
                qPrintable(QStringLiteral("%1 bits: %2 above %3").arg(rule.x[i]).arg(measured.y[at]).arg(rule.y[i])));
        }
        if (clip == 100) QVERIFY(std::abs(measured.y.back() - rule.y.back()) < 0.3); // nothing is clipped here
    }
};

QTEST_APPLESS_MAIN(TestNumberLine)
#include "tst_number_line.moc"
