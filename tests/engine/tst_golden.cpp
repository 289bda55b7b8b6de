// What PyTorch computed (tests/golden): layers, optimizers, quantization, observers.

#include "engine/distill/method.h"
#include "engine/distill/soft_labels.h"
#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/batchnorm.h"
#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"
#include "engine/nn/loss.h"
#include "engine/nn/optimizer.h"
#include "engine/nn/pass.h"
#include "engine/nn/pointwise.h"
#include "engine/nn/pooling.h"
#include "engine/quant/observer.h"
#include "tests/support/compare.h"

#include <cstring>
#include <nlohmann/json.hpp>

using namespace bitstill;
using nlohmann::json;

namespace {

/// BITSTILL_GOLDEN names another folder, for vectors from another seed.
std::filesystem::path goldenFolder()
{
    return qEnvironmentVariable("BITSTILL_GOLDEN", QStringLiteral(BITSTILL_SOURCE "/tests/golden")).toStdString();
}

} // namespace

class TestGolden : public QObject {
    Q_OBJECT

    NamedArrays m_arrays;
    json m_cases;

    const json& caseNamed(const QString& kind, const QString& name) const
    {
        for (const json& c : m_cases)
            if (c["kind"] == kind.toStdString() && c["name"] == name.toStdString()) return c;
        qFatal("no such case");
    }
    const Array& array(const json& c, const char* key) const { return m_arrays.at(c["arrays"][key].get<std::string>()); }
    Tensor tensor(const json& c, const char* key) const { return array(c, key).toTensor(key); }
    bool has(const json& c, const char* key) const { return c["arrays"].contains(key); }
    void rows(const char* kind) const
    {
        QTest::addColumn<QString>("name");
        for (const json& c : m_cases)
            if (c["kind"] == kind)
                QTest::newRow(c["name"].get<std::string>().c_str()) << QString::fromStdString(c["name"].get<std::string>());
    }

    static std::unique_ptr<Layer> makeLayer(const json& s, const Tensor& x, bool bias)
    {
        const std::string op = s["op"];
        if (op == "dense") return std::make_unique<Dense>(s["in"].get<int>(), s["out"].get<int>());
        if (op == "batchnorm") return std::make_unique<BatchNorm>(x.shape()[1], s["eps"].get<float>(), s["momentum"].get<float>());
        if (op == "relu") return std::make_unique<ActivationLayer>(Activation::relu());
        if (op == "relu6") return std::make_unique<ActivationLayer>(Activation::relu6());
        if (op == "maxpool") return std::make_unique<Pooling>(Pooling::Kind::Max, s["kernel"].get<int>(), s["stride"].get<int>());
        if (op == "avgpool") return std::make_unique<Pooling>(Pooling::Kind::Average, s["kernel"].get<int>(), s["stride"].get<int>());
        if (op == "global_avgpool") return std::make_unique<Pooling>(Pooling::Kind::GlobalAverage);
        Q_ASSERT(op == "conv2d");
        (void)bias;
        return nullptr;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_arrays = readSafetensors(goldenFolder() / "golden.safetensors");
        m_cases = json::parse(readFile(goldenFolder() / "cases.json", 100'000'000));
        QVERIFY(m_cases.size() > 200);
    }

