// How a batch goes through a graph: shards, fusion, hooks, threads.

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/nn/batchnorm.h"
#include "engine/nn/dense.h"
#include "engine/nn/pass.h"
#include "engine/nn/pointwise.h"
#include "engine/nn/zoo.h"
#include "tests/support/compare.h"
#include "tests/support/noise.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <set>

using namespace bitstill;

namespace {

std::atomic<std::size_t> largestAllocation = 0; ///< of all threads, in bytes

void* counted(std::size_t size, std::size_t alignment)
{
    std::size_t largest = largestAllocation;
    while (size > largest && !largestAllocation.compare_exchange_weak(largest, size)) { }
    void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (!memory) throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(std::size_t size) { return counted(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new[](std::size_t size) { return counted(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t size, std::align_val_t alignment) { return counted(size, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return counted(size, static_cast<std::size_t>(alignment)); }
// Those of the standard library would call the ones above; a sanitizer's do not.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
try {
    return counted(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
} catch (const std::bad_alloc&) {
    return nullptr;
}
void* operator new[](std::size_t size, const std::nothrow_t& none) noexcept { return operator new(size, none); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

Pass::Fill from(const Tensor& x, std::size_t perSample)
{
    return [&x, perSample](const Shard& s, float* to) {
        std::copy_n(x.data() + static_cast<std::size_t>(s.first) * perSample, static_cast<std::size_t>(s.rows) * perSample, to);
    };
}

const SampleShape kImage{28, 28, 1};

} // namespace

class TestPass : public QObject {
    Q_OBJECT

    static void modelRows()
    {
        QTest::addColumn<QString>("model");
        for (const ModelFamily& f : modelFamilies()) QTest::newRow(f.example.c_str()) << QString::fromStdString(f.example);
    }

private Q_SLOTS:
    void outputDoesNotDependOnTheBatch_data() { modelRows(); }
    void outputDoesNotDependOnTheBatch()
    {
        QFETCH(QString, model);
        Graph g = buildModel(model.toStdString(), kImage, 10);
        g.initialize(1);
        ThreadPool pool(2);
        const Tensor x = noise({128, 784});
        Pass many(g, 128, Pass::Mode::Inference, pool);
        const float* out = many.forward(128, from(x, 784));
        const std::vector<float> all(out, out + 1280);
        for (const int batch : {1, 2, 5, 15, 16, 32, 70}) { // every bit: kernels that round otherwise for some rows would show
            Pass few(g, batch, Pass::Mode::Inference, pool);
            for (const int rows : {batch, (batch + 1) / 2}) {
                out = few.forward(rows, from(x, 784));
                for (int i = 0; i < rows * 10; ++i) QCOMPARE(out[i], all[static_cast<std::size_t>(i)]);
            }
        }
    }

    void unfinishedBatchesLeaveTheRestAlone()
    {
        Graph g = buildModel("cnn-4-8", kImage, 10);
        g.initialize(1);
        ThreadPool pool(1);
        const Tensor x = noise({50, 784});
        Pass pass(g, 50, Pass::Mode::Inference, pool);
        const float* out = pass.forward(50, from(x, 784));
        const std::vector<float> whole(out, out + 500);
        out = pass.forward(19, from(x, 784));
        for (std::size_t i = 0; i < 190; ++i) QCOMPARE(out[i], whole[i]);
    }

    /// A loss on an inner node trains what lies before it as if the network ended there.
    void lossesOnInnerNodesReachTheLayersBefore_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("tap");
        QTest::newRow("dense, fused") << "mlp-16-8"
                                      << "relu1";
        QTest::newRow("pooling") << "cnn-4-8"
                                 << "pool1";
        QTest::newRow("behind BatchNorm") << "cnn-4-8"
                                          << "relu2";
        QTest::newRow("depthwise") << "dwcnn"
                                   << "relu_pw2";
        QTest::newRow("two readers") << "resnet-8"
                                     << "relu_add_1";
        QTest::newRow("logits") << "mlp-16-8"
                                << "dense3";
    }
    void lossesOnInnerNodesReachTheLayersBefore()
    {
        QFETCH(QString, model);
        QFETCH(QString, tap);
        const Tensor x = noise({20, 784});
        Graph whole = buildModel(model.toStdString(), kImage, 10);
        whole.initialize(1);
        const NodeId node = whole.find(tap.toStdString());
        Graph cut(kImage);
        for (int i = 1; i <= node; ++i) cut.add(whole.node(i).name, whole.node(i).layer->clone(), whole.node(i).inputs);
        const std::size_t features = whole.node(node).shape.size();
        const Tensor slope = noise({20, static_cast<int>(features)});
        ThreadPool pool(2);
        Pass through(whole, 20, Pass::Mode::Training, pool), direct(cut, 20, Pass::Mode::Training, pool);
        through.setTaps({node}, [&](int rows, std::span<const float* const>, std::span<float* const> gradients) {
            std::copy_n(slope.data(), static_cast<std::size_t>(rows) * features, gradients[0]);
            return 3.0;
        });
        const GradientReady keep = [](Parameter&, std::size_t, std::size_t) {};
        const double loss = through.step(
            20, from(x, 784),
            [](const Shard& s, const float*, float* dy) {
                std::fill_n(dy, s.rows * 10, 0.0f);
                return 0.0;
            },
            keep);
        QCOMPARE(loss, 60.0);
        direct.step(
            20, from(x, 784),
            [&](const Shard& s, const float*, float* dy) {
                const std::size_t first = static_cast<std::size_t>(s.first) * features;
                std::copy_n(slope.data() + first, static_cast<std::size_t>(s.rows) * features, dy);
                return 0.0;
            },
            keep);
        const auto a = whole.parameters(), b = cut.parameters();
        for (std::size_t i = 0; i < b.size(); ++i) {
            const Tensor &got = a[i].second->gradient, &expected = b[i].second->gradient;
            QVERIFY2(relativeError(got.data(), expected.data(), expected.size()) < 1e-5, b[i].first.c_str());
        }
    }

    void onlyNodesWithAnOutputCanBeTapped()
    {
        Graph g = buildModel("mlp-16-8", kImage, 10);
        ThreadPool pool(1);
        Pass pass(g, 4, Pass::Mode::Training, pool);
        const Plan before = pass.plan();
        QVERIFY_EXCEPTION_THROWN(pass.setTaps({g.find("dense1")}, {}), Error); // its ReLU is applied as it is written
        QVERIFY(pass.plan() == before); // and the pass is of use as it was
        pass.setTaps({g.find("relu1")}, {});
    }

    void stepsAllocateNoArrays_data() { modelRows(); }
    void stepsAllocateNoArrays()
    {
        QFETCH(QString, model);
        Graph g = buildModel(model.toStdString(), kImage, 10);
        g.initialize(1);
        ThreadPool pool(1); // what others take over from each other varies
        Pass pass(g, 40, Pass::Mode::Training, pool);
        const Tensor x = noise({40, 784});
        const Pass::Fill fill = from(x, 784);
        const Pass::Loss loss = [](const Shard& s, const float* y, float* dy) {
            std::copy_n(y, s.floats(10), dy);
            return 0.0;
        };
        const GradientReady keep = [](Parameter&, std::size_t, std::size_t) {};
        const auto epoch = [&] {
            for (const int rows : {40, 40, 23}) pass.step(rows, fill, loss, keep);
        };
        epoch();
        largestAllocation = 0;
        epoch();
        QVERIFY(largestAllocation < 512u); // oneDNN keeps book of each call's arguments
    }

    void gradientsAreTheSameBitsForAnyThreads_data() { modelRows(); }
    void gradientsAreTheSameBitsForAnyThreads()
    {
        QFETCH(QString, model);
        const Tensor x = noise({67, 784});
        std::vector<std::uint64_t> hashes;
        for (const int threads : {1, 2, 4}) {
            Graph g = buildModel(model.toStdString(), kImage, 10);
            g.initialize(1);
            ThreadPool pool(threads);
            Pass pass(g, 67, Pass::Mode::Training, pool);
            pass.step(
                67, from(x, 784),
                [](const Shard& s, const float* y, float* dy) {
                    for (int i = 0; i < s.rows * 10; ++i) dy[i] = y[i] - 0.1f;
                    return 0.0;
                },
                [](Parameter& p, std::size_t b, std::size_t e) {
                    for (std::size_t i = b; i < e; ++i) p.value[i] -= 0.1f * p.gradient[i];
                });
            hashes.push_back(g.hash());
        }
        QCOMPARE(hashes[1], hashes[0]);
        QCOMPARE(hashes[2], hashes[0]);
    }

    void wideLayersComputeTheSameInPieces()
    {
        constexpr int kRows = 300; // several blocks of rows, the last one short
        Graph g = buildModel("mlp-400-20", kImage, 10);
        g.initialize(1);
        QVERIFY(g.node(g.find("dense1")).layer->outputPieces() > 1);
        const Tensor x = noise({kRows, 784});
        ThreadPool pool(3);
        Pass pieces(g, kRows, Pass::Mode::Training, pool), whole(g, kRows, Pass::Mode::Inference, pool);
        std::atomic<std::size_t> seen = 0; // hooks run on the threads
        pieces.setHook(
            [&](int node, const Shard& s, float*) { seen += g.node(node).name == "relu1" ? static_cast<std::size_t>(s.rows) : 0; });
        const float *a = pieces.forward(kRows, from(x, 784)), *b = whole.forward(kRows, from(x, 784));
        QVERIFY(relativeError(a, b, kRows * 10) < 1e-5);
        QCOMPARE(seen.load(), static_cast<std::size_t>(kRows));
    }

    void fusedActivationsEqualSeparateOnes()
    {
        // dense → relu is fused; dense → flatten → relu is not.
        Graph fused({1, 1, 20}), separate({1, 1, 20});
        fused.add("dense", std::make_unique<Dense>(20, 30));
        separate.add("dense", std::make_unique<Dense>(20, 30));
        separate.add("between", std::make_unique<Flatten>());
        for (Graph* g : {&fused, &separate}) {
            g->add("relu", std::make_unique<ActivationLayer>(Activation::relu()));
            g->initialize(3);
        }
        ThreadPool pool(1);
        Pass a(fused, 8, Pass::Mode::Inference, pool), b(separate, 8, Pass::Mode::Inference, pool);
        QVERIFY(!a.isObservable(NodeId(1)) && a.isObservable(NodeId(2)));
        const Tensor x = noise({8, 20});
        const float *ya = a.forward(8, from(x, 20)), *yb = b.forward(8, from(x, 20));
        for (int i = 0; i < 240; ++i) QCOMPARE(ya[i], yb[i]);
        QVERIFY(*std::min_element(ya, ya + 240) == 0 && *std::max_element(ya, ya + 240) > 0);
    }

    void hooksSeeEachGroupOnceUnderItsLastName()
    {
        Graph g = buildModel("resnet-8", kImage, 10, 0.5);
        g.initialize(1);
        ThreadPool pool(1);
        Pass pass(g, 2, Pass::Mode::Inference, pool);
        std::multiset<std::string> seen;
        pass.setHook([&](int node, const Shard&, float*) { seen.insert(g.node(node).name); });
        const Tensor x = noise({2, 784});
        pass.forward(2, from(x, 784));
        QCOMPARE(seen.count("relu_add_1"), 1u);
        QCOMPARE(seen.count("add_1"), 0u);
        QCOMPARE(seen.count("relu1"), 1u);
        QCOMPARE(seen.count("bn1"), 0u);
        QCOMPARE(seen.count("conv1"), 1u);
    }

    void runningStatisticsFollowTheData()
    {
        Graph g({1, 1, 3});
        g.add("bn", std::make_unique<BatchNorm>(3));
        ThreadPool pool(1);
        Pass pass(g, 100, Pass::Mode::Training, pool);
        Tensor x = noise({100, 3});
        for (float& v : x) v = 2 * v + 5;
        for (int i = 0; i < 100; ++i) pass.forward(100, from(x, 3));
        const auto& bn = static_cast<const BatchNorm&>(*g.node(1).layer);
        for (std::size_t c = 0; c < 3; ++c) {
            QVERIFY(std::abs(bn.runningMean[c] - 5) < 0.6f);
            QVERIFY(std::abs(bn.runningVar[c] - 4) < 1.5f);
        }
    }

    void copiesOfAGraphAreTheirOwn()
    {
        Graph a = buildModel("mlp-8", {1, 1, 4}, 2);
        a.initialize(1);
        const Graph b = a;
        QCOMPARE(a.hash(), b.hash());
        a.parameters().front().second->value[0] += 1;
        QVERIFY(a.hash() != b.hash());
    }

    void unknownModelsNameTheNearest()
    {
        try {
            buildModel("dwcn", kImage, 10);
            QFAIL("no exception");
        } catch (const std::exception& e) {
            QVERIFY(std::string(e.what()).find("did you mean dwcnn") != std::string::npos);
        }
        for (const char* bad : {"mlp-", "mlp-0", "mlp-9999999", "mlp-a", "cnn-16--3", "mlp-8192-8192-8192"})
            QVERIFY_EXCEPTION_THROWN(buildModel(bad, kImage, 10), std::exception);
        // What comes in counts too, before any memory is asked for.
        QVERIFY_EXCEPTION_THROWN(buildModel("mlp-8192", {1, 1, 100000}, 2), Error);
        QVERIFY_EXCEPTION_THROWN(buildModel("cnn-8", {3000, 3000, 1}, 2), Error);
    }
};

QTEST_APPLESS_MAIN(TestPass)
#include "tst_pass.moc"
