// What a record keeps of a figure: every member of every kind, with its value, there and back.

#include "engine/experiment/record.h"
#include "engine/experiment/sentences.h"
#include "engine/io/json_place.h"
#include "engine/io/json_text.h"
#include "tests/support/figures.h"
#include "tests/support/files.h"
#include "tests/support/odd_figures.h"

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

/// As it is written again after it was read.
std::string again(const Figure& figure) { return toJson(figureFromJson(written(figure), "record.json")).dump(); }

/// What stands in a figure of sentences of every sort.
Figure talking()
{
    return {.id = "i",
        .title = text("%1 bits", "3"),
        .caption = counted(1, "%1 row of %2", "%1 rows of %2", text("%1 and %2", textIn("repair", "step"), Text("50 %1"))),
        .description = "data",
        .body = Readout{{{text("step"), Text("%1", {text("none")})}, {"a label", "none"}}}};
}

/// The document's text with `what` replaced, read.
std::string refusalOf(const Figure& figure, const std::string& what, const std::string& by)
{
    std::string document = jsonText(toJson(figure));
    const std::size_t at = document.find(what);
    if (at == std::string::npos) return "nothing to replace in " + document;
    document.replace(at, what.size(), by);
    return messageOf([&] { figureFromJson(parseJson(document, "record.json"), "record.json"); });
}

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
        row("scatter", Scatter{kAxis, kAxis, {{"p", 1, 2, Role::Guide, AxisRange{1.5, 2.5}, "all of it"}}, Role::After},
            {{"x", kAxisJson}, {"y", kAxisJson},
                {"points", {{{"name", "p"}, {"x", 1.0}, {"y", 2.0}, {"role", "guide"}, {"interval", {1.5, 2.5}}, {"detail", "all of it"}}}},
                {"stairs", "after"}});
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
        QCOMPARE(again(wide), more.dump());
    }

    void whatIsHardToDrawIsReadBack()
    {
        std::vector<Figure> all = everyFigure();
        for (const bool logarithmic : {false, true})
            for (Figure& odd : oddFigures(logarithmic)) all.push_back(std::move(odd));
        for (const Figure& figure : all) QVERIFY2(again(figure) == written(figure).dump(), figure.id.c_str());
    }

    /// In another language they are what they were; the English is written as such.
    void sentencesAreReadBack()
    {
        const Figure figure = talking();
        const json j = written(figure);
        QCOMPARE(j["caption"].get<std::string>(), std::string("1 row of step and 50 %1"));
        const Figure back = figureFromJson(j, "record.json");
        QVERIFY(back.title == figure.title && back.caption == figure.caption && back.description == figure.description);
        QVERIFY(rowsOf(back)[1][0].words == text("step") && rowsOf(back)[2][1].words == Text("none"));
        QCOMPARE(again(figure), j.dump());
    }

    /// What could be one or the other is never translated.
    void dataStaysData()
    {
        const auto readBack = [](const Text& first, const Text& second) {
            const Figure figure{.id = "i", .title = first, .caption = second, .description = {}, .body = Images{}};
            return figureFromJson(written(figure), "record.json").title;
        };
        QVERIFY(readBack(text("none"), "other") == text("none"));
        QVERIFY(readBack("none", "other") == Text("none"));
        QVERIFY(readBack(text("none"), "none") == Text("none"));
        QVERIFY(readBack("none", text("none")) == Text("none"));
        QVERIFY(readBack(text("step"), textIn("repair", "step")) == Text("step"));
        QVERIFY(readBack(text("step"), text("step")) == text("step"));
        QVERIFY(readBack(text("%1 bits", "3"), text("3 %1", "bits")) == text("%1 bits", "3")); // either says the same
    }

    void tablesThatLieAreNotBelieved()
    {
        const auto readFrom = [](const json& table, const char* english) {
            const std::string name = "record.json";
            return Sentences(JsonPlace(table, name)).read(english);
        };
        QVERIFY(readFrom({{"good", {{"text", "good"}}}}, "good") == text("good"));
        QVERIFY(readFrom({{"good", {{"text", "bad"}}}}, "good") == Text("good"));
        // It would be longer than any memory.
        json deep{{"text", "%1%1%1%1%1%1%1%1%1%1"}, {"args", {"x"}}};
        for (int i = 0; i < 25; ++i) {
            json around{{"text", "%1%1%1%1%1%1%1%1%1%1"}};
            around["args"].push_back(std::move(deep));
            deep = std::move(around);
        }
        QVERIFY(readFrom({{"good", deep}}, "good") == Text("good"));
    }

    void whatDoesNotFitTogetherIsRefused_data()
    {
        QTest::addColumn<std::function<std::string()>>("refusal");
        QTest::addColumn<std::string>("says");
        const auto row = [](const char* name, const FigureBody& body, const char* what, const char* by, const char* says) {
            QTest::newRow(name) << std::function<std::string()>([=] { return refusalOf(with(body), what, by); }) << std::string(says);
        };
        const Curves curves{kAxis, kAxis, {{"s", {}, {}, {1, 2}, {3, 4}}}};
        const Histogram histogram{kAxis, kAxis, {{"s", {}, {}, -3, 0.5, {1, 2}, {7, 9}, 20, HistogramSeries::Codes{-6, 2, -5, 3}}}, {}};
        const Bars bars{kAxis, {"a"}, {{"s", {}, {5}, {{4, 6}}}}, {}, "quant.bits", {"2"}};
        const Images images{{{"l", 1, 2, 1, {1, 2}}}};
        row("kind", curves, "\"curves\"", "\"spirals\"", "kind: there is no kind of figure \"spirals\"");
        row("kind of another", curves, "\"curves\"", "\"table\"", "columns is missing");
        row("no id", curves, "\"id\"", "\"x-id\"", "id is missing");
        row("lengths", curves, "[3.0,4.0]", "[3.0]", "series[0].y has 1 parts instead of 2");
        row("word for numbers", curves, "[3.0,4.0]", "\"many\"", "series[0].y is not a list");
        row("word among numbers", curves, "[3.0,4.0]", "[3.0,\"4\"]", "series[0].y is not a list of numbers");
        row("endless axis", curves, "\"range\":[1.0,2.0]", "\"range\":[1.0,null]", ".range[1] is not a number");
        row("role", curves, "\"name\":\"s\"", "\"name\":\"s\",\"role\":\"king\"", "series[0].role: there is no \"king\"");
        row("span", curves, "\"kind\"", "\"span\":1000000,\"kind\"", "span is out of range");
        row("flag", curves, "true", "1", "is not true or false");
        row("counts", histogram, "[7,9]", "[7]", "series[0].counts has 1 parts instead of 2");
        row("negative count", histogram, "[7,9]", "[7,-9]", "series[0].counts is not a list of whole numbers");
        row("endless bins", histogram, "\"width\":0.5", "\"width\":null", "series[0].width is not a number");
        row("huge codes", histogram, "\"each\":2", "\"each\":2000000000", "series[0].codes.each is out of range");
        row("larger than any type", histogram, "\"each\":2", "\"each\":18446744073709551615", "series[0].codes.each is out of range");
        row("bars", bars, "[5.0]", "[5.0,6.0]", "series[0].intervals has 1 parts instead of 2");
        row("bars without names", Bars{kAxis, {"a"}, {{"s", {}, {5}, {}}}}, "[\"a\"]", "[]", "series: a series has more values");
        row("intervals", bars, "[[4.0,6.0]]", "[[4.0,6.0],[4.0,6.0]]", "intervals has 2 parts instead of 1");
        row("interval", bars, "[4.0,6.0]", "[4.0]", "intervals[0] has 1 parts instead of 2");
        row("choices", bars, "[\"2\"]", "[]", "choices has 0 parts instead of 1");
        row("heatmap", Heatmap{{}, {}, {"a"}, {"b"}, {0.25}, {}}, "[0.25]", "[0.25,1]", "values has 2 parts instead of 1");
        row("pixels", images, "[1,2]", "[1,2,3]", "tiles[0].pixels has 3 parts instead of 2");
        row("colour", images, "[1,2]", "[1,256]", "tiles[0].pixels is not a list of whole numbers from 0 to 255");
        row("endless image", images, "\"width\":1", "\"width\":1000000000", "tiles[0].width is out of range");
        row("result", Table{{"a"}, {{"1"}}, 0}, "\"result\":0", "\"result\":1", "result is out of range");
        row("cell", Table{{"a"}, {{"1"}}, 0}, "[[\"1\"]]", "[[1]]", "rows[0][0] is not a text");
        row("sentences", curves, "\"kind\"", "\"sentences\":[],\"kind\"", "sentences is not an object");
    }
    void whatDoesNotFitTogetherIsRefused()
    {
        QFETCH(std::function<std::string()>, refusal);
        QFETCH(std::string, says);
        const std::string said = refusal();
        QVERIFY2(contains(said, "[record.json]") && contains(said, says), said.c_str());
    }

    void thereIsAMostOfEverything()
    {
        const Curves curves{{}, {}, {{"s", {}, {}, {1}, {2}}}};
        const auto many = [](std::size_t n, const std::string& part) {
            std::string list = "[" + part;
            for (std::size_t i = 1; i < n; ++i) list += "," + part;
            return list + "]";
        };
        const auto refusal = [&](const std::string& what, const std::string& by) {
            std::string document = jsonText(toJson(with(curves)));
            document.replace(document.find(what), what.size(), by);
            return messageOf([&] { figureFromJson(parseJson(document, "record.json", {.values = 10'000'000}), "record.json"); });
        };
        QVERIFY(contains(refusal("[1.0]", many(1'000'001, "1")), "x has more than 1,000,000 parts"));
        QVERIFY(contains(refusal("\"series\":[", "\"series\":" + many(100'000, "0") + ",\"more\":["), "series[0].name is missing"));
        QVERIFY(
            contains(refusal("\"series\":[", "\"series\":" + many(100'001, "0") + ",\"more\":["), "series has more than 100,000 parts"));
        QVERIFY(
            contains(refusal("\"title\":\"t\"", "\"title\":\"" + std::string(100'001, 't') + "\""), "title is longer than 100,000 bytes"));
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
