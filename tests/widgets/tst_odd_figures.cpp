// Names and values that nobody thought of: what is drawn and what is in the files.

#include "paint/figure_export.h"
#include "paint/figure_kinds.h"
#include "paint/painted_figure.h"
#include "paint/translate.h"
#include "tests/support/files.h"
#include "tests/support/odd_figures.h"
#include "widgets/figure_card.h"
#include "widgets/figure_table.h"

#include <QBarSet>
#include <QBuffer>
#include <QHorizontalBarSeries>
#include <QProcess>
#include <QStandardPaths>
#include <QSvgGenerator>
#include <QXYSeries>
#include <QXmlStreamReader>
#include <QtTest>
#include <set>

using namespace bitstill;

namespace {

struct Svg {
    QStringList texts; ///< as a reader of the file sees them
    QString title, description, problem;
};

Svg parsed(const std::string& bytes)
{
    Svg svg;
    QXmlStreamReader xml(QByteArray::fromStdString(bytes));
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement) continue;
        if (xml.name() == QLatin1String("text")) svg.texts << xml.readElementText();
        if (xml.name() == QLatin1String("title")) svg.title = xml.readElementText();
        if (xml.name() == QLatin1String("desc")) svg.description = xml.readElementText();
        for (const QXmlStreamAttribute& a : xml.attributes()) {
            static const QRegularExpression word(QStringLiteral("\\b(nan|inf)\\b"));
            if (a.name() != QLatin1String("font-family") && a.value().toString().contains(word)) svg.problem = a.value().toString();
        }
    }
    if (xml.hasError()) svg.problem = xml.errorString();
    return svg;
}

/// Cells of a CSV file, as RFC 4180 says.
std::vector<QStringList> cells(const std::string& csv)
{
    std::vector<QStringList> rows(1);
    QByteArray cell;
    bool inQuotes = false;
    for (std::size_t i = 0; i < csv.size(); ++i) {
        const char c = csv[i];
        if (inQuotes) {
            if (c != '"')
                cell += c;
            else if (i + 1 < csv.size() && csv[i + 1] == '"')
                cell += csv[++i];
            else
                inQuotes = false;
        } else if (c == '"') {
            inQuotes = true;
        } else if (c == ',' || c == '\n') {
            rows.back() << QString::fromUtf8(cell);
            cell.clear();
            if (c == '\n') rows.emplace_back();
        } else {
            cell += c;
        }
    }
    rows.pop_back();
    return rows;
}

Figure titled(std::string id, Text title, FigureBody body)
{
    return {.id = std::move(id), .title = std::move(title), .caption = {}, .description = {}, .body = std::move(body)};
}

Figure barsWith(const std::vector<Text>& categories, const std::vector<double>& values)
{
    return titled("bars", "Bars", Bars{{.title = "a<b"}, categories, {{"s", Role::Before, values, {}}}});
}

} // namespace

class TestOddFigures : public QObject {
    Q_OBJECT

    static QStringList s_messages;
    static void keep(QtMsgType, const QMessageLogContext&, const QString& message) { s_messages << message; }

private Q_SLOTS:
    void filesCanBeRead_data()
    {
        QTest::addColumn<bool>("logarithmic");
        QTest::newRow("linear") << false;
        QTest::newRow("logarithmic") << true;
    }
    void filesCanBeRead()
    {
        QFETCH(bool, logarithmic);
        s_messages.clear();
        const QtMessageHandler before = qInstallMessageHandler(keep);
        const ExportOptions small{.screen = {360, 260}, .dpi = 96};
        for (const Figure& f : oddFigures(logarithmic)) {
            const Svg svg = parsed(figureBytes(f, "source < & > \"", QStringLiteral("svg"), small));
            QVERIFY2(svg.problem.isEmpty(), qPrintable(QString::fromStdString(f.id) + svg.problem));
            QCOMPARE(svg.title, plain(f.title));
            QVERIFY(svg.description.contains(plain(f.description)) && svg.description.contains(QLatin1String("source < & > \"")));
            if (!f.title.empty() && f.title.pattern.size() < 40)
                QVERIFY2(svg.texts.join(QString()).contains(plain(f.title)), f.id.c_str()); // fonts part it
            QVERIFY(!svg.texts.contains(QLatin1String("nan")) && !svg.texts.contains(QLatin1String("-0")));
            const auto rows = cells(figureBytes(f, "source", QStringLiteral("csv")));
            for (std::size_t r = 3; r < rows.size(); ++r)
                if (!rows[r].join(QString()).startsWith(QLatin1Char('#'))) QCOMPARE(rows[r].size(), rows.back().size());
        }
        qInstallMessageHandler(before);
        QVERIFY2(s_messages.isEmpty(), qPrintable(s_messages.join(QLatin1Char('\n'))));
    }

