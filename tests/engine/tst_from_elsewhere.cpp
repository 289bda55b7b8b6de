// Weights for our networks, and teachers for them, that were trained elsewhere.

#include "engine/core/thread_pool.h"
#include "engine/experiment/foreign_teacher.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"
#include "engine/experiment/teacher_cache.h"
#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/models/export/export.h"
#include "engine/nn/model_file.h"
#include "engine/nn/weights_file.h"
#include "tests/support/figure_of.h"
#include "tests/support/gguf_file.h"
#include "tests/support/listener.h"
#include "tests/support/npz_file.h"
#include "tests/support/onnx_model.h"
#include "tests/support/sessions.h"

#include <QtTest>
#include <algorithm>
#include <cmath>

using namespace bitstill;

namespace {

using Tensors = std::map<std::string, Tensor>;

NamedArrays arraysOf(const Tensors& tensors)
{
    NamedArrays arrays;
    for (const auto& [name, tensor] : tensors) arrays.emplace(name, Array::of(tensor));
    return arrays;
}

std::string ggufOf(const Tensors& tensors)
{
    GgufBytes file;
    for (const auto& [name, tensor] : tensors) {
        const Shape& shape = tensor.shape();
        file.tensors.push_back({name, {shape.rbegin(), shape.rend()}, 0, bytesOf(Array::of(tensor))});
    }
    return file.bytes();
}

struct Shares : Listener {
    using Listener::Listener;
    void progress(double share, const Text&) override { shares.push_back(share); }
    std::vector<double> shares;
};

} // namespace

class TestFromElsewhere : public QObject {
    Q_OBJECT
private:
    Folder m_folder;
    Dataset m_data;
    std::optional<Graph> m_trained, m_deep; ///< the second with BatchNorm, and not trained
    double m_accuracy = 0;

    Graph fresh(std::uint64_t seed) const
    {
        Graph g = resolveModel("dwcnn", m_data);
        g.initialize(seed);
        return g;
    }

    /// As a PyTorch Sequential calls them: layers by number, with a gap before the tenth.
    static Tensors renamed(const Graph& graph)
    {
        Tensors tensors;
        for (const auto& [name, tensor] : modelTensors(graph)) {
            const std::string layer = name.substr(0, name.rfind('.')), part = name.substr(name.rfind('.') + 1);
            const std::string other = part == "gamma" ? "weight" : part == "beta" ? "bias" : part;
            tensors.emplace("features." + std::to_string(2 * graph.find(layer)) + "." + other, tensor);
        }
        return tensors;
    }

private Q_SLOTS:
    void initTestCase()
    {
        DatasetOptions options;
        options.samples = 600;
        m_data = loadDataset("strokes", options);
        m_deep.emplace(fresh(1));
        m_trained.emplace(resolveModel("cnn-4-8", m_data));
        m_trained->initialize(1);
        ThreadPool pool(2);
        train(*m_trained, m_data, {.epochs = 2, .batch = 32}, pool, [](const StepReport&) { return true; });
        Pass pass(*m_trained, 100, Pass::Mode::Inference, pool);
        m_accuracy = accuracy(evaluate(pass, m_data, m_data.test, m_data.test.count()), m_data.test);
        writeFile(m_folder.path("ours.safetensors"), modelBytes(modelTensors(*m_trained), {}));
        m_folder.write("ours.onnx", onnxBytes(*m_trained, {}));
    }

