// Tables: what is read of them, how it is understood, and what is said when it cannot be.

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

class TestCsv : public QObject {
    Q_OBJECT
private Q_SLOTS:
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
        QTest::newRow("label in front, no header") << rows("{s},5.{i},3.5\n", 30) << "" << abc << 30 << 2 << "column 1 is used";
        QTest::newRow("last of whole numbers") << QByteArray("x,z,kind\n") + rows("0.{i},1.{i},{w}\n", 30) << "" << numbers << 30 << 2
                                               << "kind is used";
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
                                      << "Column column 1 only numbers";
        QTest::newRow("constant column") << QByteArray("x,z,label\n") + rows("{i}.5,0.1,{s}\n", 20) << "" << abc << 20 << 2
                                         << "training rows, so uninformative: z";
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
            QVERIFY2(!contains(notes, "is used"), notes.c_str());
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
        QVERIFY2(contains(message, "3 of 30 rows of s.csv have missing values; the first is row 9, column b: \"NA\""), message.c_str());
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
        QTest::newRow("open quote") << QByteArray("a,label\n1,x\n2,\"y\n3,z\n") << "a quotation mark opened in row 3 of flowers.csv";
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
                                    << "500 bytes: that is not a class";
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

    /// In a time that grows with the table, not with the square of its width, and with an ear for who wants it to stop.
    void tablesMayBeWide()
    {
        constexpr int kColumns = 100'000, kRows = 12;
        const Folder folder;
        std::string table;
        for (int c = 0; c < kColumns; ++c) table += "c" + std::to_string(c) + ",";
        table += "label\n";
        for (int r = 0; r < kRows; ++r) {
            for (int c = 0; c < kColumns; ++c) table += std::to_string(r) + ","; // all of them count the rows
            table += r % 2 == 0 ? "a\n" : "b\n";
        }
        const std::string file = folder.write("wide.csv", table).string();
        const Dataset data = loadDataset("csv", {.path = file});
        QCOMPARE(data.shape.size(), static_cast<std::size_t>(kColumns));
        QCOMPARE(data.train.count() + data.test.count(), static_cast<std::size_t>(kRows));
        QVERIFY(data.notes.size() < 20);
        int asked = 0;
        QVERIFY_EXCEPTION_THROWN(loadDataset("csv", {.path = file, .keepGoing = [&] { return ++asked < kRows / 2; }}), Stopped);
    }
};

QTEST_APPLESS_MAIN(TestCsv)
#include "tst_csv.moc"
