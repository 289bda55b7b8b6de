// The picture before: as an outline while a live field is moved, and for as long as it is kept.

#include "paint/figure_chart.h"
#include "tests/support/figure_rows.h"
#include "widgets/card_grid.h"

#include <QAction>
#include <QApplication>
#include <QBuffer>
#include <QChartView>
#include <QGraphicsScene>
#include <QMenu>
#include <QSvgGenerator>
#include <QtTest>

using namespace bitstill;

namespace {

FigurePointer shared(const Figure& f) { return std::make_shared<const Figure>(f); }

/// The same figure, at another value of a live field.
FigurePointer moved(const QString& kind, double by)
{
    Figure f = named(kind);
    if (auto* c = std::get_if<Curves>(&f.body))
        for (double& y : c->series[1].y) y = 0.5 * by;
    if (auto* h = std::get_if<Histogram>(&f.body))
        for (double& y : h->series[0].y) y *= by;
    if (auto* b = std::get_if<Bars>(&f.body)) b->series[1].values[1] = 15 * by;
    return shared(f);
}

} // namespace

class TestOutlines : public QObject {
    Q_OBJECT

    static void outlinedRows()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind : {"curves", "histogram", "bars"}) QTest::newRow(kind) << QString::fromLatin1(kind);
    }

    std::unique_ptr<CardGrid> m_grid;
    FigureCard* m_card = nullptr;

    void show(const FigurePointer& figure)
    {
        m_grid = std::make_unique<CardGrid>(Theme::light());
        m_grid->resize(560, 400);
        m_grid->show();
        m_grid->setFigures({figure});
        m_grid->setSettings(QStringLiteral("now"));
        m_card = m_grid->cards().front();
        QVERIFY(QTest::qWaitForWindowExposed(m_grid.get()));
    }
    QImage picture() const { return m_card->findChild<FigureView*>()->grab().toImage(); }
    QAction* action(const char* name) const { return m_card->findChild<QAction*>(QStringLiteral("action.") + QLatin1String(name)); }

