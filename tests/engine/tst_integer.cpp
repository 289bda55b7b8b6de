// The integer network: exact sums on any CPU, requantization by profile, and the same codes as the simulated network.

#include "engine/core/fnv.h"
#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aware.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/int8_layer.h"
#include "engine/quant/integer_network.h"
#include "engine/quant/placement.h"
#include "tests/support/compare.h"
#include "tests/support/files.h"

#include <Eigen/Dense>

using namespace bitstill;

namespace {

using Integers = Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Σ x·w as Eigen computes it in int32.
Integers reference(const std::vector<std::uint8_t>& x, const std::vector<std::int8_t>& w, int rows, int n, int k)
{
    Integers a(rows, k), b(n, k);
    for (int i = 0; i < rows * k; ++i) a.data()[i] = x[static_cast<std::size_t>(i)];
    for (int i = 0; i < n * k; ++i) b.data()[i] = w[static_cast<std::size_t>(i)];
    return a * b.transpose();
}

Dataset digits(int samples) { return loadDataset("strokes", {.path = {}, .seed = 1, .samples = samples, .noise = 0.2}); }

Graph trained(const std::string& model, const Dataset& data)
{
    ThreadPool pool(2);
    Graph g = buildModel(model, data.shape, data.classCount());
    g.initialize(1);
    train(g, data, {.epochs = 1, .batch = 25}, pool, [](const StepReport&) { return true; });
    return g;
}

} // namespace