    void quantize_data() { rows("quantize"); }
    void quantize()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("quantize"), name);
        const json& s = c["settings"];
        const Tensor x = tensor(c, "input"), upstream = tensor(c, "upstream");
        const std::string scheme = s["scheme"];
        const Scheme mine = scheme == "affine" ? Scheme::Affine : scheme == "affine_unsigned" ? Scheme::AffineUnsigned : Scheme::Symmetric;
        const Granularity g{.kind = s["axis"].is_null() ? Granularity::Kind::PerTensor : Granularity::Kind::PerChannel};
        const Blocks blocks = blocksOf(x.shape(), g);
        const QuantParameters p = chooseParameters(s["bits"], mine, blocks, rangesOf(x.data(), blocks, "x"));
        QCOMPARE(p.range.low, s["qmin"].get<int>());
        QCOMPARE(p.range.high, s["qmax"].get<int>());
        QCOMPARE(p.scale, std::get<std::vector<float>>(array(c, "scale").values));
        const auto& zeroPoint = std::get<std::vector<std::int64_t>>(array(c, "zero_point").values);
        QCOMPARE(std::vector<std::int64_t>(p.zeroPoint.begin(), p.zeroPoint.end()), zeroPoint);
        std::vector<std::int32_t> codes(x.size());
        bitstill::quantize(x.data(), p, codes.data());
        QCOMPARE(codes, std::get<std::vector<std::int32_t>>(array(c, "codes").values));
        Tensor y = x, fromCodes = x, gradient = x;
        fakeQuantize(x.data(), p, y.data());
        dequantize(codes.data(), p, fromCodes.data());
        const Tensor output = tensor(c, "output"), expected = tensor(c, "grad");
        for (std::size_t i = 0; i < x.size(); ++i) {
            QCOMPARE(y[i] + 0.0f, output[i] + 0.0f); // −0 is 0
            QCOMPARE(fromCodes[i] + 0.0f, output[i] + 0.0f);
        }
        straightThrough(x.data(), upstream.data(), p, gradient.data());
        QVERIFY(std::memcmp(gradient.data(), expected.data(), x.size() * sizeof(float)) == 0);
    }

    void observer_data() { rows("observer"); }
    void observer()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("observer"), name);
        const Tensor batches = tensor(c, "batches");
        const auto count = static_cast<std::size_t>(batches.shape()[0]), each = batches.size() / count;
        const auto watcher = makeObserver(name == QLatin1String("ema") ? "moving-average" : "min-max");
        for (std::size_t b = 0; b < count; ++b) watcher->observe(batches.data() + b * each, each, "x");
        const Range e = watcher->range(8, Scheme::AffineUnsigned);
        const QuantParameters p = chooseParameters(c["settings"]["bits"], Scheme::AffineUnsigned, {1, 1, 1}, {e});
        const auto close = [](float a, float b) { return std::abs(a - b) <= 1e-6f * std::abs(b); };
        QVERIFY(close(e.low, tensor(c, "min")[0]));
        QVERIFY(close(e.high, tensor(c, "max")[0]));
        QVERIFY(close(p.scale[0], tensor(c, "scale")[0]));
        QCOMPARE(static_cast<std::int64_t>(p.zeroPoint[0]), std::get<std::vector<std::int64_t>>(array(c, "zero_point").values)[0]);
    }

    void mseObserver_data() { rows("mse_observer"); }
    void mseObserver()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("mse_observer"), name);
        const Tensor x = tensor(c, "input");
        const auto watcher = makeObserver("mse");
        watcher->observe(x.data(), x.size(), "x");
        const Range e = watcher->range(8, Scheme::AffineUnsigned);
        const QuantParameters p = chooseParameters(8, Scheme::AffineUnsigned, {1, 1, x.size()}, {e});
        Tensor y = x;
        fakeQuantize(x.data(), p, y.data());
        const double mse = std::pow(rmse(x.data(), y.data(), x.size()), 2),
                     allowed = std::get<std::vector<double>>(array(c, "mse").values)[0];
        QVERIFY2(mse <= allowed, qPrintable(QString::number(mse) + QStringLiteral(" against ") + QString::number(allowed)));
    }

    void lsq_data() { rows("lsq"); }
    void lsq()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("lsq"), name);
        const json& s = c["settings"];
        const Tensor x = tensor(c, "input"), upstream = tensor(c, "upstream"), output = tensor(c, "output"), scale = tensor(c, "scale");
        QuantParameters p;
        p.blocks = {1, 1, x.size()};
        p.scale = {scale[0]};
        p.zeroPoint = {0};
        p.range = {s["qmin"].get<int>(), s["qmax"].get<int>()};
        Tensor y = x, gradient = x;
        fakeQuantize(x.data(), p, y.data());
        for (std::size_t i = 0; i < x.size(); ++i) QCOMPARE(y[i] + 0.0f, output[i] + 0.0f);
        const float scaleGradient =
            learnedStepSizeGradient(x.data(), upstream.data(), p, s["grad_factor"].get<double>(), gradient.data()).front();
        QVERIFY(relativeError(gradient, tensor(c, "grad_input")) < 1e-5);
        const float expected = tensor(c, "grad_scale")[0];
        QVERIFY2(std::abs(scaleGradient - expected) <= 1e-5f * std::abs(expected),
            qPrintable(QString::number(scaleGradient) + QLatin1Char(' ') + QString::number(expected)));
    }

    /// Rows of float64 logits as the engine takes them.
    std::vector<float> floats(const json& c, const char* name) const
    {
        const auto& values = std::get<std::vector<double>>(array(c, name).values);
        return {values.begin(), values.end()};
    }
    double number(const json& c, const char* name) const { return std::get<std::vector<double>>(array(c, name).values)[0]; }
    std::vector<std::int64_t> labels(const json& c) const { return std::get<std::vector<std::int64_t>>(array(c, "labels").values); }

    void kd_data() { rows("kd"); }
    void kd()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("kd"), name);
        const std::vector<float> student = floats(c, "student"), teacher = floats(c, "teacher");
        const std::vector<std::int64_t> y = labels(c);
        const double alpha = c["settings"]["alpha"], t = c["settings"]["temperature"];
        const std::size_t rowCount = y.size(), n = student.size() / rowCount;
        std::vector<float> gradient(student.size()), ce(n), soft(n);
        double loss = 0;
        for (std::size_t r = 0; r < rowCount; ++r) {
            const auto label = static_cast<std::int32_t>(y[r]);
            const double kl = hintonMethod().loss(&student[r * n], &teacher[r * n], n, label, {.temperature = t}, soft.data());
            loss += alpha * kl + (1 - alpha) * softmaxCrossEntropy(&student[r * n], &label, 1, n, 1, ce.data());
            for (std::size_t k = 0; k < n; ++k)
                gradient[r * n + k] = static_cast<float>(
                    (alpha * static_cast<double>(soft[k]) + (1 - alpha) * static_cast<double>(ce[k])) / static_cast<double>(rowCount));
        }
        QVERIFY(std::abs(loss / static_cast<double>(rowCount) - number(c, "loss")) < 1e-4 * std::abs(number(c, "loss")));
        const std::vector<float> expected = floats(c, "grad"), wanted = floats(c, "soft_labels");
        QVERIFY(relativeError(gradient.data(), expected.data(), gradient.size()) < 1e-4);
        std::vector<double> p(n);
        for (std::size_t r = 0; r < rowCount; ++r) {
            softLabels(&teacher[r * n], n, t, p.data());
            for (std::size_t k = 0; k < n; ++k) QVERIFY(std::abs(p[k] - static_cast<double>(wanted[r * n + k])) < 1e-5);
        }
    }

    void dkd_data() { rows("dkd"); }
    void dkd()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("dkd"), name);
        const std::vector<float> student = floats(c, "student"), teacher = floats(c, "teacher");
        const std::vector<std::int64_t> y = labels(c);
        const DistillSettings s{
            .temperature = c["settings"]["temperature"], .targetWeight = c["settings"]["alpha"], .othersWeight = c["settings"]["beta"]};
        const std::size_t rowCount = y.size(), n = student.size() / rowCount;
        std::vector<float> gradient(student.size());
        double loss = 0;
        for (std::size_t r = 0; r < rowCount; ++r)
            loss += decoupledMethod().loss(&student[r * n], &teacher[r * n], n, static_cast<std::int32_t>(y[r]), s, &gradient[r * n])
                / static_cast<double>(rowCount);
        for (float& g : gradient) g /= static_cast<float>(rowCount);
        QVERIFY2(std::abs(loss - number(c, "loss")) < 1e-4 * std::abs(number(c, "loss")), qPrintable(QString::number(loss)));
        QVERIFY(relativeError(gradient.data(), floats(c, "grad").data(), gradient.size()) < 1e-4);
    }

    /// Methods on features: the loss and its gradient. Golden maps are NCHW.
    void features_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("method");
        QTest::newRow("attention") << "attention_transfer"
                                   << "attention";
        QTest::newRow("similarity") << "similarity_preserving"
                                    << "similarity";
        QTest::newRow("relational") << "relational"
                                    << "relational";
    }
    void features()
    {
        QFETCH(QString, kind);
        QFETCH(QString, method);
        int found = 0;
        for (const json& c : m_cases) {
            if (c["kind"] != kind.toStdString()) continue;
            ++found;
            const auto nhwc = [&](const char* key) { return toNhwc(Tensor(array(c, key).shape, floats(c, key))); };
            const Tensor student = nhwc("student"), teacher = nhwc("teacher"), expected = nhwc("grad");
            const auto featuresOf = [](const Tensor& t) {
                const Shape& f = t.shape();
                return f.size() == 4 ? Features{t.data(), f[0], {f[1], f[2], f[3]}} : Features{t.data(), f[0], {1, 1, f[1]}};
            };
            std::vector<float> gradient(student.size());
            const double loss = distillMethod(method.toStdString()).features(featuresOf(student), featuresOf(teacher), gradient.data());
            QVERIFY2(std::abs(loss - number(c, "loss")) < 1e-4 * number(c, "loss"), qPrintable(QString::number(loss)));
            QVERIFY(relativeError(gradient.data(), expected.data(), gradient.size()) < 1e-4);
        }
        QVERIFY(found > 0);
    }

    void ece_data() { rows("ece"); }
    void ece()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("ece"), name);
        Logits logits;
        logits.values = floats(c, "logits");
        const std::vector<std::int64_t> y = labels(c);
        logits.count = y.size();
        logits.classes = logits.values.size() / y.size();
        const Reliability r = reliability(logits, {y.begin(), y.end()}, c["settings"]["bins"]);
        QVERIFY2(std::abs(r.ece - number(c, "ece")) < 1e-6,
            qPrintable(QString::number(r.ece) + QLatin1Char(' ') + QString::number(number(c, "ece"))));
    }

    void layer_data() { rows("layer"); }
    void layer()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("layer"), name);
        const json& s = c["settings"];
        const Tensor raw = tensor(c, "input"), x = toNhwc(raw), output = toNhwc(tensor(c, "output")),
                     upstream = toNhwc(tensor(c, "upstream"));
        const bool maps = raw.shape().size() == 4;
        const SampleShape in = maps ? SampleShape{raw.shape()[2], raw.shape()[3], raw.shape()[1]} : SampleShape{1, 1, raw.shape()[1]};
        std::unique_ptr<Layer> made;
        if (s["op"] == "conv2d") {
            const Tensor weight = tensor(c, "param_weight");
            made = std::make_unique<Conv2d>(
                in.channels, weight.shape()[0], Conv2d::Options{s["kernel"], s["stride"], s["padding"], s["groups"], has(c, "param_bias")});
        } else {
            made = makeLayer(s, raw, true);
        }
        Graph graph(in);
        graph.add("x", std::move(made));
        Layer& layer = *graph.node(1).layer;
        const std::pair<const char*, const char*> bn[] = {{"gamma", "weight"}, {"beta", "bias"}};
        const auto torchName = [&](const std::string& mine) {
            for (const auto& [ours, theirs] : bn)
                if (mine == ours) return std::string(theirs);
            return mine;
        };
        for (Parameter* p : layer.parameters()) p->value = tensor(c, ("param_" + torchName(p->name)).c_str());
        for (auto& [bufferName, buffer] : layer.buffers()) *buffer = tensor(c, ("param_" + bufferName).c_str());

        ThreadPool pool(2);
        const int rowsInBatch = raw.shape()[0];
        Pass pass(graph, rowsInBatch, Pass::Mode::Training, pool, true);
        const std::size_t perSample = in.size(), perOutput = graph.node(1).shape.size();
        QCOMPARE(output.size(), perOutput * static_cast<std::size_t>(rowsInBatch));
        Tensor got(output.shape());
        pass.step(
            rowsInBatch,
            [&](const Shard& shard, float* to) {
                std::copy_n(
                    x.data() + static_cast<std::size_t>(shard.first) * perSample, static_cast<std::size_t>(shard.rows) * perSample, to);
            },
            [&](const Shard& shard, const float* y, float* dy) {
                const std::size_t first = static_cast<std::size_t>(shard.first) * perOutput,
                                  n = static_cast<std::size_t>(shard.rows) * perOutput;
                std::copy_n(y, n, got.data() + first);
                std::copy_n(upstream.data() + first, n, dy);
                return 0.0;
            },
            [](Parameter&, std::size_t, std::size_t) {});
        QVERIFY2(relativeError(got, output) < 1e-5, qPrintable(QString::number(relativeError(got, output))));
        const Tensor gradInput = toNhwc(tensor(c, "grad_input"));
        QVERIFY2(relativeError(pass.inputGradient(), gradInput.data(), gradInput.size()) < 1e-5,
            qPrintable(QString::number(relativeError(pass.inputGradient(), gradInput.data(), gradInput.size()))));
        for (Parameter* p : layer.parameters()) {
            const double error = relativeError(p->gradient, tensor(c, ("grad_" + torchName(p->name)).c_str()));
            QVERIFY2(error < 1e-5, qPrintable(QString::fromStdString(p->name) + QString::number(error)));
        }
        for (auto& [bufferName, buffer] : layer.buffers())
            QVERIFY(relativeError(*buffer, tensor(c, ("after_" + bufferName).c_str())) < 1e-5);
    }

    void optimizer_data() { rows("optimizer"); }
    void optimizer()
    {
        QFETCH(QString, name);
        const json& c = caseNamed(QStringLiteral("optimizer"), name);
        const json& s = c["settings"];
        const Tensor initial = tensor(c, "initial"), gradients = tensor(c, "grads"), path = tensor(c, "path");
        Graph graph({1, 1, initial.shape()[1]});
        graph.add("dense", std::make_unique<Dense>(initial.shape()[1], initial.shape()[0]));
        Parameter& p = *graph.parameters().front().second;
        p.value = initial;
        OptimizerOptions o{.name = name.startsWith(QLatin1String("adamw")) ? "adamw"
                : name.startsWith(QLatin1String("adam"))                   ? "adam"
                                                                           : "sgd"};
        o.momentum = s.value("momentum", 0.0);
        o.nesterov = s.value("nesterov", false);
        o.weightDecay = s.value("weight_decay", 0.0);
        Optimizer optimizer(graph, o);
        const std::size_t n = initial.size();
        for (std::size_t step = 0; step < 10; ++step) {
            std::copy_n(gradients.data() + step * n, n, p.gradient.data());
            optimizer.beginStep(s["lr"].get<double>());
            optimizer.update(p, 0, n / 2);
            optimizer.update(p, n / 2, n);
            const double error = relativeError(p.value.data(), path.data() + step * n, n);
            QVERIFY2(error < 1e-6, qPrintable(QString::number(error)));
        }
    }
};

QTEST_APPLESS_MAIN(TestGolden)
#include "tst_golden.moc"
