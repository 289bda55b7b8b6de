// Schemes, granularities and profiles, and networks that are quantized with them.

#include "engine/data/catalogue.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aciq.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/quantized_network.h"
#include "tests/support/compare.h"
#include "tests/support/files.h"
#include "tests/support/noise.h"

#include <QtTest>
#include <limits>

using namespace bitstill;

namespace {

QuantParameters parameters(const Tensor& x, int bits, Scheme scheme, const Granularity& g)
{
    const Blocks b = blocksOf(x.shape(), g);
    return chooseParameters(bits, scheme, b, rangesOf(x.data(), b, "x"));
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
        QVERIFY(contains(messageOf([&] { rangesOf(x.data(), {1, 1, 10}, "dense1"); }), "[dense1] value 3"));
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

    void bitOperationsAreCountedHonestly()
    {
        ThreadPool pool(1);
        const Dataset moons = loadDataset("moons", {.path = {}, .samples = 200});
        Graph dense = buildModel("mlp-10", moons.shape, 2);
        dense.initialize(1);
        QuantizedNetwork mlp(dense, moons, {.samples = 50}, pool);
        constexpr std::int64_t kProducts = 2 * 10 + 10 * 2;
        QCOMPARE(mlp.floatBitOperations(), kProducts * 32 * 32);
        QCOMPARE(mlp.quantizedBitOperations(), kProducts * 8 * 8);
        mlp.quantize({.weightBits = 3, .activationBits = 4});
        QCOMPARE(mlp.quantizedBitOperations(), kProducts * 3 * 4);
        mlp.quantize({.weightBits = 3, .activationBits = 0});
        QCOMPARE(mlp.quantizedBitOperations(), kProducts * 3 * 32);
        mlp.quantize({.weightBits = 0, .activationBits = 0});
        QCOMPARE(mlp.quantizedBitOperations(), mlp.floatBitOperations());
        // Every 3 × 3 window of 28² places and, after pooling, of 14²; then 128 neurons and the classes.
        const Dataset strokes = loadDataset("strokes", {.path = {}, .samples = 100});
        Graph images = buildModel("cnn-4-8", strokes.shape, 10);
        images.initialize(1);
        const QuantizedNetwork cnn(images, strokes, {.samples = 50}, pool);
        QCOMPARE(cnn.floatBitOperations() / 1024, std::int64_t{28 * 28 * 9 * 4 + 14 * 14 * 9 * 4 * 8 + 7 * 7 * 8 * 128 + 128 * 10});
    }

    void unknownNamesAreSaid()
    {
        QVERIFY(contains(messageOf([] { schemeOf("simmetric"); }), "symmetric, affine"));
        QVERIFY(contains(messageOf([] { makeObserver("x"); }), "min-max"));
    }
};

QTEST_APPLESS_MAIN(TestQuant)
#include "tst_quant.moc"
