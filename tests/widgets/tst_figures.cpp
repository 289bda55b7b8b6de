// Every kind of figure: drawn, updated in place, exported in every format.

#include "paint/chart_frame.h"
#include "paint/figure_export.h"
#include "paint/figure_header.h"
#include "paint/network_painter.h"
#include "paint/painted_figure.h"
#include "tests/support/figure_rows.h"
#include "tests/support/files.h"
#include "widgets/card_grid.h"

#include <QAction>
#include <QApplication>
#include <QBuffer>
#include <QChart>
#include <QContextMenuEvent>
#include <QGraphicsLayout>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QSvgGenerator>
#include <QSvgRenderer>
#include <QXYSeries>
#include <QXmlStreamReader>
#include <QtTest>
#include <map>
#include <set>

using namespace bitstill;

namespace {

FigurePointer shared(const Figure& f) { return std::make_shared<const Figure>(f); }

} // namespace

class TestFigures : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyKindIsThere()
    {
        std::set<std::size_t> kinds;
        for (const Figure& f : everyFigure()) kinds.insert(f.body.index());
        QCOMPARE(kinds.size(), std::variant_size_v<FigureBody>);
        for (const Figure& f : everyFigure()) QCOMPARE(std::string(kindOf(f)), f.id); // that is how they are called there
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

    void aRightClickAnywhereOpensTheMenu_data() { kindRows(); }
    void aRightClickAnywhereOpensTheMenu()
    {
        QFETCH(QString, kind);
        FigureCard card(Theme::light(), shared(named(kind)));
        card.resize(420, 320);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        for (const QPoint at : {QPoint(100, 20), QPoint(210, 200)}) {
            QWidget* hit = card.childAt(at);
            if (!hit) hit = &card;
            QContextMenuEvent event(QContextMenuEvent::Mouse, hit->mapFrom(&card, at), card.mapToGlobal(at));
            QApplication::sendEvent(hit, &event);
            auto* menu = card.findChild<QMenu*>();
            QVERIFY2(menu->isVisible(), hit->metaObject()->className());
            menu->close();
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

    /// Smaller letters first, then without whole columns.
    void numbersOfATableAreNeverCut_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("columns");
        QTest::newRow("wide") << 700 << 5;
        QTest::newRow("half a window") << 370 << 5;
        QTest::newRow("narrow") << 250 << 4;
    }
    void numbersOfATableAreNeverCut()
    {
        QFETCH(int, width);
        QFETCH(int, columns);
        Figure figure;
        Table table;
        for (const char* c : {"network", "weights", "float32", "quantized", "QAT"}) table.columns.push_back(Text(c));
        table.rows.push_back({Text("mlp-256-128"), Text("235,146"), Text("88.11 %"), Text("−12.11 ± 10.55"), Text("−0.77 ± 0.25")});
        table.result = 4;
        figure.body = table;
        QBuffer drawn;
        drawn.open(QIODevice::WriteOnly);
        QSvgGenerator svg;
        svg.setOutputDevice(&drawn);
        svg.setSize({width, 200});
        QPainter painter(&svg);
        paintBody(painter, QRectF(0, 0, width, 200), figure, Theme::light());
        painter.end();
        const QString words = QString::fromUtf8(drawn.data());
        int whole = 0;
        for (std::size_t k = 1; k < 5; ++k) whole += words.contains(QString::fromStdString(table.rows[0][k].english()));
        QVERIFY2(words.contains(QStringLiteral("−0.77 ± 0.25")), qPrintable(words));
        QVERIFY2(whole + 1 >= columns, qPrintable(words));
        QVERIFY(words.count(QStringLiteral("…")) <= 1); // a name may be cut
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

    void theMenuAsksForEveryCommand()
    {
        FigureCard card(Theme::light(), shared(named(QStringLiteral("bars"))));
        std::vector<FigureCommand> asked;
        connect(&card, &FigureCard::asked, this, [&asked](FigureCommand command) { asked.push_back(command); });
        for (const char* name : {"clipboard", "png", "svg", "pdf", "csv", "table", "enlarge"})
            card.findChild<QAction*>(QStringLiteral("action.") + QLatin1String(name))->trigger();
        const std::vector<FigureCommand> expected{FigureCommand::Copy, FigureCommand::ExportPng, FigureCommand::ExportSvg,
            FigureCommand::ExportPdf, FigureCommand::ExportCsv, FigureCommand::ShowTable, FigureCommand::Enlarge};
        QVERIFY(asked == expected);
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
        QChart* chart = card.findChild<QChartView*>()->chart();
        auto* view = card.findChild<FigureView*>();
        QSignalSpy moved(&card, &FigureCard::fieldChosen);
        const QPoint marker = chart->mapToPosition({0.8, 20}).toPoint(), target = chart->mapToPosition({0.4, 20}).toPoint();
        QTest::mousePress(view, Qt::LeftButton, {}, marker);
        QTest::mouseMove(view, target);
        QTest::mouseRelease(view, Qt::LeftButton, {}, target);
        QVERIFY(!moved.isEmpty());
        QCOMPARE(moved.last()[0].toString(), QStringLiteral("quant.clip"));
        QVERIFY(std::abs(std::get<double>(moved.last()[1].value<Value>()) - 40) < 2);
        moved.clear();
        QTest::mousePress(view, Qt::LeftButton, {}, target); // there is no marker here
        QTest::mouseMove(view, marker);
        QTest::mouseRelease(view, Qt::LeftButton, {}, marker);
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

    /// Two bars of a category may be thinner than their numbers are high.
    void numbersAtBarsDoNotLieOverEachOther()
    {
        QChart chart;
        chart.setMargins(QMargins());
        chart.layout()->setContentsMargins(0, 0, 0, 0);
        ChartFrame frame(&chart, Theme::light());
        std::vector<ChartFrame::Label> labels;
        for (int i = 0; i < 20; ++i) labels.push_back({{0.1 + 0.02 * i, static_cast<double>(i)}, QStringLiteral("0.0162"), 0});
        const AxisScale::Tick tick{0, QStringLiteral("x")};
        for (const auto& [height, all] : {std::pair{900.0, true}, {150.0, false}}) {
            chart.resize(400, height);
            frame.set({{}, {.shown = {0, 1}, .ticks = {tick}}}, {{}, {.shown = {-0.5, 19.5}, .ticks = {tick}}, false}, labels);
            const std::vector<ChartFrame::PlacedLabel> placed = frame.placedLabels();
            QCOMPARE(placed.size() == labels.size(), all);
            QVERIFY(placed.size() >= 3);
            for (std::size_t a = 0; a < placed.size(); ++a)
                for (std::size_t b = 0; b < a; ++b) QVERIFY(!placed[a].box.intersects(placed[b].box));
        }
    }

    /// Where the longest bar points to the right, there is little room at the left.
    void numbersAtBarsDoNotLieOverNames()
    {
        QChart chart;
        chart.setMargins(QMargins());
        chart.layout()->setContentsMargins(0, 0, 0, 0);
        chart.resize(300, 200);
        ChartFrame frame(&chart, Theme::light());
        const QString words = QStringLiteral("-0.435");
        frame.set({{}, {.shown = {-1, 3}, .ticks = {{0, QStringLiteral("0")}}}},
            {{}, {.shown = {-0.5, 1.5}, .ticks = {{0, QStringLiteral("a name")}}}, false}, {{{-0.9, 0}, words, 0}, {{-0.1, 1}, words, 0}});
        const std::vector<ChartFrame::PlacedLabel> placed = frame.placedLabels();
        QCOMPARE(placed.size(), std::size_t{2});
        QVERIFY(placed[0].box.left() > frame.place({0, 0}).x()); // beside the bar that has no room before it
        QVERIFY(placed[1].box.left() >= frame.plot().left() && placed[1].box.right() < frame.place({-0.1, 1}).x());
    }

    /// A class is known sooner by its picture than by its name; a picture of the wrong size is none.
    void picturesStandInTheRowsOfTheirCategories()
    {
        const auto tile = [](int red) { return ImageTile{{}, 1, 1, 3, {static_cast<std::uint8_t>(red), 0, 0}}; };
        Bars bars{{.title = "value"}, {"first", "second", "third"}, {{{}, Role::Before, {1, 2, 3}, {}}}};
        bars.pictures = {tile(100), tile(200), {{}, 9, 9, 1, {0}}};
        Figure figure;
        figure.body = bars;
        FigureCard card(Theme::light(), shared(figure));
        card.resize(420, 320);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        const QImage image = card.grab().toImage();
        std::map<int, std::pair<int, QRect>> found; // by red: pixels, and where
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                if (const QColor c = image.pixelColor(x, y); c.green() == 0 && c.blue() == 0 && c.red() > 0) {
                    ++found[c.red()].first;
                    found[c.red()].second |= QRect(x, y, 1, 1);
                }
        QCOMPARE(found.size(), 2u);
        QVERIFY(found[100].first > 200 && found[200].first > 200);
        QVERIFY(found[100].second.bottom() < found[200].second.top());
        QCOMPARE(found[100].second.left(), found[200].second.left());
    }

    /// Where less is worse, the range says so by its order.
    void theEndOfAHeatMapsRangeHasItsColour()
    {
        const Theme theme = Theme::light();
        const auto colours = [&](AxisRange range) {
            QImage image(200, 100, QImage::Format_RGB32);
            QPainter painter(&image);
            Heatmap cells;
            cells.columns = {Text("a"), Text("b")};
            cells.rows = {Text()};
            cells.values = {-77, -1};
            cells.range = range;
            Figure map;
            map.body = cells;
            paintBody(painter, image.rect(), map, theme);
            return std::pair{image.pixelColor(14, 5), image.pixelColor(110, 5)};
        };
        const auto far = [&](const QColor& c) { return std::abs(qGray(c.rgb()) - qGray(theme.card.rgb())); };
        const auto [most, little] = colours({0, -77});
        QVERIFY(far(most) > 3 * far(little));
        const auto [low, high] = colours({-77, 0});
        QVERIFY(far(high) > 3 * far(low));
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
        QChart* chart = card.findChild<QChartView*>()->chart();
        QSignalSpy chosen(&card, &FigureCard::fieldChosen);
        const int last = static_cast<int>(bars.categories.size()) - 1; // the first category stands on top
        const QPoint top = chart->mapToPosition({1, static_cast<qreal>(last)}, chart->series().front()).toPoint();
        QTest::mouseClick(card.findChild<FigureView*>(), Qt::LeftButton, {}, top);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(std::get<std::string>(chosen.last()[1].value<Value>()), std::string("choice 0"));
    }

    void nodesCanBeClickedAndReachedByKeys()
    {
        const Figure f = named(QStringLiteral("network"));
        FigureCard card(Theme::light(), shared(f));
        card.resize(500, 200);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        auto* view = card.findChild<FigureView*>();
        const std::vector<QRectF> boxes = networkBoxes(std::get<NetworkMap>(f.body), view->rect());
        QSignalSpy chosen(&card, &FigureCard::fieldChosen);
        QTest::mouseClick(view, Qt::LeftButton, {}, boxes[2].center().toPoint());
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen.last()[0].toString(), QStringLiteral("model.layer"));
        QCOMPARE(std::get<std::string>(chosen.last()[1].value<Value>()), std::string("conv2"));
        QTest::mouseClick(view, Qt::LeftButton, {}, boxes[1].center().toPoint()); // it has no choice
        QTest::mouseClick(view, Qt::LeftButton, {}, QPoint(1, 1));
        QCOMPARE(chosen.size(), 1);

        QTest::keyClick(view, Qt::Key_Home);
        QVERIFY(view->accessibleDescription().contains(QStringLiteral("conv1, Conv, 3×3, 1 → 16, 144 weights, SQNR: 20 dB")));
        QTest::keyClick(view, Qt::Key_Return);
        QCOMPARE(std::get<std::string>(chosen.last()[1].value<Value>()), std::string("conv1"));
        for (const Qt::Key key : {Qt::Key_Right, Qt::Key_Right, Qt::Key_Space}) QTest::keyClick(view, key);
        QCOMPARE(std::get<std::string>(chosen.last()[1].value<Value>()), std::string("conv2"));
        for (const Qt::Key key : {Qt::Key_End, Qt::Key_Right, Qt::Key_Left, Qt::Key_Enter}) QTest::keyClick(view, key);
        QCOMPARE(chosen.size(), 4);
    }

    /// At the height that it asks for its boxes are those that it asked for.
    void networksHaveTheRoomThatTheyAskFor()
    {
        NetworkMap network;
        for (int i = 0; i < 40; ++i) network.nodes.push_back({.name = Text(std::to_string(i)), .inputs = {i - 1}});
        for (const qreal width : {360.0, 780.0, 1200.0}) {
            const qreal height = networkHeight(network, width);
            const auto widthAt = [&](qreal h) { return networkBoxes(network, {0, 0, width, h}).front().width(); };
            QCOMPARE(widthAt(height), widthAt(height + 5));
        }
    }

    void nodesSayWhatTheyAre()
    {
        Figure f = named(QStringLiteral("network"));
        std::get<NetworkMap>(f.body).nodes[0].name = "<b>bold</b>";
        FigureCard card(Theme::light(), shared(f));
        card.resize(500, 200);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        auto* view = card.findChild<FigureView*>();
        QTest::mouseMove(view, networkBoxes(std::get<NetworkMap>(f.body), view->rect()).front().center().toPoint());
        QVERIFY2(view->told().startsWith(QStringLiteral("<b>bold</b>, Conv, 3×3")), qPrintable(view->told()));
    }
};

QTEST_MAIN(TestFigures)
#include "tst_figures.moc"
