#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/batchnorm.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aciq.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/integer_network.h"
#include "engine/quant/number_format.h"
#include "engine/quant/quantized_network.h"
#include "tests/support/compare.h"
#include "tests/support/files.h"
#include "tests/support/quick.h"

#include <limits>

using namespace bitstill;

namespace {

Tensor noise(Shape shape, double scale = 1)
{
    Tensor t(std::move(shape));
    Rng rng(5, "x");
    for (float& v : t) v = static_cast<float>(scale * rng.normal());
    return t;
}

QuantParameters parameters(const Tensor& x, int bits, Scheme scheme, const Granularity& g)
{
    const Blocks b = blocksOf(x.shape(), g);
    return chooseParameters(bits, scheme, b, extentsOf(x.data(), b, "x"));
}

} // namespace

class TestQuant : public QObject {
    Q_OBJECT

    static void schemeRows()
    {
        QTest::addColumn<int>("scheme");
        QTest::addColumn<int>("bits");
        for (int s = 0; s < 3; ++s)
            for (const int bits : {2, 3, 4, 5, 6, 7, 8, 16})
                QTest::addRow("%s %d", schemeNames()[static_cast<std::size_t>(s)].c_str(), bits) << s << bits;
    }

private Q_SLOTS:
    /// The closed form stands where a search over clips finds the least error, for the distribution it is meant for.
    void aciqIsNearTheBestClip_data()
    {
        QTest::addColumn<bool>("laplace");
        QTest::addColumn<int>("bits");
        for (const bool laplace : {false, true})
            for (const int bits : {2, 4, 6}) QTest::addRow("%s %d bits", laplace ? "Laplace" : "normal", bits) << laplace << bits;
    }
    void aciqIsNearTheBestClip()
    {
        QFETCH(bool, laplace);
        QFETCH(int, bits);
        Rng rng(9, "test");
        std::vector<float> x(40000), y(x.size());
        for (float& v : x) {
            const double u = rng.uniform() - 0.5;
            v = static_cast<float>(laplace ? -std::copysign(std::log(1 - 2 * std::abs(u)), u) : rng.normal());
        }
        const auto error = [&](double clip) {
            const auto c = static_cast<float>(clip);
            fakeQuantize(x.data(), chooseParameters(bits, Scheme::Affine, {1, 1, x.size()}, {{-c, c}}), y.data());
            return rmse(x.data(), y.data(), x.size());
        };
        const AciqClips clips = aciqClips(x.data(), x.size(), bits);
        double best = 1e9;
        for (double c = 0.5; c < 12; c *= 1.02) best = std::min(best, error(c));
        QVERIFY2(error(laplace ? clips.laplace : clips.normal) < 1.12 * best,
            qPrintable(QStringLiteral("%1 %2").arg(error(laplace ? clips.laplace : clips.normal)).arg(best)));
    }

    void profilesGiveTheirOwnGrid()
    {
        const Blocks one{1, 1, 1};
        const auto grid = [&](Profile profile) { return chooseParameters(2, Scheme::Symmetric, one, {{-3, 3}}, profile); };
        QCOMPARE(grid(Profile::Bitstill).scale[0], 3.0f);
        QCOMPARE(grid(Profile::Bitstill).range.low, -1);
        QCOMPARE(grid(Profile::PyTorch).scale[0], 2.0f); // absmax / 1.5
        QCOMPARE(grid(Profile::PyTorch).range.low, -2);
        QCOMPARE(grid(Profile::PyTorch).range.high, 1);
        QCOMPARE(grid(Profile::Onnx).scale[0], 3.0f);
        QCOMPARE(grid(Profile::TfLite).range.low, -1);
    }

