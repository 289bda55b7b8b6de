// Reports of the command line.

#include "engine/experiment/branch.h"
#include "engine/experiment/kept_run.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "tests/support/cli.h"
#include "tests/support/figures.h"
#include "tests/support/sessions.h"

#include <QProcess>
#include <QStandardPaths>
#include <QtTest>

using namespace bitstill;

class TestReport : public QObject {
    Q_OBJECT

    /// Names in it that would end an element or begin one.
    static Record record()
    {
        Record r = ran(quickSpec("number-line"));
        for (Figure& f : everyFigure()) {
            f.id = "odd." + f.id;
            f.title = Text("</script><script>alert(1)</script> & \"" + f.id + "\"");
            r.figures.push_back(std::make_shared<Figure>(std::move(f)));
        }
        return r;
    }

    static Result written(const std::string& from, const std::string& to)
    {
        return cli({QStringLiteral("report"), QString::fromStdString(from), QStringLiteral("-o"), QString::fromStdString(to)});
    }

private Q_SLOTS:
    void whatIsCarriedIsReadBack()
    {
        const std::string document = jsonText(toJson(record()));
        const std::string html = "<html>" + recordElement(document) + "</html>";
        QVERIFY(!contains(recordElement(document), "</script><"));
        const Record back = recordFromJson(recordInReport(html, "r.html"), "r.html");
        QVERIFY(jsonText(toJson(back)) == document);
        for (const std::string& none : {std::string("<html></html>"), html.substr(0, html.size() - 20)})
            QVERIFY(contains(messageOf([&] { recordInReport(none, "r.html"); }), "[r.html] this is not a report that carries a record"));
    }

    void aReportIsWrittenFromAFolderARecordOrAReport()
    {
        const Folder folder;
        const Record r = record();
        const std::string document = jsonText(toJson(r));
        writeFile(folder.path("run/record.json"), document);
        const auto write = [&](const std::string& from, const char* to) { return written(from, folder.path(to).string()); };
        const Result first = write(folder.path("run").string(), "a.html");
        if (!BITSTILL_GUI) {
            QVERIFY(first.status == 1 && contains(first.err, "draws no figures"));
            return;
        }
        QVERIFY2(first.status == 0, first.err.c_str());
        QCOMPARE(write(folder.path("run/record.json").string(), "b.html").status, 0);
        QCOMPARE(write(folder.path("a.html").string(), "c.html").status, 0);
        const std::string page = readFile(folder.path("a.html"), 100'000'000);
        QVERIFY(page == readFile(folder.path("b.html"), 100'000'000) && page == readFile(folder.path("c.html"), 100'000'000));
        QVERIFY(!contains(page, "<script>") && contains(page, "&lt;script&gt;alert(1)"));
        QVERIFY(contains(page, "What to try") && contains(page, "bitstill-cli run number-line --seed 1"));
        QVERIFY(jsonText(toJson(readKeptRun(folder.path("c.html")).record)) == document);
        QCOMPARE(write(folder.path("a.html").string(), "d.pdf").status, 0);
        QVERIFY(readFile(folder.path("d.pdf"), 100'000'000).starts_with("%PDF-"));
    }

    /// Its settings, not its parent's, and a command that makes it.
    void aBranchIsReportedAsOne()
    {
        if (!BITSTILL_GUI) QSKIP("this build draws no figures");
        const Folder folder;
        const Record parent = ran(quickSpec("before-after"));
        const BranchedRun run = branchOf(parent, 2, {{"train.epochs", std::int64_t{3}}});
        const Record branch = ran(run.spec, {.replay = run.knobs, .branch = run.point});
        writeFile(folder.path("run/record.json"), jsonText(toJson(branch)));
        QCOMPARE(written(folder.path("run").string(), folder.path("r.html").string()).status, 0);
        const std::string page = readFile(folder.path("r.html"), 100'000'000);
        QVERIFY(contains(page, run.point.parent + "@2 (epoch 1), train.epochs=3") && contains(page, "--replay record.json"));
        QVERIFY(contains(page, "<code>train.epochs</code></td>\n<td>3</td>"));
        QVERIFY(!contains(page, "Live fields were changed") && !contains(page, "The same settings give the same numbers"));
        // The report stands for the record.
        writeFile(folder.path("spec.json"), jsonText(toJson(parent.spec)));
        const auto at = [&folder](const char* name) { return QString::fromStdString(folder.path(name).string()); };
        QCOMPARE(cli({"run", at("spec.json"), "--replay", at("r.html"), "--out", at("again")}).status, 0);
        QCOMPARE(figuresText(readKeptRun(folder.path("again")).record), figuresText(branch));
    }

    void figuresFitThePage()
    {
        if (!BITSTILL_GUI) QSKIP("this build draws no figures");
        const QString pdfimages = QStandardPaths::findExecutable(QStringLiteral("pdfimages"));
        QVERIFY2(!pdfimages.isEmpty(), "it needs the package poppler-utils, which ./check installs");
        const Folder folder;
        writeFile(folder.path("run/record.json"), jsonText(toJson(record())));
        QCOMPARE(written(folder.path("run").string(), folder.path("r.pdf").string()).status, 0);
        QProcess reader;
        reader.start(pdfimages, {QStringLiteral("-list"), QString::fromStdString(folder.path("r.pdf").string())});
        QVERIFY(reader.waitForFinished());
        constexpr double kBetweenMargins = 210 - 2 * 18; // mm of an A4 page
        int pictures = 0;
        for (const QString& line : QString::fromLatin1(reader.readAllStandardOutput()).split(QLatin1Char('\n'))) {
            const QStringList cells = line.simplified().split(QLatin1Char(' '));
            if (cells.size() < 14 || cells[2] != QLatin1String("image")) continue;
            ++pictures;
            QVERIFY2(cells[3].toDouble() / cells[12].toDouble() * 25.4 <= kBetweenMargins, qPrintable(line));
        }
        QVERIFY(pictures > 5);
    }

    void wrongUseIsSaid()
    {
        const Folder folder;
        const Result ending = written(folder.path().string(), folder.path("r.docx").string());
        QVERIFY2(ending.status == 2 && contains(ending.err, "an .html or a .pdf"), ending.err.c_str());
        const Result missing = written(folder.path("none").string(), folder.path("r.html").string());
        QVERIFY2(missing.status == 1 && !std::filesystem::exists(folder.path("r.html")), missing.err.c_str());
    }
};

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