    void picturesAndPagesAreWritten()
    {
        const ExportOptions small{.screen = {320, 240}, .dpi = 96};
        const std::vector<Figure> all = oddFigures(true);
        for (std::size_t i = 0; i < all.size(); i += 7) {
            const QImage png = QImage::fromData(QByteArray::fromStdString(figureBytes(all[i], "source", QStringLiteral("png"), small)));
            QVERIFY2(!png.isNull(), all[i].id.c_str());
            QCOMPARE(png.text(QStringLiteral("Title")), plain(all[i].title));
            const std::string pdf = figureBytes(all[i], "source", QStringLiteral("pdf"), small);
            QVERIFY2(pdf.starts_with("%PDF-") && pdf.find("%%EOF") != std::string::npos, all[i].id.c_str());
        }
    }

    void namesOfATableGiveWayToItsNumbers()
    {
        Table table;
        table.columns = {Text("layer"), Text("bytes"), Text("MACs")};
        table.rows = {{Text("a name that is as long as those of a converter are"), Text("18,688"), Text("2,359,296")}};
        QBuffer buffer;
        QSvgGenerator svg;
        svg.setOutputDevice(&buffer);
        QPainter painter(&svg);
        paintBody(painter, QRectF(0, 0, 300, 100), {.id = "t", .caption = {}, .description = {}, .body = table}, Theme::light());
        painter.end();
        const QString drawn = parsed(buffer.data().toStdString()).texts.join(QLatin1Char('|'));
        QVERIFY2(drawn.contains(QLatin1String("18,688")) && drawn.contains(QLatin1String("2,359,296")), qPrintable(drawn));
        QVERIFY2(drawn.contains(QLatin1String("a name")) && !drawn.contains(QLatin1String("converter are")), qPrintable(drawn));
    }

    void pagesHaveTheNamesAsText()
    {
        const QString pdftotext = QStandardPaths::findExecutable(QStringLiteral("pdftotext"));
        QVERIFY2(!pdftotext.isEmpty(), "it needs the package poppler-utils, which ./check installs");
        const Folder folder;
        const QString file = QString::fromStdString(folder.path("f.pdf").string());
        exportFigure(barsWith({"T<300 K", "x<y", "a & b", "한국어"}, {1, 2, 3, 4}), "source", file);
        QProcess reader;
        reader.start(pdftotext, {QStringLiteral("-raw"), file, QStringLiteral("-")});
        QVERIFY(reader.waitForFinished());
        const QString found = QString::fromUtf8(reader.readAllStandardOutput());
        // Inter draws "<" before a digit as another glyph, and Qt gives such glyphs no text in a PDF: what is around it is there.
        for (const char* name : {"300 K", "x<y", "a & b", "한국어"}) QVERIFY2(found.contains(QString::fromUtf8(name)), qPrintable(found));
    }

    void cardsAreDrawn()
    {
        for (const Figure& f : oddFigures(false)) {
            FigureCard card(Theme::darkTheme(), std::make_shared<const Figure>(f));
            card.resize(360, std::max(60, std::min(card.wantedHeight(360), 2000)));
            card.show(); // charts are made when they are seen
            QVERIFY(!card.grab().isNull());
            QCOMPARE(card.findChild<QChartView*>() != nullptr, isChart(f));
            QVERIFY(!card.accessibleName().isEmpty());
        }
    }

