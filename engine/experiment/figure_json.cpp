// Every body is taken apart into all its members, so that a new one does not compile until it is written. What is as it is by default is
// left out.

#include "engine/experiment/figure_names.h"
#include "engine/experiment/record.h"
#include "engine/experiment/sentences.h"

#include <nlohmann/json.hpp>

namespace bitstill {

using nlohmann::json;

namespace {

template <std::size_t n, class Enum> const char* nameIn(const std::array<const char*, n>& names, Enum value)
{
    return names.at(static_cast<std::size_t>(value));
}
const char* nameOf(Role role) { return nameIn(kRoleNames, role); }
const char* nameOf(CurveSeries::Style style) { return nameIn(kCurveStyleNames, style); }
const char* nameOf(HistogramSeries::Style style) { return nameIn(kHistogramStyleNames, style); }

json toJson(const AxisRange& r) { return {r.low, r.high}; }

json toJson(const Axis& a, Sentences& s)
{
    const auto& [title, unit, range, percent, logarithmic] = a;
    json j{{"title", s.write(title)}, {"unit", s.write(unit)}};
    if (range) j["range"] = toJson(*range);
    if (percent) j["percent"] = true;
    if (logarithmic) j["logarithmic"] = true;
    return j;
}

json names(const std::vector<Text>& texts, Sentences& s)
{
    json j = json::array();
    for (const Text& t : texts) j.push_back(s.write(t));
    return j;
}

template <class Named> json withName(const Named& named, Sentences& s)
{
    json j{{"name", s.write(named.name)}};
    if (named.role != Named{}.role) j["role"] = nameOf(named.role);
    return j;
}

json toJson(const CurveSeries& series, Sentences& s)
{
    const auto& [name, role, style, x, y] = series;
    json j = withName(series, s);
    if (style != CurveSeries{}.style) j["style"] = nameOf(style);
    j["x"] = x;
    j["y"] = y;
    return j;
}

json toJson(const HistogramSeries& series, Sentences& s)
{
    const auto& [name, role, style, low, width, y, counts, total, codes] = series;
    json j = withName(series, s);
    if (style != HistogramSeries{}.style) j["style"] = nameOf(style);
    j["low"] = low;
    j["width"] = width;
    j["y"] = y;
    if (!counts.empty()) {
        j["counts"] = counts;
        j["total"] = total;
    }
    if (codes) {
        const auto& [first, each, lowest, highest] = *codes;
        j["codes"] = {{"first", first}, {"each", each}, {"lowest", lowest}, {"highest", highest}};
    }
    return j;
}

json toJson(const Marker& m, Sentences& s)
{
    const auto& [name, position, field, unit, role, theory] = m;
    json j = withName(m, s);
    j["position"] = position;
    j["field"] = field;
    if (unit != Marker{}.unit) j["unit"] = unit;
    if (theory) j["theory"] = true;
    return j;
}

json toJson(const BarSeries& series, Sentences& s)
{
    const auto& [name, role, values, intervals] = series;
    json j = withName(series, s);
    j["values"] = values;
    for (const AxisRange& i : intervals) j["intervals"].push_back(toJson(i));
    return j;
}

json toJson(const ScatterPoint& p, Sentences& s)
{
    const auto& [name, x, y, role, interval, detail] = p;
    json j = withName(p, s);
    j["x"] = x;
    j["y"] = y;
    if (interval) j["interval"] = toJson(*interval);
    if (!detail.empty()) j["detail"] = s.write(detail);
    return j;
}

json toJson(const ImageTile& t, Sentences& s)
{
    const auto& [label, width, height, channels, pixels] = t;
    return {{"label", s.write(label)}, {"width", width}, {"height", height}, {"channels", channels}, {"pixels", pixels}};
}

json toJson(const Readout::Item& i, Sentences& s)
{
    const auto& [label, value, emphasis] = i;
    json j{{"label", s.write(label)}, {"value", s.write(value)}};
    if (emphasis) j["emphasis"] = true;
    return j;
}

json toJson(const NetworkMap::Node& n, Sentences& s)
{
    const auto& [name, op, inputs, value, detail, choice] = n;
    json j{{"name", s.write(name)}, {"op", op}, {"inputs", inputs}, {"value", value}, {"detail", s.write(detail)}};
    if (!choice.empty()) j["choice"] = choice;
    return j;
}

template <class Part> json list(const std::vector<Part>& parts, Sentences& s)
{
    json j = json::array();
    for (const Part& p : parts) j.push_back(toJson(p, s));
    return j;
}

json bodyJson(const Curves& f, Sentences& s)
{
    const auto& [x, y, series] = f;
    return {{"x", toJson(x, s)}, {"y", toJson(y, s)}, {"series", list(series, s)}};
}

json bodyJson(const Histogram& f, Sentences& s)
{
    const auto& [x, y, series, markers, ofWeights] = f;
    json j{{"x", toJson(x, s)}, {"y", toJson(y, s)}, {"series", list(series, s)}, {"markers", list(markers, s)}};
    if (ofWeights) j["of_weights"] = true;
    return j;
}

json bodyJson(const Bars& f, Sentences& s)
{
    const auto& [value, categories, series, guide, field, choices, pictures] = f;
    json j{{"value", toJson(value, s)}, {"categories", names(categories, s)}, {"series", list(series, s)}};
    if (guide) j["guide"] = *guide;
    if (!field.empty()) j["field"] = field;
    if (!choices.empty()) j["choices"] = choices;
    if (!pictures.empty()) j["pictures"] = list(pictures, s);
    return j;
}

json bodyJson(const Heatmap& f, Sentences& s)
{
    const auto& [x, y, columns, rows, values, range] = f;
    json j{{"x", toJson(x, s)}, {"y", toJson(y, s)}, {"columns", names(columns, s)}, {"rows", names(rows, s)}, {"values", values}};
    if (range) j["range"] = toJson(*range);
    return j;
}

json bodyJson(const Scatter& f, Sentences& s)
{
    const auto& [x, y, points, stairs] = f;
    json j{{"x", toJson(x, s)}, {"y", toJson(y, s)}, {"points", list(points, s)}};
    if (stairs) j["stairs"] = nameOf(*stairs);
    return j;
}

json bodyJson(const Images& f, Sentences& s)
{
    const auto& [tiles] = f;
    return {{"tiles", list(tiles, s)}};
}

json bodyJson(const Table& f, Sentences& s)
{
    const auto& [columns, rows, result] = f;
    json cells = json::array();
    for (const std::vector<Text>& row : rows) cells.push_back(names(row, s));
    json j{{"columns", names(columns, s)}, {"rows", cells}};
    if (result != Table{}.result) j["result"] = result;
    return j;
}

json bodyJson(const Readout& f, Sentences& s)
{
    const auto& [items] = f;
    return {{"items", list(items, s)}};
}

json bodyJson(const NetworkMap& f, Sentences& s)
{
    const auto& [value, nodes, field, chosen, highIsBad] = f;
    json j{{"value", toJson(value, s)}, {"nodes", list(nodes, s)}};
    if (!field.empty()) j["field"] = field;
    if (!chosen.empty()) j["chosen"] = chosen;
    if (!highIsBad) j["high_is_bad"] = false;
    return j;
}

} // namespace

json toJson(const Figure& figure, Sentences& sentences)
{
    const auto& [id, title, caption, description, body, span, timed, place] = figure;
    // The overloads of bodyJson() are the set: for a kind that has none this does not compile.
    json j = std::visit([&sentences](const auto& b) { return bodyJson(b, sentences); }, body);
    j["id"] = id;
    j["kind"] = kindOf(figure);
    j["title"] = sentences.write(title);
    j["caption"] = sentences.write(caption);
    j["description"] = sentences.write(description);
    if (span != Figure{}.span) j["span"] = span;
    if (timed) j["timed"] = true;
    static_cast<void>(place); // the order of the figures says it
    return j;
}

json toJson(const Figure& figure)
{
    Sentences sentences;
    json j = toJson(figure, sentences);
    if (json table = sentences.table(); !table.empty()) j["sentences"] = std::move(table);
    return j;
}

} // namespace bitstill
