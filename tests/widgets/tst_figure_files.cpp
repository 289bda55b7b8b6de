// Figures as files: sizes in millimeters, letters that can be read, fonts, and what a file says about itself.

#include "engine/core/error.h"
#include "paint/figure_export.h"
#include "tests/support/figure_rows.h"
#include "tests/support/files.h"

#include <QFontMetricsF>
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>
#include <QXmlStreamReader>
#include <QtTest>

using namespace bitstill;

namespace {

constexpr double kPoint = 25.4 / 72; // mm

struct Letters {
    QString words;
    double pixels = 0; ///< size of the font, in the picture's own pixels
    QRectF box; ///< empty when they do not stand level
};

struct Svg {
    QSizeF mm, viewBox;
    QString title, description;
    QStringList families;
    std::vector<Letters> letters;
    double points(const Letters& l) const { return l.pixels * mm.width() / viewBox.width() / kPoint; }
};

double millimeters(QStringView attribute) { return attribute.endsWith(QLatin1String("mm")) ? attribute.chopped(2).toDouble() : -1; }

Svg parsed(const std::string& bytes)
{
    Svg svg;
    QTransform matrix;
    QXmlStreamReader xml(QByteArray::fromStdString(bytes));
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement) continue;
        const auto of = [&xml](const char* name) { return xml.attributes().value(QLatin1String(name)); };
        if (const QStringView family = of("font-family"); !family.isEmpty()) svg.families << family.toString();
        if (xml.name() == QLatin1String("svg")) {
            svg.mm = {millimeters(of("width")), millimeters(of("height"))};
            const QList<QStringView> box = of("viewBox").split(QLatin1Char(' '));
            svg.viewBox = {box[2].toDouble(), box[3].toDouble()};
        }
        if (xml.name() == QLatin1String("g") && of("transform").startsWith(QLatin1String("matrix("))) {
            const QStringView inner = of("transform").mid(7).chopped(1);
            const QList<QStringView> n = inner.split(QLatin1Char(','));
            matrix = QTransform(n[0].toDouble(), n[1].toDouble(), n[2].toDouble(), n[3].toDouble(), n[4].toDouble(), n[5].toDouble());
        }
        if (xml.name() == QLatin1String("title")) svg.title = xml.readElementText();
        if (xml.name() == QLatin1String("desc")) svg.description = xml.readElementText();
        if (xml.name() != QLatin1String("text")) continue;
        QFont font = Theme::body();
        font.setPixelSize(of("font-size").toInt());
        font.setWeight(static_cast<QFont::Weight>(of("font-weight").toInt()));
        const QPointF at(of("x").toDouble(), of("y").toDouble());
        const QString words = xml.readElementText();
        const QFontMetricsF metrics(font);
        const QRectF box(at.x(), at.y() - metrics.capHeight(), metrics.horizontalAdvance(words), metrics.capHeight());
        const bool level = matrix.type() <= QTransform::TxScale;
        svg.letters.push_back({words, font.pixelSize() * std::hypot(matrix.m11(), matrix.m12()), level ? matrix.mapRect(box) : QRectF()});
    }
    return svg;
}

Svg svgOf(const Figure& figure, const ExportOptions& options)
{
    return parsed(figureBytes(figure, "source", QStringLiteral("svg"), options));
}

QByteArray pdfOf(const Figure& figure, const ExportOptions& options)
{
    return QByteArray::fromStdString(figureBytes(figure, "source", QStringLiteral("pdf"), options));
}

QImage pngOf(const Figure& figure, const ExportOptions& options)
{
    return QImage::fromData(QByteArray::fromStdString(figureBytes(figure, "source", QStringLiteral("png"), options)));
}

/// A string of a PDF's /Info as it stands there in hexadecimal.
QString infoOf(const QByteArray& pdf, const char* key)
{
    const qsizetype at = pdf.lastIndexOf(QByteArray("/") + key + " <FEFF"), begin = at + qstrlen(key) + 7;
    if (at < 0) return {};
    const QByteArray bytes = QByteArray::fromHex(pdf.mid(begin, pdf.indexOf('>', begin) - begin));
    QString s;
    for (qsizetype i = 0; i + 1 < bytes.size(); i += 2)
        s += QChar(static_cast<char16_t>(static_cast<unsigned char>(bytes[i]) << 8 | static_cast<unsigned char>(bytes[i + 1])));
    return s;
}

} // namespace

