// What a figure says of a place in it: the words, and how pointer and keyboard come to them.

#include "tests/support/figure_rows.h"
#include "widgets/accessible_table.h"
#include "widgets/card_grid.h"

#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QtTest>

using namespace bitstill;

namespace {

FigurePointer shared(const Figure& f) { return std::make_shared<const Figure>(f); }

Figure figureOf(FigureBody body) { return {.id = "f", .title = "F", .caption = {}, .description = "All of it.", .body = std::move(body)}; }

/// Counts how often the chart itself is painted.
class PaintCounter : public QObject {
public:
    int paints = 0;
    bool eventFilter(QObject*, QEvent* event) override
    {
        paints += event->type() == QEvent::Paint;
        return false;
    }
};

} // namespace

class TestReadings : public QObject {
    Q_OBJECT

    static void shown(FigureCard& card)
    {
        card.resize(520, 360);
        card.show();
        card.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&card));
    }
    static QPoint middleOf(const FigureView& view, std::size_t place) { return view.places()[place].center().toPoint(); }

private Q_SLOTS:
    void curvesTellOfAllSeriesAtOneX()
    {
        Curves c{{.title = "step"}, {.title = "accuracy", .percent = true}, {}};
        c.series.push_back({"train", Role::Train, CurveSeries::Style::Solid, {0, 1000, 2000}, {0.1, 0.505, 0.7}});
        c.series.push_back({"test", Role::Test, CurveSeries::Style::Solid, {0, 2000}, {0.2, 0.6}});
        c.series.push_back({"late", Role::Alone, CurveSeries::Style::Solid, {1500, 2000}, {0.2, 0.6}});
        const Figure f = figureOf(c);
        QCOMPARE(placesIn(f), std::size_t(4));
        // A line without a point there is told as what it is.
        QCOMPARE(readingAt(f, 1).spoken(), QStringLiteral("step: 1,000, train: 50.50 %, test: ≈ 40.00 %"));
        QCOMPARE(readingAt(f, 3).spoken(), QStringLiteral("step: 2,000, train: 70.00 %, test: 60.00 %, late: 60.00 %"));
        c.series[1].style = CurveSeries::Style::Points;
        QCOMPARE(readingAt(figureOf(c), 1).spoken(), QStringLiteral("step: 1,000, train: 50.50 %, test: 60.00 % at 2,000"));
    }

    void histogramsTellOfBinsAndLevels()
    {
        Histogram h{{.title = "weight"}, {.title = "share", .percent = true}, {}, {}};
        h.series.push_back({"before", Role::Before, HistogramSeries::Style::Area, -1, 0.5, {0.1, 0.2, 0.3, 0.4}});
        h.series.push_back({"after", Role::After, HistogramSeries::Style::Stems, -1, 1, {0.25, 0.5, 0.25}});
        const Figure f = figureOf(h);
        QCOMPARE(placesIn(f), std::size_t(7)); // four middles and three levels
        QCOMPARE(readingAt(f, 0).spoken(), QStringLiteral("weight: -1, before: 10.00 % (-1 to -0.5000), after: 25.00 % at -1"));
        QCOMPARE(readingAt(f, 6).spoken(), QStringLiteral("weight: 1, after: 25.00 % at 1"));
    }

    void countsAndCodesAreTold()
    {
        Histogram h{{.title = "weight"}, {.title = "share", .percent = true}, {}, {}, true};
        h.series.push_back({"before", Role::Before, HistogramSeries::Style::Area, -1, 0.5, {0.1, 0.2}, {41, 1}, 4400});
        h.series.push_back({"after", Role::After, HistogramSeries::Style::Stems, -1, 0.5, {0.25, 0.5}, {41, 0}, 4400,
            HistogramSeries::Codes{-3, 1, -3, 3}});
        QCOMPARE(readingAt(figureOf(h), 0).spoken(),
            QStringLiteral("weight: -1, before: 41 weights, 0.932 %, -1 to -0.5000, after: 41 weights, 0.932 %, code -3, level -1"));
        QCOMPARE(readingAt(figureOf(h), 3).spoken(), QStringLiteral("weight: -0.2500, before: 1 weight, 0.0227 %, -0.5000 to 0"));
        h.ofWeights = false;
        h.series[0].codes = {-4, 2, -3, 3};
        QVERIFY(readingAt(figureOf(h), 0).spoken().contains(QStringLiteral("41 numbers, 0.932 %, code -3, -1 to -0.5000")));
        QVERIFY(readingAt(figureOf(h), 3).spoken().contains(QStringLiteral("1 number, 0.0227 %, codes -2 to -1, -0.5000 to 0")));
        h.series[0].counts.resize(1); // fewer than bins
        QVERIFY(readingAt(figureOf(h), 3).spoken().contains(QStringLiteral("before: 20.00 % (-0.5000 to 0)")));
    }

    void otherKindsTellOfWhatTheyHave()
    {
        QCOMPARE(readingAt(named(QStringLiteral("bars")), 0).spoken(), QStringLiteral("conv1, a: 10 dB (8 dB to 12 dB), b: -5 dB"));
        QCOMPARE(readingAt(named(QStringLiteral("scatter")), 0).spoken(),
            QStringLiteral("float32, bytes: 940,584, accuracy: 89.00 % (88.00 % to 90.00 %)"));
        QCOMPARE(readingAt(named(QStringLiteral("heatmap")), 2).spoken(), QStringLiteral("dog, cat, 0.2500"));
        QCOMPARE(readingAt(named(QStringLiteral("heatmap")), 4).spoken(), QStringLiteral("none, cat, no value"));
        QCOMPARE(readingAt(named(QStringLiteral("images")), 1).spoken(), QStringLiteral("colour, 1 × 1"));
        QCOMPARE(readingAt(named(QStringLiteral("readout")), 0).spoken(), QStringLiteral("SQNR, 20.5 dB"));
        QCOMPARE(readingAt(named(QStringLiteral("table")), 1).spoken(),
            QStringLiteral("bytes, float32: 940,584, int8: 240,000, change: 3.9× smaller"));
        QCOMPARE(
            readingAt(named(QStringLiteral("network")), 0).spoken(), QStringLiteral("conv1, Conv, 3×3, 1 → 16, 144 weights, SQNR: 20 dB"));
    }

    void everyPlaceHasWords_data() { kindRows(); }
    void everyPlaceHasWords()
    {
        QFETCH(QString, kind);
        const Figure f = named(kind);
        QVERIFY(placesIn(f) > 0);
        for (std::size_t i = 0; i < placesIn(f); ++i) QVERIFY(!readingAt(f, i).spoken().isEmpty());
    }

    void aPlaceStaysWhereItIsWhenMoreArrives()
    {
        Curves c{{.title = "step"}, {.title = "loss"}, {{"loss", Role::Train, CurveSeries::Style::Solid, {0, 10, 20}, {3, 2, 1}}}};
        const Figure before = figureOf(c);
        c.series[0].x = {0, 5, 10, 15, 20, 25};
        c.series[0].y = {3, 2.5, 2, 1.5, 1, 0.5};
        QCOMPARE(samePlace(before, 1, figureOf(c)), std::optional<std::size_t>(2));
        c.series[0].x.clear();
        QVERIFY(!samePlace(before, 1, figureOf(c)));
        QCOMPARE(samePlace(named(QStringLiteral("bars")), 7, named(QStringLiteral("bars"))), std::optional<std::size_t>(1));
    }

    /// A click leads to the dot that was clicked, whichever others are shown.
    void aDotIsTheSameAmongOthers()
    {
        const ScatterPoint a{"others", 1, 2, Role::Guide, {}, "#1, Bits 3"}, b{"best", 3, 4, Role::After, {}, "#2"},
            c{"best", 3, 4, Role::After, {}, "#3"};
        const Figure all = figureOf(Scatter{{.title = "size"}, {.title = "accuracy"}, {a, b, c}}),
                     fewer = figureOf(Scatter{{.title = "size"}, {.title = "accuracy"}, {b, c}});
        QCOMPARE(samePlace(fewer, 1, all), std::optional<std::size_t>(2));
        QCOMPARE(samePlace(all, 1, fewer), std::optional<std::size_t>(0));
        QVERIFY(readingAt(all, 0).spoken().startsWith(QLatin1String("#1, Bits 3")));
    }

    void thePointerIsTold_data() { kindRows(); }
    void thePointerIsTold()
    {
        QFETCH(QString, kind);
        const Figure f = named(kind);
        FigureCard card(Theme::light(), shared(f));
        shown(card);
        auto* view = card.findChild<FigureView*>();
        QVERIFY(view->told().isEmpty());
        const std::vector<QRectF> places = view->places();
        QCOMPARE(places.size(), placesIn(f));
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (places[i].width() < 0) continue;
            QTest::mouseMove(view, middleOf(*view, i));
            QCOMPARE(view->told(), readingAt(f, i).spoken());
        }
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(view, &leave);
        QVERIFY(view->told().isEmpty());
        QCOMPARE(view->accessibleDescription(), QStringLiteral("What it shows."));
    }

    void arrowKeysGoFromPlaceToPlace_data() { kindRows(); }
    void arrowKeysGoFromPlaceToPlace()
    {
        QFETCH(QString, kind);
        const Figure f = named(kind);
        FigureCard card(Theme::darkTheme(), shared(f));
        shown(card);
        auto* view = card.findChild<FigureView*>();
        view->clearFocus();
        view->setFocus(Qt::TabFocusReason);
        QTRY_VERIFY(view->hasFocus());
        QCOMPARE(view->told(), readingAt(f, 0).spoken());
        QCOMPARE(view->accessibleDescription(), view->told()); // a screen reader is told the same
        QTest::keyClick(view, Qt::Key_Right);
        if (placesIn(f) > 1) QCOMPARE(view->told(), readingAt(f, 1).spoken());
        QTest::keyClick(view, Qt::Key_End);
        const QString last = view->told();
        QTest::keyClick(view, Qt::Key_Right);
        QCOMPARE(view->told(), last);
        QTest::keyClick(view, Qt::Key_Home);
        QCOMPARE(view->told(), readingAt(f, 0).spoken());
        QTest::keyClick(view, Qt::Key_Escape);
        QVERIFY(view->told().isEmpty());
        QCOMPARE(view->accessibleDescription(), QStringLiteral("What it shows."));
    }

    void cellsAreReachedUpAndDown()
    {
        const Figure f = named(QStringLiteral("heatmap"));
        FigureCard card(Theme::light(), shared(f));
        shown(card);
        auto* view = card.findChild<FigureView*>();
        for (const Qt::Key key : {Qt::Key_Home, Qt::Key_Down, Qt::Key_Down, Qt::Key_Right, Qt::Key_Up}) QTest::keyClick(view, key);
        QCOMPARE(view->told(), readingAt(f, 3).spoken());
    }

    /// What is told follows a figure that lives.
    void whatIsToldIsNew()
    {
        Figure f = named(QStringLiteral("bars"));
        FigureCard card(Theme::light(), shared(f));
        shown(card);
        auto* view = card.findChild<FigureView*>();
        QTest::mouseMove(view, middleOf(*view, 1));
        std::get<Bars>(f.body).series[1].values[1] = 17;
        card.setFigure(shared(f));
        QVERIFY2(view->told().contains(QStringLiteral("b: 17 dB")), qPrintable(view->told()));
        f.body = named(QStringLiteral("readout")).body;
        card.setFigure(shared(f));
        QVERIFY(!view->told().contains(QStringLiteral("b: 17 dB")));
    }

    void aClickInTheLegendHidesASeries()
    {
        const Figure f = named(QStringLiteral("bars"));
        FigureCard card(Theme::light(), shared(f));
        shown(card);
        auto* view = card.findChild<FigureView*>();
        const auto click = [&card, &f](const QString& name) {
            const Theme theme = Theme::light();
            for (const auto& entry : FigureHeader(f, theme).entries(QRectF(card.rect()).adjusted(16, 12, -16, 0), 26))
                if (entry.first == name) QTest::mouseClick(&card, Qt::LeftButton, {}, entry.second.center().toPoint());
        };
        const auto told = [&] {
            QTest::keyClick(view, Qt::Key_Home);
            return view->told();
        };
        QCOMPARE(told(), QStringLiteral("conv1, a: 10 dB (8 dB to 12 dB), b: -5 dB"));
        click(QStringLiteral("a"));
        QCOMPARE(told(), QStringLiteral("conv1, b: -5 dB"));
        QCOMPARE(card.figure()->body.index(), f.body.index());
        QCOMPARE(std::get<Bars>(card.figure()->body).series.size(), std::size_t(2)); // what is exported is all of it
        card.setFigure(shared(f)); // a live one stays so
        QCOMPARE(told(), QStringLiteral("conv1, b: -5 dB"));
        click(QStringLiteral("b")); // the last one stays
        QCOMPARE(told(), QStringLiteral("conv1, b: -5 dB"));

        auto* menu = card.findChild<QMenu*>(); // by keyboard
        Q_EMIT menu->aboutToShow();
        const QList<QAction*> names = card.findChild<QMenu*>(QStringLiteral("series"))->actions();
        QCOMPARE(names.size(), 2);
        QVERIFY(!names[0]->isChecked() && names[1]->isChecked());
        names[0]->trigger();
        QCOMPARE(told(), QStringLiteral("conv1, a: 10 dB (8 dB to 12 dB), b: -5 dB"));
    }

    /// Dragged by a name of the legend, a card moves and shows what it showed.
    void aCardDraggedByANameHidesNothing()
    {
        CardGrid grid(Theme::light());
        grid.resize(1000, 400);
        grid.show();
        const Figure f = named(QStringLiteral("bars"));
        grid.setFigures({shared(f), shared(named(QStringLiteral("curves")))});
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        FigureCard *card = grid.cards()[0], *other = grid.cards()[1];
        const Theme theme = Theme::light();
        QPoint name;
        for (const auto& entry : FigureHeader(f, theme).entries(QRectF(card->rect()).adjusted(16, 12, -16, 0), 26))
            if (entry.first == QLatin1String("a")) name = entry.second.center().toPoint();
        QVERIFY(!name.isNull());
        QTest::mousePress(card, Qt::LeftButton, {}, name);
        QTest::mouseMove(card, name + QPoint(0, 40));
        QTest::mouseRelease(card, Qt::LeftButton, {}, card->mapFromGlobal(other->mapToGlobal(other->rect().center())));
        QCOMPARE(grid.cards()[1], card);
        QVERIFY(card->state().as.hidden.isEmpty());
        QTest::mouseClick(card, Qt::LeftButton, {}, name);
        QCOMPARE(card->state().as.hidden, QStringList{QStringLiteral("a")});
    }

    void nameAndValueDoNotTouch()
    {
        for (const qreal room : {60.0, 120.0, 200.0})
            for (const qreal name : {20.0, 90.0, 300.0})
                for (const qreal value : {20.0, 90.0, 300.0}) {
                    const ReadingOverlay::Row row = ReadingOverlay::rowIn({5, 0, room, 12}, name, value);
                    QVERIFY(row.value.left() - row.name.right() > 6);
                    QCOMPARE(row.name.left(), 5.0);
                    QCOMPARE(row.value.right(), 5 + room);
                    QVERIFY(row.name.width() >= std::min(name, room / 3));
                    if (name + value + 10 <= room) QVERIFY(row.name.width() >= name && row.value.width() == value);
                }
    }

    /// A screen reader that goes through the cells hears what one hears that goes from place to place.
    void cellsAreSpokenAsTheyAreTold()
    {
        Figure f = named(QStringLiteral("heatmap"));
        auto& map = std::get<Heatmap>(f.body);
        map.values[0] = 12345;
        const std::optional<SpokenTable> table = spokenTable(f);
        QVERIFY(table);
        QCOMPARE(table->rows.size(), map.rows.size());
        for (std::size_t i = 0; i < placesIn(f); ++i)
            QCOMPARE(table->rows[i / map.columns.size()][i % map.columns.size() + 1], readingAt(f, i).values.front().value);
        QCOMPARE(table->rows[0][1], QStringLiteral("12,345"));
        QCOMPARE(table->rows[2][1], QStringLiteral("no value"));
    }

    void whatALogarithmicAxisCannotShowIsSaid()
    {
        const Axis x{.title = "bytes", .logarithmic = true}, y{.title = "error", .logarithmic = true};
        QCOMPARE(readingAt(figureOf(Scatter{x, y, {{"p", -1, 0, Role::Before, {}}}}), 0).spoken(),
            QStringLiteral("p, bytes: -1, below a logarithmic axis, error: 0, below a logarithmic axis"));
        QCOMPARE(readingAt(figureOf(Bars{y, {"conv"}, {{"a", Role::Before, {0}, {}}}}), 0).spoken(),
            QStringLiteral("conv, a: 0, below a logarithmic axis"));
    }

    /// Images ask for the height at which their names are no wider than they are.
    void namesOfImagesStandWhole()
    {
        Images images;
        for (int i = 0; i < 40; ++i)
            images.tiles.push_back({i % 2 == 0 ? Text("T-shirt/top") : Text("Ankle boot"), 2, 2, 1, {0, 85, 170, 255}});
        FigureCard card(Theme::light(), shared(figureOf(images)));
        card.show();
        for (const int width : {360, 540, 900}) {
            card.resize(width, card.wantedHeight(width));
            const std::vector<QRectF> places = card.findChild<FigureView*>()->places();
            QCOMPARE(places.size(), std::size_t(40));
            const double name = QFontMetricsF(Theme::axis()).horizontalAdvance(QStringLiteral("T-shirt/top"));
            QVERIFY2(places[0].width() + 1 >= name, qPrintable(QStringLiteral("%1 < %2").arg(places[0].width()).arg(name)));
        }
    }

    void aLongTitleTakesASecondLine()
    {
        Figure f = named(QStringLiteral("readout"));
        f.title = Text("3 bits cost nothing for certain: −1.6 ± 1.8 points of accuracy");
        FigureCard card(Theme::light(), shared(f));
        const int wide = card.wantedHeight(900), narrow = card.wantedHeight(400);
        QCOMPARE(narrow - wide, qRound(QFontMetricsF(Theme::cardTitle()).height()));
        f.title = Text("3 bits");
        FigureCard small(Theme::light(), shared(f));
        QCOMPARE(small.wantedHeight(400), wide);
    }

    void theChartIsNotPaintedAgain()
    {
        const Figure f = named(QStringLiteral("histogram"));
        FigureCard card(Theme::light(), shared(f));
        shown(card);
        auto* view = card.findChild<FigureView*>();
        QTest::mouseMove(view, middleOf(*view, 3));
        QTest::qWait(50);
        PaintCounter counter;
        card.findChild<QChartView*>()->viewport()->installEventFilter(&counter);
        for (std::size_t i = 0; i < 10; ++i) {
            QTest::mouseMove(view, middleOf(*view, i));
            view->repaint();
            QTest::qWait(1);
        }
        QCOMPARE(counter.paints, 0);
    }

    void aFigureIsAPictureToAScreenReader()
    {
        FigureCard card(Theme::light(), shared(named(QStringLiteral("curves"))));
        shown(card);
        QAccessibleInterface* figure = QAccessible::queryAccessibleInterface(card.findChild<FigureView*>());
        QVERIFY(figure);
        QCOMPARE(figure->role(), QAccessible::Graphic);
        QCOMPARE(figure->text(QAccessible::Name), QStringLiteral("Title of curves"));
        QCOMPARE(figure->childCount(), 0);
    }
};

QTEST_MAIN(TestReadings)
#include "tst_readings.moc"
