

#include "engine/core/thread_pool.h"
#include "engine/data/catalogue.h"
#include "engine/data/readers.h"
#include "engine/nn/pass.h"
#include "engine/nn/zoo.h"
#include "tests/support/files.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <sys/stat.h>

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

    void readsIdxUnderAllItsNames_data()
    {
        QTest::addColumn<QStringList>("names");
        QTest::newRow("unpacked") << QStringList{
            "train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"};
        QTest::newRow("EMNIST") << QStringList{"emnist-digits-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte",
            "emnist-digits-test-images-idx3-ubyte", "emnist-digits-test-labels-idx1-ubyte"};
        QTest::newRow("QMNIST") << QStringList{"qmnist-train-images-idx3-ubyte", "qmnist-train-labels-idx2-int",
            "qmnist-test-images-idx3-ubyte", "qmnist-test-labels-idx2-int"};
        QTest::newRow("Kuzushiji") << QStringList{"kmnist-train-images-idx3-ubyte", "kmnist-train-labels-idx1-ubyte",
            "kmnist-t10k-images-idx3-ubyte", "kmnist-t10k-labels-idx1-ubyte"};
        QTest::newRow("a folder round each") << QStringList{"train-images-idx3-ubyte/train-images-idx3-ubyte",
            "train-labels-idx1-ubyte/train-labels-idx1-ubyte", "t10k-images-idx3-ubyte/t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte"};
    }
    void readsIdxUnderAllItsNames()
    {
        QFETCH(QStringList, names);
        const Folder f;
        for (const QString& n : names)
            if (n.contains(QLatin1Char('/'))) std::filesystem::create_directories(f.path(n.section(QLatin1Char('/'), 0, 0).toStdString()));
        const auto labels = [&](const std::string& plain) {
            if (!names[1].contains(QLatin1String("idx2-int"))) return idxLabels(plain);
            std::string wide("\0\0\x0c\x02", 4);
            wide += bigEndian(static_cast<std::uint32_t>(plain.size())) + bigEndian(8);
            for (const char c : plain)
                for (int column = 0; column < 8; ++column)
                    wide += bigEndian(column ? 70000u + static_cast<unsigned>(column) : static_cast<unsigned char>(c));
            return wide;
        };
        f.write(names[0].toStdString(), idxImages(4, 2, "abcdefghijklmnop"));
        f.write(names[1].toStdString(), labels(std::string("\1\2\1\2", 4)));
        f.write(names[2].toStdString(), idxImages(2, 2, "abcdefgh"));
        f.write(names[3].toStdString(), labels(std::string("\2\1", 2)));
        f.write("qmnist-train-labels.tsv.gz", "not this one");
        const Dataset d = loadDataset("idx", {.path = f.path()});
        QCOMPARE(d.train.count(), 4u);
        QCOMPARE(d.classes, (std::vector<std::string>{"1", "2"})); // labels from 1
        QCOMPARE(d.train.labels, (std::vector<std::int32_t>{0, 1, 0, 1}));
        QCOMPARE(d.test.labels, (std::vector<std::int32_t>{1, 0}));
        QCOMPARE(d.notes.size(), names[0].startsWith(QLatin1String("emnist")) ? 1u : 0u);
        if (!names[0].contains(QLatin1Char('/'))) QCOMPARE(loadDataset("idx", {.path = f.path(names[2].toStdString())}).train.count(), 4u);
    }

    void severalIdxSetsAreNamed()
    {
        const Folder f;
        for (const char* set : {"emnist-letters", "emnist-digits"}) {
            const std::string s = set;
            f.write(s + "-train-images-idx3-ubyte", idxImages(4, 2, "abcdefghijklmnop"));
            f.write(s + "-train-labels-idx1-ubyte", idxLabels(std::string("\1\2\1\2", 4)));
            f.write(s + "-test-images-idx3-ubyte", idxImages(2, 2, "abcdefgh"));
            f.write(s + "-test-labels-idx1-ubyte", idxLabels(std::string("\2\1", 2)));
        }
        QVERIFY(contains(messageOf([&] { loadDataset("idx", {.path = f.path()}); }), "several data sets: emnist-digits, emnist-letters"));
        QCOMPARE(
            loadDataset("idx", {.path = f.path("emnist-letters-test-labels-idx1-ubyte")}).classes, (std::vector<std::string>{"A", "B"}));
        std::filesystem::remove(f.path("emnist-letters-test-labels-idx1-ubyte"));
        QVERIFY(
            contains(messageOf([&] { loadDataset("idx", {.path = f.path("emnist-letters-test-images-idx3-ubyte")}); }), "no test labels"));
        QVERIFY(contains(messageOf([&] { loadDataset("idx", {.path = f.path("nothing")}); }), "cannot open the folder"));
    }

    void readsColourFloatAndTransposedIdx()
    {
        const Folder f;
        writeGood(f);
        const auto colour = [](int count, int a, int b, int c, const std::string& pixels) {
            std::string file("\0\0\x08\x04", 4);
            for (const int n : {count, a, b, c}) file += bigEndian(static_cast<std::uint32_t>(n));
            return file + pixels;
        };
        // Red, green, blue: channels last, then first, then transposed.
        const std::string last = "RGBrgbSHCshc";
        f.write("train-images-idx3-ubyte.gz", colour(4, 2, 2, 3, last + last + last + last));
        f.write("t10k-images-idx3-ubyte", colour(2, 3, 2, 2, "RrSsGgHhBbCcRrSsGgHhBbCc"));
        Dataset d = loadDataset("idx", {.path = f.path()});
        QCOMPARE(d.shape, (SampleShape{2, 2, 3}));
        QCOMPARE(std::string(d.test.bytes.begin(), d.test.bytes.end()), last + last);
        d = loadDataset("idx", {.path = f.path(), .transpose = true});
        QCOMPARE(std::string(d.test.bytes.begin(), d.test.bytes.begin() + 12), std::string("RGBSHCrgbshc"));

        f.write("train-images-idx3-ubyte.gz", idxImages(4, 2, "abcdefghijklmnop"));
        f.write("t10k-images-idx3-ubyte", idxImages(2, 2, "abcdefgh"));
        d = loadDataset("idx", {.path = f.path(), .transpose = true});
        QCOMPARE(std::string(d.train.bytes.begin(), d.train.bytes.end()), std::string("acbdegfhikjlmonp"));

        const auto floats = [](std::initializer_list<std::uint32_t> bits, std::uint32_t rows) {
            std::string file("\0\0\x0d\x02", 4);
            file += bigEndian(rows) + bigEndian(static_cast<std::uint32_t>(bits.size()) / rows);
            for (const std::uint32_t b : bits) file += bigEndian(b);
            return file;
        };
        f.write("train-images-idx3-ubyte.gz", floats({0, 0x3f800000, 0, 0x3f800000, 0, 0x3f800000, 0, 0x3f800000}, 4)); // 0, 1, ...
        f.write("t10k-images-idx3-ubyte", floats({0x40000000, 0x7f7fffff, 0, 0}, 2)); // 2 and the largest float
        d = loadDataset("idx", {.path = f.path()});
        QCOMPARE(d.shape, (SampleShape{1, 1, 2}));
        QCOMPARE(d.train.values, (std::vector<float>{-1, 1, -1, 1, -1, 1, -1, 1}));
        QCOMPARE(d.test.values, (std::vector<float>{3, 10000, -1, -1}));
        f.write("t10k-images-idx3-ubyte", floats({0x40000000, 0, 0x7fc00000, 0}, 2));
        QVERIFY(contains(messageOf([&] { loadDataset("idx", {.path = f.path()}); }), "image 2 of t10k-images-idx3-ubyte"));
    }

    /// What will be built is asked about before it is, in one line.
    void giantsAreRefused()
    {
        QVERIFY(contains(messageOf([] { buildModel("mlp-8192", {1, 1, 100000}, 10); }), "819,281,920 weights"));
        QVERIFY(contains(messageOf([] { buildModel("mlp-16", {10000, 5000, 1}, 10); }), "weights"));
        QVERIFY(contains(messageOf([] { buildModel("cnn-16-32", {4000, 4000, 1}, 10); }), "weights"));
        const std::string message = messageOf([] {
            ThreadPool pool(1);
            Graph g = buildModel("resnet-8", {5000, 5000, 3}, 10);
            const Pass pass(g, 128, Pass::Mode::Training, pool);
        });
        QVERIFY2(contains(message, "one batch of 128 samples in this network would take"), message.c_str());
    }

    void onlyRegularFilesAreRead()
    {
        const Folder f;
        const auto fifo = f.path("fifo.csv");
        QCOMPARE(mkfifo(fifo.c_str(), 0600), 0);
        QVERIFY(!messageOf([&] { loadDataset("csv", {.path = fifo}); }).empty());
        writeGood(f);
        std::filesystem::remove(f.path("train-labels-idx1-ubyte"));
        QCOMPARE(mkfifo(f.path("train-labels-idx1-ubyte").c_str(), 0600), 0);
        QVERIFY(!messageOf([&] { loadDataset("idx", {.path = f.path()}); }).empty());
        QCOMPARE(mkfifo(f.path("data_batch_1.bin").c_str(), 0600), 0);
        QVERIFY(!messageOf([&] { loadDataset("cifar10", {.path = f.path()}); }).empty());
        QVERIFY(!messageOf([&] { loadDataset("csv", {.path = f.path()}); }).empty());
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
        QTest::newRow("no such type") << images << bytes(std::string("\0\0\x0a\x03", 4) + bigEndian(1)) << "type 10";
        QTest::newRow("too much") << images
                                  << bytes(std::string("\0\0\x0e\x03", 4) + bigEndian(60000) + bigEndian(1000) + bigEndian(1000) + "x")
                                  << "GiB of memory";
        QTest::newRow("giant image") << images
                                     << bytes(std::string("\0\0\x08\x03", 4) + bigEndian(1) + bigEndian(10000) + bigEndian(5000)
                                            + std::string(50000000, '\0'))
                                     << "50,000,000 values";
        QTest::newRow("one dimension") << images << bytes(idxLabels("ab")) << "images have 2 to 4";
        QTest::newRow("two channels") << images
                                      << bytes(std::string("\0\0\x08\x04", 4) + bigEndian(2) + bigEndian(2) + bigEndian(2) + bigEndian(2)
                                             + std::string(16, 'x'))
                                      << "neither 1 nor 3 channels";
        QTest::newRow("fractions as labels") << labels << bytes(std::string("\0\0\x0d\x01", 4) + bigEndian(4) + std::string(16, '\0'))
                                             << "whole numbers";
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
        QVERIFY(contains(d.notes.at(0).english(), "All training samples are of class cat"));
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

    /// What a network is given has mean 0 and deviation 1 over the training set.
    void imagesAreCentredAndScaled()
    {
        const Dataset d = loadDataset("strokes", {.path = {}, .seed = 7, .samples = 300});
        std::vector<float> x(d.shape.size());
        double n = 0, sum = 0, squares = 0;
        for (std::size_t i = 0; i < d.train.count(); ++i) {
            d.read(d.train, i, x.data());
            for (const float v : x) {
                n += 1;
                sum += v;
                squares += static_cast<double>(v) * v;
            }
        }
        QVERIFY2(std::abs(sum / n) < 1e-4, qPrintable(QString::number(sum / n)));
        QVERIFY2(std::abs(squares / n - 1) < 1e-3, qPrintable(QString::number(squares / n)));
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