class TestFigureFiles : public QObject {
    Q_OBJECT

    static void sizeRows()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("size");
        for (const Figure& f : everyFigure())
            for (const char* size : {"column", "two-columns", "slide", "150x100mm"})
                QTest::addRow("%s %s", f.id.c_str(), size) << QString::fromStdString(f.id) << QString::fromLatin1(size);
    }
    static ExportOptions optionsOf(const QString& size)
    {
        std::vector<Problem> problems;
        ExportOptions options = exportOptionsFrom({.size = size.toStdString()}, problems);
        if (!problems.empty()) qFatal("%s", describe(problems).c_str());
        return options;
    }

private Q_SLOTS:
    void aSizeIsMillimeters_data() { sizeRows(); }
    void aSizeIsMillimeters()
    {
        QFETCH(QString, kind);
        QFETCH(QString, size);
        const Figure f = named(kind);
        ExportOptions options = optionsOf(size);
        const Svg svg = svgOf(f, options);
        const std::map<QString, QSizeF> widths{{QStringLiteral("column"), {85, 0}}, {QStringLiteral("two-columns"), {170, 0}},
            {QStringLiteral("slide"), {338.67, 190.5}}, {QStringLiteral("150x100mm"), {150, 100}}};
        const QSizeF mm = widths.at(size);
        QVERIFY2(std::abs(svg.mm.width() - mm.width()) < 0.02, qPrintable(QString::number(svg.mm.width())));
        if (mm.height() > 0) QVERIFY2(std::abs(svg.mm.height() - mm.height()) < 0.02, qPrintable(QString::number(svg.mm.height())));
        QVERIFY(std::abs(svg.mm.height() / svg.mm.width() - svg.viewBox.height() / svg.viewBox.width()) < 1e-3);

        options.dpi = 150;
        const QImage png = pngOf(f, options);
        QVERIFY(std::abs(png.width() - svg.mm.width() / 25.4 * 150) <= 1 && std::abs(png.height() - svg.mm.height() / 25.4 * 150) <= 1);
        QCOMPARE(png.dotsPerMeterX(), 5906);

        const QByteArray pdf = pdfOf(f, options);
        const QRegularExpressionMatch box =
            QRegularExpression(QStringLiteral("/MediaBox \\[0 0 ([0-9.]+) ([0-9.]+)\\]")).match(QString::fromLatin1(pdf));
        QVERIFY(box.hasMatch()); // Qt's are whole points
        QVERIFY(std::abs(box.captured(1).toDouble() * kPoint - svg.mm.width()) < 0.6 * kPoint);
        QVERIFY(std::abs(box.captured(2).toDouble() * kPoint - svg.mm.height()) < 0.6 * kPoint);
    }

    void lettersCanBeReadAndDoNotLieOverEachOther_data() { sizeRows(); }
    void lettersCanBeReadAndDoNotLieOverEachOther()
    {
        QFETCH(QString, kind);
        QFETCH(QString, size);
        const Svg svg = svgOf(named(kind), optionsOf(size));
        QVERIFY(!svg.letters.empty());
        for (const Letters& l : svg.letters) {
            QVERIFY2(svg.points(l) > 5.99, qPrintable(l.words + QStringLiteral(": %1 pt").arg(svg.points(l))));
            for (const Letters& other : svg.letters) {
                const bool apart = &l == &other || l.box.isEmpty() || !l.box.intersects(other.box);
                QVERIFY2(apart, qPrintable(l.words + QStringLiteral(" and ") + other.words));
            }
        }
    }

    /// As soft labels have them: ten classes, two bars each, most of them next to nothing.
    void numbersAtBarsStandApartAtEverySize()
    {
        Bars bars{{.title = "probability", .range = AxisRange{0, 1}, .percent = true}, {}, {}};
        bars.series = {{"T = 1", Role::Before, {}, {}}, {"T = 4", Role::After, {}, {}}};
        for (int i = 0; i < 10; ++i) {
            bars.categories.push_back(Text("class number " + std::to_string(i)));
            bars.series[0].values.push_back(i == 3 ? 0.99987 : 0.0000123 * i);
            bars.series[1].values.push_back(i == 3 ? 0.612345 : 0.0412345 + 0.001 * i);
        }
        const Figure f{
            .id = "soft-labels", .title = "Soft labels of a test image", .caption = "What it believes.", .description = {}, .body = bars};
        for (const char* size : {"screen", "column", "two-columns", "slide", "80x90mm"}) {
            const Svg svg = svgOf(f, optionsOf(QString::fromLatin1(size)));
            int percents = 0;
            for (std::size_t i = 0; i < svg.letters.size(); ++i) {
                percents += svg.letters[i].words.startsWith(QLatin1String("class"));
                for (std::size_t k = 0; k < i; ++k)
                    QVERIFY2(!svg.letters[i].box.intersects(svg.letters[k].box),
                        qPrintable(QLatin1String(size) + QStringLiteral(": ") + svg.letters[i].words + QStringLiteral(" and ")
                            + svg.letters[k].words));
            }
            QCOMPARE(percents, 10);
        }
    }

    /// What is left of a number is another number: it shrinks, and takes the room that a short name leaves.
    void readoutsKeepTheirNumbers()
    {
        const QString value = QStringLiteral("88.28 % ± 3.95 → 75.39 % ± 5.25");
        const Figure f{.id = "verdict",
            .title = "4 bits",
            .caption = "Measured.",
            .description = {},
            .body = Readout{{{"acc.", value.toStdString(), true}, {"a name that is much longer", "8.3 dB"}}}};
        for (int mm = 80; mm <= 160; mm += 4) {
            const Svg svg = svgOf(f, optionsOf(QStringLiteral("%1x60mm").arg(mm)));
            QVERIFY2(std::ranges::count(svg.letters, value, &Letters::words) == 1, qPrintable(QString::number(mm)));
        }
    }

    /// Eight columns do not fit into one of a paper: they stand below each other, each number whole.
    void wideTablesKeepTheirNumbers()
    {
        Table table;
        table.columns = {"method", "accuracy", "change", "same class", "bytes", "bytes moved", "µs, batch 1", "µs, batch 256"};
        table.rows = {{"float32", "88.92 %", "—", "100.00 %", "940,584", "946,832", "34.4", "1539"},
            {"static, 8 bits", "88.86 %", "−0.06 ± 0.10", "99.72 %", "236,340", "237,932", "12.4", "938"}};
        table.result = 2;
        const Figure f{.id = "wide", .title = "All", .caption = "Measured.", .description = {}, .body = table};
        const auto wordsIn = [](const Svg& svg) {
            QStringList words;
            for (const Letters& l : svg.letters) words << l.words;
            return words;
        };
        const QStringList narrow = wordsIn(svgOf(f, optionsOf(QStringLiteral("column")))), wide = wordsIn(svgOf(f, {}));
        for (const auto& row : table.rows)
            for (const Text& cell : row) QVERIFY2(narrow.contains(QString::fromStdString(cell.pattern)), cell.pattern.c_str());
        QVERIFY(narrow.count(QStringLiteral("static, 8 bits")) > 1);
        QCOMPARE(wide.count(QStringLiteral("static, 8 bits")), 1);
    }

    /// One column of a paper is narrow for them.
    void longNamesStandWhole()
    {
        const std::vector<Text> names{"label-smoothing (no teacher)", "soft labels, T = 4, and features", "hard labels"};
        Bars bars{{.title = "accuracy", .percent = true}, names, {{"a", Role::After, {0.5, 0.6, 0.7}, {}}}};
        const Heatmap map{{.title = "taught by"}, {.title = "student"}, names, names, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {}};
        Heatmap many{{}, {}, {}, {"a"}, {}, {}}; // columns narrower than their names, which go up
        for (int i = 0; i < 16; ++i) {
            many.columns.push_back(Text("layers.conv" + std::to_string(i)));
            many.values.push_back(i);
        }
        const std::vector<FigureBody> bodies{bars, map, many};
        for (const FigureBody& body : bodies) {
            Figure f{.id = "f",
                .title = "3 bits cost nothing for certain: −1.6 ± 1.8 points of accuracy",
                .caption = {},
                .description = {},
                .body = body};
            const Svg svg = svgOf(f, optionsOf(QStringLiteral("column")));
            QString all;
            for (const Letters& l : svg.letters) {
                all += l.words + QLatin1Char(' ');
                for (const Letters& other : svg.letters)
                    QVERIFY2(&l == &other || l.box.isEmpty() || !l.box.intersects(other.box),
                        qPrintable(l.words + QStringLiteral(" and ") + other.words));
            }
            QVERIFY2(!all.contains(QChar(0x2026)), qPrintable(all));
            all.remove(QLatin1Char(' '));
            QVERIFY2(all.contains(QStringLiteral("pointsofaccuracy")), qPrintable(all));
        }
    }

    /// Beside 70, 0.0083 is 0.01; among hundredths it is what it is.
    void cellsHaveNoFinerNumbersThanColours()
    {
        const auto words = [](std::vector<double> values) {
            QStringList all;
            Heatmap map{{}, {}, {"r"}, {"a", "b"}, std::move(values), {}};
            for (const Letters& l : svgOf({.id = "f", .title = {}, .caption = {}, .description = {}, .body = std::move(map)}, {}).letters)
                all << l.words;
            return all;
        };
        QVERIFY(words({70, 0.0083}).contains(QStringLiteral("0.01")));
        QVERIFY(words({0.01, 0.0083}).contains(QStringLiteral("0.0083")));
        QVERIFY(words({7e20, 3e20}).contains(QString::fromStdString(significant(3e20, 2))));
    }

    /// Where nothing is left to give, the message names a size that will do.
    void lettersTooSmallToReadAreRefused()
    {
        const Figure f = named(QStringLiteral("bars"));
        const std::string message = messageOf([&] { svgOf(f, optionsOf(QStringLiteral("60x40mm"))); });
        QVERIFY2(contains(message, "smaller than 5 points") && contains(message, "Title of bars"), message.c_str());
        const QRegularExpressionMatch size =
            QRegularExpression(QStringLiteral("a size of (\\d+) by (\\d+) mm")).match(QString::fromStdString(message));
        QVERIFY2(size.hasMatch(), message.c_str());
        const Svg svg = svgOf(f, optionsOf(size.captured(1) + QLatin1Char('x') + size.captured(2) + QStringLiteral("mm")));
        for (const Letters& l : svg.letters) QVERIFY2(svg.points(l) > 4.99, qPrintable(l.words));
    }

    void fontsHaveFallbacks()
    {
        for (const Figure& f : everyFigure()) {
            const Svg svg = svgOf(f, {});
            QVERIFY(!svg.families.isEmpty());
            for (const QString& family : svg.families)
                QVERIFY2(family.endsWith(QLatin1String(", sans-serif")) && family.contains(QLatin1String("'Noto Sans CJK KR'")),
                    qPrintable(family));
        }
    }

    void outlinesNeedNoFonts_data() { kindRows(); }
    void outlinesNeedNoFonts()
    {
        QFETCH(QString, kind);
        const Figure f = named(kind);
        const ExportOptions text{}, outlines{.outlines = true};
        const std::string plain = figureBytes(f, "source", QStringLiteral("svg"), text),
                          shapes = figureBytes(f, "source", QStringLiteral("svg"), outlines);
        QVERIFY(parsed(plain).letters.size() > 2 && parsed(shapes).letters.empty());
        const auto drawn = [](const std::string& svg) {
            QImage image(720, 440, QImage::Format_RGB32);
            image.fill(Qt::white);
            QPainter painter(&image);
            QSvgRenderer(QByteArray::fromStdString(svg)).render(&painter);
            painter.end();
            return inkOf(image);
        };
        const double one = drawn(plain), other = drawn(shapes);
        QVERIFY2(std::abs(one - other) < 0.1 * one + 200, qPrintable(QStringLiteral("%1 and %2").arg(one).arg(other)));
        QVERIFY(pdfOf(f, text).contains("/FontFile") && !pdfOf(f, outlines).contains("/FontFile"));
    }

    void aPdfSaysWhatItIs()
    {
        Figure f = named(QStringLiteral("bars"));
        f.description = Text("누가 무엇을, )>> (\\ who?");
        const QByteArray pdf = pdfOf(f, {});
        QVERIFY(infoOf(pdf, "Author").startsWith(QLatin1String("Bitstill ")));
        QCOMPARE(infoOf(pdf, "Subject"), QString::fromStdString(f.description.pattern));
        QVERIFY(infoOf(pdf, "Keywords").contains(QLatin1String("quantization")));
        QVERIFY(pdf.endsWith("%%EOF\n"));
        // The table of the update is where it is said to be, and its entry where the object is.
        const qsizetype said = pdf.lastIndexOf("startxref\n") + 10, table = pdf.mid(said, pdf.indexOf('\n', said) - said).toLongLong();
        QCOMPARE(pdf.mid(table, 5), QByteArray("xref\n"));
        const QList<QByteArray> lines = pdf.mid(table, 60).split('\n');
        const QByteArray number = lines[1].split(' ').front(), entry = lines[2];
        QCOMPARE(entry.size(), 19);
        QVERIFY(pdf.mid(entry.left(10).toLongLong()).startsWith(number + " 0 obj"));
    }

    void anImageAndAnSvgSayWhatTheyAre()
    {
        Figure f = named(QStringLiteral("bars"));
        f.title = Text("층별 오차");
        const QImage png = pngOf(f, {});
        QCOMPARE(png.text(QStringLiteral("Title")), QStringLiteral("층별 오차"));
        QCOMPARE(png.text(QStringLiteral("Description")), QStringLiteral("What it shows."));
        QVERIFY(png.text(QStringLiteral("Author")).startsWith(QLatin1String("Bitstill ")));
        QCOMPARE(png.text(QStringLiteral("Source")), QStringLiteral("source"));
        const Svg svg = svgOf(f, {});
        QCOMPARE(svg.title, QStringLiteral("층별 오차"));
        QCOMPARE(svg.description, QStringLiteral("What it shows. source"));
    }

    void darkIsDark()
    {
        const Figure f = named(QStringLiteral("curves"));
        QVERIFY(qGray(pngOf(f, {.dpi = 96}).pixel(2, 2)) > 200);
        QVERIFY(qGray(pngOf(f, {.dpi = 96, .dark = true}).pixel(2, 2)) < 60);
    }

    void tooManyPixelsAreRefused()
    {
        const ExportOptions huge{.size = ExportOptions::Size::Own, .own = {1200, 1200}, .dpi = 1200};
        QVERIFY(contains(messageOf([&] { pngOf(named(QStringLiteral("bars")), huge); }), "choose fewer DPI"));
    }

    void wordsAndBack()
    {
        for (const ExportWords& words : {ExportWords{}, ExportWords{"column", "600", "dark", true, true}, ExportWords{"two-columns"},
                 ExportWords{"slide", "", "light"}, ExportWords{"120.5x80mm", "50"}}) {
            std::vector<Problem> problems;
            const ExportOptions options = exportOptionsFrom(words, problems);
            QVERIFY(exportOptionsFrom(wordsOf(options), problems) == options);
            QVERIFY(problems.empty());
        }
        for (const char* size : {"col", "x", "80x60", "80mm", "xmm", "1x80mm", "80x1e9mm", "nanxnanmm", "-80x60mm", "80x60x9mm"}) {
            std::vector<Problem> problems;
            exportOptionsFrom({.size = size}, problems);
            QVERIFY2(problems.size() == 1, size);
        }
        std::vector<Problem> problems;
        exportOptionsFrom({.size = "huge", .dpi = "1201", .theme = "red"}, problems);
        QCOMPARE(problems.size(), std::size_t{3});
    }
};

QTEST_MAIN(TestFigureFiles)
#include "tst_figure_files.moc"
