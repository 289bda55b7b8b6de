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
        QVERIFY(contains(messageOf([&] { loadDataset("idx", {.path = f.path()}); }), "several sets: emnist-digits, emnist-letters"));
        QCOMPARE(
            loadDataset("idx", {.path = f.path("emnist-letters-test-labels-idx1-ubyte")}).classes, (std::vector<std::string>{"A", "B"}));
        std::filesystem::remove(f.path("emnist-letters-test-labels-idx1-ubyte"));
        QVERIFY(
            contains(messageOf([&] { loadDataset("idx", {.path = f.path("emnist-letters-test-images-idx3-ubyte")}); }), "no test labels"));
        QVERIFY(contains(messageOf([&] { loadDataset("idx", {.path = f.path("nothing")}); }), "cannot look into"));
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
                                     << "50,000,000 numbers";
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

    void readsCsvAsFoundInTheWild_data()
    {
        QTest::addColumn<QByteArray>("table");
        QTest::addColumn<QString>("label");
        QTest::addColumn<QStringList>("classes");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<QString>("note");
        const auto rows = [](const char* pattern, int count) {
            QString all;
            for (int i = 0; i < count; ++i)
                all += QString::fromUtf8(pattern)
                           .replace(QLatin1String("{i}"), QString::number(i))
                           .replace(QLatin1String("{w}"), QString::number(i % 3))
                           .replace(QLatin1String("{s}"), QString(QLatin1Char("abc"[i % 3])));
            return all.toUtf8();
        };
        const QStringList abc{"a", "b", "c"}, numbers{"0", "1", "2"};
        QTest::newRow("iris, no header") << rows("5.{i},3.5,{s}\n", 30) << "" << abc << 30 << 2 << "no header";
        QTest::newRow("numbers, no header") << rows("5.{i},3.5,{w}\n", 30) << "" << numbers << 30 << 2 << "no header";
        QTest::newRow("Label") << QByteArray("Label,x,y1\n") + rows("{s},{i},0.{i}\n", 30) << "" << abc << 30 << 2 << "";
        QTest::newRow("target") << QByteArray("x,target,z\n") + rows("0.{i},{w},1.{i}\n", 30) << "" << numbers << 30 << 2 << "";
        QTest::newRow("label in front, no header") << rows("{s},5.{i},3.5\n", 30) << "" << abc << 30 << 2 << "column 1 is taken";
        QTest::newRow("last of whole numbers") << QByteArray("x,z,kind\n") + rows("0.{i},1.{i},{w}\n", 30) << "" << numbers << 30 << 2
                                               << "kind is taken";
        QTest::newRow("label by name") << QByteArray("x,kind,z\n") + rows("0.{i},{w},1.{i}\n", 30) << "Kind" << numbers << 30 << 2 << "";
        QTest::newRow("label by number") << QByteArray("x,kind,z\n") + rows("0.{i},{w},1.{i}\n", 30) << "2" << numbers << 30 << 2 << "";
        QTest::newRow("separators in quotes") << QByteArray("\"a;b;c;d\",x,label\n") + rows("1.{i},\"2.{i}\",\"{s};;;;\"\n", 30) << ""
                                              << QStringList{"a;;;;", "b;;;;", "c;;;;"} << 30 << 2 << "";
        QTest::newRow("line break in quotes") << QByteArray("\"a\nb\",x,label\r\n") + rows("1.{i},2,\"{s}\n2\"\r\n", 30) << ""
                                              << QStringList{"a 2", "b 2", "c 2"} << 30 << 2 << "";
        QTest::newRow("decimal comma") << QByteArray("x;z;label\n") + rows("1,{i};-0,5;{s}\n", 30) << "" << abc << 30 << 2
                                       << "decimal marks";
        QTest::newRow("decimal comma, no header") << rows("1,{i};-0,5;{s}\n", 30) << "" << abc << 30 << 2 << "decimal marks";
        QTest::newRow("order of numbers") << QByteArray("x,label\n1,10\n2,2\n3,1\n4,0\n5,11\n") + rows("6.{i},{w}\n", 30) << ""
                                          << QStringList{"0", "1", "2", "10", "11"} << 35 << 1 << "";
        QTest::newRow("1 and 1.0") << QByteArray("x,label\n") + rows("6.{i},1\n7.{i},1.0\n8.{i},+1e0\n9,2\n", 5) << ""
                                   << QStringList{"1", "2"} << 20 << 1 << "";
        QTest::newRow("signs and exponents") << QByteArray("x,label\n+1.5,a\n1e-46,a\n1e-400,a\n-.5,b\n5.,b\nTRUE,b\n1E3,b\n") << ""
                                             << QStringList{"a", "b"} << 7 << 1 << "";
        QTest::newRow("trailing separators") << QByteArray("x,label,\n") + rows("1.{i},{s},\n", 20) << "" << abc << 20 << 1 << "";
        QTest::newRow("trailing separators below the header")
            << QByteArray("x,label\n") + rows("1.{i},{s},\n", 20) << "" << abc << 20 << 1 << "";
        QTest::newRow("empty lines") << QByteArray("\n\nx,label\n\n") + rows("1.{i},{s}\n\r\n,\n", 20) << "" << abc << 20 << 1 << "";
        QTest::newRow("sep=") << QByteArray("sep=;\r\nx;label\r\n") + rows("1,{i};{s}\r\n", 20) << "" << abc << 20 << 1 << "";
        QTest::newRow("tabs") << QByteArray("x\tlabel\n") + rows("1.{i}\t{s}\n", 20) << "" << abc << 20 << 1 << "";
        QTest::newRow("index column") << QByteArray(",x,label\n") + rows("{i},1.{i},{s}\n", 20) << "" << abc << 20 << 2
                                      << "Column column 1 only counts";
        QTest::newRow("constant column") << QByteArray("x,z,label\n") + rows("{i}.5,0.1,{s}\n", 20) << "" << abc << 20 << 2
                                         << "training rows, so it says nothing: z";
        QTest::newRow("blanks") << QByteArray("x, label \n") + rows(" 1.{i} ,  {s}\xC2\xA0\n", 20) << "" << abc << 20 << 1 << "";
        QTest::newRow("control characters") << QByteArray("x,label\n") + rows("1.{i},{s}\x1b[31m\xE2\x80\xAE\n", 20) << ""
                                            << QStringList{"a\\x1b[31m\\u202e", "b\\x1b[31m\\u202e", "c\\x1b[31m\\u202e"} << 20 << 1 << "";
        QTest::newRow("last line open") << QByteArray("x,label\n") + rows("1.{i},{s}\n", 20) + "3,a"
                                        << "" << abc << 21 << 1 << "";
        QTest::newRow("Korean") << QByteArray("길이,label\n") + rows("1.{i},꽃{s}\n", 20) << "" << QStringList{"꽃a", "꽃b", "꽃c"} << 20
                                << 1 << "";
    }
    void readsCsvAsFoundInTheWild()
    {
        QFETCH(QByteArray, table);
        QFETCH(QString, label);
        QFETCH(QStringList, classes);
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(QString, note);
        const Folder f;
        const Dataset d = loadDataset("csv", {.path = f.write("t.csv", table.toStdString()), .label = label.toStdString()});
        QStringList found;
        for (const std::string& name : d.classes) found << QString::fromStdString(name);
        QCOMPARE(found, classes);
        QCOMPARE(int(d.train.count() + d.test.count()), rows);
        QCOMPARE(d.shape.channels, columns);
        for (const Samples* part : {&d.train, &d.test})
            QVERIFY(std::ranges::all_of(part->values, [](float v) { return std::isfinite(v) && std::abs(v) < 100; }));
        std::string notes;
        for (const Text& n : d.notes) notes += n.english() + "\n";
        QVERIFY2(contains(notes, note.toStdString()), notes.c_str());
        if (note.isEmpty() && label.isEmpty() && !QString::fromLatin1(QTest::currentDataTag()).contains(QLatin1String("sep")))
            QVERIFY2(!contains(notes, "taken"), notes.c_str());
    }

    /// Seconds since 1970 are 64 apart as floats.
    void csvIsDoubleUntilItIsNormalized()
    {
        const Folder f;
        std::string table = "time,tiny,huge,label\n";
        for (int i = 0; i < 50; ++i)
            table += std::to_string(1700000000 + i % 7) + "," + std::to_string(i % 7) + "e-300," + std::to_string(i % 7) + "e300,"
                + "ab"[i % 2] + "\n";
        const Dataset d = loadDataset("csv", {.path = f.write("t.csv", table)});
        for (std::size_t i = 0; i < d.train.count(); ++i)
            for (std::size_t c = 0; c < 3; ++c) {
                QVERIFY(std::abs(d.train.values[3 * i + c]) < 2);
                QVERIFY(std::abs(d.train.values[3 * i + c] - d.train.values[3 * i]) < 1e-5f);
            }
        QVERIFY(std::ranges::any_of(d.train.values, [](float v) { return v > 1; }));
    }

    /// A test row may hold what no training row prepares for.
    void inputsStayFinite()
    {
        for (int where = 0; where < 20; ++where) {
            const Folder f;
            std::string table = "x,label\n";
            for (int i = 0; i < 20; ++i) table += std::string(i == where ? "1e30" : i % 2 ? "0" : "1e-38") + "," + "ab"[i / 2 % 2] + "\n";
            const Dataset d = loadDataset("csv", {.path = f.write("t.csv", table)});
            for (const Samples* part : {&d.train, &d.test})
                QVERIFY(std::ranges::all_of(part->values, [](float v) { return std::isfinite(v) && std::abs(v) <= 10000; }));
            const bool inTest = std::ranges::any_of(d.test.values, [](float v) { return v == 10000; });
            QCOMPARE(d.notes.size(), inTest ? 1u : 0u);
        }
    }

    void rowsWithMissingValuesCanBeLeftOut()
    {
        const Folder f;
        std::string table = "a,b,label\n";
        for (int i = 0; i < 30; ++i)
            table += std::to_string(i) + (i == 7 ? ",NA" : i == 9 ? "," : i == 11 ? ",?" : ",1.5") + "," + "xy"[i % 2] + "\n";
        table += "3,4,\n";
        const auto file = f.write("t.csv", table);
        const std::string message = messageOf([&] { loadDataset("csv", {.path = f.write("s.csv", table.substr(0, table.size() - 5))}); });
        QVERIFY2(contains(message, "3 of 30 rows of s.csv have missing values, the first is row 9, column b: \"NA\""), message.c_str());
        QVERIFY2(contains(message, "data.missing"), message.c_str());
        const Dataset d = loadDataset("csv", {.path = file, .leaveOutMissing = true});
        QCOMPARE(d.train.count() + d.test.count(), 27u);
        QVERIFY(contains(d.notes.at(0).english(), "4 of 31 rows"));
    }

    void columnsCanBeLeftOut()
    {
        const Folder f;
        std::string table = "Id,Name,x,Species\n";
        for (int i = 0; i < 30; ++i) table += std::to_string(i + 1) + ",\"Smith, J.\",0." + std::to_string(i) + "," + "xy"[i % 2] + "\n";
        const auto file = f.write("t.csv", table);
        const std::string message = messageOf([&] { loadDataset("csv", {.path = file}); });
        QVERIFY2(contains(message, "hold words, such as \"Smith, J.\"") && contains(message, ": Name;"), message.c_str());
        const Dataset d = loadDataset("csv", {.path = file, .leaveOut = "id, 2"});
        QCOMPARE(d.shape.channels, 1);
        QVERIFY(contains(messageOf([&] { loadDataset("csv", {.path = file, .leaveOut = "Ids"}); }), "no column \"Ids\""));
    }

    void saysWhatIsWrongWithCsv_data()
    {
        QTest::addColumn<QByteArray>("table");
        QTest::addColumn<QString>("says");
        QTest::newRow("columns") << QByteArray("a,b,c,d,e,label\n1,2,3,4,5,x\n1,2,3,4,y\n")
                                 << "row 3 of flowers.csv has 5 columns, the header has 6";
        QTest::newRow("word") << QByteArray("a,label\n1,x\nhello,y\n") << "row 3 of flowers.csv, column a: \"hello\" is not a number";
        QTest::newRow("nan") << QByteArray("a,label\nnan,x\n") << "not a number";
        QTest::newRow("inf") << QByteArray("a,label\n1,x\ninf,y\n") << "not a number";
        QTest::newRow("no label") << QByteArray("a,label\n1,\n") << "has no label";
        QTest::newRow("one column") << QByteArray("a\n1\n") << "one column";
        QTest::newRow("empty") << QByteArray("") << "empty";
        QTest::newRow("one class") << QByteArray("a,label\n1,x\n2,x\n3,x\n4,x\n5,x\n6,x\n7,x\n") << "only one class";
        QTest::newRow("header only") << QByteArray("a,label\n") << "no row";
        QTest::newRow("newlines only") << QByteArray(1000, '\n') << "empty";
        QTest::newRow("two rows") << QByteArray("a,label\n1,x\n2,y\n") << "as many classes as rows";
        QTest::newRow("three rows") << QByteArray("a,label\n1,x\n2,y\n3,x\n") << "3 training and 0 test samples";
        QTest::newRow("Latin-1") << QByteArray("a,label\n1,x\n2,caf\xE9\n") << "row 3 of flowers.csv is not UTF-8";
        QTest::newRow("CR alone") << QByteArray("a,label\r1,x\r2,y\r") << "CR alone";
        QTest::newRow("UTF-16") << QByteArray("\xFF\xFE"
                                              "a\0,\0b\0\n\0",
            10) << "is UTF-16";
        QTest::newRow("UTF-16, no mark") << QByteArray("a\0,\0b\0\n\0", 8) << "is UTF-16";
        QTest::newRow("UTF-32") << QByteArray("\xFF\xFE\0\0a\0\0\0", 8) << "is UTF-32";
        QTest::newRow("xlsx") << QByteArray("PK\x03\x04 and so on") << "spreadsheet";
        QTest::newRow("gz") << QByteArray("\x1F\x8B\x08 and so on") << "gzip";
        QTest::newRow("html") << QByteArray("<!DOCTYPE html>\n<html>") << "web page";
        QTest::newRow("binary") << QByteArray("a,label\n1,x\n2,\0\n", 16) << "binary";
        QTest::newRow("open quote") << QByteArray("a,label\n1,x\n2,\"y\n3,z\n") << "a quote that row 3 of flowers.csv opens";
        QTest::newRow("thousands") << QByteArray("a,label\n1,x\n\"1,234\",y\n")
                                   << "\"1,234\" is not a number; write numbers without marks between";
        QTest::newRow("thousands and comma") << QByteArray("a;label\n1,5;x\n1.234,5;y\n")
                                             << "\"1.234,5\" is not a number; write numbers without marks";
        QTest::newRow("both marks") << QByteArray("a;b;label\n1,5;2;x\n1;1.5;y\n") << "both \"1,5\" (row 2) and \"1.5\" (row 3)";
        QTest::newRow("dates") << QByteArray("day,x,label\n2020-01-01,1,a\n2020-01-02,2,b\n")
                               << "hold words, such as \"2020-01-01\", which is not a number: day";
        QByteArray measurement("x,z,width\n"), named("x,label\n"), once("x,label\n"), wine("1,14.23,1065\n"), control("a,label\n");
        for (int i = 0; i < 250; ++i) {
            measurement += "1," + QByteArray::number(i % 9) + "," + QByteArray::number(i % 240) + ".25\n";
            named += QByteArray::number(i) + "," + QByteArray::number(i % 240) + ".25\n";
            once += "1,c" + QByteArray::number(i) + "\n";
            wine += QByteArray::number(i % 3) + ",13.5," + QByteArray::number(300 + 7 * (i % 121)) + "\n";
        }
        QTest::newRow("no column of labels")
            << measurement << "no column of flowers.csv is called label, and the last, width, holds measurements; set data.label";
        QTest::newRow("measurement as label") << named
                                              << "holds 240 different values in 250 rows: measurements, not classes; set data.label";
        QTest::newRow("as many classes as rows") << once << "as many classes as rows, 250; set data.label";
        QTest::newRow("wine") << wine << "measurements, not classes; set data.label";
        QTest::newRow("long label") << QByteArray("a,label\n1,x\n2,") + QByteArray(500, 'y') + "\n"
                                    << "500 bytes: that is no class";
        QTest::newRow("long cell") << QByteArray("a,label\n1,x\n2,") + QByteArray(200000, 'y') + "\n"
                                   << "more than 100,000 bytes";
        QTest::newRow("many columns") << QByteArray(1500000, ',') + "1\n"
                                      << "more than 1,000,000 columns";
    }
    void saysWhatIsWrongWithCsv()
    {
        QFETCH(QByteArray, table);
        QFETCH(QString, says);
        const Folder f;
        const auto file = f.write("flowers.csv", table.toStdString());
        const std::string message = messageOf([&] { loadDataset("csv", {.path = file}); });
        QVERIFY2(!message.empty() && contains(message, says.toStdString()), message.c_str());
        QVERIFY2(message.size() < 500 && !contains(message, "\n"), message.c_str());
    }

    void unknownLabelsNameTheColumns()
    {
        const Folder f;
        const auto file = f.write("t.csv", "a,b,b\n1,2,3\n4,5,6\n");
        QVERIFY(contains(messageOf([&] { loadDataset("csv", {.path = file, .label = "c"}); }),
            "t.csv has no column \"c\"; give data.label one of a, b, b, or a number from 1 to 3"));
        QVERIFY(contains(messageOf([&] { loadDataset("csv", {.path = file, .label = "B"}); }), "2 columns called"));
        QVERIFY(contains(messageOf([&] { loadDataset("csv", {.path = file, .label = "4"}); }), "no column \"4\""));
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
