#include "engine/data/catalogue.h"
#include "engine/data/readers.h"
#include "tests/support/files.h"

#include <QtTest>
#include <cmath>

using namespace bitstill;

namespace {

std::string bigEndian(std::uint32_t n)
{
    std::string s;
    for (int shift = 24; shift >= 0; shift -= 8) s += static_cast<char>((n >> shift) & 255);
    return s;
}

std::string idxImages(int count, int side, const std::string& pixels)
{
    return std::string("\0\0\x08\x03", 4) + bigEndian(static_cast<std::uint32_t>(count)) + bigEndian(static_cast<std::uint32_t>(side))
        + bigEndian(static_cast<std::uint32_t>(side)) + pixels;
}
std::string idxLabels(const std::string& labels)
{
    return std::string("\0\0\x08\x01", 4) + bigEndian(static_cast<std::uint32_t>(labels.size())) + labels;
}

/// A folder of 4 + 2 images of 2 × 2 pixels.
void writeGood(const Folder& f)
{
    f.writeGz(
        "train-images-idx3-ubyte.gz", idxImages(4, 2, std::string("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff", 16)));
    f.write("train-labels-idx1-ubyte", idxLabels(std::string("\0\1\0\1", 4)));
    f.write("t10k-images-idx3-ubyte", idxImages(2, 2, std::string(8, '\7')));
    f.writeGz("t10k-labels-idx1-ubyte.gz", idxLabels(std::string("\1\0", 2)));
}

} // namespace

