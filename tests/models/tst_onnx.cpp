// The reader of ONNX files: what they may look like, and what is refused.

#include "engine/core/thread_pool.h"
#include "engine/io/files.h"
#include "engine/models/halves.h"
#include "engine/models/onnx/read.h"
#include "engine/models/open.h"
#include "engine/models/run.h"
#include "engine/models/understand.h"
#include "tests/support/files.h"
#include "tests/support/onnx_model.h"

#include <QtTest>
#include <cmath>

using namespace bitstill;
using foreign::Network;

namespace {

Network read(const OnnxModel& model) { return foreign::readOnnxBytes(model.bytes(), "test.onnx"); }

std::vector<float> floatsOf(const NamedArrays& outputs, const std::string& name)
{
    return std::get<std::vector<float>>(outputs.at(name).values);
}

/// Output y for the values of input x.
std::vector<float> runOn(const OnnxModel& model, const Shape& shape, const std::vector<float>& x)
{
    return floatsOf(foreign::run(read(model), {{"x", Array{shape, x}}}), "y");
}

using Floats = std::vector<float>;

} // namespace

class TestOnnx : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initializersThatAreInputsAreConstants()
    {
        OnnxModel m(8, 3);
        m.input("x", {1, 2}).input("w", {2, 2}).weights("w", {2, 2}, {1, 2, 3, 4}).node("MatMul", {"x", "w"}, {"y"}).output("y");
        QCOMPARE(read(m).inputs.size(), std::size_t{1});
        QCOMPARE(runOn(m, {1, 2}, {1, 10}), (Floats{31, 42}));
    }

    void aFileIsOpenedByItsEnding()
    {
        const Folder folder;
        OnnxModel m;
        m.input("x", {1, 2}).node("Relu", {"x"}, {"y"}).output("y");
        QCOMPARE(foreign::openNetwork(folder.write("model.ONNX", m.bytes())).nodes.at(0).op, std::string("Relu"));
        const std::string said = messageOf([&] { foreign::openNetwork(folder.write("model.txt", m.bytes())); });
        QVERIFY2(said.find("choose an .onnx or a .tflite file") != std::string::npos, said.c_str());
    }

    void olderOperatorSetsAreRefused()
    {
        for (const int opset : {1, 5, 27}) {
            OnnxModel m(opset), same(opset); // a pool meant the same from the beginning
            m.input("x", {1}).node("Relu", {"x"}, {"y"}).output("y");
            same.input("x", {1, 1, 1}).node("GlobalAveragePool", {"x"}, {"y"}).output("y");
            const std::string said = messageOf([&] { read(m); });
            QVERIFY2(said.find("export it again with one of 6 to 26") != std::string::npos, said.c_str());
            QCOMPARE(messageOf([&] { read(same); }).empty(), opset < 6);
        }
    }

    void tooMuchIsRefusedBeforeItRuns()
    {
        OnnxModel m;
        m.input("x", {1}).integers("s", {16384, 16384}).node("Expand", {"x", "s"}, {"e"}).node("MatMul", {"e", "e"}, {"p"});
        m.node("ReduceSum", {"p"}, {"y"}).output("y");
        std::string said = messageOf([&] { foreign::run(read(m), {{"x", Array{{1}, Floats{1}}}}); });
        QVERIFY2(said.find("takes 4.41e+12 operations; the limit is 1.00e+12") != std::string::npos, said.c_str());
        OnnxModel hidden; // sizes that only the input says
        hidden.input("x", {1}).input("s", {2}, 7).node("Expand", {"x", "s"}, {"e"}).output("y");
        std::string from = "e";
        for (int i = 0; i < 200; ++i)
            hidden.node("Add", {from, "e"}, {i == 199 ? "y" : "e" + std::to_string(i)}), from = "e" + std::to_string(i);
        const NamedArrays inputs{{"x", Array{{1}, Floats{1}}}, {"s", Array{{2}, std::vector<std::int64_t>{4, 4}}}};
        QCOMPARE(foreign::run(read(hidden), inputs).at("y").shape, (Shape{4, 4}));
    }

    void whatCostsMoreThanComesOutIsNotComputedBeforehand()
    {
        for (const char* op : {"LSTM", "GRU", "RNN"}) { // of constants alone: a file of 1 KB would keep its reader busy for minutes
            OnnxModel m(14);
            const int gates = op == std::string("LSTM") ? 4 : op == std::string("GRU") ? 3 : 1;
            m.input("x", {1}).integers("sx", {4, 1, 1}).integers("sw", {1, gates, 1});
            m.node("ConstantOfShape", {"sx"}, {"c"}).node("ConstantOfShape", {"sw"}, {"w"});
            m.node(op, {"c", "w", "w"}, {"h"}).with("hidden_size", 1).node("Add", {"h", "x"}, {"y"}).output("y");
            QCOMPARE(read(m).nodes.size(), std::size_t{2});
            QCOMPARE(runOn(m, {1}, {3}), (Floats{3, 3, 3, 3}));
        }
    }

    void clipHasAttributesOrInputs()
    {
        OnnxModel old(6), now(13);
        old.input("x", {3}).node("Clip", {"x"}, {"y"}).with("min", 0.0f).with("max", 6.0f).output("y");
        now.input("x", {3}).weights("low", {}, {0}).weights("high", {}, {6}).node("Clip", {"x", "low", "high"}, {"y"}).output("y");
        for (const OnnxModel& m : {old, now}) {
            QCOMPARE(runOn(m, {3}, {-1, 3, 9}), (Floats{0, 3, 6}));
            const Network network = read(m);
            QCOMPARE(std::get<float>(network.nodes[0].attributes.at("max")), 6.0f);
            QCOMPARE(network.nodes[0].inputs.size(), std::size_t{1});
        }
    }

    void softmaxBeforeOpset13TakesAllBehindTheAxis()
    {
        OnnxModel old(9), now(13);
        old.input("x", {1, 2, 2}).node("Softmax", {"x"}, {"y"}).output("y");
        now.input("x", {1, 2, 2}).node("Softmax", {"x"}, {"y"}).output("y");
        QCOMPARE(runOn(old, {1, 2, 2}, {0, 0, 0, 0}), (Floats{0.25f, 0.25f, 0.25f, 0.25f}));
        QCOMPARE(runOn(now, {1, 2, 2}, {0, 0, 0, 0}), (Floats{0.5f, 0.5f, 0.5f, 0.5f}));
        OnnxModel flat(9); // nothing is behind the axis that would make a difference
        flat.input("x", {1, 2, 1, 1}).node("Softmax", {"x"}, {"y"}).output("y");
        QVERIFY(!read(flat).nodes[0].attributes.contains("flatten"));
    }

    void shapesThatAreComputedAreFolded()
    {
        OnnxModel m(11);
        m.input("x", {1, 3, 2, 2}).integers("two", {2}).integers("minus", {-1});
        m.node("Relu", {"x"}, {"r"}).node("Shape", {"r"}, {"s"});
        m.node("Gather", {"s", "two"}, {"h"}).node("Concat", {"h", "minus"}, {"t"}).with("axis", 0);
        m.node("Reshape", {"r", "t"}, {"y"}).output("y");
        const Network network = read(m);
        QCOMPARE(network.nodes.size(), std::size_t{2});
        QCOMPARE(std::get<std::vector<std::int64_t>>(network.nodes[1].attributes.at("shape")), (std::vector<std::int64_t>{2, -1}));
        QCOMPARE(network.values[static_cast<std::size_t>(network.find("y"))].shape, (Shape{2, 6}));
    }

    void aFreeBatchStaysFreeUnlessOneIsBakedIn()
    {
        OnnxModel loose(13), baked(13);
        loose.input("x", {-1, 4}).integers("t", {-1, 2}).node("Reshape", {"x", "t"}, {"y"}).output("y");
        baked.input("x", {-1, 4}).integers("t", {1, 4}).node("Reshape", {"x", "t"}, {"y"}).output("y");
        const Network free = read(loose), one = read(baked);
        QCOMPARE(free.values[static_cast<std::size_t>(free.find("x"))].shape, (Shape{-1, 4}));
        QCOMPARE(one.values[static_cast<std::size_t>(one.find("x"))].shape, (Shape{1, 4}));
        QCOMPARE(runOn(baked, {2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}), (Floats{1, 2, 3, 4, 5, 6, 7, 8})); // one after the other
    }

    void floatsOf16BitsAreComputedAs32()
    {
        OnnxModel m;
        m.input("x", {-1, 2}, onnx::TensorProto::FLOAT16); // 1, 2, −0.5, 65504
        m.codes("w", {2, 2}, onnx::TensorProto::FLOAT16, std::string("\x00\x3c\x00\x40\x00\xb8\xff\x7b", 8));
        m.node("MatMul", {"x", "w"}, {"z"}).node("Cast", {"z"}, {"y"}).with("to", int{onnx::TensorProto::FLOAT16}).output("y");
        const Network network = read(m);
        QCOMPARE(network.halves.at(network.find("w")), std::string("F16"));
        QVERIFY(!foreign::halvesNote(network).empty());
        QCOMPARE(foreign::costsOf(network)[0].weightBytes, std::int64_t{8});
        QCOMPARE(runOn(m, {1, 2}, {1, 2}), (Floats{0, 131010})); // more than float16 holds
        OnnxModel filled;
        filled.input("n", {1}, 7).node("ConstantOfShape", {"n"}, {"y"}).withTensor("value", {1}, {}).output("y");
        onnx::TensorProto& value = *filled.last().mutable_attribute(0)->mutable_t();
        value.set_data_type(onnx::TensorProto::FLOAT16);
        value.set_raw_data(std::string("\x00\x3c", 2));
        QVERIFY(!foreign::halvesNote(read(filled)).empty());
        QVERIFY(foreign::halvesNote(read(OnnxModel().input("x", {2}).node("Relu", {"x"}, {"y"}).output("y"))).empty());
    }

    /// Our own operators never come from a file: what they need nobody has checked in it.
    void aFileHasNoOperatorsOfOurs()
    {
        OnnxModel m;
        m.input("x", {2}).node("Relu", {"x"}, {"r"}).node("FakeQuantize", {"r"}, {"y"}).output("y");
        m.last().set_domain("bitstill");
        const foreign::Reach reach = foreign::reachOf(read(m));
        QCOMPARE(reach.node, 1);
        QVERIFY2(contains(reach.why.english(), "FakeQuantize"), reach.why.english().c_str());
    }

    /// As PyTorch writes a functional dropout of probability 0 that is always on.
    void dropoutOfNothingGoesAwayWhileTraining()
    {
        for (const float ratio : {0.0f, 0.5f}) {
            OnnxModel m;
            m.input("x", {2}).weights("ratio", {}, {ratio}).codes("training", {}, onnx::TensorProto::BOOL, std::string(1, 1));
            m.node("Dropout", {"x", "ratio", "training"}, {"d"}).node("Relu", {"d"}, {"y"}).output("y");
            QCOMPARE(read(m).nodes.size(), ratio == 0 ? std::size_t{1} : std::size_t{2});
        }
    }

    /// x·tanh(ln(1 + eˣ)); the operators' own tests are older than it.
    void mishComesOut()
    {
        OnnxModel m(18);
        m.input("x", {3}).node("Mish", {"x"}, {"y"}).output("y");
        const Floats found = runOn(m, {3}, {-1, 1, 20}), wanted{-0.303401f, 0.865098f, 20};
        for (std::size_t i = 0; i < 3; ++i) QVERIFY(std::abs(found[i] - wanted[i]) < 1e-5f);
    }

    void dropoutAndIdentityGoAway()
    {
        OnnxModel m(12);
        m.input("x", {2}).weights("w", {2}, {1, 2}).node("Identity", {"w"}, {"v"}).node("Add", {"x", "v"}, {"a"});
        m.node("Dropout", {"a"}, {"d", "mask"}).node("Relu", {"d"}, {"y"}).output("y");
        const Network network = read(m);
        QCOMPARE(network.nodes.size(), std::size_t{2});
        QCOMPARE(runOn(m, {2}, {1, -5}), (Floats{2, 0}));
    }

    void constantNodesAreConstants()
    {
        OnnxModel m(13);
        m.input("x", {2}).node("Constant", {}, {"c"}).withTensor("value", {2}, {3, 4}).node("Mul", {"x", "c"}, {"y"}).output("y");
        QCOMPARE(runOn(m, {2}, {2, 2}), (Floats{6, 8}));
    }

    void nodesMayComeInAnyOrder()
    {
        OnnxModel m;
        m.input("x", {1}).node("Neg", {"r"}, {"y"}).node("Relu", {"x"}, {"r"}).output("y");
        QCOMPARE(runOn(m, {1}, {3}), Floats{-3});
    }

    void codesOfFourBitsGetAByteEach()
    {
        OnnxModel m(21);
        m.input("x", {4}).codes("q", {4}, 22, std::string{'\x1f', '\x78'}).weights("s", {}, {0.5f}); // 15 is −1, 8 is −8
        m.node("DequantizeLinear", {"q", "s"}, {"w"}).node("Add", {"x", "w"}, {"y"}).output("y");
        QCOMPARE(runOn(m, {4}, {0, 0, 0, 0}), (Floats{-0.5f, 0.5f, -4, 3.5f}));
    }

    /// Without output_dtype the type of the codes is that of the zero point.
    void fourBitZeroPointsMakeFourBitCodes()
    {
        for (const int type : {21, 22}) {
            OnnxModel m(21);
            m.input("x", {4}).weights("s", {}, {1}).codes("z", {}, type, std::string(1, '\1'));
            m.node("QuantizeLinear", {"x", "s", "z"}, {"q"}).node("DequantizeLinear", {"q", "s", "z"}, {"y"}).output("y");
            QCOMPARE(runOn(m, {4}, {-100, 0, 3, 100}), type == 21 ? (Floats{-1, 0, 3, 14}) : (Floats{-9, 0, 3, 6}));
        }
    }

    void unknownFieldsAndOperatorsStay()
    {
        OnnxModel m;
        m.input("x", {1}).node("Relu", {"x"}, {"r"}).node("Strange", {"r"}, {"y"}).output("y");
        m.proto().mutable_unknown_fields()->AddLengthDelimited(99, "configuration");
        m.last().set_domain("com.example");
        const Network network = read(m);
        QCOMPARE(network.nodes[1].op, std::string("Strange"));
        QCOMPARE(messageOf([&] {
            foreign::run(network, {{"x", Array{{1}, Floats{1}}}});
        }),
            std::string("[Strange node Strange_y] operator Strange is not computed here; "
                        "`bitstill-cli inspect` shows the node and the shapes around it"));
    }

    void externalValuesLieInsideTheModelsFolder()
    {
        const Folder folder;
        const std::string bytes{'\0', '\0', '\x80', '\x3f', '\0', '\0', '\0', '\x40'};
        folder.write("w.bin", bytes);
        std::filesystem::create_symlink("/etc/hostname", folder.path("link.bin"));
        const auto model = [&](const std::string& location) {
            OnnxModel m;
            m.input("x", {1}).weights("w", {1}, {}).node("Add", {"x", "w"}, {"y"}).output("y");
            auto* t = m.proto().mutable_graph()->mutable_initializer(0);
            t->set_data_location(onnx::TensorProto::EXTERNAL);
            const auto say = [t](const char* key, const std::string& value) {
                auto* entry = t->add_external_data();
                entry->set_key(key);
                entry->set_value(value);
            };
            say("location", location);
            say("offset", "4");
            return folder.write("m.onnx", m.bytes());
        };
        const Network network = foreign::readOnnx(model("w.bin"));
        QCOMPARE(std::get<Floats>(network.constants.begin()->second.values), Floats{2});
        for (const char* location : {"../outside.bin", "/etc/hostname", "link.bin", "", "a/../../x"})
            QVERIFY2(contains(messageOf([&] { foreign::readOnnx(model(location)); }), "not inside the model's folder"), location);
        QVERIFY(contains(messageOf([&] { foreign::readOnnx(model("nothing.bin")); }), "nothing.bin"));
        const std::string alone = readFile(model("w.bin"), 1 << 20); // bytes have no folder
        QVERIFY(contains(messageOf([&] { foreign::readOnnxBytes(alone, "m"); }), "not inside the model's folder"));
    }

    void whatIsWrongIsSaid_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const OnnxModel& m, const char* says) {
            QTest::newRow(name) << QByteArray::fromStdString(m.bytes()) << QString::fromUtf8(says);
        };
        OnnxModel old(0), young(27), twice, nobody, circle, few;
        old.input("x", {1}).node("Relu", {"x"}, {"y"}).output("y");
        young.input("x", {1}).node("Relu", {"x"}, {"y"}).output("y");
        twice.input("x", {1}).node("Relu", {"x"}, {"y"}).node("Neg", {"x"}, {"y"}).output("y");
        nobody.input("x", {1}).node("Add", {"x", "z"}, {"y"}).output("y");
        circle.input("x", {1}).node("Add", {"x", "b"}, {"a"}).node("Relu", {"a"}, {"b"}).output("b");
        few.input("x", {1}).weights("w", {3}, {1}).node("Add", {"x", "w"}, {"y"}).output("y");
        row("old", old, "is made for operator set 0 of ONNX");
        row("young", young, "is made for operator set 27 of ONNX");
        row("twice", twice, "value y is there twice");
        row("nobody", nobody, "value z is used, but nothing makes it");
        row("circle", circle, "its nodes need one another in a circle");
        row("few", few, "tensor w does not hold as many values as its shape [3] says");
        QTest::newRow("text") << QByteArray("hello") << QStringLiteral("this is no whole ONNX file");
        QTest::newRow("empty") << QByteArray() << QStringLiteral("this is no whole ONNX file");
        const std::string whole = few.bytes();
        QTest::newRow("cut") << QByteArray::fromStdString(whole.substr(0, whole.size() - 3))
                             << QStringLiteral("this is no whole ONNX file");
    }
    void whatIsWrongIsSaid()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, says);
        const std::string message = messageOf([&] { foreign::readOnnxBytes(bytes.toStdString(), "test.onnx"); });
        QVERIFY2(contains(message, says.toStdString()), message.c_str());
    }

    void shapesOfInputsAreChecked()
    {
        OnnxModel m;
        m.input("x", {-1, 3}).node("Relu", {"x"}, {"y"}).output("y");
        const std::string message = messageOf([&] { runOn(m, {1, 4}, {1, 2, 3, 4}); });
        QVERIFY2(contains(message, "[x] has shape [1, 4], where the model takes [N, 3]"), message.c_str());
        QVERIFY(contains(messageOf([&] { foreign::run(read(m), {}); }), "there is nothing for this input"));
    }

    /// What real files have beside the plain case (each seen in some), with what comes out by hand.
    void peculiaritiesOfRealFiles_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<Shape>("shape");
        QTest::addColumn<Floats>("x");
        QTest::addColumn<Floats>("y");
        const auto row = [](const char* name, OnnxModel m, const Shape& shape, const Floats& x, const Floats& y) {
            QTest::newRow(name) << QByteArray::fromStdString(m.input("x", shape).output("y").bytes()) << shape << x << y;
        };
        using Ints = std::vector<std::int64_t>;
        const Floats four{1, 2, 3, 4}, nine{1, 2, 3, 4, 5, 6, 7, 8, 9};
        const auto conv = [](const Shape& kernel) {
            OnnxModel m(11);
            m.weights("w", kernel, Floats(elements(kernel), 1.0f)).node("Conv", {"x", "w"}, {"y"});
            return m;
        };
        row("TensorFlow's SAME", conv({1, 1, 2, 2}).with("auto_pad", "SAME_UPPER"), {1, 1, 2, 2}, four, {10, 6, 7, 4});
        row("SAME the other way", conv({1, 1, 2, 2}).with("auto_pad", "SAME_LOWER"), {1, 1, 2, 2}, four, {1, 3, 4, 10});
        row("VALID", conv({1, 1, 2, 2}).with("auto_pad", "VALID"), {1, 1, 2, 2}, four, {10});
        row("asymmetric pads, strides", conv({1, 1, 2, 2}).with("pads", Ints{0, 0, 1, 1}).with("strides", Ints{2, 2}), {1, 1, 3, 3}, nine,
            {12, 9, 15, 9});
        row("unequal strides", conv({1, 1, 1, 1}).with("strides", Ints{2, 1}), {1, 1, 3, 3}, nine, {1, 2, 3, 7, 8, 9});
        row("non-square kernel", conv({1, 1, 3, 1}), {1, 1, 3, 3}, nine, {12, 15, 18});
        row("dilation", conv({1, 1, 2, 2}).with("dilations", Ints{2, 2}), {1, 1, 3, 3}, nine, {20});
        row("1-D", conv({1, 2, 2}), {1, 2, 3}, {1, 2, 3, 4, 5, 6}, {12, 16});
        row("grouped", conv({2, 1, 1, 1}).with("group", 2), {1, 2, 1, 2}, four, four);
        row("dense as a product of three dimensions", OnnxModel().weights("w", {2, 1}, {1, 10}).node("MatMul", {"x", "w"}, {"y"}),
            {1, 2, 2}, four, {21, 43});
        row("Gemm turned",
            OnnxModel().weights("w", {1, 2}, {1, 10}).weights("b", {1}, {5}).node("Gemm", {"x", "w", "b"}, {"y"}).with("transB", 1), {2, 2},
            four, {26, 48});
        OnnxModel spatial(7);
        spatial.weights("s", {2}, {1, 2}).weights("b", {2}, {0, 1}).weights("m", {2}, {1, 3}).weights("v", {2}, {1, 4});
        spatial.node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"}).with("spatial", 1).with("epsilon", 0.0f);
        row("BatchNormalization as it was", spatial, {1, 2, 1, 2}, four, {0, 1, 1, 2});
        const auto pool = [](const char* op) {
            OnnxModel m(10);
            m.node(op, {"x"}, {"y"}).with("kernel_shape", Ints{2, 2}).with("strides", Ints{2, 2});
            return m;
        };
        row("pool rounded up", pool("MaxPool").with("ceil_mode", 1), {1, 1, 3, 3}, nine, {5, 6, 8, 9});
        row("padded mean without the pads", pool("AveragePool").with("pads", Ints{0, 0, 1, 1}), {1, 1, 3, 3}, nine, {3, 4.5f, 7.5f, 9});
        row("padded mean with the pads", pool("AveragePool").with("pads", Ints{0, 0, 1, 1}).with("count_include_pad", 1), {1, 1, 3, 3},
            nine, {3, 2.25f, 3.75f, 2.25f});
        row("Pad's amounts as an attribute", OnnxModel(2 + 6).node("Pad", {"x"}, {"y"}).with("pads", Ints{0, 1, 0, 0}).with("value", 7.0f),
            {2, 2}, four, {7, 1, 2, 7, 3, 4});
        row("Pad's amounts as an input", OnnxModel(13).integers("p", {0, 1, 0, 0}).node("Pad", {"x", "p"}, {"y"}), {2, 2}, four,
            {0, 1, 2, 0, 3, 4});
        row("Squeeze's axes as an attribute", OnnxModel(11).node("Squeeze", {"x"}, {"y"}).with("axes", Ints{0}), {1, 2}, {1, 2}, {1, 2});
        row("ReduceMean's axes as an input", OnnxModel(18).integers("a", {1}).node("ReduceMean", {"x", "a"}, {"y"}), {2, 2}, four,
            {1.5f, 3.5f});
        row("Flatten of everything", OnnxModel(9).node("Flatten", {"x"}, {"y"}).with("axis", 0), {1, 2, 2}, four, four);
        row("to rows and columns last", OnnxModel().node("Transpose", {"x"}, {"y"}).with("perm", Ints{0, 2, 3, 1}), {1, 2, 1, 2}, four,
            {1, 3, 2, 4});
        row("Upsample", OnnxModel(9).weights("s", {4}, {1, 1, 1, 2}).node("Upsample", {"x", "s"}, {"y"}), {1, 1, 2, 2}, four,
            {1, 1, 2, 2, 3, 3, 4, 4});
        row("ReLU6 by hand (hard-swish's middle)",
            OnnxModel(11)
                .weights("l", {}, {0})
                .weights("h", {}, {6})
                .weights("t", {}, {3})
                .node("Add", {"x", "t"}, {"a"})
                .node("Clip", {"a", "l", "h"}, {"c"})
                .node("Mul", {"x", "c"}, {"y"}),
            {3}, {-4, 0, 4}, {0, 0, 24});
        row("Sum of three", OnnxModel(6).weights("a", {2}, {1, 1}).weights("b", {1}, {5}).node("Sum", {"x", "a", "b"}, {"y"}), {2}, {1, 2},
            {7, 8});
        row("rank-1 scale, ties to even",
            OnnxModel(13)
                .weights("s", {1}, {1})
                .codes("z", {1}, 2, std::string(1, '\2'))
                .node("QuantizeLinear", {"x", "s", "z"}, {"q"})
                .node("DequantizeLinear", {"q", "s", "z"}, {"y"}),
            {4}, {0.5f, 1.5f, -9, 300}, {0, 2, -2, 253});
    }
    void peculiaritiesOfRealFiles()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(Shape, shape);
        QFETCH(Floats, x);
        QFETCH(Floats, y);
        const Network network = foreign::readOnnxBytes(bytes.toStdString(), "test.onnx");
        QCOMPARE(floatsOf(foreign::run(network, {{"x", Array{shape, x}}}), "y"), y);
    }

    void samplesComeOutAlikeInAnyCompanyAndOnAnyThreads()
    {
        OnnxModel m;
        Floats w(5 * 7), x(40 * 5);
        for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::sin(static_cast<float>(i));
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::cos(static_cast<float>(i));
        m.input("x", {-1, 5}).weights("w", {5, 7}, w).node("MatMul", {"x", "w"}, {"a"}).node("Softmax", {"a"}, {"y"}).output("y");
        const Network network = read(m);
        const Floats alone = floatsOf(foreign::run(network, {{"x", Array{{40, 5}, x}}}), "y");
        for (const int threads : {2, 3}) {
            ThreadPool pool(threads);
            QCOMPARE(floatsOf(foreign::run(network, {{"x", Array{{40, 5}, x}}}, &pool), "y"), alone);
        }
        const Floats last = floatsOf(foreign::run(network, {{"x", Array{{1, 5}, Floats(x.end() - 5, x.end())}}}), "y");
        QCOMPARE(last, Floats(alone.end() - 7, alone.end()));
    }

    void threeHonestStates()
    {
        OnnxModel whole, half, none;
        whole.input("x", {1}).node("Relu", {"x"}, {"y"}).output("y");
        half.input("x", {1}).node("Relu", {"x"}, {"r"}).node("Strange", {"r"}, {"y"}).output("y");
        none.input("x", {1}).node("Strange", {"x"}, {"y"}).output("y");
        using Kind = foreign::Reach::Kind;
        QVERIFY(foreign::reachOf(read(whole)).kind == Kind::Whole);
        QVERIFY(foreign::reachOf(read(half)).kind == Kind::UpToNode);
        QCOMPARE(foreign::reachOf(read(half)).node, 1);
        QVERIFY(foreign::reachOf(read(none)).kind == Kind::WeightsOnly);
        OnnxModel misfit; // an operator that is there, with inputs that do not fit
        misfit.input("x", {1, 3})
            .weights("w", {2, 2}, {1, 2, 3, 4})
            .node("Relu", {"x"}, {"r"})
            .node("MatMul", {"r", "w"}, {"y"})
            .output("y");
        QCOMPARE(foreign::reachOf(read(misfit)).why.english(), std::string("shapes [1, 3] and [2, 2] do not fit"));
    }
};

QTEST_GUILESS_MAIN(TestOnnx)
#include "tst_onnx.moc"
