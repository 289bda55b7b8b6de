// Every kind of figure: drawn, updated in place, exported in every format.

#include "tests/support/figures.h"
#include "tests/support/files.h"
#include "widgets/card_grid.h"
#include "widgets/figure_export.h"
#include "widgets/figure_header.h"

#include <QChart>
#include <QMimeData>
#include <QPainter>
#include <QSvgRenderer>
#include <QXYSeries>
#include <QXmlStreamReader>
#include <QtTest>
#include <map>
#include <set>

using namespace bitstill;

namespace {

FigurePointer shared(const Figure& f) { return std::make_shared<const Figure>(f); }

/// Pixels that are not the most common colour.
int inkOf(const QImage& image)
{
    QHash<QRgb, int> counts;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) ++counts[image.pixel(x, y)];
    const QList<int> values = counts.values();
    return image.width() * image.height() - *std::max_element(values.begin(), values.end());
}

} // namespace

class TestFigures : public QObject {
    Q_OBJECT

    static Figure named(const QString& id)
    {
        for (const Figure& f : everyFigure())
            if (f.id == id.toStdString()) return f;
        qFatal("no such figure");
    }
    static void kindRows()
    {
        QTest::addColumn<QString>("kind");
        for (const Figure& f : everyFigure()) QTest::newRow(f.id.c_str()) << QString::fromStdString(f.id);
    }

private Q_SLOTS:
    void everyKindIsThere()
    {
        std::set<std::size_t> kinds;
        for (const Figure& f : everyFigure()) kinds.insert(f.body.index());
        QCOMPARE(kinds.size(), std::variant_size_v<FigureBody>);
    }

    void isDrawnOnACard_data() { kindRows(); }
    void isDrawnOnACard()
    {
        QFETCH(QString, kind);
        for (const bool dark : {false, true}) {
            FigureCard card(dark ? Theme::darkTheme() : Theme::light(), shared(named(kind)));
            card.resize(420, 320);
            card.show();
            QVERIFY(QTest::qWaitForWindowExposed(&card));
            const QImage image = card.grab().toImage();
            QVERIFY2(inkOf(image.copy(16, 90, 380, 200)) > 300, "the body is empty");
            QVERIFY2(inkOf(image.copy(16, 10, 200, 26)) > 50, "there is no title");
            QVERIFY(!card.accessibleName().isEmpty());
            QVERIFY(!card.accessibleDescription().isEmpty());
        }
    }

    void isExported_data() { kindRows(); }
    void isExported()
    {
        QFETCH(QString, kind);
        const Folder folder;
        const Figure f = named(kind);
        for (const QString& format : exportFormats()) {
            const QString file = QString::fromStdString(folder.path(f.id).string()) + QLatin1Char('.') + format;
            exportFigure(f, "bitstill test source", file);
            QVERIFY2(QFileInfo(file).size() > 60, qPrintable(file));
        }
        const QImage png(QString::fromStdString(folder.path(f.id + ".png").string()));
        QVERIFY(inkOf(png) > 1000);
        QCOMPARE(png.text(QStringLiteral("Source")), QStringLiteral("bitstill test source"));

        QFile svgFile(QString::fromStdString(folder.path(f.id + ".svg").string()));
        QVERIFY(svgFile.open(QIODevice::ReadOnly));
        const QByteArray svg = svgFile.readAll();
        QVERIFY(QSvgRenderer(svg).isValid());
        QVERIFY(svg.contains("<title>Title of ") && svg.contains("bitstill test source"));
        QVERIFY(svg.contains(QByteArray::fromStdString(">Title of " + f.id)));
        QVERIFY(svg.contains("A caption under it."));

        QFile pdf(QString::fromStdString(folder.path(f.id + ".pdf").string()));
        QVERIFY(pdf.open(QIODevice::ReadOnly));
        QVERIFY(pdf.read(5) == "%PDF-");

        QFile csv(QString::fromStdString(folder.path(f.id + ".csv").string()));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QVERIFY(csv.readAll().contains("bitstill test source"));
    }