class TestData : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsIdxPackedOrNot()
    {
        const Folder f;
        writeGood(f);
        const Dataset d = loadDataset("idx", {.path = f.path()});
        QCOMPARE(d.train.count(), 4u);
        QCOMPARE(d.shape, (SampleShape{2, 2, 1}));
        QCOMPARE(d.train.labels, (std::vector<std::int32_t>{0, 1, 0, 1}));
        QCOMPARE(int(d.train.bytes.back()), 255);
        std::vector<float> x(4);
        d.read(d.train, 3, x.data());
        QVERIFY(std::abs(x[3] - (1.0f - d.mean) / d.deviation) < 1e-5f);
    }

    void saysWhatIsWrongWithIdx_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("says");
        const QString images = QStringLiteral("t10k-images-idx3-ubyte"), labels = QStringLiteral("train-labels-idx1-ubyte");
        const auto bytes = [](const std::string& s) { return QByteArray::fromStdString(s); };
        QTest::newRow("cut off") << images << bytes(idxImages(2, 2, "1234567")) << "cut off";
        QTest::newRow("too long") << images << bytes(idxImages(2, 2, "123456789")) << "more data";
        QTest::newRow("header cut") << images << bytes(idxImages(2, 2, "").substr(0, 9)) << "ends inside its header";
        QTest::newRow("not idx") << images << QByteArray("hello world, this is text") << "not an IDX file";
        QTest::newRow("lying size") << images
                                    << bytes(std::string("\0\0\x08\x03", 4) + bigEndian(0xffffffff) + bigEndian(28) + bigEndian(28))
                                    << "4,294,967,295";
        QTest::newRow("large lie") << images
                                   << bytes(std::string("\0\0\x08\x03", 4) + bigEndian(60000) + bigEndian(100) + bigEndian(100) + "x")
                                   << "cut off";
        QTest::newRow("floats") << images << bytes(std::string("\0\0\x0d\x03", 4) + bigEndian(1)) << "type 13";
        QTest::newRow("labels missing") << labels << bytes(idxLabels(std::string("\0\1\0", 3))) << "4 images";
        QTest::newRow("images as labels") << labels << bytes(idxImages(4, 1, "1234")) << "labels have 1";
        QTest::newRow("other shape") << images << bytes(idxImages(2, 3, std::string(18, 'x'))) << "belong together";
        QTest::newRow("empty") << images << QByteArray() << "ends inside its header";
    }
    void saysWhatIsWrongWithIdx()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, says);
        const Folder f;
        writeGood(f);
        f.write(file.toStdString(), bytes.toStdString());
        const std::string message = messageOf([&] { loadDataset("idx", {.path = f.path()}); });
        QVERIFY2(contains(message, says.toStdString()), message.c_str());
        QVERIFY2(contains(message, file.toStdString()) || contains(message, "belong"), message.c_str());
    }

    void saysWhenGzIsDamaged()
    {
        const Folder f;
        writeGood(f);
        std::string packed;
        {
            std::ifstream in(f.path("train-images-idx3-ubyte.gz"), std::ios::binary);
            packed.assign(std::istreambuf_iterator<char>(in), {});
        }
        f.write("train-images-idx3-ubyte.gz", packed.substr(0, packed.size() - 10));
        std::string message = messageOf([&] { loadDataset("idx", {.path = f.path()}); });
        QVERIFY2(contains(message, "train-images-idx3-ubyte.gz"), message.c_str());
        packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
        f.write("train-images-idx3-ubyte.gz", packed);
        message = messageOf([&] { loadDataset("idx", {.path = f.path()}); });
        QVERIFY2(contains(message, "train-images-idx3-ubyte.gz"), message.c_str());
    }

    void saysWhereFashionMnistShouldBe()
    {
        const std::string message = messageOf([] { loadDataset("fashion-mnist", {.path = "/nowhere/at/all"}); });
        QVERIFY(contains(message, "/nowhere/at/all") && contains(message, "strokes"));
    }

    void readsCsv()
    {
        const Folder f;
        std::string table = "\xEF\xBB\xBFwidth;label;height\r\n";
        for (int i = 0; i < 50; ++i)
            table += std::to_string(i) + ";" + (i % 2 ? "\"big; one\"" : "small") + ";" + std::to_string(-i) + ".5\r\n";
        const Dataset d = loadDataset("csv", {.path = f.write("t.csv", table)});
        QCOMPARE(d.classes, (std::vector<std::string>{"big; one", "small"}));
        QCOMPARE(d.train.count(), 40u);
        QCOMPARE(d.test.count(), 10u);
        QCOMPARE(d.shape, (SampleShape{1, 1, 2}));
        double sum = 0, squares = 0;
        for (std::size_t i = 0; i < 40; ++i) {
            sum += static_cast<double>(d.train.values[2 * i]);
            squares += std::pow(static_cast<double>(d.train.values[2 * i]), 2);
        }
        QVERIFY(std::abs(sum) < 1e-4 && std::abs(squares / 40 - 1) < 1e-4);
    }

    void saysWhatIsWrongWithCsv_data()
    {
        QTest::addColumn<QString>("table");
        QTest::addColumn<QString>("says");
        QTest::newRow("columns") << "a,b,c,d,e,label\n1,2,3,4,5,x\n1,2,3,4,y\n"
                                 << "row 3 of flowers.csv has 5 columns, the header has 6";
        QTest::newRow("word") << "a,label\n1,x\nhello,y\n"
                              << "row 3 of flowers.csv, column a: \"hello\" is not a number";
        QTest::newRow("nan") << "a,label\nnan,x\n"
                             << "not a number";
        QTest::newRow("no label") << "a,label\n1,\n"
                                  << "has no label";
        QTest::newRow("one column") << "a\n1\n"
                                    << "one column";
        QTest::newRow("empty") << ""
                               << "empty";
        QTest::newRow("one class") << "a,label\n1,x\n2,x\n3,x\n4,x\n5,x\n6,x\n7,x\n"
                                   << "only one class";
        QTest::newRow("header only") << "a,label\n"
                                     << "only one class";
    }
    void saysWhatIsWrongWithCsv()
    {
        QFETCH(QString, table);
        QFETCH(QString, says);
        const Folder f;
        const auto file = f.write("flowers.csv", table.toStdString());
        const std::string message = messageOf([&] { loadDataset("csv", {.path = file}); });
        QVERIFY2(contains(message, says.toStdString()), message.c_str());
    }

    void readsCifar()
    {
        const Folder f;
        std::string record(3073, '\0');
        record[0] = 3;
        record[1] = 10; // red of the first pixel
        record[1 + 1024] = 20; // green
        record[1 + 2048] = 30; // blue
        f.write("data_batch_1.bin", record + record);
        std::string other = record;
        other[0] = 4;
        f.write("test_batch.bin", other);
        const Dataset d = loadDataset("cifar10", {.path = f.path()});
        QCOMPARE(d.train.count(), 2u);
        QCOMPARE(int(d.train.bytes[0]) * 10000 + d.train.bytes[1] * 100 + d.train.bytes[2], 102030);
        f.write("test_batch.bin", other + "x");
        QVERIFY(contains(messageOf([&] { loadDataset("cifar10", {.path = f.path()}); }), "test_batch.bin"));
    }

    void generatedSetsDependOnTheSeedAlone_data()
    {
        QTest::addColumn<QString>("set");
        for (const char* s : {"strokes", "moons", "spirals", "rings"}) QTest::newRow(s) << s;
    }
    void generatedSetsDependOnTheSeedAlone()
    {
        QFETCH(QString, set);
        const std::string id = set.toStdString();
        const DatasetOptions o{.path = {}, .seed = 7, .samples = 100}, other{.path = {}, .seed = 8, .samples = 100};
        const Dataset a = loadDataset(id, o), b = loadDataset(id, o), c = loadDataset(id, other);
        QVERIFY(a.train.bytes == b.train.bytes && a.train.values == b.train.values && a.train.labels == b.train.labels);
        QVERIFY(a.train.bytes != c.train.bytes || a.train.values != c.train.values);
        QVERIFY(a.train.bytes != a.test.bytes || a.train.values != a.test.values);
    }

    void loadingCanBeStopped()
    {
        int asked = 0;
        QVERIFY_EXCEPTION_THROWN(
            loadDataset("strokes", {.path = {}, .samples = 100000, .keepGoing = [&] { return ++asked < 3; }}), Stopped);
        QCOMPARE(asked, 3);
    }

    void unknownSetsNameTheNearest()
    {
        QVERIFY(contains(messageOf([] { loadDataset("fashion-mnis"); }), "did you mean fashion-mnist"));
    }
    void ownSetsAskForAPath()
    {
        QVERIFY(contains(messageOf([] { loadDataset("csv"); }), "data.path"));
    }
};

QTEST_APPLESS_MAIN(TestData)
#include "tst_data.moc"
