// Gradients of every layer and of whole models against finite differences.

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/nn/batchnorm.h"
#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"
#include "engine/nn/loss.h"
#include "engine/nn/padding.h"
#include "engine/nn/pass.h"
#include "engine/nn/pointwise.h"
#include "engine/nn/pooling.h"
#include "engine/nn/zoo.h"
#include "tests/support/compare.h"
#include "tests/support/files.h"

using namespace bitstill;

namespace {

/// A graph, an input, and a loss that is a fixed random weighting of the output: Σ w·y.
class Probe {
public:
    Probe(Graph graph, int rows, std::uint64_t seed) :
        m_graph(std::move(graph)), m_rows(rows), m_pool(1), m_pass(m_graph, rows, Pass::Mode::Training, m_pool, true)
    {
        Rng rng(seed, "probe");
        m_x = Tensor({rows, m_graph.node(0).shape.features()});
        for (float& v : m_x) v = static_cast<float>(rng.normal());
        m_weights = Tensor({rows, m_graph.node(m_graph.output()).shape.features()});
        for (float& v : m_weights) v = static_cast<float>(rng.normal());
    }

    double loss()
    {
        return m_pass.step(
            m_rows,
            [this](const Shard& s, float* x) {
                const std::size_t n = m_graph.node(0).shape.size();
                std::copy_n(m_x.data() + static_cast<std::size_t>(s.first) * n, static_cast<std::size_t>(s.rows) * n, x);
            },
            [this](const Shard& s, const float* y, float* dy) {
                const std::size_t n = m_graph.node(m_graph.output()).shape.size(), first = static_cast<std::size_t>(s.first) * n;
                double sum = 0;
                for (std::size_t i = 0; i < static_cast<std::size_t>(s.rows) * n; ++i) {
                    dy[i] = m_weights[first + i];
                    sum += static_cast<double>(y[i]) * static_cast<double>(dy[i]);
                }
                return sum;
            },
            [](Parameter&, std::size_t, std::size_t) {});
    }

    /// Largest difference between `analytic` and central differences over some entries of `values`, relative to the largest.
    double check(Tensor& values, const Tensor& analytic)
    {
        const double step = m_step;
        double error = 0, size = 1e-3;
        const std::size_t stride = std::max<std::size_t>(1, values.size() / 23);
        for (std::size_t i = 0; i < values.size(); i += stride) {
            const float kept = values[i];
            values[i] = static_cast<float>(static_cast<double>(kept) + step);
            const double up = loss();
            values[i] = static_cast<float>(static_cast<double>(kept) - step);
            const double down = loss();
            values[i] = kept;
            error = std::max(error, std::abs((up - down) / (2 * step) - static_cast<double>(analytic[i])));
            size = std::max(size, std::abs(static_cast<double>(analytic[i])));
        }
        return error / size;
    }

    double worst()
    {
        loss();
        Tensor dx(m_x.shape());
        std::copy_n(m_pass.inputGradient(), dx.size(), dx.data());
        double worst = check(m_x, dx);
        for (auto& [name, p] : m_graph.parameters()) {
            loss();
            const Tensor gradient = p->gradient;
            worst = std::max(worst, check(p->value, gradient));
        }
        return worst;
    }

