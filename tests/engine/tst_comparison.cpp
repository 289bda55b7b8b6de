// Runs side by side: what differs, by how much, and their figures in one picture.

#include "engine/store/comparison.h"
#include "engine/store/comparison_figures.h"
#include "tests/support/figure_of.h"
#include "tests/support/figures.h"
#include "tests/support/sessions.h"

#include <QtTest>

using namespace bitstill;

namespace {

using Records = std::vector<std::shared_ptr<const Record>>;

std::shared_ptr<Record> recordOf(const std::string& experiment, std::uint64_t seed = 1)
{
    auto record = std::make_shared<Record>();
    record->spec = defaultSpec(experiment);
    record->spec.seed = seed;
    record->outcome = Outcome::Finished;
    return record;
}

FigurePointer shared(std::string id, FigureBody body)
{
    return std::make_shared<const Figure>(
        Figure{.id = std::move(id), .title = "T", .caption = {}, .description = {}, .body = std::move(body)});
}

std::string names(const Records& records)
{
    std::string all;
    for (const Text& name : namesOf(records)) all += (all.empty() ? "" : " | ") + name.english();
    return all;
}

std::string rowsIn(const Figure& figure)
{
    std::string all;
    for (const auto& row : std::get<Table>(figure.body).rows) {
        for (const Text& cell : row) all += cell.english() + ";";
        all += "\n";
    }
    return all;
}

std::vector<Figure> compared(const Records& records)
{
    std::vector<ComparedRun> runs;
    const std::vector<Text> names = namesOf(records);
    for (std::size_t i = 0; i < records.size(); ++i) runs.push_back({names[i], records[i]});
    return comparisonOf(runs);
}

std::string metricRows(const Records& records)
{
    const std::vector<Figure> figures = compared(records);
    return rowsIn(figureOf(figures, "compare.metrics"));
}

std::vector<Figure> twoOf(FigureBody a, FigureBody b)
{
    return together({{"A", shared("f", std::move(a))}, {"B", shared("f", std::move(b))}});
}

Curves curvesOf(const std::string& unit, const std::vector<double>& y)
{
    return {{.title = "time", .range = AxisRange{0, 3}}, {.title = "loss", .unit = unit}, {{.name = "test", .x = {0, 1}, .y = y}}};
}

} // namespace

class TestComparison : public QObject {
    Q_OBJECT
private slots:
    void namesSayWhatDiffers();
    void onlySettingsThatDifferAreListed();
    void settingsAreThoseOfTheEnd();
    void metricsHaveTheirDifferenceFromTheFirst();
    void differencesOnTheSameSamplesHavePairedIntervals();
    void runsOfOtherBitsAreComparedAtTheirOwn();
    void whereSettingsDoNotSayTheBitsNothingIsCompared();
    void aDifferenceThatCannotBePairedSaysWhy();
    void runsOfTheSameTestSetArePaired();
    void curvesShareOnePicture();
    void aHeadlineOfOneRunIsNotThatOfAll();
    void histogramsBecomeOutlines();
    void barsStandSideBySideByCategory();
    void mapsBecomeDifferences();
    void readoutsAndTablesStandSideBySide();
    void axesThatDifferAreNotMixed();
    void everyKindIsTakenOrLeftOut();
    void realRunsOfOneExperimentAreCompared();
    void tooFewAndTooManyAreRefused();
};

void TestComparison::namesSayWhatDiffers()
{
    auto a = recordOf("before-after"), b = recordOf("before-after", 2);
    b->spec.values["quant.bits"] = std::int64_t{7};
    QCOMPARE(names({a, b}), std::string("Bits 3, Seed 1 | Bits 7, Seed 2"));
    b->spec = a->spec;
    QCOMPARE(names({a, b}), std::string("run 1 | run 2"));
    QVERIFY(names({a, recordOf("number-line")}).starts_with(experimentInfo("before-after").title.english() + ", "));
    auto c = recordOf("before-after", 5);
    QCOMPARE(names({a, b, c}), std::string("Seed 1, run 1 | Seed 1, run 2 | Seed 5, run 3"));
}

