// What series look like: each in a colour of its own, lines without a filling.

#include "paint/figure_export.h"
#include "paint/figure_kinds.h"
#include "paint/series_colors.h"
#include "widgets/figure_card.h"

#include <QApplication>
#include <QDoubleSpinBox>
#include <QSpinBox>
#include <QtTest>
#include <set>

using namespace bitstill;

namespace {

Figure figureOf(FigureBody body) { return {.id = "f", .title = "F", .caption = {}, .description = "All of it.", .body = std::move(body)}; }

CurveSeries curve(const std::string& name, Role role, CurveSeries::Style style = CurveSeries::Style::Solid)
{
    return {Text(name), role, style, {0, 1, 2, 3}, {0, 2, 3, 1}};
}

int pixelsOf(const QImage& image, const QColor& color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) count += image.pixelColor(x, y) == color;
    return count;
}

} // namespace

class TestColors : public QObject {
    Q_OBJECT

    static void themeRows()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    static Theme theme(bool dark) { return dark ? Theme::darkTheme() : Theme::light(); }

private Q_SLOTS:
    void noTwoSeriesShareAColour_data() { themeRows(); }
    void noTwoSeriesShareAColour()
    {
        QFETCH(bool, dark);
        Curves c;
        // After, Taught and Test are one blue; the rest repeat.
        for (const Role role : {Role::After, Role::Taught, Role::Test, Role::Neutral, Role::After, Role::Before, Role::Before, Role::Guide,
                 Role::Guide, Role::Train, Role::Teacher, Role::Alone})
            c.series.push_back(curve("s" + std::to_string(c.series.size()), role));
        const SeriesColors colors(figureOf(c), theme(dark));
        std::set<QRgb> used;
        for (const CurveSeries& s : c.series) used.insert(colors.of(s.name, s.role).rgb());
        QCOMPARE(used.size(), c.series.size());
        QCOMPARE(colors.of(c.series[0].name, Role::After), theme(dark).after); // who comes first has the role's own
        QCOMPARE(colors.of(c.series[5].name, Role::Before), theme(dark).before);
    }

    void theSameNameIsTheSameSeries()
    {
        const Curves c{{}, {}, {curve("half a step", Role::Guide), curve("half a step", Role::Guide), curve("error", Role::After)}};
        const SeriesColors colors(figureOf(c), Theme::light());
        QCOMPARE(colors.of(Text("half a step"), Role::Guide), Theme::light().colorOf(Role::Guide));
        QCOMPARE(colors.of(Text("called otherwise now"), Role::After), Theme::light().after);
    }

    /// Names of dots stand for one dot each; what they have in common is the role.
    void dotsOfARoleAreOfOneColour()
    {
        const Scatter s{{}, {},
            {{"a", 1, 1, Role::Before, {}}, {"b", 2, 1, Role::After, {}}, {"c", 3, 1, Role::Before, {}}, {"d", 4, 1, Role::Taught, {}}}};
        const SeriesColors colors(figureOf(s), Theme::light());
        QCOMPARE(colors.of(Text("a"), Role::Before), colors.of(Text("c"), Role::Before));
        QVERIFY(colors.of(Text("b"), Role::After) != colors.of(Text("d"), Role::Taught));
    }

    /// A series keeps its colour when another one is hidden, in the chart, in the legend and in what is told.
    void hidingLeavesTheColoursAlone()
    {
        const Theme light = Theme::light();
        const Curves c{{}, {}, {curve("path", Role::Taught), curve("dots", Role::After, CurveSeries::Style::Points)}};
        FigureCard card(light, std::make_shared<const Figure>(figureOf(c)));
        card.resize(480, 360);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        QVERIFY(pixelsOf(card.grab().toImage(), light.more[0]) > 30);
        QVERIFY(pixelsOf(card.grab().toImage(), light.taught) > 30);
        FigureCard::State state = card.state();
        state.as.hidden = {QStringLiteral("path")};
        card.setState(state);
        QTRY_VERIFY(pixelsOf(card.findChild<FigureView*>()->grab().toImage(), light.taught) == 0);
        QVERIFY(pixelsOf(card.findChild<FigureView*>()->grab().toImage(), light.more[0]) > 30);
    }

    /// Numbers with and without decimals are typed into fields of one look.
    void spinBoxesLookAlike_data() { themeRows(); }
    void spinBoxesLookAlike()
    {
        QFETCH(bool, dark);
        qApp->setStyleSheet(theme(dark).styleSheet());
        QSpinBox whole;
        QDoubleSpinBox decimal;
        decimal.setDecimals(0);
        const auto picture = [](auto& box) {
            box.setButtonSymbols(QAbstractSpinBox::NoButtons);
            box.setRange(1, 200);
            box.setValue(120);
            box.resize(100, 32);
            return box.grab().toImage();
        };
        const QImage one = picture(whole), other = picture(decimal);
        qApp->setStyleSheet({});
        QVERIFY(pixelsOf(one, theme(dark).card) > 1000);
        QVERIFY(one == other);
    }

    /// Qt Charts fills what is dashed with the brush that the legend's dot was painted with.
    void dashedLinesAreNotFilled_data() { themeRows(); }
    void dashedLinesAreNotFilled()
    {
        QFETCH(bool, dark);
        CurveSeries arch = curve("arch", Role::Before, CurveSeries::Style::Dashed);
        arch.x = {0, 0, 3, 3};
        arch.y = {0, 3, 3, 0};
        const CurveSeries dots{"dots", Role::Alone, CurveSeries::Style::Points, {0, 3}, {0, 0}};
        const Curves c{{.range = AxisRange{0, 3}}, {.range = AxisRange{0, 3}}, {arch, dots}};
        const QImage image =
            QImage::fromData(QByteArray::fromStdString(figureBytes(figureOf(c), "s", QStringLiteral("png"), {.dpi = 96, .dark = dark})));
        QVERIFY(!image.isNull());
        const int filled = pixelsOf(image, theme(dark).alone);
        QVERIFY2(filled > 20 && filled < image.width() * image.height() / 100, qPrintable(QString::number(filled)));
        // What is outlined, too.
        FigureCard card(theme(dark), std::make_shared<const Figure>(figureOf(c)));
        card.resize(480, 360);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        QVERIFY(pixelsOf(card.grab().toImage(), theme(dark).alone) < 480 * 360 / 100);
    }
};

QTEST_MAIN(TestColors)
#include "tst_colors.moc"