    void weightsGoWhereTheirNamesSay_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<bool>("byName");
        writeFile(m_folder.path("deep.safetensors"), modelBytes(modelTensors(*m_deep), {}));
        m_folder.write("deep.gguf", ggufOf(modelTensors(*m_deep)));
        m_folder.write("deep.npz", npzBytes(arraysOf(modelTensors(*m_deep))));
        NamedArrays theirs = arraysOf(renamed(*m_deep));
        theirs.emplace("features.4.num_batches_tracked", Array{{}, std::vector<std::int64_t>{38}});
        writeFile(m_folder.path("theirs.safetensors"), safetensorsBytes(theirs, {}));
        m_folder.write("theirs.npz", npzBytes(arraysOf(renamed(*m_deep))));
        for (const char* file : {"deep.safetensors", "deep.gguf", "deep.npz"}) QTest::newRow(file) << QString(file) << true;
        for (const char* file : {"theirs.safetensors", "theirs.npz"}) QTest::newRow(file) << QString(file) << false;
    }
    void weightsGoWhereTheirNamesSay()
    {
        QFETCH(QString, file);
        QFETCH(bool, byName);
        Graph graph = fresh(7);
        const FilledNetwork filled = fillFrom(graph, m_folder.path(file.toStdString()));
        QCOMPARE(filled.byName, byName);
        QCOMPARE(graph.hash(), m_deep->hash());
        QCOMPARE(filled.tensors.size(), graph.state().size());
        QCOMPARE(filled.left.size(), std::size_t{file == "theirs.safetensors" ? 1u : 0u});
    }

    void allThatDoesNotFitIsListed()
    {
        Graph graph = fresh(7);
        const std::uint64_t before = graph.hash();
        const auto said = [&](const Tensors& tensors) {
            writeFile(m_folder.path("other.safetensors"), safetensorsBytes(arraysOf(tensors), {}));
            return messageOf([&] { fillFrom(graph, m_folder.path("other.safetensors")); });
        };
        const Tensors ours = modelTensors(*m_deep);
        Tensors wrong = ours;
        std::vector<std::string> names;
        for (auto& [name, tensor] : wrong)
            if (tensor.shape().size() > 1) {
                names.push_back(name);
                tensor = Tensor({1, 2, 3});
            }
        const std::string shapes = said(wrong);
        for (const std::string& name : names) {
            QVERIFY2(contains(shapes, name + " " + describe(ours.at(name).shape())), shapes.c_str());
            QVERIFY2(contains(shapes, name + " [1, 2, 3]"), shapes.c_str());
        }
        Tensors fewer = renamed(*m_deep);
        fewer.erase(fewer.begin());
        fewer.emplace("head.weight", Tensor({3, 4}));
        const std::string lacking = said(fewer);
        QVERIFY2(contains(lacking, "1 of ") && contains(lacking, "left in the file are head.weight [3, 4]"), lacking.c_str());
        Tensors more = ours;
        more.emplace(names.front().substr(0, names.front().rfind('.')) + ".bias", Tensor({5})); // with it, another is computed
        if (!ours.contains(names.front().substr(0, names.front().rfind('.')) + ".bias"))
            QVERIFY(contains(said(more), "holds more than the network takes"));
        Tensors infinite = renamed(*m_deep);
        infinite.begin()->second[0] = INFINITY;
        QVERIFY(contains(said(infinite), "holds a number that is not finite"));
        QVERIFY(contains(messageOf([&] { fillFrom(graph, m_folder.write("x.txt", "")); }), "is no file of weights"));
        QCOMPARE(graph.hash(), before);
    }

    /// One argument of a Text would cut them off without a word.
    void longListsOfNamesEndWithACount()
    {
        const std::string name(60, 'n'), said = listed(std::vector<std::string>(500, name)).english();
        QVERIFY2(said.ends_with(name + ", and 300 more"), said.c_str());
        QVERIFY(said.size() > 200 * name.size());
        QCOMPARE(listed({"a", "b", "c", "d", "e"}).english(), std::string("a, b, c, d, e"));
    }

    void aGivenNetworkIsNotTrained_data()
    {
        QTest::addColumn<QString>("experiment");
        for (const char* id : {"before-after", "which-layer", "four-ways"}) QTest::newRow(id) << QString(id);
    }
    void aGivenNetworkIsNotTrained()
    {
        QFETCH(QString, experiment);
        Spec spec = quickSpec(experiment.toStdString());
        spec.values["model.name"] = std::string("cnn-4-8");
        spec.values["weights.file"] = m_folder.path("ours.safetensors").string();
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        QVERIFY(!figureOf(r.figures, "training"));
        QCOMPARE(std::get<Table>(figureOf(r.figures, "given")->body).rows.size(), m_trained->state().size());
        if (experiment != "which-layer") QCOMPARE(r.metric("float32.accuracy"), m_accuracy);
        spec.values["model.name"] = std::string("mlp-16");
        const Record other = ran(spec);
        QCOMPARE(other.outcome, Outcome::Failed);
        QVERIFY2(contains(other.message.english(), "[weights.file, ours.safetensors]"), other.message.english().c_str());
    }

    void aClassifierFromElsewhereTeaches()
    {
        Spec spec = quickSpec("teacher-student");
        spec.values["distill.teacher"] = std::string("cnn-4-8");
        spec.values["distill.teacher_file"] = m_folder.path("ours.safetensors").string();
        const Record ours = ran(spec);
        spec.values["distill.teacher_file"] = m_folder.path("ours.onnx").string();
        const auto teachers = std::make_shared<TeacherCache>();
        const Record theirs = ran(spec, {.teachers = teachers}), again = ran(spec, {.teachers = teachers});
        QVERIFY2(theirs.outcome == Outcome::Finished, theirs.message.english().c_str());
        QCOMPARE(theirs.metric("teacher.accuracy"), ours.metric("teacher.accuracy"));
        QVERIFY(std::abs(theirs.metric("student.taught.accuracy") - ours.metric("student.taught.accuracy")) < 0.05);
        QCOMPARE(figuresText(again), figuresText(theirs));
        spec.values["distill.method"] = std::string("hints");
        QVERIFY(contains(ran(spec).message.english(), "[distill.method] hints compares features"));
    }

    void howFarATeacherFromElsewhereIsIsTold()
    {
        Spec spec = quickSpec("teacher-student");
        spec.values["distill.teacher_file"] = m_folder.path("ours.onnx").string();
        Shares listener(spec);
        TrainingRunner runner(listener, m_data);
        runner.next(0.5, text("asking"));
        foreignTeacher(runner);
        QVERIFY(std::ranges::is_sorted(listener.shares));
        const auto training = static_cast<double>(m_data.train.count()), test = static_cast<double>(m_data.test.count());
        QVERIFY(std::ranges::count(listener.shares, 0.5 * training / (training + test)) > 0);
    }

    void waysThatLookInsideAreLeftOut()
    {
        Spec spec = quickSpec("ways-to-distil");
        spec.values["train.epochs"] = std::int64_t{1};
        spec.values["distill.seeds"] = std::int64_t{1};
        spec.values["distill.teacher_file"] = m_folder.path("ours.onnx").string();
        const Record r = ran(spec);
        QVERIFY2(r.outcome == Outcome::Finished, r.message.english().c_str());
        for (const auto& row : std::get<Table>(figureOf(r.figures, "table")->body).rows)
            QCOMPARE(row[1].english() == "no feature maps", distillMethodLooksInside(row[0].english()));
    }

    void whoCannotTeachIsRefused()
    {
        const auto said = [&](const char* name, int inputs, int outputs) {
            OnnxModel m;
            m.input("x", {-1, inputs})
                .weights("w", {inputs, outputs}, std::vector<float>(static_cast<std::size_t>(inputs * outputs), 0.01f));
            m.node("MatMul", {"x", "w"}, {"y"}).output("y");
            Spec spec = quickSpec("teacher-student");
            spec.values["distill.teacher_file"] = m_folder.write(name, m.bytes()).string();
            const Record r = ran(spec);
            return r.outcome == Outcome::Failed ? r.message.english() : std::string("it taught");
        };
        QVERIFY2(contains(said("five.onnx", 784, 5), "[distill.teacher_file] tells 5 classes apart, the data have 10"),
            said("five.onnx", 784, 5).c_str());
        QVERIFY(contains(said("same.onnx", 784, 784), "[distill.teacher_file] is no classifier"));
        QVERIFY(contains(said("wide.onnx", 100, 10), "do not fit the model's input [N, 100]"));
        Spec spec = quickSpec("squeeze");
        spec.values["distill.teacher_file"] = m_folder.path("ours.onnx").string();
        QVERIFY(contains(ran(spec).message.english(), "choose ways-to-distil or teacher-student"));
    }

private:
    static bool distillMethodLooksInside(const std::string& name)
    {
        for (const DistillMethod& m : distillMethods())
            if (m.name == name) return m.features != nullptr;
        return false;
    }
};

QTEST_GUILESS_MAIN(TestFromElsewhere)
#include "tst_from_elsewhere.moc"