void TestComparison::onlySettingsThatDifferAreListed()
{
    auto a = recordOf("before-after"), b = recordOf("before-after");
    b->spec.values["train.epochs"] = std::int64_t{9};
    const std::vector<Figure> figures = compared({a, b});
    const Table& table = std::get<Table>(figureOf(figures, "compare.settings").body);
    QCOMPARE(table.rows.size(), std::size_t{1});
    QCOMPARE(table.rows[0][2].english(), std::string("9"));
    const std::vector<Figure> same = compared({a, a});
    QVERIFY(figureOf(same, "compare.settings").caption.english().find("same") != std::string::npos);
}

void TestComparison::settingsAreThoseOfTheEnd()
{
    auto a = recordOf("before-after"), b = recordOf("before-after");
    b->knobs.push_back({.step = 4, .field = "quant.bits", .value = std::int64_t{5}});
    QCOMPARE(names({a, b}), std::string("Bits 3 | Bits 5"));
    const std::vector<Figure> figures = compared({a, b});
    QCOMPARE(rowsIn(figureOf(figures, "compare.settings")), std::string("Bits;3;5;\n"));
}

void TestComparison::metricsHaveTheirDifferenceFromTheFirst()
{
    auto a = recordOf("before-after"), b = recordOf("before-after", 2), c = recordOf("before-after", 3);
    a->metrics = {{"float32.accuracy", 0.5}, {"alone", 1}};
    b->metrics = {{"float32.accuracy", 0.75}, {"of two", 2}};
    c->metrics = {{"of two", 5}, {"float32.accuracy", 0.25}};
    const std::vector<Figure> figures = compared({a, b, c});
    QCOMPARE(rowsIn(figureOf(figures, "compare.metrics")),
        std::string("float32.accuracy;0.5000;0.7500;+0.250;0.2500;−0.250;\nof two;–;2;–;5;–;\n"));
}

void TestComparison::differencesOnTheSameSamplesHavePairedIntervals()
{
    auto a = recordOf("before-after"), b = recordOf("before-after", 2);
    a->metrics = {{"x.accuracy", 0.5}, {"x.bytes", 10}};
    b->metrics = {{"x.accuracy", 0.75}, {"x.bytes", 11}};
    a->answers["x.accuracy"] = {.samples = 7, .correct = {true, true, false, false}};
    b->answers["x.accuracy"] = {.samples = 7, .correct = {true, false, true, true}};
    // Differences 0, −1, 1, 1: mean 1/4, variance (3 − 4/16)/3 = 11/12, half width 1.96·√(11/48) = 0.938.
    const std::optional<Interval> paired = pairedChange(*a, *b, "x.accuracy");
    QVERIFY(paired && paired->samples == 4 && paired->mean == 0.25);
    QVERIFY(std::abs(paired->halfWidth() - 1.959963984540054 * std::sqrt(11.0 / 48)) < 1e-12);
    const std::vector<Figure> figures = compared({a, b});
    const Figure& metrics = figureOf(figures, "compare.metrics");
    QCOMPARE(rowsIn(metrics), std::string("x.accuracy;0.5000;0.7500;+0.250 ± 0.94;\nx.bytes;10;11;+1;\n"));
    QVERIFY(contains(metrics.caption.english(), "paired on the same 4 test samples"));
    QVERIFY(!contains(metrics.caption.english(), "no interval") && !contains(metrics.caption.english(), "without ±"));
    const std::vector<std::vector<DataCell>> rows = rowsOf(metrics); // what CSV has
    QCOMPARE(rows[0].size(), std::size_t{5});
    QCOMPARE(rows[1][3].number, 0.25);
    QCOMPARE(rows[1][4].number, 0.94);
}