    void namesAreNotHtml()
    {
        const Svg svg =
            parsed(figureBytes(barsWith({"T<300 K", "a & b", "<i>x</i>", "x &lt; y"}, {1, 2, 3, 4}), "s", QStringLiteral("svg")));
        for (const char* name : {"T<300 K", "a & b", "<i>x</i>", "x &lt; y", "a<b"})
            QVERIFY2(svg.texts.contains(QLatin1String(name)), name);
        const Figure curves = titled("c", "R < 0.5 & p<0.01",
            Curves{
                {.title = "n <k>", .unit = "p<0.05"}, {.title = "y<z"}, {{"u<v", Role::Train, CurveSeries::Style::Solid, {0, 1}, {0, 1}}}});
        const Svg lines = parsed(figureBytes(curves, "s", QStringLiteral("svg")));
        for (const char* name : {"R < 0.5 & p<0.01", "n <k> (p<0.05)", "y<z"}) QVERIFY2(lines.texts.contains(QLatin1String(name)), name);
    }

    void repeatedCategoriesEachHaveTheirBar()
    {
        const Figure f = barsWith({"8 bit", "4 bit", "8 bit", "2 bit"}, {1, 2, 3, 4});
        const Svg svg = parsed(figureBytes(f, "s", QStringLiteral("svg")));
        QCOMPARE(svg.texts.count(QStringLiteral("8 bit")), 2);
        FigureChart chart(Theme::light());
        const std::unique_ptr<QChart> owner(chart.chart());
        chart.setFigure(f);
        const QBarSet* set = static_cast<QHorizontalBarSeries*>(owner->series().front())->barSets().front();
        QCOMPARE(set->count(), 4);
        QCOMPARE(set->at(0), 4.0); // the last category stands at the bottom
    }

    void barsWithoutAValueKeepTheirPlace()
    {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        FigureChart chart(Theme::light());
        const std::unique_ptr<QChart> owner(chart.chart());
        const Figure f = barsWith({"a", "b", "c"}, {nan, 2, 3});
        chart.setFigure(f);
        const QBarSet* set = static_cast<QHorizontalBarSeries*>(owner->series().front())->barSets().front();
        QCOMPARE(set->count(), 3);
        QCOMPARE(set->at(0), 3.0);
        QCOMPARE(set->at(1), 2.0);
        QCOMPARE(set->at(2), 0.0);
        QVERIFY(parsed(figureBytes(f, "s", QStringLiteral("svg"))).texts.contains(QStringLiteral("—")));
    }

    void scatterLeavesOutWhatIsNoNumber()
    {
        const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
        const Figure f =
            titled("s", "s", Scatter{{}, {}, {{"a", 1, 2, {}, {}}, {"b", 2, nan, {}, {}}, {"c", inf, 1, {}, {}}, {"d", 3, 3, {}, {}}}});
        FigureChart chart(Theme::light());
        const std::unique_ptr<QChart> owner(chart.chart());
        chart.setFigure(f);
        int dots = 0;
        for (QAbstractSeries* s : owner->series())
            if (s->type() == QAbstractSeries::SeriesTypeScatter) dots += static_cast<QXYSeries*>(s)->count();
        QCOMPARE(dots, 2);
    }

    void curvesOfOnePointAreSeen()
    {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        for (const std::vector<double>& y : {std::vector<double>{0.5}, {nan, 0.5, nan}}) {
            std::vector<double> x;
            for (std::size_t i = 0; i < y.size(); ++i) x.push_back(static_cast<double>(i));
            FigureChart chart(Theme::light());
            const std::unique_ptr<QChart> owner(chart.chart());
            chart.setFigure(titled("c", {}, Curves{{}, {}, {{"a", Role::Train, CurveSeries::Style::Solid, x, y}}}));
            QCOMPARE(static_cast<QXYSeries*>(owner->series().front())->count(), 2);
        }
    }

