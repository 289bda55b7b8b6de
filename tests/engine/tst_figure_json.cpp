// What a record keeps of a figure: every member of every kind, with its value.

#include "engine/experiment/record.h"
#include "engine/io/json_text.h"

#include <QtTest>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

using namespace bitstill;
using nlohmann::json;

namespace {

Figure with(FigureBody body) { return {.id = "i", .title = "t", .caption = "c", .description = "d", .body = std::move(body)}; }

const Axis kAxis{.title = "an axis", .unit = "s", .range = AxisRange{1, 2}, .percent = true, .logarithmic = true};
const json kAxisJson{{"title", "an axis"}, {"unit", "s"}, {"range", {1.0, 2.0}}, {"percent", true}, {"logarithmic", true}};

/// As it reads after the way through a file.
json written(const Figure& figure) { return parseJson(jsonText(toJson(figure)), "record.json"); }

json around(json body, const char* kind)
{
    body.update({{"id", "i"}, {"kind", kind}, {"title", "t"}, {"caption", "c"}, {"description", "d"}});
    return body;
}

} // namespace

class TestFigureJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// All members at values that they do not have by default.
    void everyMemberIsWritten_data()
    {
        QTest::addColumn<std::function<Figure()>>("figure");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char* kind, const FigureBody& body, const json& expected) {
            QTest::newRow(kind) << std::function<Figure()>([body] { return with(body); }) << around(expected, kind).dump();
        };
        row("curves", Curves{kAxis, kAxis, {{"s", Role::Taught, CurveSeries::Style::Points, {1, 2}, {3, 4}}}},
            {{"x", kAxisJson}, {"y", kAxisJson},
                {"series", {{{"name", "s"}, {"role", "taught"}, {"style", "points"}, {"x", {1.0, 2.0}}, {"y", {3.0, 4.0}}}}}});
        row("histogram",
            Histogram{kAxis, kAxis,
                {{"s", Role::After, HistogramSeries::Style::Stems, -3, 0.5, {1, 2}, {7, 9}, 20, HistogramSeries::Codes{-6, 2, -5, 3}}},
                {{"m", 0.7, "quant.clip", 0.01, Role::Before, true}}, true},
            {{"x", kAxisJson}, {"y", kAxisJson},
                {"series",
                    {{{"name", "s"}, {"role", "after"}, {"style", "stems"}, {"low", -3.0}, {"width", 0.5}, {"y", {1.0, 2.0}},
                        {"counts", {7, 9}}, {"total", 20}, {"codes", {{"first", -6}, {"each", 2}, {"lowest", -5}, {"highest", 3}}}}}},
                {"markers",
                    {{{"name", "m"}, {"position", 0.7}, {"field", "quant.clip"}, {"unit", 0.01}, {"role", "before"}, {"theory", true}}}},
                {"of_weights", true}});
        row("bars", Bars{kAxis, {"a"}, {{"s", Role::Alone, {5}, {{4, 6}}}}, 3.5, "quant.bits", {"2"}},
            {{"value", kAxisJson}, {"categories", {"a"}},
                {"series", {{{"name", "s"}, {"role", "alone"}, {"values", {5.0}}, {"intervals", {{4.0, 6.0}}}}}}, {"guide", 3.5},
                {"field", "quant.bits"}, {"choices", {"2"}}});
        row("heatmap", Heatmap{kAxis, kAxis, {"a"}, {"b"}, {0.25}, AxisRange{-1, 1}},
            {{"x", kAxisJson}, {"y", kAxisJson}, {"columns", {"a"}}, {"rows", {"b"}}, {"values", {0.25}}, {"range", {-1.0, 1.0}}});
        row("scatter", Scatter{kAxis, kAxis, {{"p", 1, 2, Role::Guide, AxisRange{1.5, 2.5}}}},
            {{"x", kAxisJson}, {"y", kAxisJson},
                {"points", {{{"name", "p"}, {"x", 1.0}, {"y", 2.0}, {"role", "guide"}, {"interval", {1.5, 2.5}}}}}});
        row("images", Images{{{"l", 1, 2, 3, {1, 2, 3, 4, 5, 6}}}},
            {{"tiles", {{{"label", "l"}, {"width", 1}, {"height", 2}, {"channels", 3}, {"pixels", {1, 2, 3, 4, 5, 6}}}}}});
        row("table", Table{{"a", "b"}, {{"1", "2"}}, 1},
            {{"columns", {"a", "b"}}, {"rows", json::array({json::array({"1", "2"})})}, {"result", 1}});
        row("readout", Readout{{{"l", "v", true}}}, {{"items", {{{"label", "l"}, {"value", "v"}, {"emphasis", true}}}}});
        row("network", NetworkMap{kAxis, {{"n", "Conv", {3, 4}, 0.5, "e", "c"}}, "model.layer", "c", false},
            {{"value", kAxisJson},
                {"nodes", {{{"name", "n"}, {"op", "Conv"}, {"inputs", {3, 4}}, {"value", 0.5}, {"detail", "e"}, {"choice", "c"}}}},
                {"field", "model.layer"}, {"chosen", "c"}, {"high_is_bad", false}});
    }
    void everyMemberIsWritten()
    {
        QFETCH(std::function<Figure()>, figure);
        QFETCH(std::string, expected);
        const json is = written(figure());
        QVERIFY2(is == json::parse(expected), is.dump(1).c_str());
        Figure wide = figure();
        wide.span = 2;
        wide.timed = true;
        json more = json::parse(expected);
        more.update({{"span", 2}, {"timed", true}});
        QCOMPARE(written(wide).dump(), more.dump());
    }

    /// Every kind there is has its row above.
    void everyKindIsTested()
    {
        constexpr std::size_t kTested = 9;
        static_assert(std::variant_size_v<FigureBody> == kTested);
    }

    /// Roles and styles by name, each its own.
    void namesAreDistinct()
    {
        std::set<std::string> roles, curves, stems;
        for (int i = 0; i <= static_cast<int>(Role::Guide); ++i)
            roles.insert(written(with(Curves{{}, {}, {{"", static_cast<Role>(i), {}, {}, {}}}}))["series"][0].value("role", "none"));
        for (int i = 0; i <= static_cast<int>(CurveSeries::Style::Points); ++i)
            curves.insert(
                written(with(Curves{{}, {}, {{"", {}, static_cast<CurveSeries::Style>(i), {}, {}}}}))["series"][0].value("style", "none"));
        for (int i = 0; i <= static_cast<int>(HistogramSeries::Style::Stems); ++i)
            stems.insert(
                written(with(Histogram{{}, {}, {{"", {}, static_cast<HistogramSeries::Style>(i), 0, 1, {}}}, {}}))["series"][0].value(
                    "style", "none"));
        QCOMPARE(roles.size(), 9u);
        QCOMPARE(curves.size(), 3u);
        QCOMPARE(stems.size(), 2u);
    }

    /// In a time that grows with the document, not with the square of what is in it.
    void documentsMayHaveManyParts()
    {
        constexpr int kMany = 200'000;
        std::string list = "[", members = "{\"skipped\": {\"a\": [1, {\"b\": 2}]}, \"kept\": {";
        for (int i = 0; i < kMany; ++i) {
            list += (i == 0 ? "" : ",") + std::string("{\"a\":1}");
            members += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":[]";
        }
        QCOMPARE(parseJson(list + "]", "x", {.values = 500'000}).size(), static_cast<std::size_t>(kMany));
        const json kept = parseJson(members + "}, \"last\": [[[1]]]}", "x", {.only = "kept"});
        QCOMPARE(kept.size(), 1u);
        QCOMPARE(kept["kept"].size(), static_cast<std::size_t>(kMany));
    }

    void whatIsNoNumberIsNull()
    {
        const double nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();
        const json j = written(with(Curves{{}, {}, {{"s", {}, {}, {1, 2, 3}, {nan, infinite, 1e300}}}}));
        QVERIFY(j["series"][0]["y"][0].is_null() && j["series"][0]["y"][1].is_null());
        QCOMPARE(j["series"][0]["y"][2].get<double>(), 1e300);
    }
};

QTEST_GUILESS_MAIN(TestFigureJson)
#include "tst_figure_json.moc"