void TestComparison::runsOfOtherBitsAreComparedAtTheirOwn()
{
    auto three = recordOf("before-after"), eight = recordOf("before-after"), moved = recordOf("before-after");
    eight->spec.values["quant.bits"] = std::int64_t{8};
    moved->knobs.push_back({.step = 4, .field = "quant.bits", .value = std::int64_t{5}});
    three->metrics = {{"static.b3.accuracy", 0.5}};
    eight->metrics = {{"static.accuracy", 0.75}};
    moved->metrics = {{"static.b3.accuracy", 0.5}, {"static.b5.accuracy", 0.25}}; // it began at 3
    three->answers["static.b3.accuracy"] = {.samples = 7, .correct = {true, true, false, false}};
    eight->answers["static.accuracy"] = {.samples = 7, .correct = {true, false, true, true}};
    const std::vector<Figure> figures = compared({three, eight, moved});
    const Figure& metrics = figureOf(figures, "compare.metrics");
    QCOMPARE(rowsIn(metrics),
        std::string("static.accuracy at its own bits;0.5000;0.7500;+0.250 ± 0.94;0.2500;−0.250;\n"
                    "static.b3.accuracy;0.5000;–;–;0.5000;0;\n"));
    QVERIFY(contains(metrics.caption.english(), "each run at as many as it was set to"));
    const std::vector<Figure> alike = compared({three, three}); // one number of bits: its name says it
    QCOMPARE(rowsIn(figureOf(alike, "compare.metrics")), std::string("static.b3.accuracy;0.5000;0.5000;0 ± 0;\n"));
    QVERIFY(!contains(figureOf(alike, "compare.metrics").caption.english(), "as it was set to"));
}

void TestComparison::whereSettingsDoNotSayTheBitsNothingIsCompared()
{
    auto three = recordOf("before-after"), other = recordOf("before-after", 2), ways = recordOf("four-ways");
    other->spec.values["quant.bits"] = std::int64_t{8};
    other->spec.values["quant.format"] = std::string("q4_0");
    three->metrics = {{"static.b3.accuracy", 0.5}};
    other->metrics = ways->metrics = {{"static.accuracy", 0.75}, {"static.b4.accuracy", 0.5}};
    for (const auto& second : {other, ways}) QCOMPARE(metricRows({three, second}), std::string());
    three->metrics = {{"static.accuracy", 0.5}}; // not what was measured at 3 bits
    other->spec.values = recordOf("before-after")->spec.values;
    other->spec.values["quant.bits"] = std::int64_t{4};
    QVERIFY(!contains(metricRows({three, other}), "own bits"));
}

void TestComparison::aDifferenceThatCannotBePairedSaysWhy()
{
    auto a = recordOf("before-after"), b = recordOf("before-after", 2), old = recordOf("before-after", 3);
    a->metrics = b->metrics = old->metrics = {{"x.accuracy", 0.5}};
    a->answers["x.accuracy"] = {.samples = 7, .correct = {true, false}};
    b->answers["x.accuracy"] = {.samples = 8, .correct = {true, false}};
    QVERIFY(!pairedChange(*a, *b, "x.accuracy") && !pairedChange(*a, *old, "x.accuracy") && !pairedChange(*a, *a, "y"));
    const auto captionOf = [](const Records& records) {
        const std::vector<Figure> figures = compared(records);
        return figureOf(figures, "compare.metrics").caption.english();
    };
    const std::string elsewhere = captionOf({a, b}), untold = captionOf({a, old});
    QVERIFY2(contains(elsewhere, "Seed 2 was tested on other samples") && !contains(elsewhere, "±"), elsewhere.c_str());
    QVERIFY2(contains(untold, "Accuracies without ± are not known") && !contains(untold, "other samples"), untold.c_str());
    b->answers["x.accuracy"] = {.samples = 7, .correct = {true, false, true}}; // by chance the same fingerprint
    QVERIFY(!pairedChange(*a, *b, "x.accuracy"));
}