    /// On exact ties the profiles part as they say: to even, or away from zero.
    void profilesPartOnTies()
    {
        const std::vector<float> x{-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 0.49999997f};
        const Blocks all{1, 1, x.size()};
        const auto codes = [&](Profile profile) {
            QuantParameters p = chooseParameters(8, Scheme::Symmetric, all, {{-127, 127}}, profile);
            p.scale[0] = 1;
            std::vector<std::int32_t> c(x.size());
            quantize(x.data(), p, c.data());
            return c;
        };
        const std::vector<std::int32_t> even{-2, -2, 0, 0, 2, 2, 0}, away{-3, -2, -1, 1, 2, 3, 0};
        QCOMPARE(codes(Profile::Bitstill), even);
        QCOMPARE(codes(Profile::PyTorch), even);
        QCOMPARE(codes(Profile::Onnx), even);
        QCOMPARE(codes(Profile::TfLite), away);
        QuantParameters a = chooseParameters(8, Scheme::Symmetric, all, {{-127, 127}}), b = a;
        b.profile = Profile::TfLite;
        const ProfileDifference d = compareCodes(x.data(), a, b);
        QCOMPARE(d.differing, std::size_t{4});
        QCOMPARE(d.largestInCodes, 1);
        QCOMPARE(d.largestInValue, 1.0);
    }

    /// x·(1/s) and x/s part where x is a rounded half step: 12.6 % of such numbers were found to (reference).
    void dividingIsNotMultiplyingByTheInverse()
    {
        Rng rng(1, "test");
        std::size_t differing = 0, count = 0;
        for (int i = 0; i < 200; ++i) {
            const auto scale = static_cast<float>(0.01 + rng.uniform());
            std::vector<float> x;
            for (int k = -120; k < 120; ++k) x.push_back((static_cast<float>(k) + 0.5f) * scale);
            QuantParameters a = chooseParameters(8, Scheme::Symmetric, {1, 1, x.size()}, {{-1, 1}}), b = a;
            a.scale[0] = b.scale[0] = scale;
            b.profile = Profile::Onnx;
            const ProfileDifference d = compareCodes(x.data(), a, b);
            differing += d.differing;
            count += d.values;
            QVERIFY(d.largestInCodes <= 1);
        }
        const double share = static_cast<double>(differing) / static_cast<double>(count);
        QVERIFY2(share > 0.05 && share < 0.25, qPrintable(QString::number(share)));
    }

    void errorIsAtMostHalfAStep_data() { schemeRows(); }
    void errorIsAtMostHalfAStep()
    {
        QFETCH(int, scheme);
        QFETCH(int, bits);
        const Tensor x = noise({20, 30});
        const QuantParameters p = parameters(x, bits, static_cast<Scheme>(scheme), {});
        Tensor y = x, twice = x;
        fakeQuantize(x.data(), p, y.data());
        fakeQuantize(y.data(), p, twice.data());
        // An affine range is moved by up to half a step to put zero on a code, so its ends may clip by another half.
        const double allowed =
            (static_cast<Scheme>(scheme) == Scheme::Symmetric ? 0.5 : 1.0) * static_cast<double>(p.scale[0]) * (1 + 1e-3);
        for (std::size_t i = 0; i < x.size(); ++i) {
            QVERIFY(std::abs(static_cast<double>(y[i]) - static_cast<double>(x[i])) <= allowed);
            QCOMPARE(twice[i], y[i]); // idempotent
        }
        float zero = 0, back = 1;
        QuantParameters one = p;
        one.blocks = {1, 1, 1};
        fakeQuantize(&zero, one, &back);
        QCOMPARE(back, 0.0f); // zero is exact
    }

    void quantizationIsMonotone_data() { schemeRows(); }
    void quantizationIsMonotone()
    {
        QFETCH(int, scheme);
        QFETCH(int, bits);
        Tensor x = noise({500});
        std::sort(x.begin(), x.end());
        const QuantParameters p = parameters(x, bits, static_cast<Scheme>(scheme), {});
        Tensor y = x;
        fakeQuantize(x.data(), p, y.data());
        QVERIFY(std::is_sorted(y.begin(), y.end()));
    }