    void svgKeepsAxesUnitsLegendAndStaysInsideTheFrame()
    {
        const Folder folder;
        const QString file = QString::fromStdString(folder.path("c.svg").string());
        exportFigure(named(QStringLiteral("curves")), "s", file);
        QFile svgFile(file);
        QVERIFY(svgFile.open(QIODevice::ReadOnly));
        const QByteArray svg = svgFile.readAll();
        for (const char* part : {">time (s)<", ">share (%)<", ">leaves the chart<", ">dashed<", ">100<"})
            QVERIFY2(svg.contains(part), part);
        // One curve shoots to 500 %: nothing may be drawn above the plot. The topmost grid line is at 100 %.
        QXmlStreamReader xml(svg);
        double top = 1e9;
        static const QRegularExpression number(QStringLiteral("-?[0-9.]+(e-?[0-9]+)?"));
        while (!xml.atEnd()) {
            xml.readNext();
            if (!xml.isStartElement() || xml.name() != QLatin1String("path")) continue;
            bool isY = false;
            for (auto it = number.globalMatch(xml.attributes().value(QLatin1String("d")).toString()); it.hasNext(); isY = !isY) {
                const double v = it.next().captured().toDouble();
                if (isY) top = std::min(top, v);
            }
        }
        QVERIFY2(top > -1, qPrintable(QString::number(top)));
    }

    void unwritableFilesAreSaid()
    {
        QVERIFY(contains(messageOf([] { exportFigure(everyFigure().front(), "s", QStringLiteral("/proc/x.svg")); }), "cannot write"));
        QVERIFY(contains(messageOf([] { exportFigure(everyFigure().front(), "s", QStringLiteral("/tmp/x.bmp")); }), "\"bmp\""));
    }

    void clipboardHasPictureVectorAndTable()
    {
        const std::unique_ptr<QMimeData> data(clipboardData(named(QStringLiteral("bars")), "s"));
        QVERIFY(data->hasImage() && data->hasFormat(QStringLiteral("image/svg+xml")) && data->text().contains(QLatin1String("conv1")));
    }

    void cardsStayTheSameObjects()
    {
        CardGrid grid(Theme::light());
        grid.resize(900, 700);
        std::vector<FigurePointer> figures;
        for (const Figure& f : everyFigure()) figures.push_back(shared(f));
        grid.show();
        grid.setFigures(figures);
        const std::vector<FigureCard*> before = grid.cards();
        QCOMPARE(before.size(), figures.size());
        for (FigurePointer& f : figures) f = shared(*f);
        grid.setFigures(figures);
        QCOMPARE(grid.cards(), before);
        std::reverse(figures.begin(), figures.end());
        figures.pop_back();
        grid.setFigures(figures);
        QCOMPARE(grid.cards().size(), figures.size());
        QCOMPARE(grid.cards().back(), before[1]);
        for (const FigureCard* card : grid.cards()) {
            QVERIFY(grid.rect().contains(card->geometry()) || card->geometry().bottom() <= grid.minimumHeight());
            for (const FigureCard* other : grid.cards()) QVERIFY(card == other || !card->geometry().intersects(other->geometry()));
        }
    }

    void seriesAreUpdatedInPlace()
    {
        Figure f = named(QStringLiteral("curves"));
        FigureChart chart(Theme::light());
        const std::unique_ptr<QChart> owner(chart.chart());
        chart.setFigure(f);
        const QList<QAbstractSeries*> before = owner->series();
        std::get<Curves>(f.body).series[1].y = {0.5, 0.6};
        chart.setFigure(f);
        QCOMPARE(owner->series(), before);
        QCOMPARE(static_cast<QXYSeries*>(before[1])->at(0).y(), 50.0);
        std::get<Curves>(f.body).series.pop_back();
        chart.setFigure(f);
        QVERIFY(owner->series().size() < before.size());
    }

