// What happens when oneDNN fails: nothing goes on with what it did not compute. Its functions are called through these here.

#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/gemm.h"
#include "engine/kernels/int8.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/integer_network.h"
#include "tests/support/files.h"

#include <QtTest>
#include <atomic>
#include <dlfcn.h>

using namespace bitstill;

namespace {

std::atomic<int> g_calls = 0, g_failing = 0; ///< every how manyth call fails; 0: none

bool fails()
{
    const int every = g_failing;
    return every > 0 && ++g_calls % every == 0;
}

template <class Function> Function* real(const char* name) { return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name)); }

struct Failing {
    explicit Failing(int every)
    {
        g_calls = 0;
        g_failing = every;
    }
    ~Failing() { g_failing = 0; }
};

std::string refusal(int every, const std::function<void()>& work)
{
    work(); // goes well, and makes what is made once
    const Failing failing(every);
    try {
        work();
    } catch (const Error& e) {
        return e.what();
    }
    return "no Error";
}

} // namespace

extern "C" {
// oneDNN's status 1 is out of memory, 5 a failure while it computes. Its header stays out of the tests.
int dnnl_sgemm(char ta, char tb, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a, std::int64_t lda,
    const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc)
{
    static const auto call = real<decltype(dnnl_sgemm)>("dnnl_sgemm");
    return fails() ? 5 : call(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
int dnnl_primitive_execute(const void* primitive, void* stream, int count, const void* args)
{
    static const auto call = real<decltype(dnnl_primitive_execute)>("dnnl_primitive_execute");
    return fails() ? 5 : call(primitive, stream, count, args);
}
int dnnl_primitive_create(void* primitive, const void* description)
{
    static const auto call = real<decltype(dnnl_primitive_create)>("dnnl_primitive_create");
    return fails() ? 1 : call(primitive, description);
}
}

class TestOneDnn : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void productsThatFailAreErrors()
    {
        const std::vector<float> a(64, 1.0f), b(64, 1.0f);
        std::vector<float> c(64);
        const std::string floats =
            refusal(1, [&] { Gemm{.m = 8, .n = 8, .k = 8, .lda = 8, .ldb = 8, .ldc = 8}.run(a.data(), b.data(), c.data()); });
        QCOMPARE(floats,
            std::string("[oneDNN] it could not compute a matrix product (runtime_error); check that the installed libdnnl is the "
                        "one that Bitstill was built with"));
    }

    void convolutionsThatFailAreErrors_data()
    {
        QTest::addColumn<int>("which");
        QTest::newRow("made") << 0;
        QTest::newRow("weights") << 1;
        QTest::newRow("forward") << 2;
        QTest::newRow("gradient of the input") << 3;
        QTest::newRow("gradient of the weights") << 4;
        QTest::newRow("sum of gradients") << 5;
    }
    void convolutionsThatFailAreErrors()
    {
        QFETCH(int, which);
        const ConvPlan plan{.shape = {6, 6, 4, 4, 3, 1, 1, 1}};
        std::vector<float> x(plan.shape.inputs(), 1.0f), y(plan.shape.outputs(), 1.0f), w(plan.shape.weights(), 1.0f), bias(4);
        const auto conv = makeOneDnnConv(plan);
        conv->setWeights(w.data());
        const std::function<void()> works[] = {[&] { makeOneDnnConv(plan); }, [&] { conv->setWeights(w.data()); },
            [&] { conv->forward(0, 1, x.data(), bias.data(), y.data()); }, [&] { conv->backwardData(0, 1, y.data(), x.data()); },
            [&] { conv->backwardWeights(0, 1, x.data(), y.data()); }, [&] { conv->sumGradients(1, w.data(), bias.data()); }};
        const std::string error = refusal(1, works[which]);
        QVERIFY2(contains(error, which == 0 ? "not enough memory for a convolution" : "could not compute a convolution"), error.c_str());
    }

    void integersThatFailAreErrors()
    {
        const Int8Weights weights(4, 8, std::vector<std::int8_t>(32, 3)),
            own = Int8Weights::inOwnLoops(4, 8, std::vector<std::int8_t>(32, 3));
        std::vector<std::uint8_t> x(80, 1);
        std::vector<std::int32_t> acc(40);
        own.multiply(0, x.data(), 10, acc.data());
        QVERIFY(std::ranges::all_of(acc, [](std::int32_t a) { return a == 24; }));
        std::ranges::fill(acc, -1);
        const std::string error = refusal(1, [&] { weights.multiply(0, x.data(), 10, acc.data()); });
        // Where our own loops multiply there is nothing to fail.
        const bool right =
            contains(error, "integers") || (error == "no Error" && std::ranges::all_of(acc, [](std::int32_t a) { return a == 24; }));
        QVERIFY2(right, error.c_str());
    }

    /// Every hundredth call, on any thread: training ends there, and does not end in a network.
    void trainingEndsWithTheError_data()
    {
        QTest::addColumn<QString>("model");
        QTest::newRow("dense") << "mlp-16";
        QTest::newRow("convolutions") << "cnn-4-8";
    }
    void trainingEndsWithTheError()
    {
        QFETCH(QString, model);
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 300, .noise = 0.2});
        for (const int threads : {1, 3}) {
            ThreadPool pool(threads);
            const std::string error = refusal(100, [&] {
                Graph g = buildModel(model.toStdString(), data.shape, data.classCount());
                g.initialize(1);
                train(g, data, {.epochs = 2, .batch = 20}, pool, [](const StepReport&) { return true; });
            });
            QVERIFY2(contains(error, "[oneDNN]"), error.c_str());
        }
    }
};

QTEST_APPLESS_MAIN(TestOneDnn)
#include "tst_onednn.moc"