private Q_SLOTS:
    void whileAFieldMovesThePictureBeforeStays_data() { outlinedRows(); }
    void whileAFieldMovesThePictureBeforeStays()
    {
        QFETCH(QString, kind);
        show(moved(kind, 1));
        m_grid->setFigures({moved(kind, 0.5)});
        const QImage without = picture();
        m_grid->setFigures({moved(kind, 1)});
        const QList<QAbstractSeries*> series = m_card->findChild<QChartView*>()->chart()->series();
        m_grid->hold(true);
        m_grid->setFigures({moved(kind, 0.8)});
        m_grid->setFigures({moved(kind, 0.5)});
        QVERIFY(picture() != without);
        QCOMPARE(m_card->findChild<QChartView*>()->chart()->series(), series); // nothing was built anew
        m_grid->hold(false);
        QVERIFY(picture() == without);
    }

    void keptOutlinesStayAndSayTheirSettings_data() { outlinedRows(); }
    void keptOutlinesStayAndSayTheirSettings()
    {
        QFETCH(QString, kind);
        show(moved(kind, 1));
        m_grid->setFigures({moved(kind, 0.5)});
        const QImage without = picture();
        m_grid->setFigures({moved(kind, 1)});
        m_grid->setSettings(QStringLiteral("Bits 8"));
        action("keep")->trigger();
        m_grid->setSettings(QStringLiteral("Bits 4"));
        m_grid->setFigures({moved(kind, 0.5)});
        QVERIFY(picture() != without);
        QCOMPARE(m_card->state().kept.size(), std::size_t(1));
        QCOMPARE(m_card->state().kept[0].settings, QStringLiteral("Bits 8"));
        action("keep")->trigger();
        action("keep")->trigger(); // of the same settings one
        QCOMPARE(m_card->state().kept.size(), std::size_t(2));
        Q_EMIT m_card->findChild<QMenu*>()->aboutToShow();
        QStringList names;
        for (const QAction* a : m_card->findChild<QMenu*>(QStringLiteral("series"))->actions()) names.append(a->text());
        QVERIFY(names.contains(QStringLiteral("kept: Bits 8")) && names.contains(QStringLiteral("kept: Bits 4")));
        QVERIFY(action("forget")->isVisible());
        action("forget")->trigger();
        QVERIFY(m_card->state().kept.empty());
        QVERIFY(picture() == without);
        Q_EMIT m_card->findChild<QMenu*>()->aboutToShow();
        QVERIFY(!action("forget")->isVisible());
    }

    /// Chosen in the legend, one of them goes.
    void aKeptOutlineIsRemovedByItsName()
    {
        show(moved(QStringLiteral("histogram"), 1));
        for (const char* settings : {"a", "b", "c", "d"}) {
            m_grid->setSettings(QLatin1String(settings));
            action("keep")->trigger();
        }
        QCOMPARE(m_card->state().kept.size(), std::size_t(3)); // the oldest went
        Q_EMIT m_card->findChild<QMenu*>()->aboutToShow();
        for (QAction* a : m_card->findChild<QMenu*>(QStringLiteral("series"))->actions())
            if (a->text() == QStringLiteral("kept: c")) a->trigger();
        QCOMPARE(m_card->state().kept.size(), std::size_t(2));
        QCOMPARE(m_card->state().kept[0].settings, QStringLiteral("b"));
        QCOMPARE(m_card->state().kept[1].settings, QStringLiteral("d"));
    }

    void whatHasNoOutlineIsNotKept()
    {
        for (const Figure& f : everyFigure()) {
            show(shared(f));
            m_grid->hold(true);
            m_grid->setFigures({shared(f)});
            m_grid->hold(false);
            Q_EMIT m_card->findChild<QMenu*>()->aboutToShow();
            QCOMPARE(action("keep")->isVisible(), f.id == "curves" || f.id == "histogram" || f.id == "bars");
        }
    }

    /// A figure that comes as another kind, or with other categories, has no place for what was.
    void anotherFigureHasNoOutline()
    {
        Figure more = named(QStringLiteral("bars")), other = more;
        auto& bars = std::get<Bars>(more.body);
        bars.categories.push_back("conv3");
        for (BarSeries& s : bars.series) s.values.push_back(1);
        other.body = named(QStringLiteral("readout")).body;
        std::vector<QImage> alone;
        for (const Figure& f : {more, other}) {
            show(shared(f));
            alone.push_back(picture());
        }
        show(moved(QStringLiteral("bars"), 1));
        action("keep")->trigger();
        m_grid->setFigures({shared(more)});
        QCOMPARE(m_card->state().kept.size(), std::size_t(1));
        QVERIFY(picture() == alone[0]);
        m_grid->setFigures({shared(other)});
        m_card = m_grid->cards().front();
        QVERIFY(picture() == alone[1]);
    }

    /// Wider dashes on such a line take Qt seconds.
    void dashesOfALineThatGoesUpAndDownAreThin()
    {
        Curves c{{.range = AxisRange{0, 1000}}, {.range = AxisRange{0, 1}}, {}};
        CurveSeries& s = c.series.emplace_back(CurveSeries{"loss", Role::Train, CurveSeries::Style::Solid, {}, {}});
        for (int i = 0; i <= 1000; ++i) {
            s.x.push_back(i);
            s.y.push_back(i % 2);
        }
        const auto widths = [](const Curves& curves, Qt::PenStyle style) {
            const Figure f{.id = "f", .title = {}, .caption = {}, .description = {}, .body = curves};
            QGraphicsScene scene;
            FigureChart chart(Theme::light());
            scene.addItem(chart.chart());
            chart.chart()->resize(400, 300);
            chart.setPast({{shared(f), QColor(1, 2, 3), style}});
            chart.setFigure(f);
            QByteArray bytes;
            QBuffer buffer(&bytes);
            QSvgGenerator svg;
            svg.setOutputDevice(&buffer);
            QPainter painter(&svg);
            scene.render(&painter, {0, 0, 400, 300}, {0, 0, 400, 300});
            painter.end();
            QStringList found;
            static const QRegularExpression kOutline(QStringLiteral("stroke=\"#010203\"[^>]*stroke-width=\"([0-9.]+)\""));
            for (auto it = kOutline.globalMatch(QString::fromUtf8(bytes)); it.hasNext();) found << it.next().captured(1);
            found.removeDuplicates();
            return found;
        };
        const QStringList usual{QStringLiteral("1.3")}, thin{QStringLiteral("1")};
        QCOMPARE(widths(c, Qt::DashLine), thin);
        QCOMPARE(widths(c, Qt::DotLine), thin);
        QCOMPARE(widths(c, Qt::SolidLine), usual);
        for (double& y : s.y) y = 0.5;
        QCOMPARE(widths(c, Qt::DashLine), usual);
    }

    /// A larger card begins as the small one is.
    void stateGoesFromCardToCard()
    {
        show(moved(QStringLiteral("histogram"), 1));
        m_grid->setSettings(QStringLiteral("Bits 8"));
        action("keep")->trigger();
        QTest::keyClick(m_card->findChild<FigureView*>(), Qt::Key_Plus);
        const FigureCard::State state = m_card->state();
        QVERIFY(state.part.x);
        FigureCard large(Theme::light(), m_card->figure());
        large.setState(state);
        large.resize(900, 600);
        large.show();
        QVERIFY(QTest::qWaitForWindowExposed(&large));
        QVERIFY(large.state().part == state.part);
        QCOMPARE(large.state().kept.size(), std::size_t(1));
    }
};

QTEST_MAIN(TestOutlines)
#include "tst_outlines.moc"