class TestInteger : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void accumulatorsEqualEigen_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("n");
        QTest::addColumn<int>("k");
        QTest::addColumn<QString>("weights");
        for (const char* kind : {"random", "few wide", "extreme", "all +127", "all -128"})
            for (const auto& [rows, n, k] : {std::array{1, 7, 5}, {3, 10, 784}, {5, 16, 9}, {64, 33, 288}, {100, 64, 1023}, {40, 20, 5000}})
                QTest::addRow("%s %dx%dx%d", kind, rows, n, k) << rows << n << k << QString(kind);
    }
    void accumulatorsEqualEigen()
    {
        QFETCH(int, rows);
        QFETCH(int, n);
        QFETCH(int, k);
        QFETCH(QString, weights);
        Rng rng(7, "test");
        std::vector<std::uint8_t> x(static_cast<std::size_t>(rows * k));
        std::vector<std::int8_t> w(static_cast<std::size_t>(n * k));
        for (auto& v : x) v = weights == "random" || weights == "few wide" ? static_cast<std::uint8_t>(rng.below(256)) : 255;
        for (auto& v : w) {
            const auto any = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
            v = weights == "random"     ? any
                : weights == "all +127" ? std::int8_t{127}
                : weights == "all -128" ? std::int8_t{-128}
                                        : static_cast<std::int8_t>(any < 0 ? -127 : 127);
        }
        const Integers expected = reference(x, w, rows, n, k);
        for (const Int8Weights& product : {Int8Weights(n, k, w), Int8Weights::inOwnLoops(n, k, w)}) {
            std::vector<std::int32_t> acc(static_cast<std::size_t>(rows * n), -1);
            product.multiply(0, x.data(), rows, acc.data());
            for (int i = 0; i < rows * n; ++i) QCOMPARE(acc[static_cast<std::size_t>(i)], expected.data()[i]);
        }
    }

    void sumsBeyond32BitsAreRefused()
    {
        constexpr int kFits = 66311; // the last k with 255·127·k < 2³¹
        Int8Weights(1, kFits, std::vector<std::int8_t>(kFits, 127));
        const std::string refusal = messageOf([] { Int8Weights(1, kFits + 1, std::vector<std::int8_t>(kFits + 1, -127)); });
        QVERIFY2(contains(refusal, "66312 inputs") && contains(refusal, "32 bits"), refusal.c_str());
    }

    void convolutionsEqualADirectSum_data()
    {
        QTest::addColumn<int>("groups");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("kernel");
        QTest::newRow("plain") << 1 << 1 << 3;
        QTest::newRow("strided") << 1 << 2 << 3;
        QTest::newRow("pointwise") << 1 << 1 << 1;
        QTest::newRow("depthwise") << 4 << 1 << 3;
        QTest::newRow("depthwise strided") << 4 << 2 << 3;
        QTest::newRow("two groups") << 2 << 1 << 3;
    }
    void convolutionsEqualADirectSum()
    {
        QFETCH(int, groups);
        QFETCH(int, stride);
        QFETCH(int, kernel);
        const ConvShape s{7, 6, 4, groups == 4 ? 4 : 6, kernel, stride, kernel / 2, groups};
        Rng rng(3, "test");
        std::vector<std::uint8_t> x(s.inputs());
        std::vector<std::int8_t> w(s.weights());
        for (auto& v : x) v = static_cast<std::uint8_t>(rng.below(256));
        for (auto& v : w) v = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
        constexpr std::uint8_t kZero = 17;
        std::vector<std::int32_t> acc(s.outputs());
        std::vector<std::uint8_t> padded(paddedBytes(s));
        pad(s, x.data(), kZero, padded.data());
        if (groups == 1) {
            const int k = kernel * kernel * s.inChannels, pixels = s.outHeight() * s.outWidth();
            std::vector<std::uint8_t> rows(static_cast<std::size_t>(k * pixels));
            windows(s, padded.data(), rows.data());
            Int8Weights(s.outChannels, k, convolutionOrder(s, w)).multiply(0, rows.data(), pixels, acc.data());
        } else {
            GroupedInt8(s, w).run(padded.data(), acc.data());
        }
        const int in = s.inChannels / groups, out = s.outChannels / groups;
        for (int y = 0; y < s.outHeight(); ++y)
            for (int c = 0; c < s.outWidth(); ++c)
                for (int o = 0; o < s.outChannels; ++o) {
                    std::int32_t sum = 0;
                    for (int i = 0; i < in; ++i)
                        for (int t = 0; t < kernel * kernel; ++t) {
                            const int yy = y * stride - s.padding + t / kernel, xx = c * stride - s.padding + t % kernel;
                            const bool inside = yy >= 0 && yy < s.inHeight && xx >= 0 && xx < s.inWidth;
                            const int v =
                                inside ? x[static_cast<std::size_t>((yy * s.inWidth + xx) * s.inChannels + o / out * in + i)] : kZero;
                            sum += v * w[static_cast<std::size_t>((o * in + i) * kernel * kernel + t)];
                        }
                    QCOMPARE(acc[static_cast<std::size_t>((y * s.outWidth() + c) * s.outChannels + o)], sum);
                }
    }

    void requantizationTiesGoAsTheProfileSays()
    {
        // 5/2 = 2.5 with zero point 1: even behind the rounding gives 3, even with the zero point inside 4, away from zero 4.
        const std::int32_t acc[] = {5, -5};
        const auto codes = [&](Profile p, std::int32_t zeroPoint) {
            std::array<std::uint8_t, 2> c{};
            Requantizer(p, {0.5, 0.5}, {0, 0}, zeroPoint, {0, 255}).run(acc, 1, c.data());
            return c;
        };
        QCOMPARE(codes(Profile::Bitstill, 11), (std::array<std::uint8_t, 2>{13, 9}));
        QCOMPARE(codes(Profile::PyTorch, 11), (std::array<std::uint8_t, 2>{13, 9}));
        QCOMPARE(codes(Profile::Onnx, 11), (std::array<std::uint8_t, 2>{14, 8}));
        QCOMPARE(codes(Profile::TfLite, 11), (std::array<std::uint8_t, 2>{14, 9})); // its high product rounds ties up
    }

    /// The fixed-point product strays from the real one by one at most, and by nothing most of the time.
    void fixedPointProductIsNearTheRealOne()
    {
        Rng rng(5, "test");
        int off = 0;
        constexpr int kCount = 100000;
        for (int i = 0; i < kCount; ++i) {
            const double m = std::pow(2.0, -5 - 9 * rng.uniform());
            const auto x = static_cast<std::int32_t>(static_cast<int>(rng.below(1 << 18)) - (1 << 17));
            std::int32_t multiplier = 0;
            int shift = 0;
            fixedPointMultiplier(m, multiplier, shift);
            const double difference = std::abs(multiplyFixedPoint(x, multiplier, shift) - std::nearbyint(x * m));
            QVERIFY(difference <= 1);
            off += difference > 0;
        }
        QVERIFY2(off < kCount / 100, qPrintable(QString::number(off)));
    }

    void integersEqualTheSimulation_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<int>("bits");
        QTest::addColumn<int>("profile");
        for (const char* m : {"mlp-32-16", "cnn-4-8", "dwcnn", "resnet-8"}) {
            QTest::newRow(m) << m << 8 << 0;
            QTest::addRow("%s 4 bits", m) << m << 4 << 0;
        }
        QTest::newRow("pytorch") << "mlp-32-16" << 8 << 1;
        QTest::newRow("onnx") << "mlp-32-16" << 8 << 2;
    }
    void integersEqualTheSimulation()
    {
        QFETCH(QString, model);
        QFETCH(int, bits);
        QFETCH(int, profile);
        const Dataset data = digits(250);
        ThreadPool pool(2);
        const Graph g = trained(model.toStdString(), data);
        QuantizedNetwork simulated(g, data, {.samples = 200}, pool);
        simulated.quantize({.weightBits = bits,
            .granularity = {.kind = Granularity::Kind::PerChannel},
            .activationBits = bits,
            .profile = static_cast<Profile>(profile)});
        constexpr int kRows = 50;
        IntegerNetwork integers(simulated, kRows, pool);
        const float* logits = integers.forward(kRows, reading(data, data.test));
        const float* expected = simulated.pass().forward(kRows, reading(data, data.test));
        std::size_t compared = 0, off = 0, far = 0;
        const Graph& folded = simulated.folded();
        for (NodeId i; i < folded.output(); ++i) {
            if (!carriesQuantizer(folded, i) || !simulated.pass().isObservable(i)) continue;
            const std::size_t n = kRows * folded.node(i).shape.size();
            std::vector<std::uint8_t> codes(n);
            quantize(simulated.pass().activation(i), n, simulated.activation(i), codes.data());
            for (std::size_t k = 0; k < n; ++k) {
                const int d = std::abs(codes[k] - integers.codes(i)[k]);
                off += d == 1;
                far += d > 1;
            }
            compared += n;
        }
        const QString figures = QStringLiteral("%1 of %2 codes off by one, %3 by more").arg(off).arg(compared).arg(far);
        QVERIFY2(off <= compared / 2000 && far <= compared / 50000, qPrintable(figures));
        QVERIFY2(relativeError(logits, expected, kRows * 10) < (bits == 8 ? 0.02 : 0.3), qPrintable(figures));
    }

    /// A channel of zeros has no scale of its own, a nearly dead one a tiny scale: a bias must fit into 32 bits of it all the same.
    void deadChannelsKeepTheirBias_data()
    {
        QTest::addColumn<bool>("perChannel");
        QTest::addColumn<int>("profile");
        QTest::addColumn<QString>("model");
        for (const char* model : {"mlp-16-12", "cnn-4-8", "dwcnn"})
            for (std::size_t p = 0; p < profileNames().size(); ++p)
                for (const bool perChannel : {false, true})
                    QTest::addRow("%s %s %s", model, profileNames()[p].c_str(), perChannel ? "per channel" : "per tensor")
                        << perChannel << static_cast<int>(p) << QString(model);
    }
    void deadChannelsKeepTheirBias()
    {
        QFETCH(bool, perChannel);
        QFETCH(int, profile);
        QFETCH(QString, model);
        const Dataset data = digits(120);
        constexpr int kRows = 20;
        ThreadPool pool(1);
        Graph g = trained(model.toStdString(), data);
        g = foldBatchNorm(g);
        // Weights of a few channels of every layer, and their bias: dead, nearly dead, with a bias out of all proportion.
        const std::pair<float, float> kinds[] = {
            {0.0f, 3.0f}, {0.0f, -2.0f}, {1e-12f, 3.0f}, {1e-30f, -1.0f}, {1.0f, 300.0f}, {0.0f, 0.0f}};
        for (int i = 1; i <= g.output(); ++i) {
            Parameter *weight = nullptr, *bias = nullptr;
            for (Parameter* p : g.node(i).layer->parameters()) (p->name == "bias" ? bias : weight) = p;
            if (!weight || !bias || bias->value.size() < 8) continue;
            const std::size_t inner = weight->value.size() / bias->value.size();
            for (std::size_t c = 0; c < std::size(kinds); ++c) {
                if (i == g.output() && kinds[c].second == 300.0f) continue;
                for (std::size_t k = c * inner; k < (c + 1) * inner; ++k) weight->value[k] *= kinds[c].first;
                bias->value[c] = kinds[c].second;
            }
        }
        QuantizedNetwork simulated(g, data, {.samples = 100}, pool);
        simulated.quantize({.granularity = {.kind = perChannel ? Granularity::Kind::PerChannel : Granularity::Kind::PerTensor},
            .profile = static_cast<Profile>(profile)});
        IntegerNetwork integers(simulated, kRows, pool);
        const float* logits = integers.forward(kRows, reading(data, data.test));
        const float* expected = simulated.pass().forward(kRows, reading(data, data.test));
        const Graph& folded = simulated.folded();
        std::size_t far = 0, compared = 0;
        for (NodeId i; i < folded.output(); ++i) {
            if (!carriesQuantizer(folded, i) || !simulated.pass().isObservable(i)) continue;
            const std::size_t n = kRows * folded.node(i).shape.size();
            std::vector<std::uint8_t> codes(n);
            quantize(simulated.pass().activation(i), n, simulated.activation(i), codes.data());
            for (std::size_t k = 0; k < n; ++k) far += std::abs(codes[k] - integers.codes(i)[k]) > 1;
            compared += n;
        }
        QVERIFY2(far <= compared / 50000, qPrintable(QStringLiteral("%1 of %2 codes off by more than one").arg(far).arg(compared)));
        QVERIFY2(
            relativeError(logits, expected, kRows * 10) < 0.02, qPrintable(QString::number(relativeError(logits, expected, kRows * 10))));
        // The first layer's own bias is still there, in the numbers themselves.
        const LayerQuantization& first = simulated.layers().front();
        const std::vector<std::int32_t> codes = simulated.biasCodes(first);
        const float input = simulated.inputOf(first.node).scale.front();
        for (std::size_t c = 0; c < codes.size(); ++c) {
            const double step = static_cast<double>(input) * static_cast<double>(first.parameters.scale[perChannel ? c : 0]);
            QVERIFY(std::abs(codes[c] * step - static_cast<double>(first.bias[c]))
                <= 0.51 * step + 1e-6 * std::abs(static_cast<double>(first.bias[c])));
        }
    }

    void storedBytesGiveWhatTheirFloatsGive_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<bool>("dim"); // calibration meets no byte above 127
        QTest::addColumn<bool>("bytes");
        QTest::addColumn<bool>("inPlace");
        QTest::newRow("bytes that are their codes") << "mlp-16" << false << true << true;
        QTest::newRow("bytes that are their codes, convolution") << "cnn-4-8" << false << true << true;
        QTest::newRow("bytes looked up") << "mlp-16" << true << true << false;
        QTest::newRow("floats") << "mlp-16" << false << false << false;
    }
    void storedBytesGiveWhatTheirFloatsGive()
    {
        QFETCH(QString, model);
        QFETCH(bool, dim);
        QFETCH(bool, bytes);
        QFETCH(bool, inPlace);
        Dataset data = digits(250);
        QVERIFY(!data.test.bytes.empty());
        if (!bytes) {
            std::vector<float> values(data.test.bytes.size());
            data.normalize(data.test.bytes.data(), values.size(), values.data());
            data.test.values = std::move(values);
            data.test.bytes.clear();
        }
        ThreadPool pool(2);
        const Graph g = trained(model.toStdString(), data);
        for (std::uint8_t& b : data.train.bytes) b = static_cast<std::uint8_t>(dim ? b / 2 : b);
        const QuantizedNetwork source(g, data, {.samples = 100}, pool);
        IntegerNetwork network(source, 20, pool);
        const float* out = network.forward(20, reading(data, data.test, 7));
        const std::vector<float> expected(out, out + 200);
        const std::vector<std::uint8_t> codes(network.codes(0), network.codes(0) + 20 * 784);
        out = network.forward(20, data, data.test, 7);
        QCOMPARE(std::vector<float>(out, out + 200), expected);
        QCOMPARE(std::vector<std::uint8_t>(network.codes(0), network.codes(0) + 20 * 784), codes);
        QCOMPARE(network.codes(0) == data.test.bytes.data() + 7 * 784, inPlace);
        const Logits all = evaluate(evaluated(network), data, data.test, data.test.count()); // to the last byte
        QCOMPARE(std::vector<float>(all.row(7), all.row(7) + 200), expected);
    }

    /// One float network and ranges give these bits under every instruction set: tst_integer_avx2 and tst_integer_sse41 ask for them too.
    void theSameCodesOnEveryCpu_data()
    {
        QTest::addColumn<quint64>("expected");
        QTest::newRow("mlp-32-16") << quint64{8695992153381420182u};
        QTest::newRow("cnn-4-8") << quint64{14764237484741371283u};
        QTest::newRow("dwcnn") << quint64{10981863398661924065u};
    }
    void theSameCodesOnEveryCpu()
    {
        QFETCH(quint64, expected);
        const Dataset data = digits(100);
        Graph g = foldBatchNorm(buildModel(QTest::currentDataTag(), data.shape, data.classCount()));
        Rng rng(1, "test");
        for (const auto& [name, p] : g.parameters())
            for (std::size_t i = 0; i < p->value.size(); ++i) p->value[i] = static_cast<float>(rng.uniform() - 0.5) / 4;
        const std::vector<Range> ranges(static_cast<std::size_t>(g.output()) + 1, Range{-2.5f, 4});
        ThreadPool pool(1);
        QuantizedNetwork source(std::move(g), ranges, pool);
        source.quantize({.granularity = {.kind = Granularity::Kind::PerChannel}});
        constexpr int kRows = 20;
        IntegerNetwork integers(source, kRows, pool);
        const float* logits = integers.forward(kRows, reading(data, data.test));
        std::uint64_t hash = fnv1a(std::vector<float>(logits, logits + kRows * 10), fnv1a(""));
        for (NodeId i; i < source.folded().output(); ++i)
            if (const std::uint8_t* codes = integers.codes(i))
                hash = fnv1a(std::vector<std::uint8_t>(codes, codes + kRows * source.folded().node(i).shape.size()), hash);
        QCOMPARE(quint64{hash}, expected);
    }

    void theSameForAnyBatchAndThreads()
    {
        const Dataset data = digits(250);
        const Graph g = trained("cnn-4-8", data);
        std::vector<std::vector<float>> all;
        for (const int threads : {1, 3}) {
            ThreadPool pool(threads);
            const QuantizedNetwork source(g, data, {.samples = 100}, pool);
            IntegerNetwork one(source, 1, pool), many(source, 40, pool);
            const float* batch = many.forward(40, reading(data, data.test));
            all.emplace_back(batch, batch + 400);
            const float* single = one.forward(1, reading(data, data.test));
            for (int c = 0; c < 10; ++c) QCOMPARE(single[c], batch[c]);
        }
        QCOMPARE(all[0], all[1]);
    }

    void dynamicIsCloseToFloat_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* m : {"mlp-32-16", "cnn-4-8", "dwcnn", "resnet-8"}) QTest::newRow(m) << m;
    }
    void dynamicIsCloseToFloat()
    {
        QFETCH(QString, model);
        const Dataset data = digits(250);
        ThreadPool pool(1);
        Graph g = trained(model.toStdString(), data);
        QuantizedNetwork source(g, data, {.samples = 100}, pool);
        source.quantize({.granularity = {.kind = Granularity::Kind::PerChannel}});
        Graph dynamic = makeDynamic(source);
        Pass a(g, 50, Pass::Mode::Inference, pool), b(dynamic, 50, Pass::Mode::Inference, pool), c(dynamic, 1, Pass::Mode::Inference, pool);
        const float* expected = a.forward(50, reading(data, data.test));
        const float* found = b.forward(50, reading(data, data.test));
        const double error = relativeError(found, expected, 500);
        QVERIFY2(error > 1e-6 && error < 0.05, qPrintable(QString::number(error)));
        const float* alone = c.forward(1, reading(data, data.test));
        for (int i = 0; i < 10; ++i) QCOMPARE(alone[i], found[i]); // its neighbours do not matter
    }

    void whatIsLeftFloatIsNamed()
    {
        const Dataset data = digits(100);
        ThreadPool pool(1);
        Graph g = buildModel("mlp-8", data.shape, data.classCount());
        g.initialize(1);
        QuantizedNetwork source(g, data, {.samples = 50}, pool);
        const auto refusal = [&] { return messageOf([&] { IntegerNetwork(source, 4, pool); }); };
        source.quantize({.activationBits = 0});
        QVERIFY2(contains(refusal(), "input"), refusal().c_str());
        source.quantize({.weightBits = 0});
        QVERIFY2(contains(refusal(), "dense1"), refusal().c_str());
        source.quantize({.weightScheme = Scheme::Affine});
        const std::string affine = messageOf([&] { makeDynamic(source); });
        QVERIFY2(contains(affine, "[dense") && contains(affine, "symmetric"), affine.c_str());
    }
};

QTEST_APPLESS_MAIN(TestInteger)
#include "tst_integer.moc"
