#include "engine/core/thread_pool.h"
#include "engine/io/packed_codes.h"
#include "engine/io/safetensors.h"
#include "engine/nn/model_file.h"
#include "engine/nn/pass.h"
#include "engine/nn/zoo.h"
#include "tests/support/files.h"

#include <QtTest>
#include <cmath>
#include <sys/resource.h>

using namespace bitstill;

namespace {

std::filesystem::path golden(const char* name) { return std::filesystem::path(BITSTILL_SOURCE) / "tests/golden/files" / name; }

std::string safetensors(const std::string& header, const std::string& data)
{
    const std::uint64_t n = header.size();
    return std::string(reinterpret_cast<const char*>(&n), 8) + header + data;
}

std::string npy(const std::string& header, const std::string& data)
{
    const auto n = static_cast<std::uint16_t>(header.size());
    return std::string("\x93NUMPY\x01\x00", 8) + std::string(reinterpret_cast<const char*>(&n), 2) + header + data;
}

} // namespace

class TestIo : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void safetensorsReadBack()
    {
        const NamedArrays arrays{{"a", {{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}}},
            {"b", {{2}, std::vector<std::int64_t>{-1, 1LL << 40}}}, {"c", {{0}, std::vector<std::int32_t>{}}},
            {"d", {{}, std::vector<double>{0.1}}}};
        const NamedArrays back = safetensorsFromBytes(safetensorsBytes(arrays, {{"k", "v"}}), "x");
        QCOMPARE(back.size(), arrays.size());
        for (const auto& [name, array] : arrays) {
            QCOMPARE(back.at(name).shape, array.shape);
            QVERIFY(back.at(name).values == array.values);
        }
    }

    void modelsReadBack()
    {
        Graph saved = buildModel("cnn-4-8", {28, 28, 1}, 10), read = saved;
        saved.initialize(1);
        read.initialize(2);
        const Folder folder;
        const auto file = folder.write("model.safetensors", modelBytes(modelTensors(saved), {{"source", "bitstill test"}}));
        readModel(read, file);
        QCOMPARE(read.hash(), saved.hash());

        Graph wider = buildModel("cnn-8-8", {28, 28, 1}, 10), other = buildModel("mlp-16", {28, 28, 1}, 10);
        QVERIFY(contains(messageOf([&] { readModel(wider, file); }), "conv1.weight is [4, 1, 3, 3], but the network expects [8, 1, 3, 3]"));
        QVERIFY(contains(messageOf([&] { readModel(other, file); }), "choose the model that the file was saved from"));
        std::map<std::string, Tensor> broken = modelTensors(saved);
        broken.at("dense2.weight")[3] = std::numeric_limits<float>::quiet_NaN();
        const auto bad = folder.write("bad.safetensors", modelBytes(broken, {{"source", "bitstill test"}}));
        read.initialize(3);
        const std::uint64_t before = read.hash();
        QVERIFY(contains(messageOf([&] { readModel(read, bad); }), "not finite"));
        QCOMPARE(read.hash(), before); // nothing of it was taken
    }

    /// What PyTorch saved computes what PyTorch computed: convolutions OIHW, and the dense layer behind the maps in channels, rows,
    /// columns.
    void pytorchsOrderIsRead()
    {
        const NamedArrays theirs = readSafetensors(golden("cnn_chw.safetensors"));
        Graph graph = buildModel("cnn-4-8", {12, 8, 3}, 5);
        readModel(graph, golden("cnn_chw.safetensors"));
        const auto& x = std::get<std::vector<float>>(theirs.at("input").values);
        const auto& wanted = std::get<std::vector<float>>(theirs.at("logits").values);
        ThreadPool pool(1);
        Pass pass(graph, 6, Pass::Mode::Inference, pool);
        const float* logits = pass.forward(6, [&](const Shard& s, float* to) {
            for (int i = 0; i < s.rows; ++i)
                for (int p = 0; p < 96; ++p)
                    for (int c = 0; c < 3; ++c) *to++ = x[static_cast<std::size_t>(((s.first + i) * 3 + c) * 96 + p)];
        });
        for (std::size_t i = 0; i < wanted.size(); ++i) QVERIFY(std::abs(logits[i] - wanted[i]) < 1e-5f);

        // And what is written is what PyTorch wrote.
        const std::map<std::string, Tensor> ours = modelTensors(graph);
        for (const auto& [name, pytorchs] :
            {std::pair{"conv2.weight", "conv2.weight"}, {"bn1.gamma", "bn1.weight"}, {"bn2.beta", "bn2.bias"},
                {"bn2.running_var", "bn2.running_var"}, {"dense1.weight", "dense1.weight"}, {"dense2.bias", "dense2.bias"}}) {
            QVERIFY(ours.at(name).shape() == theirs.at(pytorchs).shape);
            const Tensor values = theirs.at(pytorchs).toTensor(name);
            QVERIFY2(std::equal(values.begin(), values.end(), ours.at(name).begin()), name);
        }
    }

    /// Version 1 kept the network's own order and said only where it came from.
    void modelsOfVersion1AreRead()
    {
        Graph saved = buildModel("cnn-4-8", {12, 8, 3}, 5), read = saved;
        saved.initialize(1);
        NamedArrays arrays;
        for (const auto& [name, tensor] : saved.state()) arrays.emplace(name, Array::of(*tensor));
        const Folder folder;
        readModel(read, folder.write("old", safetensorsBytes(arrays, {{"source", "bitstill 0.1.0 · before-after · seed 1 · spec 0"}})));
        QCOMPARE(read.hash(), saved.hash());
        // The same values under today's version are another network: the version is what tells them apart.
        readModel(read, folder.write("new", safetensorsBytes(arrays, {{"source", "bitstill 0.1.0"}, {"bitstill.version", "2"}})));
        QVERIFY(read.hash() != saved.hash());
        const auto newer = folder.write("newer", safetensorsBytes(arrays, {{"bitstill.version", "3"}}));
        QVERIFY(contains(messageOf([&] { readModel(read, newer); }), "update Bitstill"));
    }

    /// Dense layers on pictures of several channels read maps too; behind a global average there is nothing to reorder.
    void onlyWhatReadsAMapIsReordered()
    {
        for (const auto& [model, reordered] :
            {std::pair{"mlp-8-4", "dense1.weight"}, {"cnn-4", "dense1.weight"}, {"resnet-8", ""}, {"dwcnn", ""}}) {
            Graph graph = buildModel(model, {8, 8, 3}, 4);
            graph.initialize(1);
            const auto tensors = modelTensors(graph);
            for (const auto& [name, tensor] : graph.state())
                QCOMPARE(std::equal(tensor->begin(), tensor->end(), tensors.at(name).begin()), name != reordered);
        }
    }

    void floatsOfAllWidthsAreRead()
    {
        const std::string header =
            R"({"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[12,18]},)"
            R"("none":{"dtype":"F32","shape":[0,7],"data_offsets":[18,18]},"one":{"dtype":"F16","shape":[],"data_offsets":[18,20]},)"
            R"("odd":{"dtype":"Q9","shape":[2],"data_offsets":[20,21]},"u":{"dtype":"U8","shape":[1],"data_offsets":[21,22]}})";
        const std::uint16_t halves[] = {0x3C00, 0xC000, 0x0001, 0x7BFF, 0x7C00, 0x8000, 0x3F80, 0xC000, 0x0001, 0x3800};
        const std::string bytes = safetensors(header, std::string(reinterpret_cast<const char*>(halves), sizeof halves) + "\x01\x02");
        const SafetensorsFile file(bytes, "m.safetensors");
        const Tensor h = file.read("h").toTensor("h"), b = file.read("b").toTensor("b");
        const float wanted[] = {1, -2, std::ldexp(1.0f, -24), 65504, std::numeric_limits<float>::infinity(), -0.0f};
        for (std::size_t i = 0; i < 6; ++i) QVERIFY(h[i] == wanted[i] && std::signbit(h[i]) == std::signbit(wanted[i]));
        QVERIFY(b[0] == 1 && b[1] == -2 && b[2] == std::ldexp(1.0f, -133));
        QVERIFY(file.read("none").toTensor("none").empty());
        QCOMPARE(file.read("one").toTensor("one")[0], 0.5f);
        // A type that nobody knows stops only those who ask for it.
        QVERIFY(contains(messageOf([&] { file.read("odd"); }), "tensor odd has the unknown type Q9"));
        QCOMPARE(bytesOf(file.carry("odd")), std::string("\x01"));
        QVERIFY(contains(messageOf([&] { file.read("u").toTensor("u"); }), "type U8, not floats"));
        QVERIFY(contains(messageOf([&] { file.read("hh"); }), "did you mean h?"));
    }

    /// Of a file with much else only what is asked for is read.
    void onlyWhatIsAskedForIsRead()
    {
        const Folder f;
        const auto path = f.write("m.safetensors",
            safetensors(
                R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"huge":{"dtype":"U8","shape":[2000000000],"data_offsets":[4,2000000004]}})",
                std::string(4, '\0')));
        std::filesystem::resize_file(path, std::filesystem::file_size(path) + 2000000000); // a hole: takes no room
        rlimit old{};
        getrlimit(RLIMIT_AS, &old);
        [[maybe_unused]] const rlimit small{std::min<rlim_t>(1500000000, old.rlim_max), old.rlim_max};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        setrlimit(RLIMIT_AS, &small);
