#include "engine/io/arrays.h"
#include "engine/io/model_file.h"
#include "engine/nn/zoo.h"
#include "tests/support/files.h"

#include <QtTest>

using namespace bitstill;

namespace {

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
        NamedArrays arrays;
        for (const auto& [name, tensor] : saved.state()) arrays.emplace(name, Array::of(*tensor));
        const Folder folder;
        const auto file = folder.write("model.safetensors", safetensorsBytes(arrays, {}));
        readModel(read, file);
        QCOMPARE(read.hash(), saved.hash());

        Graph wider = buildModel("cnn-8-8", {28, 28, 1}, 10), other = buildModel("mlp-16", {28, 28, 1}, 10);
        QVERIFY(contains(messageOf([&] { readModel(wider, file); }), "conv1.weight is [4, 1, 3, 3], the network has [8, 1, 3, 3]"));
        QVERIFY(contains(messageOf([&] { readModel(other, file); }), "choose the model that the file was saved from"));
        std::get<std::vector<float>>(arrays.at("conv1.weight").values)[3] = std::numeric_limits<float>::quiet_NaN();
        const auto bad = folder.write("bad.safetensors", safetensorsBytes(arrays, {}));
        QVERIFY(contains(messageOf([&] { readModel(read, bad); }), "not finite"));
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

    void brokenNpyIsRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray::fromStdString(bytes); };
        row("empty", "");
        row("text", "hello, this is not an array");
        row("fortran", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "1234"));
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