    void logarithmicAxesKeepTheRestOfTheLine()
    {
        const Figure f = titled("c", "c",
            Curves{{}, {.title = "y", .logarithmic = true},
                {{"a", Role::Train, CurveSeries::Style::Solid, {0, 1, 2, 3, 4}, {0.01, 0.1, 0, 10, 100}}}});
        FigureChart chart(Theme::light());
        const std::unique_ptr<QChart> owner(chart.chart());
        chart.setFigure(f);
        QCOMPARE(static_cast<QXYSeries*>(owner->series().front())->count(), 5); // two pieces and what parts them
        const QStringList texts = parsed(figureBytes(f, "s", QStringLiteral("svg"))).texts;
        for (const char* tick : {"0.01", "0.1", "1", "10", "100"}) QVERIFY2(texts.contains(QLatin1String(tick)), tick);
        QVERIFY(texts.contains(QStringLiteral("not shown: 1 value that is not above 0")));
    }

    void noisyDashesAreThin()
    {
        CurveSeries noise{"n", Role::Test, CurveSeries::Style::Dashed, {}, {}}, line = noise;
        for (int i = 0; i < 900; ++i) {
            noise.x.push_back(i);
            noise.y.push_back(i % 2);
        }
        line.x = {0, 900};
        line.y = {0, 1};
        FigureChart chart(Theme::light());
        const std::unique_ptr<QChart> owner(chart.chart());
        chart.setFigure(titled("c", {}, Curves{{}, {}, {noise, line}}));
        QCOMPARE(static_cast<QXYSeries*>(owner->series()[0])->pen().widthF(), 1.0);
        QCOMPARE(static_cast<QXYSeries*>(owner->series()[1])->pen().widthF(), 2.0);
    }

    void tableAndCsvHaveTheSameNumbers()
    {
        const Figure f = titled("t", "t",
            Table{{"", "int8", "change"},
                {{"a, b", "412,168", "—"}, {"accuracy", "89.98 %", "−0.10 ± 0.25 points"}, {"=1+1", "101,800", "+0.20 ± 0.10 points"}}});
        const auto rows = cells(toCsv(f, "s"));
        const std::vector<QStringList> expected{
            {QString(), QStringLiteral("int8"), QStringLiteral("change (points)"), QStringLiteral("change ±")},
            {QStringLiteral("a, b"), QStringLiteral("412168"), QStringLiteral("nan"), QString()},
            {QStringLiteral("accuracy"), QStringLiteral("0.8998"), QStringLiteral("-0.1"), QStringLiteral("0.25")},
            {QStringLiteral("'=1+1"), QStringLiteral("101800"), QStringLiteral("0.2"), QStringLiteral("0.1")}};
        QCOMPARE(rows.size(), std::size_t{7});
        for (std::size_t r = 0; r < expected.size(); ++r) QCOMPARE(rows[3 + r], expected[r]);
        FigureTable table(f);
        QCOMPARE(table.columnCount(), 4);
        QCOMPARE(table.rowCount(), 3);
        QCOMPARE(table.item(0, 0)->text(), QStringLiteral("a, b"));
        QCOMPARE(table.item(0, 1)->text(), QStringLiteral("412168"));
        QCOMPARE(table.item(0, 2)->text(), QStringLiteral("—"));
        QCOMPARE(table.item(1, 1)->text(), QStringLiteral("0.8998"));
        QCOMPARE(table.item(2, 0)->text(), QStringLiteral("=1+1"));
        table.sortItems(1, Qt::DescendingOrder);
        QCOMPARE(table.item(0, 1)->text(), QStringLiteral("412168"));
    }

    /// Beyond what anybody reads they have an exponent, and are numbers all the same.
    void hugeNumbersInATableAreNumbers()
    {
        const Figure f = titled("t", "t",
            Table{{"", "a", "b"}, {{"x", Text(percent(1e300)), Text(fixed(1e300, 2))}, {"y", Text(percent(0.5)), Text(fixed(2, 2))}}});
        const auto rows = cells(toCsv(f, "s"));
        QCOMPARE(rows[4], (QStringList{QStringLiteral("x"), QStringLiteral("1e+300"), QStringLiteral("1e+300")}));
        QCOMPARE(rows[5], (QStringList{QStringLiteral("y"), QStringLiteral("0.5"), QStringLiteral("2")}));
    }