void TestComparison::runsOfTheSameTestSetArePaired()
{
    Spec spec = quickSpec("before-after");
    const auto runWith = [&](const char* key, std::int64_t value) {
        spec.values[key] = value;
        return std::make_shared<const Record>(ran(spec));
    };
    const auto eight = runWith("quant.bits", 8), two = runWith("quant.bits", 2), trained = runWith("train.epochs", 1);
    const std::vector<char> a = two->answers.at("static.b2.accuracy").flags(), b = trained->answers.at("static.b2.accuracy").flags();
    const Interval expected = pairedDifference(a, b);
    const std::optional<Interval> paired = pairedChange(*two, *trained, "static.b2.accuracy");
    QVERIFY(paired && paired->mean == expected.mean && paired->low == expected.low && paired->high == expected.high);
    QVERIFY(a != b && paired->halfWidth() > 0);
    QVERIFY(std::abs(paired->mean - (trained->metric("static.b2.accuracy") - two->metric("static.b2.accuracy"))) < 1e-12);
    // The same network in float: nothing differs, and that is certain.
    const std::optional<Interval> same = pairedChange(*eight, *two, "float32.accuracy");
    QVERIFY(same && same->mean == 0 && same->halfWidth() == 0);
    spec.seed = 2; // draws other digits
    QVERIFY(!pairedChange(*trained, ran(spec), "float32.accuracy"));
}

void TestComparison::curvesShareOnePicture()
{
    const std::vector<Figure> figures = twoOf(curvesOf("", {1, 2}), curvesOf("", {3, 4}));
    QCOMPARE(figures.size(), std::size_t{1});
    const Curves& curves = std::get<Curves>(figures[0].body);
    QCOMPARE(curves.series.size(), std::size_t{2});
    QCOMPARE(curves.series[1].name.english(), std::string("B"));
    QCOMPARE(curves.series[1].y, (std::vector<double>{3, 4}));
    QCOMPARE(curves.x.range->high, 3.0);
    QVERIFY(!curves.y.range);
}

void TestComparison::aHeadlineOfOneRunIsNotThatOfAll()
{
    auto a = std::make_shared<Figure>(*shared("f", curvesOf("", {1, 2}))), b = std::make_shared<Figure>(*a);
    QCOMPARE(together({{"A", a}, {"B", b}}).at(0).title.english(), std::string("T"));
    a->title = "3 bits cost 12 points";
    QCOMPARE(together({{"A", a}, {"B", b}}).at(0).title.english(), std::string("loss"));
    a->body = b->body = Table{{"", "x"}, {{"a", "b"}}, 1};
    QCOMPARE(together({{"A", a}, {"B", b}}).at(0).title.english(), std::string("f"));
}

void TestComparison::histogramsBecomeOutlines()
{
    Histogram h{{.title = "weight"}, {.title = "share"}, {{.name = "after", .low = -1, .width = 2, .y = {0.25, 0.75}}}, {}};
    const std::vector<Figure> figures = twoOf(h, h);
    const Curves& curves = std::get<Curves>(figures.at(0).body);
    QCOMPARE(curves.series.size(), std::size_t{2});
    QCOMPARE(curves.series[0].x, (std::vector<double>{-1, 1, 1, 3}));
    QCOMPARE(curves.series[0].y, (std::vector<double>{0.25, 0.25, 0.75, 0.75}));
    h.series[0].style = HistogramSeries::Style::Stems;
    const std::vector<Figure> stems = twoOf(h, h);
    QCOMPARE(std::get<Curves>(stems.at(0).body).series[0].x, (std::vector<double>{-1, 1}));
}

void TestComparison::barsStandSideBySideByCategory()
{
    const Bars a{{.title = "SQNR"}, {"conv1", "conv2"}, {{.name = "s", .values = {1, 2}, .intervals = {}}}};
    const Bars b{{.title = "SQNR"}, {"conv2", "dense"}, {{.name = "s", .values = {5, 6}, .intervals = {}}}};
    const std::vector<Figure> figures = twoOf(a, b);
    const Bars& bars = std::get<Bars>(figures.at(0).body);
    QCOMPARE(bars.categories.size(), std::size_t{3});
    QCOMPARE(bars.series[0].values[1], 2.0);
    QVERIFY(std::isnan(bars.series[0].values[2]));
    QCOMPARE(bars.series[1].values[1], 5.0);
    QVERIFY(std::isnan(bars.series[1].values[0]));
}

