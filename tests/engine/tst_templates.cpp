// The templates that CONTRIBUTING's recipes start from do what they say.

#include "examples/templates/templates.h"

#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/nn/dense.h"
#include "engine/nn/trainer.h"
#include "tests/support/listener.h"

#include <QtTest>
#include <set>

using namespace bitstill;

class TestTemplates : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void observerChoosesARange()
    {
        const std::unique_ptr<Observer> observer = makeTrimmed();
        const std::vector<float> first{-1, 3}, second{-2, 1}, broken{std::numeric_limits<float>::quiet_NaN()};
        QCOMPARE(observer->range(8, Scheme::Affine).high, 0.0f);
        observer->observe(first.data(), first.size(), "x");
        observer->observe(second.data(), second.size(), "x");
        QCOMPARE(observer->range(8, Scheme::Affine).low, 0.9f * -2);
        QCOMPARE(observer->range(8, Scheme::Affine).high, 0.9f * 3);
        QVERIFY_THROWS_EXCEPTION(Error, observer->observe(broken.data(), 1, "x"));
        observer->reset();
        QCOMPARE(observer->range(8, Scheme::Affine).high, 0.0f);
    }

    void formatKeepsItsPromise()
    {
        const NumberFormat f = formatPowerOfTwo();
        std::vector<float> x{1, 2, 3, -5, 0, 0.4f}, y(6);
        f.roundTrip(x.data(), x.size(), y.data());
        QCOMPARE(y, (std::vector<float>{1, 2, 4, -4, 0, 0.5f}));
        Rng rng(1, "format");
        for (int i = 0; i < 1000; ++i) {
            const auto value = static_cast<float>(rng.uniform(-10, 10));
            float back = 0;
            f.roundTrip(&value, 1, &back);
            QVERIFY(static_cast<double>(std::abs(back - value)) <= f.worstError * static_cast<double>(std::abs(value)) * 1.0001);
        }
        QCOMPARE(f.bits(10), 90.0);
    }

    void layerLearns()
    {
        ThreadPool pool(2);
        const Dataset data = loadDataset("moons", {.path = {}, .samples = 400, .noise = 0.2});
        Graph network(data.shape);
        network.add("dense1", std::make_unique<Dense>(2, 16));
        network.add("leaky1", makeLeakyRelu());
        network.add("dense2", std::make_unique<Dense>(16, data.classCount()));
        network.initialize(1);
        double last = 0;
        train(network, data, {.epochs = 20, .batch = 20, .schedule = {.learningRate = 0.1}}, pool, [&](const StepReport& r) {
            last = r.loss;
            return true;
        });
        QVERIFY2(last < 0.2, qPrintable(QString::number(last)));
    }

    void methodsGradientIsItsSlope()
    {
        const DistillMethod m = meanAbsoluteMethod();
        const std::vector<float> teacher{1, -2, 0.5f};
        std::vector<float> student{0, 0, 0}, gradient(3), unused(3);
        QVERIFY(std::abs(m.loss(student.data(), teacher.data(), 3, 0, {}, gradient.data()) - 3.5 / 3) < 1e-6);
        for (std::size_t c = 0; c < 3; ++c) {
            std::vector<float> up = student;
            up[c] += 0.25f;
            const double slope = (m.loss(up.data(), teacher.data(), 3, 0, {}, unused.data()) - 3.5 / 3) / 0.25;
            QVERIFY(std::abs(slope - static_cast<double>(gradient[c])) < 1e-6);
        }
    }

    void experimentRunsAndAnswers()
    {
        const ExperimentInfo info = coinFlip();
        for (const Field& f : info.fields) QVERIFY(f.validate(f.initial).what.empty() && f.help.pattern.back() == '.');
        Spec spec{.experiment = info.id, .seed = 3, .values = {{"coin.dark", false}}};
        Listener listener(spec), again(spec);
        const auto experiment = info.make();
        experiment->run(listener);
        info.make()->run(again);
        QCOMPARE(listener.steps.size(), std::size_t{100});
        QVERIFY(std::abs(listener.metrics.at("heads") - 0.5) < 0.2);
        QCOMPARE(listener.metrics, again.metrics); // a seed is a run
        QVERIFY(std::get<Curves>(listener.figures.at("share").body).series[0].role == Role::After);
        listener.set("coin.dark", true);
        experiment->retune(listener);
        QVERIFY(std::get<Curves>(listener.figures.at("share").body).series[0].role == Role::Neutral);
    }

    void trainingCallsInThisOrder()
    {
        // What CONTRIBUTING says under "What training calls, in order".
        ThreadPool pool(1);
        const Dataset data = loadDataset("moons", {.path = {}, .samples = 40});
        Graph network(data.shape);
        network.add("dense1", std::make_unique<Dense>(2, 8));
        network.add("leaky1", makeLeakyRelu());
        network.add("dense2", std::make_unique<Dense>(8, data.classCount()));
        network.initialize(1);
        std::vector<std::string> calls;
        const auto called = [&](const char* name) {
            if (calls.empty() || calls.back() != name) calls.emplace_back(name);
        };
        TrainOptions options{.epochs = 1, .batch = 20};
        options.loss = [&](std::uint32_t, const float*, std::size_t classes, float* gradient) {
            called("loss");
            std::fill(gradient, gradient + classes, 0.1f);
            return 1.0;
        };
        options.inner = {
            {NodeId(2)}, [&](std::span<const std::uint32_t> samples, std::span<const float* const>, std::span<float* const> gradients) {
                called("inner");
                std::fill(gradients[0], gradients[0] + samples.size() * 8, 0.0f);
                return 0.0;
            }};
        options.atBarrier = [&] { called("barrier"); };
        train(network, data, options, pool, [&](const StepReport& r) {
            called("observer");
            return r.step < 1;
        });
        std::vector<std::string> withoutBarriers;
        std::ranges::copy_if(calls, std::back_inserter(withoutBarriers), [](const std::string& c) { return c != "barrier"; });
        QCOMPARE(withoutBarriers, (std::vector<std::string>{"inner", "loss", "observer"}));
        const auto inner = std::ranges::find(calls, "inner");
        QCOMPARE(*(inner - 1), std::string("barrier")); // the shards have met
        QCOMPARE(*(inner + 2), std::string("barrier")); // and meet again behind the backward pass
        QCOMPARE(calls.back(), std::string("observer"));
    }

    void figureHasItsData()
    {
        const auto rows = rowsOf(gauge("g", Text("Share"), 1.5));
        QCOMPARE(kindOf(gauge("g", Text("Share"), 1.5)), "bars");
        QVERIFY(rows.size() >= 2);
        for (const auto& row : rows) QCOMPARE(row.size(), rows[0].size());
        QVERIFY(std::ranges::any_of(rows[1], [](const DataCell& c) { return c.number == 1.0; })); // a share ends at 1
    }
};

QTEST_GUILESS_MAIN(TestTemplates)
#include "tst_templates.moc"
