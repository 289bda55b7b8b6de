// A part of a chart, chosen by wheel, box and keys; it stays when the figure goes on.

#include "paint/reading.h"
#include "tests/support/figures.h"
#include "tests/support/odd_figures.h"
#include "widgets/card_grid.h"

#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QMenu>
#include <QScrollArea>
#include <QValueAxis>
#include <QWheelEvent>
#include <QXYSeries>
#include <QtTest>

using namespace bitstill;

namespace {

Figure figureOf(FigureBody body) { return {.id = "f", .title = "F", .caption = {}, .description = "All of it.", .body = std::move(body)}; }

Figure curves()
{
    Curves c{{.title = "step", .range = AxisRange{0, 100}}, {.title = "loss", .range = AxisRange{0, 10}}, {}};
    c.series.push_back({"loss", Role::Train, CurveSeries::Style::Solid, {0, 25, 50, 75, 100}, {9, 5, 3, 2, 1}});
    return figureOf(c);
}

Figure histogram()
{
    Histogram h{{.title = "weight", .range = AxisRange{-1, 1}}, {.title = "share", .range = AxisRange{0, 0.5}}, {}, {}};
    h.series.push_back({"before", Role::Before, HistogramSeries::Style::Area, -1, 0.1, std::vector<double>(20, 0.3)});
    return figureOf(h);
}

} // namespace

class TestZoom : public QObject {
    Q_OBJECT

    std::unique_ptr<FigureCard> m_card;
    FigureView* m_view = nullptr;

    void show(const Figure& f)
    {
        m_card = std::make_unique<FigureCard>(Theme::light(), std::make_shared<const Figure>(f));
        m_view = m_card->findChild<FigureView*>();
        m_card->resize(520, 360);
        m_card->show();
        m_card->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_card.get()));
    }
    QChart* chart() const { return m_card->findChild<QChartView*>()->chart(); }
    AxisRange shown(Qt::Orientation side) const
    {
        const auto* axis = static_cast<QValueAxis*>(chart()->axes(side).front());
        return {axis->min(), axis->max()};
    }
    AxisRange x() const { return shown(Qt::Horizontal); }
    AxisRange y() const { return shown(Qt::Vertical); }
    QPoint at(double xValue, double yValue) const { return chart()->mapToPosition({xValue, yValue}).toPoint(); }
    /// Whether the figure took it; otherwise the page scrolls.
    bool wheel(const QPoint& where, int turns, Qt::KeyboardModifiers keys = {}) const
    {
        QWheelEvent event(where, m_view->mapToGlobal(where), {}, {0, 120 * turns}, Qt::NoButton, keys, Qt::NoScrollPhase, false);
        event.ignore();
        QApplication::sendEvent(m_view, &event);
        return event.isAccepted();
    }
    void box(const QPoint& from, const QPoint& to, Qt::MouseButton button = Qt::LeftButton) const
    {
        QTest::mousePress(m_view, button, {}, from);
        QTest::mouseMove(m_view, to);
        QTest::mouseRelease(m_view, button, {}, to);
    }