void TestComparison::mapsBecomeDifferences()
{
    const Heatmap a{{}, {}, {"a", "b"}, {"c"}, {1, 2}, AxisRange{0, 2}};
    Heatmap b = a;
    b.values = {4, 1};
    const std::vector<Figure> figures = twoOf(a, b);
    QCOMPARE(std::get<Heatmap>(figures.at(0).body).values, (std::vector<double>{3, -1}));
    b.rows = {"other"};
    QVERIFY(twoOf(a, b).empty());
}

void TestComparison::readoutsAndTablesStandSideBySide()
{
    const Readout a{{{"SQNR", "20 dB"}, {"scale", "1"}}}, b{{{"scale", "2"}, {"bits", "3"}}};
    const std::vector<Figure> figures = twoOf(a, b);
    QCOMPARE(rowsIn(figures.at(0)), std::string("SQNR;20 dB;–;\nscale;1;2;\nbits;–;3;\n"));
    const Table one{{"", "float", "int8"}, {{"accuracy", "90 %", "80 %"}}, 2},
        other{{"", "float", "int8"}, {{"accuracy", "90 %", "70 %"}}, 2};
    const std::vector<Figure> tables = twoOf(one, other);
    QCOMPARE(rowsIn(tables.at(0)), std::string("accuracy;80 %;70 %;\n"));
    QVERIFY(twoOf(Table{{"", "x"}, {{"a", "b"}}}, Table{{"", "x"}, {{"a", "b"}}}).empty());
}

void TestComparison::axesThatDifferAreNotMixed()
{
    QVERIFY(twoOf(curvesOf("s", {1, 2}), curvesOf("ms", {3, 4})).empty());
    const Bars a{{.title = "SQNR"}, {"c"}, {{.name = "s", .values = {1}, .intervals = {}}}};
    const Bars b{{.title = "bytes"}, {"c"}, {{.name = "s", .values = {1}, .intervals = {}}}};
    QVERIFY(twoOf(a, b).empty());
}

void TestComparison::everyKindIsTakenOrLeftOut()
{
    for (const Figure& figure : everyFigure()) {
        const auto pointer = std::make_shared<const Figure>(figure);
        const std::vector<Figure> figures = together({{"A", pointer}, {"B", pointer}});
        const bool leftOut = std::holds_alternative<Images>(figure.body) || std::holds_alternative<NetworkMap>(figure.body)
            || std::holds_alternative<Table>(figure.body); // without a result
        QCOMPARE(figures.empty(), leftOut);
    }
}

void TestComparison::realRunsOfOneExperimentAreCompared()
{
    Spec spec = defaultSpec("number-line");
    const auto a = std::make_shared<const Record>(ran(spec));
    spec.values["quant.bits"] = std::int64_t{2};
    const auto b = std::make_shared<const Record>(ran(spec));
    const std::vector<Figure> figures = compared({a, b});
    QVERIFY(rowsIn(figureOf(figures, "compare.settings")).ends_with(";2;\n"));
    int curves = 0;
    for (const Figure& figure : figures)
        if (const auto* body = std::get_if<Curves>(&figure.body)) {
            ++curves;
            QCOMPARE(body->series.size(), std::size_t{2});
        }
    QVERIFY(curves > 0);
}

void TestComparison::tooFewAndTooManyAreRefused()
{
    const ComparedRun run{"A", recordOf("before-after")};
    QVERIFY_EXCEPTION_THROWN(comparisonOf({run}), Error);
    QVERIFY_EXCEPTION_THROWN(comparisonOf(std::vector<ComparedRun>(kMostCompared + 1, run)), Error);
}

QTEST_GUILESS_MAIN(TestComparison)
#include "tst_comparison.moc"