    void perChannelIsALoopOfPerTensor_data() { schemeRows(); }
    void perChannelIsALoopOfPerTensor()
    {
        QFETCH(int, scheme);
        QFETCH(int, bits);
        const Tensor x = noise({6, 4, 5});
        const auto kind = static_cast<Scheme>(scheme);
        for (int axis = 0; axis < 3; ++axis) {
            const QuantParameters p = parameters(x, bits, kind, {.kind = Granularity::Kind::PerChannel, .axis = axis});
            Tensor y = x;
            fakeQuantize(x.data(), p, y.data());
            const int sizes[] = {6, 4, 5}, strides[] = {20, 5, 1};
            for (int c = 0; c < sizes[axis]; ++c) {
                std::vector<float> in, out;
                for (int i = 0; i < 120; ++i)
                    if (i / strides[axis] % sizes[axis] == c) {
                        in.push_back(x[static_cast<std::size_t>(i)]);
                        out.push_back(y[static_cast<std::size_t>(i)]);
                    }
                const Tensor channel({static_cast<int>(in.size())}, in);
                Tensor expected = channel;
                fakeQuantize(channel.data(), parameters(channel, bits, kind, {}), expected.data());
                for (std::size_t i = 0; i < out.size(); ++i) QCOMPARE(out[i], expected[i]);
            }
        }
    }

    void scalesFollowPowersOfTwo()
    {
        const Tensor x = noise({300});
        Tensor larger = x;
        for (float& v : larger) v *= 8;
        for (const Scheme s : {Scheme::Symmetric, Scheme::Affine, Scheme::AffineUnsigned}) {
            Tensor a = x, b = larger;
            fakeQuantize(x.data(), parameters(x, 4, s, {}), a.data());
            fakeQuantize(larger.data(), parameters(larger, 4, s, {}), b.data());
            for (std::size_t i = 0; i < x.size(); ++i) QCOMPARE(b[i], 8 * a[i]);
        }
    }

    void groupsAreConsecutive()
    {
        const Tensor x = noise({3, 8});
        const QuantParameters p = parameters(x, 4, Scheme::Symmetric, {.kind = Granularity::Kind::PerGroup, .group = 4});
        QCOMPARE(p.scale.size(), 6u);
        for (std::size_t g = 0; g < 6; ++g) {
            float largest = 0;
            for (std::size_t i = 0; i < 4; ++i) largest = std::max(largest, std::abs(x[4 * g + i]));
            QCOMPARE(p.scale[g], largest / 7);
        }
        QVERIFY(contains(messageOf([&] { blocksOf({3, 8}, {.kind = Granularity::Kind::PerGroup, .group = 3}); }), "does not divide"));
        QVERIFY(contains(messageOf([&] { blocksOf({3, 8}, {.kind = Granularity::Kind::PerChannel, .axis = 2}); }), "no axis 2"));
    }

    void valuesThatAreNoNumbersAreNamed()
    {
        Tensor x = noise({10});
        x[3] = std::numeric_limits<float>::quiet_NaN();
        QVERIFY(contains(messageOf([&] { extentsOf(x.data(), {1, 1, 10}, "dense1"); }), "[dense1] value 3"));
    }

    void constantAndEmptyTensorsHaveADefinedResult()
    {
        Tensor zeros({4});
        const QuantParameters p = parameters(zeros, 8, Scheme::Affine, {});
        QCOMPARE(p.scale[0], 0x1.0p-23f);
        Tensor y = zeros;
        fakeQuantize(zeros.data(), p, y.data());
        QCOMPARE(y[0], 0.0f);
        QCOMPARE(parameters(Tensor({0}), 8, Scheme::Symmetric, {}).scale.size(), 1u);
    }