    Graph m_graph;
    int m_rows;
    ThreadPool m_pool;
    Pass m_pass;
    Tensor m_x, m_weights;
    double m_step = 1e-2;
};

Graph single(SampleShape in, std::unique_ptr<Layer> layer)
{
    Graph g(in);
    g.add("x", std::move(layer));
    g.initialize(5);
    return g;
}

Graph named(const QString& name)
{
    const SampleShape maps{7, 7, 4};
    if (name == QLatin1String("dense")) return single({1, 1, 9}, std::make_unique<Dense>(9, 6));
    if (name == QLatin1String("conv")) return single(maps, std::make_unique<Conv2d>(4, 6, Conv2d::Options{3, 1, 1, 1, true}));
    if (name == QLatin1String("conv stride 2")) return single(maps, std::make_unique<Conv2d>(4, 6, Conv2d::Options{3, 2, 1, 1, true}));
    if (name == QLatin1String("conv groups")) return single(maps, std::make_unique<Conv2d>(4, 8, Conv2d::Options{3, 1, 1, 2, true}));
    if (name == QLatin1String("depthwise")) return single(maps, std::make_unique<Conv2d>(4, 4, Conv2d::Options{3, 1, 1, 4, true}));
    if (name == QLatin1String("batchnorm 2-D")) return single(maps, std::make_unique<BatchNorm>(4));
    if (name == QLatin1String("batchnorm 1-D")) return single({1, 1, 6}, std::make_unique<BatchNorm>(6));
    if (name == QLatin1String("maxpool")) return single(maps, std::make_unique<Pooling>(Pooling::Kind::Max));
    if (name == QLatin1String("maxpool 3/2")) return single(maps, std::make_unique<Pooling>(Pooling::Kind::Max, 3, 2));
    if (name == QLatin1String("avgpool")) return single(maps, std::make_unique<Pooling>(Pooling::Kind::Average));
    if (name == QLatin1String("global avgpool")) return single(maps, std::make_unique<Pooling>(Pooling::Kind::GlobalAverage));
    if (name == QLatin1String("padding")) return single(maps, std::make_unique<Padding>(Padding::Sides{0, 2, 1, 3}));
    if (name == QLatin1String("flatten")) return single(maps, std::make_unique<Flatten>());
    if (name == QLatin1String("relu")) return single(maps, std::make_unique<ActivationLayer>(Activation::relu()));
    if (name == QLatin1String("relu6")) return single(maps, std::make_unique<ActivationLayer>(Activation::relu6()));
    if (name == QLatin1String("add of one input twice")) {
        Graph g(maps);
        g.add("conv", std::make_unique<Conv2d>(4, 4, Conv2d::Options{1, 1, 0, 1, false}));
        g.add("add", std::make_unique<Add>(), {1, 0});
        g.initialize(5);
        return g;
    }
    Q_ASSERT(name == QLatin1String("residual with fused relu"));
    Graph g(maps);
    g.add("conv1", std::make_unique<Conv2d>(4, 4, Conv2d::Options{3, 1, 1, 1, false})); // BatchNorm would cancel its bias
    g.add("bn1", std::make_unique<BatchNorm>(4));
    const int split = g.output();
    g.add("conv2", std::make_unique<Conv2d>(4, 4, Conv2d::Options{3, 1, 1, 1, true}));
    const int left = g.output();
    const int right = g.add("conv3", std::make_unique<Conv2d>(4, 4, Conv2d::Options{1, 1, 0, 1, true}), {split});
    g.add("add", std::make_unique<Add>(), {left, right});
    g.add("relu", std::make_unique<ActivationLayer>(Activation::relu()));
    g.add("add2", std::make_unique<Add>(), {g.output(), split});
    g.initialize(5);
    // Far from the kink on either side, so that differences do not cross it.
    Tensor& bias = static_cast<Conv2d&>(*g.node(right).layer).bias.value;
    for (std::size_t c = 0; c < bias.size(); ++c) bias[c] = c % 2 ? 6.0f : -6.0f;
    return g;
}

} // namespace

