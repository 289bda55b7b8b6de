// What can be said of data and networks before anything is trained.

#include "engine/data/catalogue.h"
#include "engine/data/data_facts.h"
#include "engine/experiment/data_figures.h"
#include "engine/experiment/network_outline.h"
#include "engine/nn/zoo.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/number_format.h"
#include "engine/quant/quantized_network.h"
#include "tests/support/figure_of.h"
#include "tests/support/files.h"

#include <QtTest>
#include <algorithm>

using namespace bitstill;

namespace {

/// Three classes of samples of two bytes.
Dataset smallData()
{
    Dataset data;
    data.shape = {1, 1, 2};
    data.classes = {"a", "b", "c"};
    data.train.bytes = {1, 2, 3, 4, 1, 2, 1, 2, 5, 4};
    data.train.labels = {0, 1, 0, 1, 1};
    data.test.bytes = {3, 4, 9, 9, 9, 9, 5, 4};
    data.test.labels = {1, 2, 2, 0};
    return data;
}

const ColumnFacts& columnOf(const DataFacts& facts, const std::string& name)
{
    return *std::ranges::find_if(facts.columns, [&name](const ColumnFacts& c) { return c.column.name == name; });
}

} // namespace

class TestLooks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void samplesAreCounted()
    {
        const DataFacts facts = factsOf(smallData());
        QCOMPARE(facts.train.perClass, (std::vector<std::size_t>{2, 3, 0}));
        QCOMPARE(facts.test.perClass, (std::vector<std::size_t>{1, 1, 2}));
        QCOMPARE(facts.low, 1.0);
        QCOMPARE(facts.high, 9.0);
    }

    void copiesAreFound()
    {
        const DataFacts facts = factsOf(smallData());
        QCOMPARE(facts.train.repeated, 2u); // of 1 2
        QCOMPARE(facts.test.repeated, 1u); // of 9 9
        QCOMPARE(facts.shared, 2u); // 3 4 and 5 4
        QCOMPARE(facts.contradicting, 2u); // 1 2 as b, and 5 4 as a
    }

    void pixelsThatNeverChangeAreCounted()
    {
        Dataset data = smallData();
        data.shape = {2, 1, 1};
        QCOMPARE(factsOf(data).constantValues, 0u);
        for (std::size_t i = 1; i < data.train.bytes.size(); i += 2) data.train.bytes[i] = 7;
        QCOMPARE(factsOf(data).constantValues, 1u); // whatever the test part has there
        QVERIFY(factsOf(data).columns.empty()); // an image has none
    }

    void generatedDataHaveNoCopies()
    {
        const DataFacts facts = factsOf(loadDataset("strokes", {.path = {}, .samples = 500}));
        QCOMPARE(facts.train.repeated + facts.test.repeated + facts.shared + facts.contradicting, 0u);
        QVERIFY(facts.columns.empty());
    }

    void fashionMnistHasNoTestImageAmongItsTrainingImages()
    {
        if (defaultDataset() != "fashion-mnist") QSKIP("dataset-fashion-mnist is not installed");
        const DataFacts facts = factsOf(loadDataset("fashion-mnist"));
        QCOMPARE(facts.shared, 0u);
        QCOMPARE(facts.train.repeated + facts.test.repeated, 0u);
        QCOMPARE(facts.train.perClass, std::vector<std::size_t>(10, 6000));
    }

    void suspiciousColumnsAreNamed()
    {
        const Folder f;
        std::string table = "fine,still,nearly,twin,leak,spike,label\n";
        for (int i = 0; i < 1000; ++i) {
            const int label = i % 2, noise = (i * 37) % 101;
            table += std::to_string(noise) + ",7," + (i % 500 == 3 ? "2" : "1") + ',' + std::to_string(noise) + ','
                + std::to_string(label * 10 + i % 3) + ',' + (i == 500 ? "1000" : std::to_string(i % 5)) + ',' + std::to_string(label)
                + '\n';
        }
        const Dataset data = loadDataset("csv", {.path = f.write("t.csv", table), .label = "label"});
        const DataFacts facts = factsOf(data);
        QCOMPARE(facts.columns.size(), 6u);
        QVERIFY(columnOf(facts, "fine").suspicion == Suspicion::None);
        QVERIFY(columnOf(facts, "still").suspicion == Suspicion::Constant);
        QVERIFY(columnOf(facts, "nearly").suspicion == Suspicion::AlmostConstant);
        QVERIFY(columnOf(facts, "twin").suspicion == Suspicion::SameAsAnother);
        QCOMPARE(columnOf(facts, "twin").same, std::string("fine"));
        QVERIFY(columnOf(facts, "leak").suspicion == Suspicion::TellsTheClass);
        // As the file has them, not as they are trained on.
        QCOMPARE(columnOf(facts, "fine").column.low, 0.0);
        QCOMPARE(columnOf(facts, "fine").column.high, 100.0);
        QCOMPARE(columnOf(facts, "spike").column.high, 1000.0);
        const std::vector<Figure> figures = figuresOf(data, facts, 1);
        const auto& shown = std::get<Table>(figureOf(figures, "data.columns").body);
        QVERIFY(shown.rows.front().back() != Text()); // what stands out comes first
        QCOMPARE(shown.rows.back().front(), Text(std::string("fine")));
    }

    void aSpikeLiesFarOut()
    {
        Dataset data;
        data.shape = {1, 1, 1};
        data.classes = {"a", "b"};
        for (int i = 0; i < 1000; ++i) {
            data.train.values.push_back(i == 7 ? 5000.0f : static_cast<float>(i % 10));
            data.train.labels.push_back(i % 3 == 0);
        }
        data.test.values = {1};
        data.test.labels = {0};
        QVERIFY(factsOf(data).columns.front().suspicion == Suspicion::FarOut);
        QCOMPARE(factsOf(data).columns.front().column.name, std::string("1"));
    }

    void lookingStops()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .samples = 2000});
        QVERIFY_EXCEPTION_THROWN(factsOf(data, [] { return false; }), Stopped);
    }

    void everyClassHasExamples()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .samples = 500});
        const auto examples = examplesOf(data, 3, 1);
        QCOMPARE(examples.size(), 10u);
        for (std::size_t c = 0; c < examples.size(); ++c)
            for (const std::uint32_t row : examples[c]) QCOMPARE(data.train.labels[row], static_cast<std::int32_t>(c));
        QVERIFY(examples == examplesOf(data, 3, 1));
        QVERIFY(examples != examplesOf(data, 3, 2));
        const auto figures = figuresOf(data, factsOf(data), 1);
        QCOMPARE(std::get<Images>(figureOf(figures, "data.samples").body).tiles.size(), 40u);
    }

    void everyDataSetCanBeLookedAt()
    {
        for (const DatasetInfo& info : datasets()) {
            if (!info.generated) continue;
            const Dataset data = loadDataset(info.id, {.path = {}, .samples = 300});
            for (const Figure& figure : figuresOf(data, factsOf(data), 1))
                QVERIFY2(!figure.title.empty() && !figure.caption.empty() && !figure.description.empty(), figure.id.c_str());
        }
    }

    void outlinesAreTheNetwork_data()
    {
        QTest::addColumn<QString>("model");
        for (const ModelFamily& f : modelFamilies()) QTest::newRow(f.example.c_str()) << QString::fromStdString(f.example);
    }
    /// Bytes are those that a quantized network says it has.
    void outlinesAreTheNetwork()
    {
        QFETCH(QString, model);
        const Dataset data = loadDataset("strokes", {.path = {}, .samples = 100});
        Graph graph = buildModel(model.toStdString(), data.shape, data.classCount());
        graph.initialize(1);
        ThreadPool pool(1);
        QuantizedNetwork network(graph, data, {.samples = 8}, pool);
        for (const QuantizationOptions& options :
            {QuantizationOptions{.weightBits = 8}, QuantizationOptions{.weightBits = 3, .weightScheme = Scheme::Affine},
                QuantizationOptions{.weightBits = 2, .granularity = {.kind = Granularity::Kind::PerChannel}, .edgesAt8 = true},
                QuantizationOptions{.weightBits = 4, .weightFormat = &numberFormat("mxfp4")}}) {
            network.quantize(options);
            const NetworkOutline outline = outlineOf(graph, options);
            QCOMPARE(outline.bytes, network.quantizedBytes());
            QCOMPARE(outline.parameters, graph.parameterCount());
            QCOMPARE(outline.floatBytes, network.floatBytes());
            QCOMPARE(outline.layers.size(), graph.nodes().size() - 1);
        }
        QCOMPARE(outlineOf(graph).bytes, 0);
        QCOMPARE(outlineOf(graph).floatBytes, network.floatBytes());
        const std::vector<Figure> figures = figuresOf(outlineOf(graph), "it");
        const auto& table = std::get<Table>(figureOf(figures, "network.layers").body);
        QCOMPARE(table.rows.size(), graph.nodes().size()); // and the total
    }
};

QTEST_GUILESS_MAIN(TestLooks)
#include "tst_looks.moc"
