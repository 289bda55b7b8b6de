// Number formats other than integers: what each promises of its numbers and its size.

#include "engine/data/catalogue.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/zoo.h"
#include "engine/quant/integer_network.h"
#include "engine/quant/number_format.h"
#include "engine/quant/quantized_network.h"
#include "tests/support/files.h"
#include "tests/support/noise.h"

#include <QtTest>
#include <limits>

using namespace bitstill;

class TestFormats : public QObject {
    Q_OBJECT
private Q_SLOTS:
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

QTEST_APPLESS_MAIN(TestFormats)
#include "tst_formats.moc"