class TestLayers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void layersKnowWhatTheyAre()
    {
        const Graph resnet = buildModel("resnet-8", {28, 28, 1}, 10);
        for (const Graph::Node& node : resnet.nodes()) {
            if (!node.layer) continue;
            const LayerRole role = node.layer->role();
            QCOMPARE(node.layer->weights().has_value(), role == LayerRole::Linear);
            QCOMPARE(node.layer->activation().has_value(), role == LayerRole::Activation);
            QCOMPARE(node.layer->channelAffine().has_value(), role == LayerRole::Normalizes);
            QCOMPARE(role == LayerRole::Adds, node.inputs.size() == 2);
        }
        QVERIFY(Pooling(Pooling::Kind::Max).role() == LayerRole::Selects);
        QVERIFY(Pooling(Pooling::Kind::Average).role() == LayerRole::Averages);
        QVERIFY(Flatten().role() == LayerRole::Moves);
    }

    void whatALinearLayerAbsorbsItPutsOut()
    {
        Conv2d conv(1, 2, {.kernel = 1, .bias = false});
        QCOMPARE(conv.parameters().size(), std::size_t{1});
        conv.weight.value[0] = 3, conv.weight.value[1] = 5;
        QVERIFY(conv.absorb({{2, 4}, {7, 9}}));
        QCOMPARE(conv.parameters().size(), std::size_t{2}); // it has a bias now
        QCOMPARE(conv.weight.value[0], 6.0f);
        QCOMPARE(conv.weight.value[1], 20.0f);
        QCOMPARE(conv.bias.value[0], 7.0f);
        QCOMPARE(conv.bias.value[1], 9.0f);
        QVERIFY(!Flatten().absorb({{2}, {7}}));
    }

    /// The gradient's test cannot tell where the map lies among its zeros.
    void paddingPutsZerosWhereItSays()
    {
        Graph g({2, 2, 1});
        g.add("padding", std::make_unique<Padding>(Padding::Sides{.top = 1, .left = 2, .bottom = 0, .right = 1}));
        ThreadPool pool(1);
        Pass pass(g, 1, Pass::Mode::Inference, pool);
        const std::vector<float> x{1, 2, 3, 4};
        const float* y = pass.forward(1, [&](const Shard&, float* to) { std::copy(x.begin(), x.end(), to); });
        QCOMPARE(std::vector<float>(y, y + 15), (std::vector<float>{0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 3, 4, 0}));
    }

    void gradientsAgreeWithFiniteDifferences_data()
    {
        QTest::addColumn<bool>("kinks"); // a step of the difference may cross one: compare with more room
        for (const char* name : {"dense", "conv", "conv stride 2", "conv groups", "depthwise", "batchnorm 2-D", "batchnorm 1-D", "avgpool",
                 "global avgpool", "flatten", "padding", "add of one input twice", "residual with fused relu"})
            QTest::newRow(name) << false;
        for (const char* name : {"maxpool", "maxpool 3/2", "relu", "relu6"}) QTest::newRow(name) << true;
    }
    void gradientsAgreeWithFiniteDifferences()
    {
        QFETCH(bool, kinks);
        Probe probe(named(QString::fromLatin1(QTest::currentDataTag())), 5, 3);
        if (kinks) probe.m_step = 3e-3;
        const double worst = probe.worst();
        QVERIFY2(worst < (kinks ? 0.05 : 0.004), qPrintable(QString::number(worst)));
    }

    void crossEntropyGradientAgrees()
    {
        Tensor logits({4, 7});
        Rng rng(2, "x");
        for (float& v : logits) v = static_cast<float>(3 * rng.normal());
        const std::vector<std::int32_t> labels{0, 6, 3, 3};
        Tensor gradient(logits.shape());
        softmaxCrossEntropy(logits.data(), labels.data(), 4, 7, 1, gradient.data());
        for (std::size_t i = 0; i < logits.size(); ++i) {
            const float kept = logits[i];
            logits[i] = kept + 1e-2f;
            const double up = softmaxCrossEntropy(logits.data(), labels.data(), 4, 7, 1, nullptr);
            logits[i] = kept - 1e-2f;
            const double down = softmaxCrossEntropy(logits.data(), labels.data(), 4, 7, 1, nullptr);
            logits[i] = kept;
            QVERIFY(std::abs((up - down) / 2e-2 - static_cast<double>(gradient[i])) < 1e-4);
        }
    }

    void crossEntropyIsFiniteForHugeLogits()
    {
        const Tensor logits({1, 3}, std::vector<float>{1e4f, -1e4f, 0});
        const std::int32_t label = 1;
        QCOMPARE(softmaxCrossEntropy(logits.data(), &label, 1, 3, 1, nullptr), 2e4);
    }

    void wrongShapesAreNamed()
    {
        Graph g({1, 1, 9});
        try {
            g.add("dense7", std::make_unique<Dense>(8, 2));
            QFAIL("no exception");
        } catch (const Error& e) {
            QCOMPARE(e.where().english(), std::string("dense7"));
            QVERIFY(contains(e.problem().english(), "8") && contains(e.problem().english(), "9"));
        }
    }

    void everyModelOfTheZooTrainsOneStep_data()
    {
        QTest::addColumn<QString>("model");
        for (const ModelFamily& f : modelFamilies()) QTest::newRow(f.example.c_str()) << QString::fromStdString(f.example);
    }
    void everyModelOfTheZooTrainsOneStep()
    {
        QFETCH(QString, model);
        Probe probe(buildModel(model.toStdString(), {28, 28, 1}, 10, 0.25), 4, 9);
        probe.m_graph.initialize(1);
        QVERIFY(std::isfinite(probe.loss()));
        for (const auto& [name, p] : probe.m_graph.parameters()) {
            const auto nonzero = std::count_if(p->gradient.begin(), p->gradient.end(), [](float g) { return g != 0; });
            QVERIFY2(nonzero > 0, name.c_str());
        }
    }
};

QTEST_APPLESS_MAIN(TestLayers)
#include "tst_layers.moc"