    void markersCanBeDragged()
    {
        FigureCard card(Theme::light(), shared(named(QStringLiteral("histogram"))));
        card.resize(500, 340);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        auto* view = card.findChild<QChartView*>();
        QSignalSpy moved(&card, &FigureCard::fieldChosen);
        const QPoint marker = view->chart()->mapToPosition({0.8, 20}).toPoint(), target = view->chart()->mapToPosition({0.4, 20}).toPoint();
        QTest::mousePress(view->viewport(), Qt::LeftButton, {}, marker);
        QTest::mouseMove(view->viewport(), target);
        QTest::mouseRelease(view->viewport(), Qt::LeftButton, {}, target);
        QVERIFY(!moved.isEmpty());
        QCOMPARE(moved.last()[0].toString(), QStringLiteral("quant.clip"));
        QVERIFY(std::abs(std::get<double>(moved.last()[1].value<Value>()) - 40) < 2);
        moved.clear();
        QTest::mousePress(view->viewport(), Qt::LeftButton, {}, target); // there is no marker here
        QTest::mouseMove(view->viewport(), marker);
        QTest::mouseRelease(view->viewport(), Qt::LeftButton, {}, marker);
        QVERIFY(moved.isEmpty());
    }

    void markersSayWhatTheyAre()
    {
        Figure f = named(QStringLiteral("histogram"));
        std::get<Histogram>(f.body).markers = {{.name = text("found"), .position = 0.2},
            {.name = text("formula"), .position = 0.4, .theory = true}, {text("clip"), 0.6, "quant.clip", 1}};
        FigureChart chart(Theme::light());
        const std::unique_ptr<QChart> owner(chart.chart());
        chart.setFigure(f);
        std::map<double, QPen> pens;
        for (QAbstractSeries* series : owner->series())
            if (const auto* line = qobject_cast<QXYSeries*>(series); line && line->count() == 2) pens[line->at(0).x()] = line->pen();
        QCOMPARE(pens[0.2].style(), Qt::DashLine);
        QCOMPARE(pens[0.4].style(), Qt::DotLine);
        QCOMPARE(pens[0.6].color(), Theme::light().text);
        QVERIFY(pens[0.2].color() != pens[0.6].color());

        // The legend has the colour of the line to drag; without a title nothing else in the header has it.
        f.title = {};
        const auto dark = [&f] {
            const Theme theme = Theme::light();
            QImage image(500, 80, QImage::Format_RGB32);
            image.fill(Qt::white);
            QPainter painter(&image);
            FigureHeader(f, theme).paint(painter, image.rect());
            int count = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x) count += image.pixelColor(x, y) == theme.text;
            return count;
        };
        QVERIFY(dark() > 0);
        std::get<Histogram>(f.body).markers.pop_back();
        QCOMPARE(dark(), 0);
    }

    void barsCanBeClicked()
    {
        Figure f = named(QStringLiteral("bars"));
        auto& bars = std::get<Bars>(f.body);
        bars.field = "repair.float_layers";
        for (std::size_t i = 0; i < bars.categories.size(); ++i) bars.choices.push_back("choice " + std::to_string(i));
        FigureCard card(Theme::light(), shared(f));
        card.resize(500, 340);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        auto* view = card.findChild<QChartView*>();
        QSignalSpy chosen(&card, &FigureCard::fieldChosen);
        const int last = static_cast<int>(bars.categories.size()) - 1; // the first category stands on top
        const QPoint top = view->chart()->mapToPosition({1, static_cast<qreal>(last)}, view->chart()->series().front()).toPoint();
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, top);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(std::get<std::string>(chosen.last()[1].value<Value>()), std::string("choice 0"));
    }
};

QTEST_MAIN(TestFigures)
#include "tst_figures.moc"