private Q_SLOTS:
    void theWheelZoomsAtThePointerAfterAClick()
    {
        show(curves());
        const QPoint pointer = at(25, 5);
        QVERIFY(!wheel(pointer, 1));
        QCOMPARE(x(), (AxisRange{0, 100}));
        QTest::mouseClick(m_view, Qt::LeftButton, {}, pointer);
        QVERIFY(wheel(pointer, 1));
        QVERIFY(std::abs(x().high - x().low - 80) < 1e-9);
        QVERIFY(std::abs(y().high - y().low - 8) < 1e-9);
        QVERIFY((at(25, 5) - pointer).manhattanLength() <= 12); // ticks may need other room than before
        // Out again, to all of it and no further.
        for (int i = 0; i < 4; ++i) wheel(pointer, -1);
        QCOMPARE(x(), (AxisRange{0, 100}));
        QCOMPARE(y(), (AxisRange{0, 10}));
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(m_view, &leave);
        QVERIFY(!wheel(pointer, 1));
        QVERIFY(wheel(pointer, 1, Qt::ControlModifier));
    }

    void aBoxIsShownAndADoubleClickShowsAll()
    {
        show(curves());
        box(at(20, 8), at(60, 2));
        QVERIFY2(std::abs(x().low - 20) < 1 && std::abs(x().high - 60) < 1, qPrintable(QString::number(x().low)));
        QVERIFY(std::abs(y().low - 2) < 0.2 && std::abs(y().high - 8) < 0.2);
        const QPoint to = at(40, 5);
        QTest::mouseDClick(m_view, Qt::LeftButton, {}, to);
        QCOMPARE(x(), (AxisRange{0, 100}));
        QCOMPARE(y(), (AxisRange{0, 10}));
        box(at(20, 5), at(60, 5) + QPoint(0, 3)); // hardly higher than a line
        QVERIFY(x().high < 61);
        QCOMPARE(y(), (AxisRange{0, 10}));
    }

    void aDragMovesThePart()
    {
        show(curves());
        box(at(20, 8), at(60, 2));
        const AxisRange before = x();
        const QPoint from = at(40, 5);
        box(from, from - QPoint(40, 0), Qt::MiddleButton);
        QVERIFY(x().low > before.low + 1);
        QVERIFY(std::abs((x().high - x().low) - (before.high - before.low)) < 1e-6);
        for (int i = 0; i < 20; ++i) QTest::keyClick(m_view, Qt::Key_Right, Qt::ShiftModifier);
        QVERIFY(std::abs(x().high - 100) < 1e-6); // there is nothing beyond
    }

    void keysZoom()
    {
        show(curves());
        QTest::keyClick(m_view, Qt::Key_Home);
        QTest::keyClick(m_view, Qt::Key_Right); // to 25
        QTest::keyClick(m_view, Qt::Key_Plus);
        QVERIFY(std::abs(x().low - 5) < 1e-6 && std::abs(x().high - 85) < 1e-6);
        QVERIFY(m_view->told().startsWith(QStringLiteral("step: 25,")));
        QTest::keyClick(m_view, Qt::Key_Left); // 0 cannot be seen
        QVERIFY(m_view->told().startsWith(QStringLiteral("step: 25,")));
        QTest::keyClick(m_view, Qt::Key_Minus);
        QVERIFY(x().low < 1e-6);
        QTest::keyClick(m_view, Qt::Key_Plus);
        QTest::keyClick(m_view, Qt::Key_0);
        QCOMPARE(x(), (AxisRange{0, 100}));
    }

    void aLiveFigureKeepsItsPart()
    {
        show(curves());
        box(at(20, 8), at(60, 2));
        const AxisRange before = x();
        Figure f = curves();
        std::get<Curves>(f.body).series[0].y = {8, 7, 6, 5, 4};
        m_card->setFigure(std::make_shared<const Figure>(f));
        QCOMPARE(x(), before);
        f.id = "another";
        m_card->setFigure(std::make_shared<const Figure>(f));
        QCOMPARE(x(), (AxisRange{0, 100}));
    }

    void histogramsStandOnZero()
    {
        show(histogram());
        wheel(at(0.5, 0.4), 2, Qt::ControlModifier);
        QVERIFY(x().high - x().low < 1.5);
        QCOMPARE(y(), (AxisRange{0, 0.5}));
        box(at(0.4, 0.4), at(0.6, 0.2));
        QCOMPARE(y().low, 0.0);
        const QImage image = m_card->grab().toImage();
        QVERIFY(!image.isNull());
    }

    void logarithmicAxesAndDotsZoom()
    {
        Scatter s{{.title = "bytes", .logarithmic = true}, {.title = "accuracy"}, {}};
        for (int i = 0; i < 6; ++i) s.points.push_back({"p" + std::to_string(i), std::pow(10.0, i), 0.1 * i, Role::Before, {}});
        show(figureOf(s));
        const AxisRange all = x();
        QTest::keyClick(m_view, Qt::Key_Plus);
        QVERIFY(std::abs((x().high - x().low) / (all.high - all.low) - 0.8) < 1e-6);
        QTest::keyClick(m_view, Qt::Key_0);
        QCOMPARE(x(), all);
    }

    /// By the menu, where all values are above 0; what an experiment wants logarithmic can be looked at the other way.
    void anAxisCanBeMadeLogarithmic()
    {
        show(curves());
        const auto action = [this](const char* name) { return m_card->findChild<QAction*>(QLatin1String(name)); };
        const auto open = [this] { Q_EMIT m_card->findChild<QMenu*>()->aboutToShow(); };
        open();
        QVERIFY(!action("action.log.x")->isVisible()); // a step is 0
        QVERIFY(action("action.log.y")->isVisible() && !action("action.log.y")->isChecked());
        QCOMPARE(action("action.log.y")->text(), QStringLiteral("Logarithmic: loss"));
        action("action.log.y")->trigger();
        QVERIFY(std::abs(y().high - y().low - 1) < 0.2); // from 1 to 10
        open();
        QVERIFY(action("action.log.y")->isChecked());
        Figure f = curves();
        std::get<Curves>(f.body).series[0].y = {8, 7, 0, 5, 4}; // a live one that comes to 0 is as it was
        m_card->setFigure(std::make_shared<const Figure>(f));
        QCOMPARE(y(), (AxisRange{0, 10}));
        m_card->setFigure(std::make_shared<const Figure>(curves()));
        QVERIFY(y().high < 2);
        action("action.log.y")->trigger();
        QCOMPARE(y(), (AxisRange{0, 10}));
        std::get<Curves>(f.body).y.logarithmic = true;
        show(f);
        open();
        QVERIFY(action("action.log.y")->isChecked());
        action("action.log.y")->trigger();
        QCOMPARE(y(), (AxisRange{0, 10}));
        show(histogram());
        open();
        QVERIFY(!action("action.log.x")->isVisible() && !action("action.log.y")->isVisible());
    }

    /// Between points a logarithmic line is told of as it runs; what has no place on it is said.
    void logarithmicAxesAreRead()
    {
        Curves c{{.title = "T", .logarithmic = true}, {.title = "p", .logarithmic = true}, {}};
        c.series.push_back({"a", Role::Train, CurveSeries::Style::Solid, {1, 100, 1000}, {1, 0.01, 0}});
        c.series.push_back({"b", Role::Test, CurveSeries::Style::Solid, {1, 10, 100}, {1, 2, 3}});
        c.series.push_back({"c", Role::Test, CurveSeries::Style::Solid, {-1, 0, 1}, {1, 2, 3}});
        const Figure f = figureOf(c);
        QCOMPARE(stopsOf(f), (std::vector<double>{1, 10, 100, 1000}));
        QCOMPARE(readingAt(f, 1).spoken(), QStringLiteral("T: 10, a: ≈ 0.1000, b: 2"));
        QCOMPARE(readingAt(f, 3).spoken(), QStringLiteral("T: 1,000, a: 0, below a logarithmic axis"));
    }

    /// On request one zoom for all histograms, by menu and by key.
    void histogramsCanShareAZoom()
    {
        CardGrid grid(Theme::light());
        grid.resize(700, 900);
        grid.show();
        std::vector<FigurePointer> figures;
        for (const char* id : {"conv1", "conv2"}) {
            Figure f = histogram();
            f.id = id;
            if (figures.size() == 1) std::get<Histogram>(f.body).x.range = AxisRange{-0.1, 0.1};
            figures.push_back(std::make_shared<const Figure>(f));
        }
        figures.push_back(std::make_shared<const Figure>(curves()));
        grid.setFigures(figures);
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        const auto part = [&grid](std::size_t i) { return grid.cards()[i]->state().part; };
        const auto press = [&grid](std::size_t i, Qt::Key key) { QTest::keyClick(grid.cards()[i]->findChild<FigureView*>(), key); };
        press(0, Qt::Key_Plus);
        QVERIFY(part(0).x && !part(1).x);
        const auto isTaken = [&grid](std::size_t i, Qt::KeyboardModifiers modifiers) {
            QKeyEvent l(QEvent::KeyPress, Qt::Key_L, modifiers);
            QApplication::sendEvent(grid.cards()[i]->findChild<FigureView*>(), &l);
            return l.isAccepted();
        };
        QVERIFY(!isTaken(0, Qt::ControlModifier));
        QVERIFY(!isTaken(2, Qt::NoModifier)); // curves
        QVERIFY(!part(1).x);
        press(0, Qt::Key_L);
        QVERIFY(part(1).x == part(0).x); // at once
        press(1, Qt::Key_Plus);
        QVERIFY(part(1).x == part(0).x);
        QVERIFY(!part(2).x);
        auto* link = grid.cards()[1]->findChild<QAction*>(QStringLiteral("action.link"));
        Q_EMIT grid.cards()[1]->findChild<QMenu*>()->aboutToShow();
        QVERIFY(link->isVisible() && link->isChecked());
        press(1, Qt::Key_0);
        QVERIFY(!part(0).x && !part(1).x);
        link->trigger();
        press(1, Qt::Key_Plus);
        QVERIFY(part(1).x && !part(0).x);
        Q_EMIT grid.cards()[2]->findChild<QMenu*>()->aboutToShow();
        QVERIFY(!grid.cards()[2]->findChild<QAction*>(QStringLiteral("action.link"))->isVisible());
        figures.erase(figures.begin()); // alone there is nothing to link
        grid.setFigures(figures);
        Q_EMIT grid.cards()[0]->findChild<QMenu*>()->aboutToShow();
        QVERIFY(!link->isVisible());
    }

    void whatHasNoPartsLeavesTheWheelToThePage()
    {
        for (const Figure& f : everyFigure()) {
            show(f);
            const bool zooms = f.id == "curves" || f.id == "histogram" || f.id == "scatter";
            const QPoint middle = zooms ? chart()->plotArea().center().toPoint() : m_view->rect().center();
            QCOMPARE(wheel(middle, 1, Qt::ControlModifier), zooms);
            for (const Qt::Key key : {Qt::Key_Plus, Qt::Key_Minus, Qt::Key_0}) QTest::keyClick(m_view, key);
        }
    }

    /// Values that are none, too large or too many names: pointed at, gone through by keys, zoomed.
    void oddFiguresAnswerToo()
    {
        for (const bool logarithmic : {false, true})
            for (const Figure& f : oddFigures(logarithmic)) {
                FigureCard card(Theme::light(), std::make_shared<const Figure>(f));
                card.resize(360, 320);
                card.show();
                m_view = card.findChild<FigureView*>();
                for (const double share : {0.2, 0.5, 0.8}) {
                    const QPoint where(static_cast<int>(share * m_view->width()), static_cast<int>(share * m_view->height()));
                    QTest::mouseMove(m_view, where);
                    wheel(where, 2, Qt::ControlModifier);
                }
                for (const Qt::Key key : {Qt::Key_Home, Qt::Key_Right, Qt::Key_Plus, Qt::Key_End, Qt::Key_Up, Qt::Key_0})
                    QTest::keyClick(m_view, key);
                QVERIFY(!card.grab().isNull());
            }
    }

    /// Laying out a chart costs much of a frame: one that is scrolled away waits until it is seen, or asked for by a key.
    void chartsThatAreScrolledAwayWait_data()
    {
        QTest::addColumn<bool>("byKey");
        QTest::newRow("scrolled to") << false;
        QTest::newRow("by the keyboard") << true;
    }
    void chartsThatAreScrolledAwayWait()
    {
        QFETCH(bool, byKey);
        QScrollArea area;
        auto* page = new QWidget;
        area.setWidget(page);
        page->resize(500, 4000);
        auto* other = new QLineEdit(page);
        auto* card = new FigureCard(Theme::light(), std::make_shared<const Figure>(curves()), page);
        card->setGeometry(0, 3000, 480, 360);
        other->setFocus();
        area.resize(520, 400);
        area.show();
        area.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&area));
        const QChart* drawn = card->findChild<QChartView*>()->chart();
        const auto last = [drawn] { return static_cast<QXYSeries*>(drawn->series().front())->points().last(); };
        QCOMPARE(last(), QPointF(100, 1));
        Figure grown = curves();
        std::get<Curves>(grown.body).series.front().y.back() = 7;
        card->setFigure(std::make_shared<const Figure>(grown));
        QCOMPARE(last(), QPointF(100, 1));
        if (byKey)
            card->findChild<FigureView*>()->setFocus(Qt::TabFocusReason);
        else
            area.ensureWidgetVisible(card);
        QTRY_COMPARE(last(), QPointF(100, 7));
    }

    void noTurnOfTheWheelBreaksAnything()
    {
        show(curves());
        for (int i = 0; i < 200; ++i) wheel(m_view->rect().center(), 1, Qt::ControlModifier);
        QVERIFY(x().high > x().low && y().high > y().low);
        for (int i = 0; i < 400; ++i) wheel(m_view->rect().center(), -1, Qt::ControlModifier);
        QCOMPARE(x(), (AxisRange{0, 100}));
    }
};

QTEST_MAIN(TestZoom)
#include "tst_zoom.moc"