    void everyTableIsItsCsv()
    {
        for (const Figure& f : oddFigures(false)) {
            const auto rows = rowsOf(f);
            const FigureTable table(f);
            QCOMPARE(table.rowCount(), static_cast<int>(rows.size()) - 1);
            QCOMPARE(table.columnCount(), static_cast<int>(rows.front().size()));
        }
    }

    void labelsAreNoFormulas()
    {
        for (const std::string& name : oddNames()) {
            const Figure f =
                titled("b", Text("t, " + name), Bars{{.title = Text(name)}, {Text(name)}, {{Text(name), Role::Before, {-5}, {}}}});
            const auto rows = cells(toCsv(f, "s," + name));
            for (const QStringList& row : rows)
                for (const QString& cell : row) {
                    bool isNumber = false;
                    cell.toDouble(&isNumber);
                    static const QRegularExpression formula(QStringLiteral("^\\s*[=+\\-@\\t\\r]"));
                    QVERIFY2(isNumber || !cell.contains(formula), qPrintable(cell));
                }
            QCOMPARE(rows.back()[2], QStringLiteral("-5"));
            QCOMPARE(rows.size(), std::size_t{5});
        }
    }

    void fileNamesStayInTheFolder()
    {
        const Folder folder;
        std::set<QString> names;
        for (const std::string& id : {std::string("../../up"), std::string("/etc/x"), std::string("a/b"), std::string("a_b"),
                 std::string("한국어"), std::string("그림"), std::string(300, 'x'), std::string(299, 'x') + "y", std::string(""),
                 std::string("."), std::string(".."), std::string("a\nb"), std::string("-o"), std::string("weights.dense1")}) {
            const QString name = QString::fromStdString(fileNameOf(titled(id, {}, Readout{})));
            QVERIFY2(!name.contains(QLatin1Char('/')) && name.size() <= 120 && !name.isEmpty() && !name.startsWith(QLatin1Char('.')),
                qPrintable(name));
            QVERIFY2(names.insert(name).second, qPrintable(name));
            exportFigure(titled(id, {}, Readout{}), "s", QString::fromStdString(folder.path("").string()) + name + QStringLiteral(".csv"));
        }
        QVERIFY(names.contains(QStringLiteral("weights.dense1")));
        QCOMPARE(QDir(QString::fromStdString(folder.path("").string())).entryList(QDir::Files | QDir::Hidden).size(),
            static_cast<qsizetype>(names.size()));
    }

    void longTablesEnd()
    {
        Table t{{"row", "n"}, {}, 1};
        for (int i = 0; i < 20000; ++i) t.rows.push_back({Text(std::to_string(i)), Text(std::to_string(i))});
        const Figure f = titled("long", "long", t);
        FigureCard card(Theme::light(), std::make_shared<const Figure>(f));
        QVERIFY(card.wantedHeight(400) < 10000);
        QVERIFY(
            parsed(figureBytes(f, "s", QStringLiteral("svg"))).texts.contains(QStringLiteral("and 19800 more rows; all are in the CSV")));
        QCOMPARE(cells(toCsv(f, "s")).size(), std::size_t{20004});
    }

    void imagesOfAnotherSizeThanTheySayAreNotRead()
    {
        const Figure f = titled("i", "i",
            Images{{{"too few", 28, 28, 1, {1, 2, 3}}, {"none", 0, 0, 1, {}}, {"four", 1, 1, 4, {1, 2, 3, 4}}, {"right", 1, 1, 1, {9}}}});
        QVERIFY(parsed(figureBytes(f, "s", QStringLiteral("svg"))).texts.contains(QStringLiteral("—")));
    }
};

QStringList TestOddFigures::s_messages;

QTEST_MAIN(TestOddFigures)
#include "tst_odd_figures.moc"