#endif
        const Tensor a = SafetensorsFile(path).read("a").toTensor("a");
        setrlimit(RLIMIT_AS, &old);
        QCOMPARE(a.size(), 1u);
    }

    void brokenSafetensorsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray::fromStdString(bytes); };
        row("empty", "");
        row("short", "1234567");
        row("header longer than file", std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10));
        row("not JSON", safetensors("{hello", ""));
        row("array", safetensors("[]", ""));
        row("no offsets", safetensors(R"({"a":{"dtype":"F32","shape":[1]}})", "1234"));
        row("outside", safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "1234"));
        row("backwards", safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "1234"));
        row("shape does not fit", safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"));
        row("huge shape", safetensors(R"({"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}})", "1234"));
        row("negative shape", safetensors(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234"));
        row("product is 2 to the 64th", safetensors(R"({"a":{"dtype":"F32","shape":[536870912,1073741824],"data_offsets":[0,0]}})", ""));
        row("product of an unknown type",
            safetensors(R"({"a":{"dtype":"Q9","shape":[2147483647,2147483647,2147483647,2147483647,4],"data_offsets":[0,0]}})", ""));
        row("overlap",
            safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
                "123456"));
        row("twice the same bytes",
            safetensors(
                R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "1234"));
        row("hole",
            safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
                "123456789012"));
        row("hole in front", safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "12345678"));
        row("trailing bytes", safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "12345"));
        row("only trailing bytes", safetensors("{}", "1"));
        row("name twice",
            safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                "12345678"));
        row("metadata not text", safetensors(R"({"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "1234"));
        row("metadata a word", safetensors(R"({"__metadata__":"a"})", ""));
        row("half a byte", safetensors(R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})", "1"));
        row("zeros behind the header", safetensors(std::string("{}\0\0", 4), ""));
        row("nested", safetensors(std::string(100000, '['), ""));
        row("not UTF-8", safetensors("{\"caf\xE9\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "1234"));
        row("unknown type", safetensors(R"({"a":{"dtype":"Q9","shape":[1],"data_offsets":[0,4]}})", "1234"));
    }
    void brokenSafetensorsAreRefused()
    {
        QFETCH(QByteArray, bytes);
        const std::string message = messageOf([&] { safetensorsFromBytes(bytes.toStdString(), "model.safetensors"); });
        QVERIFY2(contains(message, "model.safetensors"), message.c_str());
    }

    void npyIsRead()
    {
        const float values[] = {1, 2, 3, 4, 5, 6};
        const std::string data(reinterpret_cast<const char*>(values), sizeof values);
        const Array a = npyFromBytes(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", data), "x");
        QCOMPARE(a.shape, (Shape{2, 3}));
        QCOMPARE(std::get<std::vector<float>>(a.values)[5], 6.0f);
        const Array one = npyFromBytes(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }\n", data), "x");
        QCOMPARE(one.shape, (Shape{6}));
    }

    void packedCodesComeBack()
    {
        for (const int bits : {2, 3, 4, 5, 8, 16})
            for (const bool isSigned : {false, true}) {
                const std::int32_t low = isSigned ? -(1 << (bits - 1)) : 0, high = low + (1 << bits) - 1;
                std::vector<std::int32_t> codes;
                for (std::int32_t c = low; c <= high; c += bits == 16 ? 97 : 1) codes.push_back(c);
                codes.push_back(high); // an odd number of them
                const Array packed = packedCodes(codes, {static_cast<int>(codes.size())}, bits, isSigned);
                QVERIFY(unpackedCodes(packed, codes.size(), bits, isSigned) == codes);
                QCOMPARE(bytesOf(packed).size(), bits <= 4 ? (codes.size() + 1) / 2 : bits <= 8 ? codes.size() : 2 * codes.size());
            }
        QCOMPARE(bytesOf(packedCodes({-1, 7, -8}, {3}, 4, true)), std::string("\x7F\x08"));
    }

    void whatTheReferenceTakesIsTaken_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray::fromStdString(bytes); };
        const std::string a = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
        row("spaces and lines", safetensors(" {\n" + a + "\t}  \n ", "1234"));
        row("other keys", safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":[1]}})", "1234"));
        row("other order", safetensors(R"({"b":{"dtype":"I8","shape":[1],"data_offsets":[4,5]},)" + a + "}", "12345"));
        row("empty in front", safetensors(R"({"e":{"dtype":"F64","shape":[3,0],"data_offsets":[0,0]},)" + a + "}", "1234"));
        row("nibbles", safetensors(R"({"f":{"dtype":"F4","shape":[8],"data_offsets":[4,8]},)" + a + "}", "12345678"));
        row("huge but empty",
            safetensors(R"({"e":{"dtype":"F64","shape":[2147483647,2147483647,2147483647,0],"data_offsets":[4,4]},)" + a + "}", "1234"));
    }
    void whatTheReferenceTakesIsTaken()
    {
        QFETCH(QByteArray, bytes);
        const NamedArrays arrays = safetensorsFromBytes(bytes.toStdString(), "x");
        QCOMPARE(bytesOf(arrays.at("a")), std::string("1234"));
        const NamedArrays again = safetensorsFromBytes(safetensorsBytes(arrays, {}), "x");
        for (const auto& [name, array] : arrays) QVERIFY(again.at(name).values == array.values && again.at(name).shape == array.shape);
    }

    void npyOfOthersIsRead()
    {
        const Array turned = readNpy(golden("fortran.npy"));
        QCOMPARE(turned.shape, (Shape{2, 3, 4}));
        for (int i = 0; i < 24; ++i) QCOMPARE(std::get<std::vector<std::int32_t>>(turned.values)[static_cast<std::size_t>(i)], i);
        const float values[] = {1, 2, 3, 4, 5, 6};
        const std::string data(reinterpret_cast<const char*>(values), sizeof values);
        const std::string python2 = npy("{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2L, 3L)}", data);
        QCOMPARE(npyFromBytes(python2, "x").shape, (Shape{2, 3}));
        QCOMPARE(
            npyFromBytes(npy("{'shape': (), 'fortran_order': True, 'descr': '>f4'}", {"\x3F\x80\0\0", 4}), "x").toTensor("x")[0], 1.0f);
        QCOMPARE(npyFromBytes(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", {"\0\x3C\0\xC0", 4}), "x").toTensor("x")[1],
            -2.0f);
        QVERIFY(npyFromBytes(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }", ""), "x").toTensor("x").empty());
        for (const char version : {'\x02', '\x03'}) {
            const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }";
            const std::string start =
                std::string("\x93NUMPY") + version + std::string("\0", 1) + static_cast<char>(header.size()) + std::string(3, '\0');
            QCOMPARE(bytesOf(npyFromBytes(start + header + "z", "x")), std::string("z"));
        }
    }

    void npzIsRead()
    {
        const NamedArrays stored = readNpz(golden("stored.npz"));
        QCOMPARE(stored.size(), 5u);
        for (const char* name : {"a", "half", "big", "fortran"}) {
            const Tensor x = stored.at(name).toTensor(name);
            QCOMPARE(x.shape(), (Shape{2, 3}));
            for (std::size_t i = 0; i < 6; ++i) QCOMPARE(x[i], static_cast<float>(i));
        }
        QCOMPARE(stored.at("whole").type(), std::string("I64"));
        const NamedArrays one = readNpz(golden("deflated.npz"), "zeros");
        QVERIFY(one.size() == 1 && one.at("zeros").size() == 10000);

        // Any byte of it wrong, or any of its end missing, is an error or the same arrays: never a crash, never other numbers.
        const std::string good = readFile(golden("stored.npz"), 100000);
        const Folder f;
        int refused = 0;
        for (std::size_t i = 0; i < good.size(); i += 7) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 0x55);
            const auto file = f.write("x.npz", i % 2 == 0 ? bad : good.substr(0, i));
            NamedArrays read;
            if (!messageOf([&] { read = readNpz(file); }).empty())
                ++refused;
            else
                for (const auto& [name, array] : read) QVERIFY(!stored.contains(name) || stored.at(name).values == array.values);
        }
        QVERIFY(refused > 100);
        QVERIFY(contains(messageOf([&] { readNpz(f.write("y.npz", "hello")); }), "not a .npz file"));
    }

    void brokenNpyIsRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray::fromStdString(bytes); };
        row("empty", "");
        row("text", "hello, this is not an array");
        row("order", npy("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }", "1234"));
        row("objects", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "1234"));
        row("structured", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234"));
        row("said twice", npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "1234"));
        row("version 4", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "1234").replace(6, 1, "\x04"));
        row("version 1.1", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "1234").replace(7, 1, "\x01"));
        row("more behind", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + 1", "1234"));
        row("open", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,", "1234"));
        row("open word", npy("{'descr", "1234"));
        row("short", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234"));
        row("long", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "12345678"));
        row("complex", npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "12345678"));
        row("no shape", npy("{'descr': '<f4', 'fortran_order': False}", "1234"));
        row("huge", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2000000000, 2000000000), }", "1234"));
        row("negative", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "1234"));
        row("header cut", npy("{'descr'", "").substr(0, 12) + std::string());
    }
    void brokenNpyIsRefused()
    {
        QFETCH(QByteArray, bytes);
        const std::string message = messageOf([&] { npyFromBytes(bytes.toStdString(), "x.npy"); });
        QVERIFY2(contains(message, "x.npy"), message.c_str());
    }
};

QTEST_APPLESS_MAIN(TestIo)
#include "tst_io.moc"