    void foldedNetworksComputeTheSame_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* m : {"cnn-4-8", "dwcnn", "resnet-8"}) QTest::newRow(m) << m;
    }
    void foldedNetworksComputeTheSame()
    {
        QFETCH(QString, model);
        const Dataset data = loadDataset("strokes", {.path = {}, .samples = 200});
        Graph g = buildModel(model.toStdString(), data.shape, 10);
        g.initialize(1);
        ThreadPool pool(1);
        train(g, data, {.epochs = 1, .batch = 50}, pool, [](const StepReport&) { return true; }); // statistics that are not 0 and 1
        Graph folded = foldBatchNorm(g);
        for (const Graph::Node& n : folded.nodes()) QVERIFY(!n.layer || std::string(n.layer->kind()) != "batchnorm");
        Pass a(g, 40, Pass::Mode::Inference, pool), b(folded, 40, Pass::Mode::Inference, pool);
        const Logits la = evaluate(a, data, data.test, 40), lb = evaluate(b, data, data.test, 40);
        QVERIFY(relativeError(lb.values.data(), la.values.data(), la.values.size()) < 1e-4);
    }

    void eightBitsHardlyChangeANetworkAndTwoDo_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* m : {"mlp-32", "cnn-4-8", "resnet-8"}) QTest::newRow(m) << m;
    }
    void eightBitsHardlyChangeANetworkAndTwoDo()
    {
        QFETCH(QString, model);
        const Dataset data = loadDataset("strokes", {.path = {}, .samples = 1000, .noise = 0.2});
        Graph g = buildModel(model.toStdString(), data.shape, 10);
        g.initialize(1);
        ThreadPool pool(2);
        train(g, data, {.epochs = 3, .batch = 32}, pool, [](const StepReport&) { return true; });
        const std::uint64_t before = g.hash();
        QuantizedNetwork ptq(g, data, {.samples = 200}, pool);
        Graph folded = foldBatchNorm(g);
        Pass floatPass(folded, 100, Pass::Mode::Inference, pool);
        const Logits exact = evaluate(floatPass, data, data.test, 200);
        const auto error = [&](const QuantizationOptions& o) {
            ptq.quantize(o);
            const Logits l = evaluate(ptq.pass(), data, data.test, 200);
            return sqnrDb(exact.values.data(), l.values.data(), l.values.size());
        };
        const double none = error({.weightBits = 16, .activationBits = 0}), eight = error({}),
                     two = error({.weightBits = 2, .activationBits = 2});
        QVERIFY2(none > 60, qPrintable(QString::number(none)));
        QVERIFY2(eight > 20, qPrintable(QString::number(eight)));
        QVERIFY2(two < 12, qPrintable(QString::number(two)));
        QCOMPARE(error({}), eight); // always from the float weights
        QCOMPARE(g.hash(), before);
        for (const LayerQuantization& l : ptq.layers()) {
            QVERIFY(l.codesUsed > 1 && l.codesUsed <= 255);
            QVERIFY(std::abs(l.sqnrDb - sqnrDb(l.before.data(), l.after.data(), l.before.size())) < 1e-9);
        }
    }

    void bytesAreCountedHonestly()
    {
        const Dataset data = loadDataset("moons", {.path = {}, .samples = 200});
        Graph g = buildModel("mlp-10", data.shape, 2);
        g.initialize(1);
        ThreadPool pool(1);
        QuantizedNetwork ptq(g, data, {.samples = 50}, pool);
        QCOMPARE(ptq.floatBytes(), std::int64_t{4 * (20 + 10 + 20 + 2)});
        QCOMPARE(ptq.quantizedBytes(), std::int64_t{20 + 4 + 20 + 4 + 4 * 12});
        ptq.quantize({.weightBits = 3, .weightScheme = Scheme::Affine, .granularity = {.kind = Granularity::Kind::PerChannel}});
        QCOMPARE(ptq.quantizedBytes(), std::int64_t{8 + 10 * 5 + 8 + 2 * 5 + 4 * 12});
    }

    void formatsKeepTheirPromises_data()
    {
        QTest::addColumn<QString>("format");
        for (const NumberFormat& f : numberFormats()) QTest::newRow(f.name.c_str()) << QString::fromStdString(f.name);
    }
    void formatsKeepTheirPromises()
    {
        QFETCH(QString, format);
        const NumberFormat& f = numberFormat(format.toStdString());
        for (const double scale : {0.01, 1.0, 30.0}) {
            const Tensor x = noise({1000}, scale);
            Tensor y = x, twice = x;
            f.roundTrip(x.data(), x.size(), y.data());
            f.roundTrip(y.data(), y.size(), twice.data());
            for (std::size_t i = 0; i < x.size(); ++i) {
                QVERIFY(std::isfinite(y[i]));
                QVERIFY2(std::abs(twice[i] - y[i]) <= 1e-3f * std::abs(y[i]), "not idempotent");
                QVERIFY(y[i] == 0 || (y[i] < 0) == (x[i] < 0));
            }
            // 1000 is not a multiple of the block: the last one is shorter and must keep the promise too.
            const std::size_t block = f.block <= 1 ? x.size() : f.block;
            for (std::size_t first = 0; first < x.size() && f.worstError > 0; first += block) {
                const std::size_t n = std::min(block, x.size() - first);
                float largest = 0;
                for (std::size_t i = first; i < first + n; ++i) largest = std::max(largest, std::abs(x[i]));
                QVERIFY2(largestError(x.data() + first, y.data() + first, n) <= f.worstError * static_cast<double>(largest) * (1 + 1e-6),
                    "more than the worst error");
            }
        }
        Tensor sorted = noise({32});
        std::sort(sorted.begin(), sorted.end());
        f.roundTrip(sorted.data(), sorted.size(), sorted.data());
        QVERIFY2(std::is_sorted(sorted.begin(), sorted.end()), "not monotone");
        Tensor zeros({40});
        f.roundTrip(zeros.data(), zeros.size(), zeros.data());
        for (const float v : zeros) QCOMPARE(v, 0.0f);
        f.roundTrip(nullptr, 0, nullptr);
    }

    void formatsCountTheirScales()
    {
        QCOMPARE(numberFormat("q8_0").bits(64), 64 * 8.0 + 2 * 16);
        QCOMPARE(numberFormat("q4_0").bits(33), 33 * 4.0 + 2 * 16);
        QCOMPARE(numberFormat("mxfp4").bits(320) / 320, 4.25);
        QCOMPARE(numberFormat("nf4").bits(640) / 640, 4.5);
        QCOMPARE(numberFormat("fp16").bits(10), 160.0);
        QCOMPARE(numberFormat("binary").bits(1000), 1032.0);
    }

    void smallFloatsHaveTheirWellKnownNumbers()
    {
        const auto read = [](const char* name, float v) {
            numberFormat(name).roundTrip(&v, 1, &v);
            return v;
        };
        QCOMPARE(read("fp16", 1e6f), 65504.0f);
        QCOMPARE(read("fp16", 0x1p-25f), 0.0f); // half of the smallest subnormal: to even
        QCOMPARE(read("fp16", 0x1.8p-25f), 0x1p-24f);
        QCOMPARE(read("fp16", 2049.0f), 2048.0f);
        QCOMPARE(read("bf16", 1.00390625f), 1.0f); // a tie
        QCOMPARE(read("fp8-e4m3", 1000.0f), 448.0f);
        QCOMPARE(read("fp8-e4m3", 0x1p-9f), 0x1p-9f); // smallest subnormal
        QCOMPARE(read("fp8-e4m3", 17.0f), 16.0f);
        QCOMPARE(read("fp8-e5m2", 1e9f), 57344.0f);
        QCOMPARE(read("fp8-e5m2", 9.0f), 8.0f);
    }

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
                const Extent e = normal->extent(bits, scheme);
                QVERIFY2(e.low < -0.05f && e.high > 0.05f && e.low >= -2 && e.high <= 2,
                    qPrintable(QString::number(e.low) + QLatin1Char(' ') + QString::number(e.high)));
                const Tensor threes({50}, 3), none({50});
                constant->observe(threes.data(), threes.size(), "x");
                QVERIFY(constant->extent(bits, scheme).high > 1 && constant->extent(bits, scheme).high < 4);
                zeros->observe(none.data(), none.size(), "x");
                QVERIFY(zeros->extent(bits, scheme).high == 0 && zeros->extent(bits, scheme).low == 0);
                QVERIFY(nothing->extent(bits, scheme).high == 0);
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
                const auto error = [&](Extent e) {
                    Tensor y = x;
                    fakeQuantize(x.data(), chooseParameters(bits, scheme, one, {e}), y.data());
                    return std::pow(rmse(x.data(), y.data(), x.size()), 2);
                };
                const Extent full = extentsOf(x.data(), one, "x").front();
                double best = error(full);
                const int steps = scheme == Scheme::Symmetric ? 400 : 60;
                for (int i = 1; i <= steps; ++i)
                    for (int j = 1; j <= (scheme == Scheme::Symmetric ? 1 : steps); ++j) {
                        const float l = static_cast<float>(i) / static_cast<float>(steps),
                                    h = scheme == Scheme::Symmetric ? l : static_cast<float>(j) / static_cast<float>(steps);
                        best = std::min(best, error({full.low * l, full.high * h}));
                    }
                const double found = error(watcher->extent(bits, scheme));
                QVERIFY2(found <= 1.01 * best, qPrintable(QStringLiteral("%1 bits: %2 against %3").arg(bits).arg(found).arg(best)));
            }
    }

    void entropyDoesNotKeepAnOutlier()
    {
        Tensor x = noise({20000});
        x[5] = 40;
        const auto watcher = makeObserver("entropy");
        watcher->observe(x.data(), x.size(), "x");
        const Extent e = watcher->extent(8, Scheme::Symmetric);
        QVERIFY2(e.high > 1.5f && e.high < 20, qPrintable(QString::number(e.high)));
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
            QVERIFY2(std::abs(a->extent(8, Scheme::Affine).high - b->extent(8, Scheme::Affine).high) < 0.02f, name);
        }
    }

    void unknownNamesAreSaid()
    {
        QVERIFY(contains(messageOf([] { schemeOf("simmetric"); }), "symmetric, affine"));
        QVERIFY(contains(messageOf([] { makeObserver("x"); }), "min-max"));
    }

    /// A network with weights in each format computes with just what the format reads back, and counts its bytes.
    void networksTakeEveryNumberFormat()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 60, .noise = 0.2});
        Graph graph = buildModel("cnn-4-8", data.shape, data.classCount());
        graph.initialize(1);
        ThreadPool pool(1);
        QuantizedNetwork network(graph, data, {.samples = 32}, pool);
        for (const NumberFormat& f : numberFormats()) {
            network.quantize({.activationBits = 0, .weightFormat = &f});
            double bits = 0;
            for (const LayerQuantization& l : network.layers()) {
                QVERIFY(l.format == &f && l.codes.empty());
                std::vector<float> expected(l.before.size());
                f.roundTrip(l.before.data(), expected.size(), expected.data());
                for (std::size_t i = 0; i < expected.size(); ++i) QCOMPARE(l.after[i], expected[i]);
                bits += 8 * std::ceil(f.bits(l.before.size()) / 8);
            }
            std::size_t weights = 0;
            for (const LayerQuantization& l : network.layers()) weights += l.before.size();
            const std::size_t rest = network.folded().parameterCount() - weights;
            QCOMPARE(static_cast<double>(network.quantizedBytes()), bits / 8 + 4.0 * static_cast<double>(rest));
            QVERIFY_EXCEPTION_THROWN(IntegerNetwork(network, 4, pool), Error);
        }
        network.quantize({});
        QVERIFY(!network.layers().front().codes.empty()); // and back
    }
};

QTEST_APPLESS_MAIN(TestQuant)
#include "tst_quant.moc"
