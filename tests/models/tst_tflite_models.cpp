// Real .tflite files against what LiteRT computes for them, where they are at hand (../shared/models, whose README says how close to be).

#include "engine/core/error.h"
#include "engine/models/tflite/run.h"
#include "tests/support/references.h"

#include <QtTest>

using namespace bitstill;

using references::distance;
using references::kFolder;
using references::tensorsOf;

class TestTfliteModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (!std::filesystem::exists(kFolder)) QSKIP("../shared/models is not here");
        m_references.emplace(kFolder / "references.safetensors");
    }

    void runWhole_data() { references::addRows("tflite$"); }
    void runWhole()
    {
        QFETCH(QString, file);
        const tflite::Model model = tflite::readModel(kFolder / file.toStdString());
        const tflite::Extent extent = tflite::extentOf(model);
        QVERIFY2(extent.reason.empty(), extent.reason.english().c_str());
        QCOMPARE(extent.operators, model.operators.size());
        QVERIFY(!model.operators.empty());
    }

    void floatsAreNear_data() { references::addRows("(float|fp32).tflite"); }
    void floatsAreNear()
    {
        QFETCH(QString, file);
        const bool hybrid = file.contains("kws_float");
        for (const std::string kind : {"output", "logits"})
            for (const auto& [tensor, got, wanted] :
                results(file.toStdString(), kind, hybrid ? kind + "_float64" : kind, tflite::Hybrid::dequantized)) {
                const double apart = distance(got, wanted);
                qInfo("%s %s: %.2g of the largest value", qPrintable(file), tensor.c_str(), apart);
                QVERIFY2(apart < 1e-5, tensor.c_str());
            }
    }

    void codesAreEqual_data() { references::addRows("(int8|quantized).tflite"); }
    void codesAreEqual()
    {
        QFETCH(QString, file);
        for (const std::string kind : {"output", "logits"})
            for (const auto& [tensor, got, wanted] : results(file.toStdString(), kind, kind, tflite::Hybrid::dequantized)) {
                QCOMPARE(got.shape, wanted.shape);
                QVERIFY2(bytesOf(got) == bytesOf(wanted), tensor.c_str());
            }
    }

    void hybridAsLiteRt()
    {
        if (!m_references) QSKIP("../shared/models is not here");
        for (const std::string kind : {"output", "logits"})
            for (const auto& [tensor, got, wanted] : results("mlperf_kws_float.tflite", kind, kind, tflite::Hybrid::rounded)) {
                qInfo("%s: %.2g of the largest value", tensor.c_str(), distance(got, wanted));
                QVERIFY2(distance(got, wanted) < 1e-3, tensor.c_str());
            }
    }

private:
    std::vector<references::Result> results(
        const std::string& file, const std::string& kept, const std::string& kind, tflite::Hybrid hybrid) const
    {
        const tflite::Model model = tflite::readModel(kFolder / file);
        NamedArrays inputs;
        for (const auto& [tensor, name] : tensorsOf(*m_references, file, "input")) inputs.emplace(tensor, m_references->read(name));
        tflite::RunOptions options{.hybrid = hybrid};
        for (const auto& [tensor, name] : tensorsOf(*m_references, file, kept)) options.keep.push_back(model.find(tensor));
        if (options.keep.empty()) return {}; // no softmax, no logits
        const NamedArrays outputs = tflite::run(model, inputs, options);
        std::vector<references::Result> all;
        for (const auto& [tensor, name] : tensorsOf(*m_references, file, kind))
            all.push_back({tensor, outputs.at(tensor), m_references->read(name)});
        return all;
    }

    std::optional<SafetensorsFile> m_references;
};

QTEST_GUILESS_MAIN(TestTfliteModels)
#include "tst_tflite_models.moc"
