// Which layer hurts, and what repairs it: scales fitted to the outputs, a ladder that never goes down, figures that agree.

#include "engine/data/catalogue.h"
#include "engine/data/sample.h"
#include "engine/experiment/ladder_figures.h"
#include "engine/measure/agreement.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/repair.h"
#include "tests/support/listener.h"
#include "tests/support/quick.h"

#include <QtTest>

using namespace bitstill;

namespace {

/// And the mix as it was whenever progress was told.
class MixListener : public Listener {
public:
    using Listener::Listener;

    void progress(double share, const Text& what) override
    {
        Listener::progress(share, what);
        if (figures.contains("mix")) mixes.push_back(figures["mix"]);
    }

    std::vector<Figure> mixes;
};

Spec quick(std::uint64_t seed)
{
    Spec spec = quickSpec("which-layer");
    spec.seed = seed;
    spec.values["model.name"] = std::string("mlp-16-16");
    spec.values["quant.bits"] = std::int64_t{3};
    return spec;
}

std::string valueOf(const Figure& figure, const std::string& label)
{
    for (const Readout::Item& item : std::get<Readout>(figure.body).items)
        if (item.label.english() == label) return item.value.english();
    return {};
}

} // namespace

class TestWhichLayer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Least divergence of the answers, against least error of the weights.
    void scalesAreFittedToTheAnswers_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<bool>("perChannel");
        for (const char* model : {"mlp-32-16", "cnn-4-8", "dwcnn"})
            for (const bool perChannel : {false, true})
                QTest::addRow("%s %s", model, perChannel ? "per channel" : "per tensor") << QString(model) << perChannel;
    }
    void scalesAreFittedToTheAnswers()
    {
        QFETCH(QString, model);
        QFETCH(bool, perChannel);
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 500, .noise = 0.2});
        ThreadPool pool(2), alone(1);
        Graph g = buildModel(model.toStdString(), data.shape, data.classCount());
        g.initialize(1);
        train(g, data, {.epochs = 2, .batch = 25}, pool, [](const StepReport&) { return true; });
        QuantizedNetwork q(g, data, {.samples = 200}, pool);
        Graph folded = q.folded();
        Pass exact(folded, 100, Pass::Mode::Inference, pool);
        const Samples seen = sampleOf(data, data.train, 128, 1);
        const auto answers = [&](Pass& pass) { return evaluate(pass, data, seen, seen.count()); };
        const Logits wanted = answers(exact);
        QuantizationOptions o{.weightBits = 4};
        if (perChannel) o.granularity.kind = Granularity::Kind::PerChannel;
        q.quantize(o);
        const double whole = klDivergence(wanted, answers(q.pass()));
        const auto scales = fitWeightScales(q, data, 128, 1, pool);
        QVERIFY(scales == fitWeightScales(q, data, 128, 1, alone)); // any number of threads
        QCOMPARE(scales.size(), q.layers().size());
        for (const LayerQuantization& l : q.layers())
            for (std::size_t c = 0; c < l.parameters.scale.size(); ++c)
                QVERIFY(scales.at(l.name)[c] <= l.parameters.scale[c] && scales.at(l.name)[c] >= 0.29f * l.parameters.scale[c]);
        q.quantize(o, scales);
        const double fitted = klDivergence(wanted, answers(q.pass()));
        o.weightObserver = "mse";
        q.quantize(o);
        const double ofWeights = klDivergence(wanted, answers(q.pass()));
        const QString figures =
            QStringLiteral("KL: whole range %1, fitted %2, least error of weights %3").arg(whole).arg(fitted).arg(ofWeights);
        QVERIFY2(fitted <= whole && fitted < 1.02 * ofWeights, qPrintable(figures));
    }

    void noStepIsTakenThatIsWorse_data()
    {
        QTest::addColumn<int>("seed");
        for (int seed = 1; seed <= 2; ++seed) QTest::addRow("seed %d", seed) << seed;
    }
    void noStepIsTakenThatIsWorse()
    {
        QFETCH(int, seed);
        MixListener listener(quick(static_cast<std::uint64_t>(seed)));
        experimentInfo("which-layer").make()->run(listener);
        const auto& table = std::get<Table>(listener.figures.at("ladder.table").body);
        QCOMPARE(table.rows.size(), std::size_t{7});
        std::string below = "rounded";
        int row = 1;
        for (const char* step : {"equalize", "calibration", "adaround", "bias", "per_channel", "mixed"}) {
            const auto& cells = table.rows[static_cast<std::size_t>(row++)];
            const bool taken = listener.metrics.at("ladder." + std::string(step) + ".taken") == 1;
            const double before = std::stod(cells[4].english()), after = std::stod(cells[5].english());
            QVERIFY2(after == before || taken == (after < before), step); // as far as the digits say
            QCOMPARE(cells[0].english().find("skipped") != std::string::npos, !taken);
            if (!taken)
                QCOMPARE(
                    listener.metrics.at("ladder." + std::string(step) + ".change"), listener.metrics.at("ladder." + below + ".change"));
            below = step;
        }
    }

    void figuresSayTheSameOfOneLayer()
    {
        MixListener listener(quick(1));
        experimentInfo("which-layer").make()->run(listener);
        const auto& bars = std::get<Bars>(listener.figures.at("layers").body);
        const auto& items = std::get<Readout>(listener.figures.at("sentence").body).items;
        const std::string label = items[1].label.english(), name = label.substr(0, label.find(' '));
        for (std::size_t i = 0; i < bars.categories.size(); ++i)
            if (bars.categories[i].english() == name)
                QCOMPARE(items[1].value.english(), signedFixed(bars.series[0].values[i], 1) + " points");
        QVERIFY(listener.figures.at("layers").caption.english().find("120 test samples") != std::string::npos);
        QVERIFY2(label.find("120 samples") != std::string::npos, label.c_str());
    }

    void theMixSaysWhenItIsBeingMeasured()
    {
        MixListener listener(quick(1));
        const auto experiment = experimentInfo("which-layer").make();
        experiment->run(listener);
        listener.doing.clear();
        listener.mixes.clear();
        listener.set("repair.per_channel", true);
        experiment->retune(listener);
        QCOMPARE(listener.mixes.size(), std::size_t{2});
        QCOMPARE(valueOf(listener.mixes[0], "change from float"), std::string("…"));
        QCOMPARE(valueOf(listener.mixes[0], "repairs applied"), std::string("1"));
        QVERIFY(valueOf(listener.mixes[1], "change from float") != "…");
        QCOMPARE(listener.doing, (std::vector<std::string>{"measuring your selection", "done"}));
    }

    void layersThatTheModelLacksAreRefused()
    {
        Spec spec = defaultSpec("which-layer");
        spec.values["repair.float_layers"] = std::string("foo conv_dw1 bar");
        const std::vector<Problem> problems = validate(spec);
        QCOMPARE(problems.size(), std::size_t{1}); // one field, one note, all strangers in it
        QCOMPARE(problems[0].field, std::string("repair.float_layers"));
        QVERIFY2(problems[0].what.english().find("\"foo, bar\"") != std::string::npos, describe(problems).c_str());
        spec.values["repair.float_layers"] = std::string("conv_dw1 conv1");
        QVERIFY2(validate(spec).empty(), describe(validate(spec)).c_str());
        spec.values["model.name"] = std::string("mlp-20");
        QCOMPARE(validate(spec).size(), std::size_t{1});
        QVERIFY(validate(spec)[0].sentence().english().find("dense1") != std::string::npos);
        spec.values.erase("model.name"); // the default is dwcnn
        QVERIFY(validate(spec).empty());
        spec.values["model.name"] = std::string("no such model");
        QCOMPARE(validate(spec)[0].field, std::string("model.name"));
    }
};

QTEST_APPLESS_MAIN(TestWhichLayer)
#include "tst_which_layer.moc"
