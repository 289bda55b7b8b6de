// A model from elsewhere as an experiment: what it is fed with, which layer breaks, what repairs it.

#include "engine/core/thread_pool.h"
#include "engine/data/catalogue.h"
#include "engine/experiment/experiments/own_model.h"
#include "engine/experiment/foreign_export.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"
#include "engine/models/export/export.h"
#include "engine/models/inputs.h"
#include "engine/models/onnx/read.h"
#include "engine/models/run.h"
#include "engine/models/samples.h"
#include "engine/nn/zoo.h"
#include "tests/support/figure_of.h"
#include "tests/support/files.h"
#include "tests/support/onnx_model.h"
#include "tests/support/run.h"
#include "tests/support/sessions.h"

#include <QtTest>
#include <cmath>
#include <numeric>

using namespace bitstill;
using namespace bitstill::own_model;

namespace {

Dataset strokes(int samples)
{
    DatasetOptions o;
    o.samples = samples;
    return loadDataset("strokes", o);
}

Graph trained(const std::string& name, const Dataset& data)
{
    Graph g = resolveModel(name, data);
    g.initialize(1);
    ThreadPool pool(1);
    train(g, data, {.epochs = 2, .batch = 32}, pool, [](const StepReport&) { return true; });
    return g;
}

Spec fromFile(const std::string& model)
{
    Spec spec = quickSpec("own-model");
    spec.values["model.file"] = model;
    return spec;
}

} // namespace

class TestOwnModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        m_data = strokes(600);
        m_model = m_folder.write("cnn.onnx", onnxBytes(trained("cnn-4-8", m_data), {})).string();
    }

    void withoutAFileANetworkIsTrained()
    {
        const Record r = ran(quickSpec("own-model"));
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QVERIFY(!std::isnan(r.metric("float.accuracy")));
        QVERIFY(figureOf(r.figures, "map") && figureOf(r.figures, "sensitivity") && figureOf(r.figures, "ladder")
            && figureOf(r.figures, "layers") && figureOf(r.figures, "work"));
    }

    /// The first layer in view is the one that its bits hurt most, and each row of the picture is a layer.
    void aFileIsMeasuredLayerByLayer()
    {
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{2};
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        const auto& map = std::get<Heatmap>(figureOf(r.figures, "sensitivity")->body);
        QCOMPARE(map.rows.size(), std::size_t{4});
        std::size_t worst = 0;
        for (std::size_t l = 0; l < map.rows.size(); ++l) {
            const std::string name = map.rows[l].english();
            QVERIFY(r.metric("layer." + name + ".sqnr_db") > r.metric("layer." + name + ".b2.sqnr_db"));
            if (map.at(l, 3) < map.at(worst, 3)) worst = l;
        }
        QVERIFY2(contains(figureOf(r.figures, "weights")->title.english(), map.rows[worst].english()),
            figureOf(r.figures, "weights")->title.english().c_str());
        QVERIFY(r.metric("bytes") < r.metric("float.bytes") / 6);
    }

    void layersHaveBitsOfTheirOwn()
    {
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{2};
        const Record all = ran(spec);
        const double low = all.metric("sqnr_db");
        std::string bits;
        for (const Text& name : std::get<Heatmap>(figureOf(all.figures, "sensitivity")->body).rows) bits += name.english() + "=8 ";
        spec.values["own.layers"] = bits;
        const Record high = ran(spec);
        QVERIFY(high.metric("sqnr_db") > low + 10);
        spec.values["own.layers"] = std::string("conv9=8");
        const Record unknown = ran(spec);
        QCOMPARE(unknown.metric("sqnr_db"), low);
        QVERIFY(contains(toCsv(*figureOf(unknown.figures, "verdict"), {}), "conv9"));
    }

    void repairsDoWhatTheySay_data()
    {
        QTest::addColumn<QString>("repair");
        for (const RepairInfo& r : repairs()) QTest::newRow(r.key.c_str()) << QString::fromStdString(r.key);
    }
    void repairsDoWhatTheySay()
    {
        QFETCH(QString, repair);
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{3};
        const Record before = ran(spec);
        spec.values[repair.toStdString()] = true;
        const Record after = ran(spec);
        QVERIFY(after.metric("sqnr_db") != before.metric("sqnr_db"));
        const bool larger = after.metric("bytes") > before.metric("bytes");
        QCOMPARE(larger, repair == QLatin1String("repair.per_channel") || repair == QLatin1String("repair.mixed"));
        QVERIFY(after.metric("bytes") < before.metric("bytes") * 1.3);
    }

    void biasCorrectionTakesTheMeanErrorBack()
    {
        ThreadPool pool(2);
        const foreign::Network network = foreign::readOnnx(m_model);
        const NamedArrays in = foreign::inputsFrom(network, m_data, m_data.train, {});
        const foreign::Quantizer quantizer(network, in, "min-max", pool);
        const foreign::Question question = foreign::questionOf(quantizer.network());
        const Logits floats = foreign::answersOf(quantizer.network(), question, in, pool);
        // The last layer alone: its outputs are the answers, so their mean must come back.
        QuantizationOptions o{.weightBits = 0, .activationBits = 0};
        o.layers[quantizer.layers().back().name] = {2, 0};
        foreign::Quantized q = quantizer.quantize(o);
        const auto shift = [&] {
            const Logits found = foreign::answersOf(q.network, question, in, pool);
            double most = 0;
            for (std::size_t c = 0; c < floats.classes; ++c) {
                double sum = 0;
                for (std::size_t i = 0; i < floats.count; ++i) sum += static_cast<double>(found.row(i)[c] - floats.row(i)[c]);
                most = std::max(most, std::abs(sum) / static_cast<double>(floats.count));
            }
            return most;
        };
        const double before = shift();
        foreign::correctBias(q, quantizer, in, pool);
        QVERIFY2(shift() < before / 100, std::to_string(before).c_str());
    }

    void theLadderNeverRisesInError()
    {
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{3};
        const Record r = ran(spec);
        const auto& table = std::get<Table>(figureOf(r.figures, "ladder.table")->body);
        QCOMPARE(table.rows.size(), repairs().size()); // learning again is a step only where it is asked for
        for (std::size_t i = 1; i < table.rows.size(); ++i) {
            const auto number = [&](std::size_t back) { return std::stod(table.rows[i][table.columns.size() - back].english()); };
            QCOMPARE(r.metric("ladder." + repairs()[i - 1].key.substr(7) + ".taken"), number(1) <= number(2) ? 1.0 : 0.0);
        }
    }

    /// More of the classes are as they were, on samples that it did not learn from; for any number of threads; and in the file.
    void whatRoundingTookIsLearnedAgain()
    {
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{2};
        spec.values["repair.learn"] = true;
        spec.values["repair.samples"] = std::int64_t{256};
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QVERIFY2(r.metric("repair.learn.change.low") > 0, std::to_string(r.metric("repair.learn.change.mean")).c_str());
        QCOMPARE(r.metric("repair.learn.samples"), 256.0);
        QCOMPARE(r.metric("ladder.learn.taken"), 1.0);
        const std::string headline = figureOf(r.figures, "verdict")->title.english();
        QVERIFY2(contains(headline, "learning again: +") && contains(headline, "±"), headline.c_str());
        QVERIFY(contains(toCsv(*figureOf(r.figures, "ladder.table"), {}), "+ learning again"));
        QVERIFY(figureOf(r.figures, "learning"));
        QCOMPARE(figuresText(ran(spec, {.threads = 3})), figuresText(r));
        ThreadPool pool(2);
        const std::filesystem::path file = m_folder.path("learned.onnx");
        const WrittenModel written = writeModel(spec, true, ExportTarget::Any, file, pool, {});
        QVERIFY(written.samples > 0);
        QCOMPARE(written.equal, written.samples);
        spec.values["own.theirs"] = file.string();
        spec.values["repair.learn"] = false;
        QCOMPARE(ran(spec).metric("theirs.accuracy"), r.metric("accuracy"));
    }

    void whoCannotLearnSaysWhy()
    {
        OnnxModel m;
        std::vector<float> w(24);
        for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::sin(static_cast<float>(i));
        m.input("x", {-1, 4}).weights("w", {4, 6}, w).node("MatMul", {"x", "w"}, {"m"}).node("Sigmoid", {"m"}, {"s"});
        m.weights("v", {6, 4}, w).node("MatMul", {"s", "v"}, {"l"}).node("Softmax", {"l"}, {"y"}).output("y");
        Spec spec = fromFile(m_folder.write("sigmoid.onnx", m.bytes()).string());
        spec.values["repair.learn"] = true;
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        const std::string verdict = toCsv(*figureOf(r.figures, "verdict"), {});
        QVERIFY2(contains(verdict, "Sigmoid node Sigmoid_s: no layer here does that"), verdict.c_str());
        QVERIFY(std::isnan(r.metric("repair.learn.change.mean")) && std::isnan(r.metric("ladder.learn.taken")));
    }

    void whatIsLearnedBeforeAStopIsMeasured()
    {
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{2};
        spec.values["repair.learn"] = true;
        spec.values["repair.epochs"] = std::int64_t{200};
        Session s(spec, {});
        QVERIFY(snapshotWith(s, [](const Snapshot& snapshot) { return figureOf(snapshot.figures, "learning") != nullptr; }));
        s.stop();
        QVERIFY(snapshotWith(s, [](const Snapshot& snapshot) {
            const auto verdict = figureOf(snapshot.figures, "verdict");
            return verdict && contains(verdict->title.english(), "learning again: ");
        }));
        QVERIFY(s.record().outcome == Outcome::Stopped);
    }

    /// The answer that was on its way is not given any more.
    void whoIsToldOtherwiseStopsLearning()
    {
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{2};
        const Record without = ran(spec);
        spec.values["repair.learn"] = true;
        spec.values["repair.epochs"] = std::int64_t{200};
        spec.values["repair.samples"] = std::int64_t{480};
        Session s(spec, {});
        QVERIFY(snapshotWith(s, [](const Snapshot& snapshot) { return figureOf(snapshot.figures, "learning") != nullptr; }));
        s.setLive("repair.learn", false);
        s.wait();
        const Record r = s.record();
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QCOMPARE(r.metric("accuracy"), without.metric("accuracy"));
        QVERIFY(std::isnan(r.metric("ladder.learn.taken")) && !figureOf(r.figures, "learning"));
        QCOMPARE(figureOf(r.figures, "verdict")->title.english(), figureOf(without.figures, "verdict")->title.english());
    }

    /// One answer has overtaken another that was learning when both are stopped: what is measured has the bits that were set last.
    void aStopIsOfTheNewestAnswer()
    {
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{2};
        spec.values["repair.learn"] = true;
        Run run(1, spec);
        const std::unique_ptr<Experiment> experiment = experimentInfo("own-model").make();
        int steps = 0;
        run.atStep = [&](long) {
            if (run.doing.english() != "learning again") return;
            if (++steps > 1) throw Stopped{};
            run.set("quant.bits", std::int64_t{8});
            experiment->retune(run);
        };
        QVERIFY_EXCEPTION_THROWN(experiment->run(run), Stopped);
        experiment->interrupted(run, Interruption::Stop);
        spec.values["quant.bits"] = std::int64_t{8};
        spec.values["repair.learn"] = false;
        QVERIFY(run.metricOf("repair.learn.change.mean"));
        QCOMPARE(*run.metricOf("bytes"), ran(spec).metric("bytes"));
    }

    /// With other bits another network has learned.
    void whatWasLearnedIsOfTheSettingsOfNow()
    {
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{2};
        spec.values["repair.learn"] = true;
        Run run(1, spec);
        const std::unique_ptr<Experiment> experiment = experimentInfo("own-model").make();
        experiment->run(run);
        run.set("quant.bits", std::int64_t{8});
        experiment->retune(run);
        spec.values["quant.bits"] = std::int64_t{8};
        const Record fresh = ran(spec);
        for (const char* name : {"bytes", "sqnr_db", "accuracy"}) QCOMPARE(*run.metricOf(name), fresh.metric(name));
    }

    void whoLearnsNoMoreHasNoMetricsOfIt()
    {
        Spec spec = fromFile(m_model);
        spec.values["repair.learn"] = true;
        Run run(1, spec);
        const std::unique_ptr<Experiment> experiment = experimentInfo("own-model").make();
        experiment->run(run);
        const std::vector<std::string> names{"repair.learn.change.mean", "repair.learn.change.low", "repair.learn.change.high",
            "repair.learn.samples", "ladder.learn.taken"};
        for (const std::string& name : names) QVERIFY2(run.metricOf(name), name.c_str());
        run.set("repair.learn", false);
        experiment->retune(run);
        for (const std::string& name : names) QVERIFY2(!run.metricOf(name), name.c_str());
        QVERIFY(run.metricOf("ladder.bias.taken") && !run.metricOf("ladder.learn.sqnr_db"));
    }

    void whatTestsIsNoPractice()
    {
        Source source{.network = foreign::readOnnx(m_model)};
        Spec spec = fromFile(m_model);
        spec.values["inputs.from"] = std::string("file");
        spec.values["inputs.count"] = std::int64_t{12};
        spec.values["repair.samples"] = std::int64_t{1000};
        NamedArrays arrays{{"input", {{30, 1, 28, 28}, std::vector<float>(30 * 784)}}, {"labels", {{30}, std::vector<std::int32_t>(30)}}};
        for (std::size_t i = 0; i < 30; ++i) {
            std::get<std::vector<float>>(arrays.at("input").values)[i * 784] = static_cast<float>(i);
            std::get<std::vector<std::int32_t>>(arrays.at("labels").values)[i] = static_cast<std::int32_t>(i % 10);
        }
        spec.values["inputs.file"] = m_folder.write("thirty.safetensors", safetensorsBytes(arrays, {})).string();
        feed(source, spec, {});
        const Practice practice = practiceFor(source, spec, {});
        QCOMPARE(foreign::sampleCount(source.network, practice.inputs), std::size_t{18});
        QCOMPARE(practice.labels.size(), std::size_t{18});
        QCOMPARE(practice.labels.back(), 7);
        QCOMPARE(std::get<std::vector<float>>(practice.inputs.begin()->second.values)[17 * 784], 17.0f);
        QCOMPARE(std::get<std::vector<float>>(source.test.begin()->second.values)[0], 18.0f);
    }

    void inputsComeFromAFile()
    {
        const foreign::Network network = foreign::readOnnx(m_model);
        NamedArrays arrays = foreign::inputsFrom(network, m_data, m_data.test, {});
        arrays.emplace("labels", Array{{static_cast<int>(m_data.test.count())}, m_data.test.labels});
        Spec spec = fromFile(m_model);
        spec.values["inputs.from"] = std::string("file");
        spec.values["inputs.file"] = m_folder.write("in.safetensors", safetensorsBytes(arrays, {})).string();
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QVERIFY(r.metric("float.accuracy") > 0.5);
        const std::string headline = figureOf(r.figures, "verdict")->title.english(); // "NAME: 4 bits cost 12.9 ± 4.0 points"
        QVERIFY2(contains(headline, "4 bits cost ") && contains(headline, " points") && contains(headline, "±"), headline.c_str());
        spec.values["inputs.file"] = std::string();
        QVERIFY(contains(ran(spec).message.english(), "no file is chosen"));
    }

    void randomNumbersHaveNoAccuracy()
    {
        Spec spec = fromFile(m_model);
        spec.values["inputs.from"] = std::string("random");
        const Record r = ran(spec);
        QVERIFY(std::isnan(r.metric("accuracy")) && !std::isnan(r.metric("agreement")));
        const std::string headline = figureOf(r.figures, "verdict")->title.english();
        QVERIFY2(contains(headline, "4 bits keep the class of ") && contains(headline, "±"), headline.c_str());
    }

    /// A model that is dropped runs whatever it takes; where the data set does not fit that is said.
    void randomNumbersStandInWhereTheDataDoNotFit()
    {
        OnnxModel m;
        m.input("x", {-1, 5}).weights("w", {5, 3}, std::vector<float>(15, 0.5f)).node("MatMul", {"x", "w"}, {"y"}).output("y");
        Spec spec = fromFile(m_folder.write("five.onnx", m.bytes()).string());
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QVERIFY(contains(figureOf(r.figures, "verdict")->caption.english(), "random numbers"));
        spec.values["inputs.from"] = std::string("data");
        QVERIFY(contains(ran(spec).message.english(), "do not fit"));
    }

    /// Ten classes there and ten here, but not the same ones: accuracy would say nothing.
    void labelsOfOtherClassesDoNotCount()
    {
        Graph other = resolveModel("cnn-4-8", m_data);
        other.initialize(3);
        for (Parameter* p : other.node(other.output()).layer->parameters()) // always the first class, or nearly
            for (std::size_t i = 0; i < p->value.size(); ++i) p->value[i] = p->name == "bias" && i == 0 ? 1.0f : 1e-4f * p->value[i];
        const Record r = ran(fromFile(m_folder.write("other.onnx", onnxBytes(other, {})).string()));
        QVERIFY(std::isnan(r.metric("float.accuracy")) && !std::isnan(r.metric("agreement")));
        QVERIFY(contains(figureOf(r.figures, "verdict")->caption.english(), "does not know their classes"));
    }

    void pixelsAreScaledAndPlaced()
    {
        foreign::Network n;
        n.inputs = {n.add({"x", "F32", {-1, 3, 14, 14}, true})};
        Dataset data = m_data;
        data.measureNormalization();
        const auto mean = [&](foreign::Preprocessing::Scale scale) {
            const NamedArrays in = foreign::inputsFrom(n, data, data.train, {.scale = scale});
            const std::vector<float>& x = std::get<std::vector<float>>(in.at("x").values);
            if (in.at("x").shape != Shape{600, 3, 14, 14} || x[0] != x[196]) return std::nan("");
            return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
        };
        const double unit = mean(foreign::Preprocessing::Scale::UnitInterval);
        QVERIFY(std::abs(unit - static_cast<double>(data.mean)) < 0.02);
        QVERIFY(std::abs(mean(foreign::Preprocessing::Scale::Bytes) - 255 * unit) < 0.01);
        QVERIFY(std::abs(mean(foreign::Preprocessing::Scale::Symmetric) - (2 * unit - 1)) < 1e-4);
        QVERIFY(std::abs(mean(foreign::Preprocessing::Scale::Own) - (unit - 0.5) / 0.5) < 1e-4);
        n.values[0].shape = {-1, 17};
        QVERIFY_THROWS_EXCEPTION(Error, foreign::inputsFrom(n, data, data.train, {}));
    }

    /// What was written as it was measured is measured as it was written, when it comes back as somebody else's.
    void theirFileIsMeasuredBesideOurs()
    {
        ThreadPool pool(1);
        Spec spec = fromFile(m_model);
        spec.values["quant.bits"] = std::int64_t{4};
        const std::filesystem::path file = m_folder.path("theirs.onnx");
        writeModel(spec, true, ExportTarget::Any, file, pool, {});
        spec.values["own.theirs"] = file.string();
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QCOMPARE(r.metric("theirs.sqnr_db"), r.metric("sqnr_db"));
        QCOMPARE(r.metric("theirs.accuracy"), r.metric("accuracy"));
        QCOMPARE(r.metric("theirs.bytes"), static_cast<double>(std::filesystem::file_size(file)));
        const auto& table = std::get<Table>(figureOf(r.figures, "theirs")->body);
        QCOMPARE(table.rows.size(), std::size_t{3});
        QCOMPARE(table.rows[1][2].english(), table.rows[2][2].english());
        OnnxModel other;
        other.input("x", {-1, 4}).weights("w", {4, 2}, std::vector<float>(8, 1)).node("MatMul", {"x", "w"}, {"y"}).output("y");
        spec.values["own.theirs"] = m_folder.write("other.onnx", other.bytes()).string();
        QCOMPARE(ran(spec).outcome, Outcome::Failed);
    }

    /// Their file has channels last, in and out.
    void theirFileMayHaveOtherAxes()
    {
        const std::vector<std::int64_t> first{0, 3, 1, 2}, last{0, 2, 3, 1};
        OnnxModel ours, theirs;
        const std::vector<float> w{1, 2, 0.5f, -1, 3, 0.25f};
        ours.input("x", {-1, 3, 4, 5}).weights("w", {2, 3, 1, 1}, w).node("Conv", {"x", "w"}, {"y"}).output("y");
        theirs.input("in", {-1, 4, 5, 3}).weights("w", {2, 3, 1, 1}, w).node("Transpose", {"in"}, {"x"}).with("perm", first);
        theirs.node("Conv", {"x", "w"}, {"c"}).node("Transpose", {"c"}, {"y"}).with("perm", last).output("y");
        Spec spec = fromFile(m_folder.write("first.onnx", ours.bytes()).string());
        spec.values["own.theirs"] = m_folder.write("last.onnx", theirs.bytes()).string();
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QCOMPARE(r.metric("theirs.sqnr_db"), 60.0); // as good as the same
    }

    void floatsOf16BitsAreSaidToBeComputedAs32()
    {
        OnnxModel m;
        m.input("x", {-1, 2}, onnx::TensorProto::FLOAT16).node("MatMul", {"x", "w"}, {"y"}).output("y");
        m.codes("w", {2, 2}, onnx::TensorProto::FLOAT16, std::string("\x00\x3c\x00\x40\x00\xb8\x00\x44", 8)); // 1, 2, −0.5, 4
        const auto said = [&](const std::string& file) {
            const Record r = ran(fromFile(file));
            return contains(figureOf(r.figures, "verdict")->caption.english(), "its floats of 16 bits are computed as floats of 32");
        };
        QVERIFY(said(m_folder.write("halves.onnx", m.bytes()).string()));
        QVERIFY(!said(m_model));
    }

    void aNetworkThatStopsIsCut()
    {
        OnnxModel m;
        m.input("x", {-1, 4}).weights("w", {4, 3}, {1, 2, 3, 4, 5, 6, -1, -2, 3, 4, 5, -6}).node("MatMul", {"x", "w"}, {"m"});
        m.node("Relu", {"m"}, {"r"}).node("Strange", {"r"}, {"y"}).output("y");
        Spec spec = fromFile(m_folder.write("stops.onnx", m.bytes()).string());
        const Record stopped = ran(spec);
        QVERIFY2(contains(stopped.message.english(), "set \"End behind node\" to Relu_r"), stopped.message.english().c_str());
        for (const char* node : {"Relu_r", "m"}) { // a node, and a value
            spec.values["model.cut"] = std::string(node);
            const Record r = ran(spec);
            QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
            QVERIFY(r.metric("sqnr_db") > 20);
        }
        spec.values["model.cut"] = std::string("Relu_s");
        const Record none = ran(spec);
        QVERIFY2(contains(none.message.english(), "[model.cut] there is no node \"Relu_s\"; choose one such as Relu_r"),
            none.message.english().c_str());
        spec.values["model.cut"] = std::string("Strange_y");
        QVERIFY(contains(ran(spec).message.english(), "it does not run up to Strange_y"));
    }

    void floatsBecomeTheCodesOfTheFile()
    {
        const auto network = [&](bool scaled) {
            OnnxModel m;
            m.input("x", {-1, 2}, 3).weights("s", {}, {0.5f}).codes("z", {}, 3, std::string(1, '\1'));
            m.node("Transpose", {"x"}, {"t"}).with("perm", std::vector<std::int64_t>{0, 1});
            if (scaled)
                m.node("DequantizeLinear", {"t", "s", "z"}, {"y"}).output("y");
            else
                m.output("t");
            return foreign::readOnnxBytes(m.bytes(), "m.onnx");
        };
        const NamedArrays halves{{"x", {{1, 2}, std::vector<float>{1, -0.5f}}}}, whole{{"x", {{1, 2}, std::vector<float>{7, -8}}}};
        QCOMPARE(bytesOf(foreign::matched(network(true), halves).at("x")), std::string({3, 0}));
        QCOMPARE(bytesOf(foreign::matched(network(false), whole).at("x")), std::string({7, -8}));
        QVERIFY_THROWS_EXCEPTION(Error, foreign::matched(network(false), halves));
        QCOMPARE(foreign::randomInputs(network(true), 3, 1).at("x").type(), std::string("I8"));
    }

    void sizesThatTheFileLeavesOpenAreNotGuessedWrong()
    {
        const auto network = [](int features) {
            OnnxModel m;
            m.input("x", {-1, -1}).weights("w", {features, 1}, std::vector<float>(static_cast<std::size_t>(features), 1.0f));
            m.node("MatMul", {"x", "w"}, {"y"}).output("y");
            return foreign::readOnnxBytes(m.bytes(), "m.onnx");
        };
        QCOMPARE(foreign::randomInputs(network(64), 3, 1).at("x").shape, (Shape{3, 64}));
        const std::string said = messageOf([&] { foreign::randomInputs(network(7), 3, 1); });
        QVERIFY2(contains(said, "leaves sizes of its inputs open") && contains(said, "give a file with inputs"), said.c_str());
        const int own = static_cast<int>(m_data.shape.size());
        QCOMPARE(foreign::inputsFrom(network(own), m_data, m_data.train, {}).at("x").shape[1], own);
        QVERIFY_THROWS_EXCEPTION(Error, foreign::inputsFrom(network(7), m_data, m_data.train, {}));
    }

    void namesAreShortAndDifferent()
    {
        QCOMPARE(shortNames({"net/block/a", "net/block/b/c;net/x"}), (std::vector<std::string>{"a", "b/c"}));
        QCOMPARE(shortNames({"a;1", "a;2"}), (std::vector<std::string>{"a;1", "a;2"}));
        QCOMPARE(shortNames({"conv"}), (std::vector<std::string>{"conv"}));
    }

    void bitsOfLayersAreRead()
    {
        QCOMPARE(layerBitsIn(" conv1=8  a=b=0 "), (std::map<std::string, int>{{"conv1", 8}, {"a=b", 0}}));
        for (const char* wrong : {"conv1", "conv1=", "=8", "conv1=9", "conv1=1", "conv1=16"})
            QVERIFY2(!layerBitsProblem(wrong).what.empty(), wrong);
    }

private:
    Folder m_folder;
    Dataset m_data;
    std::string m_model;
};

QTEST_GUILESS_MAIN(TestOwnModel)
#include "tst_own_model.moc"
